"""Like and Announce, and taking them back; Add and Remove of what is pinned to a profile."""

from datetime import datetime
from typing import Any

from fedi_aid.activitypub import extension
from fedi_aid.activitypub.builders.stamps import stamp
from fedi_aid.activitypub.documents import PUBLIC

_PLAIN: Any = extension.CONTEXT[0]


def like(uri: str, actor: str, post_uri: str, author: str) -> dict[str, Any]:
    """To the author of the post alone."""
    return {
        "@context": _PLAIN,
        "id": uri,
        "type": "Like",
        "actor": actor,
        "to": [author],
        "object": post_uri,
    }


def announce(uri: str, actor: str, post_uri: str, author: str, published: datetime) -> dict[str, Any]:
    """A boost of a public post, for the booster's followers and its author."""
    return {
        "@context": _PLAIN,
        "id": uri,
        "type": "Announce",
        "actor": actor,
        "to": [PUBLIC],
        "cc": [f"{actor}/followers", author],
        "published": stamp(published),
        "object": post_uri,
    }


def featured(uri: str, actor: str, post_uri: str, *, added: bool) -> dict[str, Any]:
    """A public post is pinned to its author's profile, or not any more."""
    return {
        "@context": _PLAIN,
        "id": uri,
        "type": "Add" if added else "Remove",
        "actor": actor,
        "to": [PUBLIC],
        "cc": [f"{actor}/followers"],
        "object": post_uri,
        "target": f"{actor}/collections/featured",
    }


def undo(uri: str, activity: dict[str, Any]) -> dict[str, Any]:
    """Take one of the above back; it is embedded, so that the peer needs to look nothing up."""
    inner = {key: value for key, value in activity.items() if key != "@context"}
    return {
        "@context": _PLAIN,
        "id": uri,
        "type": "Undo",
        "actor": activity["actor"],
        "to": activity["to"],
        "cc": activity.get("cc", []),
        "object": inner,
    }
