"""Asking by name, asking to carry, and taking either back (FEDERATION_EXTENSION §2, §4).

The ticket and the carrier's own Offer are built in `carry_documents`; this file puts them into activities.
"""

from datetime import datetime
from typing import Any

from fedi_aid.activitypub import extension
from fedi_aid.activitypub.builders.stamps import stamp

_PLAIN: Any = extension.CONTEXT[0]


def ask(
    uri: str, author: str, note_uri: str, target: str, published: datetime, ticket: Any = None
) -> dict[str, Any]:
    """To a friend whose server holds the note: help, or with a signed ticket, carry."""
    offer = {
        "@context": extension.CONTEXT,
        "id": uri,
        "type": "Offer",
        "actor": author,
        "to": [target],
        "target": target,
        "object": note_uri,
        "published": stamp(published),
    }
    return offer | {"instrument": ticket} if ticket is not None else offer


def undo(uri: str, actor: str, offer_uri: str, target: str) -> dict[str, Any]:
    """Withdraw an Offer: an ask by the author, or a carry by the carrier."""
    return {
        "@context": _PLAIN,
        "id": uri,
        "type": "Undo",
        "actor": actor,
        "to": [target],
        "object": {"id": offer_uri, "type": "Offer", "actor": actor, "target": target},
    }


def reject(uri: str, member: str, offer_uri: str, author: str) -> dict[str, Any]:
    """An explicit no, for the author's butler alone."""
    return {
        "@context": _PLAIN,
        "id": uri,
        "type": "Reject",
        "actor": member,
        "to": [author],
        "object": {"id": offer_uri, "type": "Offer", "actor": author, "target": member},
    }
