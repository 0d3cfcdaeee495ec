"""The words that we read, with the IRIs they stand for: what PyLD is given in the place of remote contexts.

Written down from the specifications: ActivityStreams 2.0 and ActivityPub, the security vocabulary (FEP-521a,
FEP-8b32), and the extensions named by each prefix. No context document of others is bundled; that a property
has a type is a fact. Treat `PLAIN` as constant.
"""

from typing import Any, Final

from fedi_aid.activitypub.context_guard import ACTIVITYSTREAMS

# Our own words; `extension` says what they mean. An identifier: never fetched.
FEDI_AID: Final = "https://w3id.org/fedi-aid/ns#"
# Stands before words that nobody defined, so that they come out as they went in.
OTHER_WORDS: Final = "urn:x-fedi-aid:word:"

PREFIXES: Final[dict[str, str]] = {
    "as": ACTIVITYSTREAMS,
    "ldp": "http://www.w3.org/ns/ldp#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "sec": "https://w3id.org/security#",
    "schema": "http://schema.org#",
    "toot": "http://joinmastodon.org/ns#",
    "ostatus": "http://ostatus.org#",
    "litepub": "http://litepub.social/ns#",
    "misskey": "https://misskey-hub.net/ns#",
    "fedibird": "http://fedibird.com/ns#",
    "gts": "https://gotosocial.org/ns#",
    "fa": FEDI_AID,
}

_TYPES = """
    Accept Activity Add Announce Application Arrive Article Audio Block Collection CollectionPage Create
    Delete Dislike Document Event Flag Follow Group Hashtag Ignore Image IntransitiveActivity Invite Join
    Leave Like Link Listen Mention Move Note Object Offer OrderedCollection OrderedCollectionPage
    Organization Page Person Place Profile Question Read Reject Relationship Remove Service TentativeAccept
    TentativeReject Tombstone Travel Undo Update Video View
"""
# Properties of ActivityStreams whose values are things, named or embedded.
_THINGS = """
    actor alsoKnownAs anyOf attachment attributedTo audience bcc bto cc context current describes endpoints
    first followers following formerType generator href icon image inReplyTo instrument items last liked likes
    location movedTo next object oneOf origin outbox partOf prev preview proxyUrl relationship replies result
    describes sharedInbox shares streams subject tag target to url
"""
_TEXTS = "hreflang mediaType preferredUsername rel source units manuallyApprovesFollowers sensitive quoteUrl"
_BY_LANGUAGE = "content name summary"
_MOMENTS = "closed deleted endTime published startTime updated"
_COUNTS = "height startIndex totalItems width"
_FRACTIONS = "accuracy altitude latitude longitude radius"
# Words of others, by prefix; a star marks those whose values are things.
_OTHERS = {
    "sec": "publicKey* owner* publicKeyPem controller* assertionMethod* Multikey Key publicKeyMultibase",
    "schema": "PropertyValue value",
    "toot": "Emoji votersCount blurhash focalPoint featured* featuredTags* discoverable indexable suspended "
    "memorial",
    "ostatus": "conversation atomUri inReplyToAtomUri",
    "litepub": "EmojiReact directMessage ChatMessage",
    "misskey": "_misskey_quote _misskey_content _misskey_reaction",
    "fedibird": "quoteUri",
    "gts": "interactionPolicy* canAnnounce* canLike* canReply* canQuote* automaticApproval* manualApproval* "
    "interactingObject* interactionTarget*",
    "fa": "intimacyLevel helpFlag revision helpOffer project* causes interest CarryTicket seats salt exclude "
    "Project role Endorsement Thanks Introduction endorsed skills languages paused helpProfile*",
}


def _plain() -> dict[str, Any]:
    words: dict[str, Any] = {"@version": 1.1, "@vocab": OTHER_WORDS, "@base": None}
    words |= {"id": "@id", "type": "@type"}
    words |= PREFIXES
    words |= {word: f"as:{word}" for word in f"{_TYPES} {_TEXTS} {_BY_LANGUAGE}".split()}
    words |= {word: _typed(f"as:{word}", "@id") for word in _THINGS.split()}
    words |= {word: _typed(f"as:{word}", "xsd:dateTime") for word in _MOMENTS.split()}
    words |= {word: _typed(f"as:{word}", "xsd:nonNegativeInteger") for word in _COUNTS.split()}
    words |= {word: _typed(f"as:{word}", "xsd:float") for word in _FRACTIONS.split()}
    for word in _BY_LANGUAGE.split():
        words[f"{word}Map"] = {"@id": f"as:{word}", "@container": "@language"}
    words["duration"] = _typed("as:duration", "xsd:duration")
    words["inbox"] = _typed("ldp:inbox", "@id")
    words["orderedItems"] = {"@id": "as:items", "@type": "@id", "@container": "@list"}
    for prefix, others in _OTHERS.items():
        for word in others.split():
            name = word.removesuffix("*")
            words[name] = _typed(f"{prefix}:{name}", "@id") if name != word else f"{prefix}:{name}"
    for word in ("quote", "quoteAuthorization"):
        words[word] = _typed(f"https://w3id.org/fep/044f#{word}", "@id")
    return words


def _typed(iri: str, kind: str) -> dict[str, str]:
    return {"@id": iri, "@type": kind}


PLAIN: Final = _plain()
