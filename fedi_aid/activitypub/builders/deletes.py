"""Removing: a post, one recipient's form of it, one reader's access, a ticket; and changes of a profile."""

from typing import Any

from fedi_aid.activitypub import extension
from fedi_aid.activitypub.documents import PUBLIC

_PLAIN: Any = extension.CONTEXT[0]


def delete(uri: str, actor: str, object_uri: str, to: list[str], *, proven: bool = False) -> dict[str, Any]:
    """The Delete of a post or of one form of it. Nothing of what it said is in it. `proven`: it will carry
    its author's proof, whose words have to be defined."""
    return {
        "@context": extension.CONTEXT if proven else _PLAIN,
        "id": uri,
        "type": "Delete",
        "actor": actor,
        "to": to,
        "object": {"id": object_uri, "type": "Tombstone"},
    }


def delete_actor(uri: str, actor: str) -> dict[str, Any]:
    """An actor is gone for good: the address alone as object, which is what every peer looks for."""
    return {
        "@context": _PLAIN,
        "id": uri,
        "type": "Delete",
        "actor": actor,
        "object": actor,
        "to": [PUBLIC],
    }


def delete_ticket(uri: str, actor: str, ticket_uri: str, carrier: str) -> dict[str, Any]:
    """Withdraw a ticket: its carrier takes back what was offered by it (FEDERATION_EXTENSION §4.9)."""
    return {
        "@context": extension.CONTEXT,
        "id": uri,
        "type": "Delete",
        "actor": actor,
        "to": [carrier],
        "object": ticket_uri,
    }


def remove_reader(uri: str, actor: str, note_uri: str, reader: str) -> dict[str, Any]:
    """One reader loses a post that others on the same server keep: out of its audience, and nothing else.

    A Delete would take it from everybody there, as fedi_aid peers know a post under one id.
    """
    return {
        "@context": _PLAIN,
        "id": uri,
        "type": "Remove",
        "actor": actor,
        "to": [reader],
        "object": reader,
        "target": f"{note_uri}/audience",
    }


def update_actor(uri: str, actor: dict[str, Any]) -> dict[str, Any]:
    """A changed profile, for the servers that know it."""
    inner = {key: value for key, value in actor.items() if key != "@context"}
    return {
        "@context": actor["@context"],
        "id": uri,
        "type": "Update",
        "actor": actor["id"],
        "to": [PUBLIC],
        "cc": [actor["followers"]] if "followers" in actor else [],  # not while they are suspended
        "object": inner,
    }
