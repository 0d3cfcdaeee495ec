"""Everything this server understands, on one page. What is not here is ignored, and its sender cannot tell.

The second word is the type of what the activity embeds; `LINK` where it only names it.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import structlog

from fedi_aid.activitypub import documents
from fedi_aid.activitypub.arrived import Arrived
from fedi_aid.activitypub.handlers import (
    accept,
    add,
    announce,
    block,
    create,
    delete,
    flag,
    follow,
    friends,
    invite,
    like,
    move,
    offer,
    quote_request,
    reject,
    remove,
    undo,
    update,
)
from fedi_aid.storage.tx import Tx

Handler = Callable[[Tx, Arrived], None]
LINK = ""

UNDERSTOOD: Mapping[tuple[str, str], Handler] = MappingProxyType(
    {
        ("Follow", LINK): follow.asked,
        ("Invite", "Project"): invite.to_project,
        ("Accept", "Follow"): accept.follow,
        ("Accept", "Invite"): invite.accepted,
        ("Accept", "Offer"): accept.offer,
        ("Accept", LINK): accept.named,
        ("Reject", "Follow"): reject.follow,
        ("Reject", "Invite"): invite.rejected,
        ("Reject", "Offer"): reject.offer,
        ("Reject", LINK): reject.named,
        ("Create", "Note"): create.note,
        ("Create", "Question"): create.note,
        ("Create", "Article"): create.note,
        ("Create", "Page"): create.note,
        ("Create", "Event"): create.note,
        ("Create", "Video"): create.note,
        ("Create", "Audio"): create.note,
        ("Create", "Image"): create.note,
        ("Create", "Document"): create.note,
        ("Create", "Thanks"): friends.thanked,
        ("Create", "Introduction"): friends.both_agreed,
        ("Update", "Note"): update.note,
        ("Update", "Question"): update.note,
        ("Update", "Article"): update.note,
        ("Update", "Page"): update.note,
        ("Update", "Event"): update.note,
        ("Update", "Video"): update.note,
        ("Update", "Audio"): update.note,
        ("Update", "Image"): update.note,
        ("Update", "Document"): update.note,
        ("Update", "Profile"): friends.profile_changed,
        ("Update", "Project"): invite.changed,
        ("Update", "Person"): update.actor,
        ("Update", "Service"): update.actor,
        ("Update", "Application"): update.actor,
        ("Update", "Group"): update.actor,
        ("Update", "Organization"): update.actor,
        ("Delete", LINK): delete.anything,
        ("Delete", "Tombstone"): delete.anything,
        ("Delete", "Note"): delete.anything,
        ("Delete", "Person"): delete.anything,
        ("Add", LINK): add.named,
        ("Add", "Create"): add.to_conversation,
        ("Remove", LINK): remove.anything,
        ("Announce", LINK): announce.post,
        ("Announce", "Note"): announce.post,
        ("Announce", "Create"): announce.creation,
        ("Like", LINK): like.post,
        ("Like", "Note"): like.post,
        ("EmojiReact", LINK): like.post,
        ("EmojiReact", "Note"): like.post,
        ("Block", LINK): block.member,
        ("Flag", LINK): flag.report,
        ("Move", LINK): move.account,
        ("QuoteRequest", LINK): quote_request.ask,
        ("ReplyRequest", LINK): quote_request.ask,
        ("LikeRequest", LINK): quote_request.ask,
        ("AnnounceRequest", LINK): quote_request.ask,
        ("Offer", LINK): offer.ask,
        ("Offer", "Create"): offer.carried,
        ("Offer", "Update"): offer.carried,
        ("Offer", "Endorsement"): friends.endorsed,
        ("Offer", "Introduction"): friends.introduced,
        ("Undo", "Follow"): undo.follow,
        ("Undo", "Like"): undo.like,
        ("Undo", "EmojiReact"): undo.like,
        ("Undo", "Announce"): undo.announce,
        ("Undo", "Block"): undo.block,
        ("Undo", "Offer"): undo.offer,
        ("Undo", "Invite"): invite.undone,
        ("Undo", LINK): undo.named,
    }
)

log = structlog.get_logger()


def understand(tx: Tx, arrived: Arrived) -> None:
    """Hand one activity to its handler, or ignore it. Raises what the handler raises."""
    kind = next(iter(documents.types(arrived.activity)), "")
    embedded = arrived.activity.get("object")
    inner = documents.types(embedded) if isinstance(embedded, dict) else []
    handler = next((UNDERSTOOD[kind, one] for one in (*inner, LINK) if (kind, one) in UNDERSTOOD), None)
    if handler is None:
        what = {"kind": kind[:50], "object": (inner or [LINK])[0][:50]}
        log.debug("understood_and_ignored", received=arrived.received.id, **what)
        return
    handler(tx, arrived)
