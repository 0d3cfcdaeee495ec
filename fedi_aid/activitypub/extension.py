"""Our own words on the wire: the namespace, the `@context` to emit, and strict readers.

The namespace is an identifier and is never fetched. The words are defined inline in an array `@context`;
readers of plain JSON see the short names. Which IRI a peer gave them is not looked at.
"""

from typing import Any, Final

from fedi_aid.activitypub import documents, vocabulary
from fedi_aid.errors import Refused
from fedi_aid.model.interest import WORDS_MAX
from fedi_aid.model.names import clean_name
from fedi_aid.model.text import plain

NAMESPACE: Final = vocabulary.FEDI_AID

INTIMACY_LEVEL: Final = "intimacyLevel"
HELP_FLAG: Final = "helpFlag"
REVISION: Final = "revision"
HELP_OFFER: Final = "helpOffer"
PROJECT: Final = "project"
CAUSES: Final = "causes"
PROJECT_TYPE: Final = "Project"
ROLE: Final = "role"
INTEREST: Final = "interest"
CARRY_TICKET: Final = "CarryTicket"
SEATS: Final = "seats"
SALT: Final = "salt"
EXCLUDE: Final = "exclude"

LEVELS: Final = range(5)
DEFAULT_LEVEL: Final = 2

CARRY: Final = "https://w3id.org/fedi-aid/carry/1"
RFC9421: Final = "https://datatracker.ietf.org/doc/html/rfc9421"
# Nobody has a word yet for verifying RFC 9421 signatures by the Ed25519 keys that actors list (FEP-521a).
ED25519: Final = "https://w3id.org/fedi-aid/rfc9421-ed25519/1"
# FEP-844e: what `generator.implements` of every actor lists, as `href` and `name`.
IMPLEMENTS: Final[tuple[tuple[str, str], ...]] = (
    (RFC9421, "RFC-9421: HTTP Message Signatures"),
    (ED25519, "RFC-9421 signatures with the Ed25519 keys of FEP-521a"),
    (CARRY, "fedi_aid: signed carry, version 1"),
)

_INTEGER = "xsd:nonNegativeInteger"


def _links(iri: str) -> dict[str, str]:
    return {"@id": iri, "@type": "@id"}


def _typed(word: str, kind: str) -> dict[str, str]:
    return {"@id": f"fa:{word}", "@type": kind}


# The `@context` of notes, activities and tickets. Treat as constant: builders put it into documents as it is.
CONTEXT: Final[list[Any]] = [
    "https://www.w3.org/ns/activitystreams",
    "https://w3id.org/security/data-integrity/v2",
    {
        "fa": NAMESPACE,
        "gts": "https://gotosocial.org/ns#",
        "litepub": "http://litepub.social/ns#",
        "toot": "http://joinmastodon.org/ns#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
        "Hashtag": "as:Hashtag",
        "sensitive": "as:sensitive",
        "votersCount": "toot:votersCount",
        "indexable": "toot:indexable",
        "directMessage": "litepub:directMessage",
        INTIMACY_LEVEL: _typed(INTIMACY_LEVEL, _INTEGER),
        HELP_FLAG: _typed(HELP_FLAG, "xsd:boolean"),
        REVISION: _typed(REVISION, _INTEGER),
        HELP_OFFER: _typed(HELP_OFFER, "xsd:boolean"),
        PROJECT: _links(f"fa:{PROJECT}"),
        CAUSES: f"fa:{CAUSES}",
        INTEREST: f"fa:{INTEREST}",
        CARRY_TICKET: f"fa:{CARRY_TICKET}",
        SEATS: _typed(SEATS, _INTEGER),
        SALT: f"fa:{SALT}",
        EXCLUDE: f"fa:{EXCLUDE}",
        "interactionPolicy": _links("gts:interactionPolicy"),
        "canLike": _links("gts:canLike"),
        "canReply": _links("gts:canReply"),
        "canAnnounce": _links("gts:canAnnounce"),
        "canQuote": _links("gts:canQuote"),
        "automaticApproval": _links("gts:automaticApproval"),
        "manualApproval": _links("gts:manualApproval"),
    },
]

_OWN: Final = frozenset({INTIMACY_LEVEL, HELP_FLAG, REVISION, HELP_OFFER, PROJECT, CAUSES})
_ONLY_OURS: Final = _OWN | {"fa", INTEREST, CARRY_TICKET, SEATS, SALT, EXCLUDE}
# The same without any word of ours: what is for a plain peer does not even say that there are levels (P10).
PLAIN_CONTEXT: Final[list[Any]] = [
    CONTEXT[0],
    {word: meaning for word, meaning in CONTEXT[-1].items() if word not in _ONLY_OURS},
]


# What a public post needs that declares an interest: that word alone.
_INTEREST_CONTEXT: Final[list[Any]] = [
    CONTEXT[0],
    PLAIN_CONTEXT[-1] | {"fa": NAMESPACE, INTEREST: f"fa:{INTEREST}"},
]


def context_of(note: dict[str, Any]) -> list[Any]:
    """The `@context` that a note needs: of our own words only where it has one."""
    if not _OWN.isdisjoint(note):
        return CONTEXT
    return _INTEREST_CONTEXT if INTEREST in note else PLAIN_CONTEXT


def implements() -> list[dict[str, str]]:
    """The value of `generator.implements` (FEP-844e), a fresh list."""
    return [{"href": href, "name": name} for href, name in IMPLEMENTS]


def implemented_by(actor: object) -> frozenset[str]:
    """The capability ids that an actor or its application lists; unknown ones included, never an error."""
    found = documents.links(actor, "implements")
    for generator in documents.objects(actor, "generator"):
        found += documents.links(generator, "implements")
    return frozenset(found)


def intimacy_level(note: object) -> int | None:
    """The level 0–4 of a note, None when it has none (from a fedi_aid peer that means 2).

    `Refused` when the level is there and is not an integer from 0 to 4: reading it as absent could show a
    note more widely than it was meant.
    """
    if not isinstance(note, dict) or INTIMACY_LEVEL not in note:
        return None
    level = documents.strict_int(note, INTIMACY_LEVEL)
    if level is None or level not in LEVELS:
        raise Refused("The intimacy level of this note cannot be read.", field=INTIMACY_LEVEL)
    return level


def help_flag(note: object) -> bool | None:
    """True for a raised flag, False for a lowered one, None for a note that is no request."""
    return documents.flag(note, HELP_FLAG)


def revision(note: object) -> int | None:
    """The revision of a request, an integer of at least 1, or None."""
    found = documents.strict_int(note, REVISION)
    return found if found is not None and found >= 1 else None


def help_offer(note: object) -> bool:
    """Whether a reply says "I can help": only the boolean `true` does."""
    return documents.flag(note, HELP_OFFER) is True


def interest(note: object) -> str | None:
    """What its author declares to earn or gain by it, as one line of plain text, perhaps empty; None when
    nothing is declared. Too many words are cut: that something is declared counts for more."""
    if not isinstance(note, dict) or note.get(INTEREST) in (None, False, ""):
        return None
    return clean_name(plain(documents.text(note, INTEREST) or ""), WORDS_MAX)
