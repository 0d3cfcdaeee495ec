"""Move: an account has another address now (FEP-7628)."""

from typing import Any

from fedi_aid.activitypub import extension

_PLAIN: Any = extension.CONTEXT[0]


def move(uri: str, actor: str, old: str, new: str) -> dict[str, Any]:
    """To the actor's followers. `actor` is the old account (it pushes), or the new one (it pulls)."""
    return {
        "@context": _PLAIN,
        "id": uri,
        "type": "Move",
        "actor": actor,
        "to": [f"{actor}/followers"],
        "object": old,
        "target": new,
    }
