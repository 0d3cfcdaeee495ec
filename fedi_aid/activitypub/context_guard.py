"""Context poisoning (J02): an inline `@context` may add words, never change those that we read.

We read documents as plain JSON and load no context (J01). A reader that does process JSON-LD must come to
the same meaning, or one signature would stand for two readings; so a document that gives one of these words
another meaning is refused as a whole. That some word is called otherwise is read in `linked_data`.
"""

from collections.abc import Mapping
from typing import Any

ACTIVITYSTREAMS = "https://www.w3.org/ns/activitystreams#"

_CORE_WORDS = """
    actor alsoKnownAs anyOf attachment attributedTo audience bcc bto cc closed content context deleted
    endTime endpoints first followers following formerType generator href icon image inReplyTo instrument
    items last liked likes mediaType movedTo name next object oneOf orderedItems origin outbox partOf
    preferredUsername prev proxyUrl published rel replies result sharedInbox shares source startTime summary
    tag target to totalItems updated url

    Accept Activity Add Announce Application Article Audio Block Collection CollectionPage Create Delete
    Dislike Document Event Flag Follow Group Image Invite Join Leave Like Link Mention Move Note Object
    Offer OrderedCollection OrderedCollectionPage Organization Page Person Question Reject Remove Service
    Tombstone Undo Update Video
"""

# A word, and the IRIs it may be defined as.
_MEANINGS: dict[str, frozenset[str]] = {
    **{word: frozenset({f"as:{word}", ACTIVITYSTREAMS + word}) for word in _CORE_WORDS.split()},
    **{
        f"{word}Map": frozenset({f"as:{word}", ACTIVITYSTREAMS + word})
        for word in ("content", "name", "summary")
    },
    # The one word of an actor that ActivityPub took from another vocabulary.
    "inbox": frozenset(
        {"as:inbox", "ldp:inbox", ACTIVITYSTREAMS + "inbox", "http://www.w3.org/ns/ldp#inbox"}
    ),
    "id": frozenset({"@id"}),
    "type": frozenset({"@type"}),
    "as": frozenset({ACTIVITYSTREAMS}),
    "ldp": frozenset({"http://www.w3.org/ns/ldp#"}),
}
# What a definition may say besides its IRI; `@reverse` and `@nest` would move the value elsewhere.
_HARMLESS = frozenset({"@id", "@type", "@container", "@language", "@protected", "@prefix"})
# Maps by index, id or type, and values looked up among the words, would be read otherwise by others.
_CONTAINERS = frozenset({"@set", "@list", "@language"})


def redefined(definitions: Mapping[str, Any]) -> str | None:
    """The first core word that an inline context gives another meaning, or None.

    `definitions` is one object inside an `@context`: the context itself, or anything nested in it.
    """
    for key, definition in definitions.items():
        word = plain_term(key)
        meanings = _MEANINGS.get(word)
        if meanings is None:
            continue
        if isinstance(definition, dict):
            iri = definition.get("@id") if _is_harmless(definition) else None
        else:
            iri = definition
        if not isinstance(iri, str) or iri not in meanings:
            return word
    return None


def _is_harmless(definition: Mapping[str, Any]) -> bool:
    container = definition.get("@container", [])
    several = container if isinstance(container, list) else [container]
    return (
        definition.keys() <= _HARMLESS
        and all(isinstance(one, str) and one in _CONTAINERS for one in several)
        and definition.get("@type") != "@vocab"
    )


def plain_term(term: str) -> str:
    """`as:Note` and `https://www.w3.org/ns/activitystreams#Note` as `Note`; other words as they are (J04)."""
    if term.startswith("as:"):
        return term[3:]
    return term.removeprefix(ACTIVITYSTREAMS)
