"""The errors that cross layers: each has a sentence for the person and a text for the log.

Wire layers turn them into their own shapes: an API error, a sentence on a page, an exit code with a hint.
A stack trace is never an answer.
"""


class FediAidError(Exception):
    """Base of every expected error: `sentence` may be shown to a person, `log` may not."""

    def __init__(self, sentence: str, *, log: str = "") -> None:
        super().__init__(log or sentence)
        self.sentence = sentence
        self.log = log or sentence


class Refused(FediAidError):
    """What was asked is understood and not done; nothing was stored.

    `code` is a stable machine word (`"invalid"`, `"forbidden"`, `"unauthorized"`, `"conflict"`);
    wire layers map it to a status. `field` names the input that was wrong, where there is one.
    """

    def __init__(self, sentence: str, *, code: str = "invalid", field: str = "", log: str = "") -> None:
        super().__init__(sentence, log=log)
        self.code = code
        self.field = field


class NotFound(FediAidError):
    """Missing, or hidden from this viewer: the two are told apart nowhere (RULES R7)."""

    def __init__(self, sentence: str = "Record not found", *, log: str = "") -> None:
        super().__init__(sentence, log=log)


class Missing(FediAidError):
    """A transaction needs a remote document first; the async shell fetches `uri` and tries again."""

    def __init__(self, uri: str) -> None:
        super().__init__("That is not known here yet.", log=f"missing {uri}")
        self.uri = uri


class TryLater(FediAidError):
    """A passing failure: try again after `seconds` (0 = the caller's own back-off)."""

    def __init__(
        self, sentence: str = "Please try again later.", *, seconds: float = 0, log: str = ""
    ) -> None:
        super().__init__(sentence, log=log)
        self.seconds = seconds


class BadSetting(FediAidError):
    """A setting is unknown or has a value that cannot be used; the command exits with 2."""
