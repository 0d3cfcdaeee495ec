"""What goes wrong with keys and signatures, told apart for the log and never for the sender (H22)."""

from fedi_aid.errors import Refused


class BadSignature(Refused):
    """A signature or proof that does not hold. The sentence is one and the same; `reason` is for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__("The signature could not be verified.", code="unauthorized", log=reason)
        self.reason = reason


class BadKey(BadSignature):
    """Key material that cannot be read, or that is too weak or too big to be used (H16)."""


class UnknownKey(BadSignature):
    """The proof is well made, but its key is not known here: fetch the owner of `key_id`, or drop."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"unknown key {key_id}")
        self.key_id = key_id
