"""Whether a form really comes from a page of ours, in the same browser; cookies; where one may be sent on to.

Forms of a logged-in member carry the session's token. The forms before that (login, sign-up) carry a signed
copy of a cookie: what another site makes a browser send has neither the right token nor our Origin.
"""

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import msgspec
from starlette.datastructures import Headers
from starlette.responses import Response

from fedi_aid.secret import key_for
from fedi_aid.settings import Settings

FORM_LIFE: Final = timedelta(hours=12)
CODE_LIFE: Final = timedelta(minutes=10)
READER_LIFE: Final = timedelta(days=4)  # longer than any page that opens in one browser
LANGUAGE_LIFE: Final = timedelta(days=365)
MAX_NEXT: Final = 8_000
_NONCE = re.compile(r"[A-Za-z0-9_-]{22}")
_OWN_PATH = re.compile(
    r"/(?:[!-.0-\[\]-~][!-\[\]-~]*)?"
)  # no second slash, no backslash, no space or control


class CookieNames(msgspec.Struct, frozen=True, kw_only=True):
    """What the cookies are called here."""

    session: str
    form: str
    language: str
    reader: str


def cookie_names(settings: Settings) -> CookieNames:
    """Over https the browser itself holds `__Host-` cookies to this host, path and scheme (B12). Plain http
    is for loopback, where instances differ by their port only and browsers share cookies between ports: the
    port is part of the name."""
    if settings.secure:
        return CookieNames(
            session="__Host-fedi_aid",
            form="__Host-fedi_aid_form",
            language="__Host-fedi_aid_lang",
            reader="__Host-fedi_aid_reader",
        )
    port = urlsplit(settings.base_url).port
    mark = f"_{port}" if port else ""
    return CookieNames(
        session=f"fedi_aid_session{mark}",
        form=f"fedi_aid_form{mark}",
        language=f"fedi_aid_lang{mark}",
        reader=f"fedi_aid_reader{mark}",
    )


def put_cookie(
    response: Response, name: str, value: str, *, secure: bool, life: timedelta | None = None
) -> None:
    """Host-only, not for scripts, not sent along with other sites' forms. Without `life` it ends with the
    browser; a life of nothing removes it."""
    max_age = int(life.total_seconds()) if life is not None else None
    response.set_cookie(name, value, max_age=max_age, path="/", secure=secure, httponly=True, samesite="lax")


# -- the key of this instance


def form_key(settings: Settings) -> bytes:
    """The key that signs forms: from `secret_key`, else from a file of the data folder, made on first use.

    Reads and may write a file: for start-up.
    """
    return key_for(settings, "fedi_aid web forms")


# -- tokens of forms


def new_nonce() -> str:
    """The value of the form cookie."""
    return secrets.token_urlsafe(16)


def is_nonce(text: str) -> bool:
    return _NONCE.fullmatch(text) is not None


def form_token(key: bytes, nonce: str, now: datetime) -> str:
    """The token a form carries for the browser with this form cookie; good for FORM_LIFE."""
    until = int((now + FORM_LIFE).timestamp())
    return f"{until}.{_signature(key, nonce, until)}"


def form_token_is_good(key: bytes, nonce: str, token: str, now: datetime) -> bool:
    until, _, signature = token.partition(".")
    if not is_nonce(nonce) or not re.fullmatch(r"[0-9]{1,12}", until):
        return False
    right = same(signature, _signature(key, nonce, int(until)))
    return right and now.timestamp() < int(until)


def _signature(key: bytes, nonce: str, until: int) -> str:
    return hmac.new(key, f"{nonce}.{until}".encode(), hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Whether two secrets are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


# -- between password and code


def passed_word(key: bytes, member_id: int, now: datetime) -> str:
    """What the second step of login is sent with: this member's password was right, not long ago."""
    until = int((now + CODE_LIFE).timestamp())
    return f"{member_id}.{until}.{_signature(key, f'passed {member_id}', until)}"


def who_passed(key: bytes, word: str, now: datetime) -> int | None:
    """Whose password was right; None for what we did not write, or too long ago."""
    found = re.fullmatch(r"([0-9]{1,19})\.([0-9]{1,12})\.([0-9a-f]{64})", word)
    if found is None:
        return None
    member_id, until = int(found[1]), int(found[2])
    right = same(found[3], _signature(key, f"passed {member_id}", until))
    return member_id if right and now.timestamp() < until else None


def comes_from_us(headers: Headers, base_url: str) -> bool:
    """Whether a browser says that a form was sent from a page of ours: `Sec-Fetch-Site` and `Origin`.

    A sender without either is no browser of today, and the token still decides. `Host` is checked before
    any page is asked, so an Origin that names it is ours.
    """
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    if origin is None:
        return True
    scheme = urlsplit(base_url).scheme
    return origin in (base_url, f"{scheme}://{headers.get('host', '')}")


def own_path(text: str) -> str:
    """A path of this server to go on to, or "" for anything that could lead elsewhere."""
    return text if len(text) <= MAX_NEXT and _OWN_PATH.fullmatch(text) else ""
