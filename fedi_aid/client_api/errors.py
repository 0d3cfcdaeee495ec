"""Every failure in the one shape that clients know: `{"error": …}`, and never a stack trace."""

from typing import Any, Final

import structlog

from fedi_aid.actions.access import OAuthRefused
from fedi_aid.client_api.answer import answer_json
from fedi_aid.errors import FediAidError, Missing, NotFound, Refused, TryLater

log = structlog.get_logger()

STATUS: Final[dict[str, int]] = {
    "invalid": 422,
    "taken": 422,
    "blank": 422,
    "conflict": 422,
    "user_needed": 422,
    "forbidden": 403,
    "unauthorized": 401,
    "bad_request": 400,
    "too_large": 413,
    "too_many": 429,
}
VALIDATION: Final = frozenset({"invalid", "taken", "blank", "conflict"})
INVALID_TOKEN: Final = "The access token is invalid"  # noqa: S105 - a sentence
OUT_OF_SCOPE: Final = "This action is outside the authorized scopes"
# The code of a refused field as sign-up tells it; anything else is ERR_INVALID.
DETAIL_CODES: Final = {"taken": "ERR_TAKEN", "blank": "ERR_BLANK"}
OAUTH_STATUS: Final = {"invalid_client": 401, "unauthorized_client": 403}


class TooMany(FediAidError):
    """The rate limit is used up."""

    def __init__(self) -> None:
        super().__init__("Too many requests")


def answer_to(failure: Exception) -> Any:
    """The response to a failure. What nobody expected is logged and told as a 500 without a word of it."""
    if isinstance(failure, OAuthRefused):
        body = {"error": failure.code, "error_description": failure.sentence}
        return answer_json(body, status=OAUTH_STATUS.get(failure.code, 400))
    if isinstance(failure, Refused):
        return _refused(failure)
    if isinstance(failure, (NotFound, Missing)):
        return answer_json({"error": NotFound().sentence}, status=404)
    if isinstance(failure, TooMany):
        return answer_json({"error": failure.sentence}, status=429)
    if isinstance(failure, TryLater):
        seconds = max(1, round(failure.seconds))
        return answer_json({"error": failure.sentence}, status=503, headers={"Retry-After": str(seconds)})
    log.error("request_failed", exc_info=failure)
    return answer_json({"error": "Something went wrong on this server. It was noted."}, status=500)


def _refused(failure: Refused) -> Any:
    status = STATUS.get(failure.code, 422)
    if failure.code not in VALIDATION and failure.code in STATUS:
        headers = {"WWW-Authenticate": 'Bearer realm="fedi_aid"'} if status == 401 else None  # RFC 6750 §3
        return answer_json({"error": failure.sentence}, status=status, headers=headers)
    body: dict[str, Any] = {"error": f"Validation failed: {failure.sentence}"}
    if failure.field:
        detail = {
            "error": DETAIL_CODES.get(failure.code, "ERR_INVALID"),
            "description": failure.sentence,
        }
        body["details"] = {failure.field: [detail]}
    return answer_json(body, status=status)
