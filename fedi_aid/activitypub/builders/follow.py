"""Follow, Accept, Reject, Undo(Follow): how a friendship is made and ended; and the no to a quote."""

from typing import Any

from fedi_aid.activitypub import extension

_PLAIN: Any = extension.CONTEXT[0]


def follow(uri: str, actor: str, target: str, word: str = "") -> dict[str, Any]:
    """Ask to follow; `word` is the word of introduction (RULES R23), which plain peers pass over."""
    document = {"@context": _PLAIN, **_follow(uri, actor, target), "to": [target]}
    return document | {"content": word} if word else document


def accept(uri: str, follow_uri: str, asker: str, by: str) -> dict[str, Any]:
    return _answer("Accept", uri, follow_uri, asker, by)


def reject(uri: str, follow_uri: str, asker: str, by: str) -> dict[str, Any]:
    """Refuse, now or after the fact: then it is a removal."""
    return _answer("Reject", uri, follow_uri, asker, by)


# What asks for leave, and who defined it.
REQUESTS = {
    "QuoteRequest": "https://w3id.org/fep/044f#QuoteRequest",
    "ReplyRequest": "https://gotosocial.org/ns#ReplyRequest",
    "LikeRequest": "https://gotosocial.org/ns#LikeRequest",
    "AnnounceRequest": "https://gotosocial.org/ns#AnnounceRequest",
}


def reject_request(
    uri: str, kind: str, *, request_uri: str, asker: str, by: str, post_uri: str, instrument: str | None
) -> dict[str, Any]:
    """No to being quoted, or to another use of a post that was asked for; it says nothing about the post."""
    asked = {"id": request_uri, "type": kind, "actor": asker, "object": post_uri}
    return {
        "@context": [_PLAIN, {kind: REQUESTS[kind]}],
        "id": uri,
        "type": "Reject",
        "actor": by,
        "to": [asker],
        "object": asked | ({"instrument": instrument} if instrument else {}),
    }


def undo_follow(uri: str, follow_uri: str, actor: str, target: str) -> dict[str, Any]:
    """`follow_uri` is empty where no Follow is known, and the other server says that there is one."""
    follow = _follow(follow_uri, actor, target)
    return {
        "@context": _PLAIN,
        "id": uri,
        "type": "Undo",
        "actor": actor,
        "to": [target],
        "object": follow if follow_uri else {key: follow[key] for key in follow if key != "id"},
    }


def _answer(kind: str, uri: str, follow_uri: str, asker: str, by: str) -> dict[str, Any]:
    return {
        "@context": _PLAIN,
        "id": uri,
        "type": kind,
        "actor": by,
        "to": [asker],
        "object": _follow(follow_uri, asker, by),
    }


def _follow(uri: str, actor: str, target: str) -> dict[str, Any]:
    return {"id": uri, "type": "Follow", "actor": actor, "object": target}
