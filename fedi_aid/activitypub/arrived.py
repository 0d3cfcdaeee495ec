"""What a handler is given: one received activity, with what the inbox has established about it."""

from typing import Any

import msgspec

from fedi_aid.activitypub import documents
from fedi_aid.errors import FediAidError, Refused
from fedi_aid.model.people import Person
from fedi_aid.storage.federation import Received


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """`signer` signed the request. `written` is the document as it came, for proofs and for keeping;
    `activity` is the same to be read. `inbox_of` owns the personal inbox; None means the shared one."""

    received: Received
    signer: Person
    inbox_of: Person | None
    written: dict[str, Any]
    activity: dict[str, Any]
    looked_up: bool = False  # its author has been fetched for it, as late as RULES R20 says
    # What of it was not accepted although something else of it was.
    refused: list[FediAidError] = msgspec.field(default_factory=list)
    # Whom a handler wants looked up later, before this is understood once more.
    later: list[str] = msgspec.field(default_factory=list)

    @property
    def body(self) -> bytes:
        assert self.received.body is not None
        return self.received.body

    @property
    def uri(self) -> str:
        return self.received.uri

    @property
    def own(self) -> bool:
        """The signer speaks for themselves; otherwise a carrier forwards the author's signed word."""
        return self.received.actor_uri == self.signer.uri

    def actor(self) -> Person:
        """Who acts, where it must be the signer; `Refused` for what was forwarded."""
        if not self.own:
            raise Refused("Only its author may say this.", log="forwarded, and not understood so")
        return self.signer

    def object_uri(self) -> str:
        """What it is about, by id. `Refused` when it names nothing."""
        uri = documents.link(self.activity, "object")
        if uri is None or documents.origin(uri) is None:
            raise Refused("This activity is about nothing.", log="no object")
        return uri

    def object(self) -> dict[str, Any]:
        """What it embeds. `Refused` when it does not."""
        found = self.activity.get("object")
        if not isinstance(found, dict):
            raise Refused("This activity embeds nothing.", log="object is not embedded")
        return found


class UnknownAuthor(FediAidError):
    """A carried request is good as far as can be seen, and its author is not known here yet (RULES R20)."""

    def __init__(self, uri: str) -> None:
        super().__init__("Its author is not known here yet.", log="unknown author of a carried request")
        self.uri = uri
