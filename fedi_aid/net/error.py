"""The one exception of `net`: what kept a request from having an answer."""

from typing import Literal, get_args

from fedi_aid.errors import FediAidError

Kind = Literal["refused", "dns", "connect", "timeout", "too_large", "redirect", "bad_response"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_SENTENCES: dict[Kind, str] = {
    "refused": "This address cannot be used.",
    "dns": "The other server's name was not found.",
    "connect": "The other server could not be reached.",
    "timeout": "The other server took too long to answer.",
    "too_large": "The other server's answer is too large.",
    "redirect": "The other server's redirects could not be followed.",
    "bad_response": "The other server's answer could not be understood.",
}


class NetError(FediAidError):
    """No usable answer. An HTTP error status is not one of these: it is a `Response` like any other.

    `kind` says what happened; `url` is the address it happened at (a redirect's target, if that is where);
    `ours` is true when only this server's own limits were in the way, so that the peer must not be blamed.
    """

    def __init__(self, kind: Kind, url: str, detail: str = "", *, ours: bool = False) -> None:
        super().__init__(_SENTENCES[kind], log=f"{kind} {url[:300]!r}: {detail or _SENTENCES[kind]}")
        self.kind: Kind = kind
        self.url = url
        self.detail = detail
        self.ours = ours

    @property
    def permanent(self) -> bool:
        """Asking again would be refused again: the guard said no before anything was sent."""
        return self.kind == "refused"
