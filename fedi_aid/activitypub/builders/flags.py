"""Flag: a report for the moderators of another server."""

from collections.abc import Sequence
from typing import Any

from fedi_aid.activitypub import extension

_PLAIN: Any = extension.CONTEXT[0]


def flag(uri: str, instance: str, about: str, posts: Sequence[str], comment: str) -> dict[str, Any]:
    """By the instance itself: who reported is told to nobody elsewhere."""
    return {
        "@context": _PLAIN,
        "id": uri,
        "type": "Flag",
        "actor": instance,
        "to": [about],
        "content": comment,
        "object": [about, *posts],
    }
