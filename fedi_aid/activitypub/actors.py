"""Actors on the wire: our own as documents, others' documents as `RemoteActor`."""

from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from fedi_aid.actions.people import RemoteActor
from fedi_aid.activitypub import documents, emojis, extension
from fedi_aid.activitypub.documents import link, objects, same_origin, text
from fedi_aid.activitypub.signatures import keys
from fedi_aid.activitypub.signatures.refusals import BadKey
from fedi_aid.activitypub.signing import ED25519_KEY, MAIN_KEY
from fedi_aid.errors import Refused
from fedi_aid.model.house import House
from fedi_aid.model.people import Member, Person, PersonKind, SigningKeys
from fedi_aid.storage import moves, people
from fedi_aid.storage.tx import Tx

# Inline in an array: every word is defined here and nobody has to fetch anything to read it (FEP-e229).
CONTEXT: list[Any] = [
    "https://www.w3.org/ns/activitystreams",
    "https://w3id.org/security/v1",
    "https://w3id.org/security/multikey/v1",
    {
        "toot": "http://joinmastodon.org/ns#",
        "schema": "http://schema.org#",
        "PropertyValue": "schema:PropertyValue",
        "value": "schema:value",
        "discoverable": "toot:discoverable",
        "indexable": "toot:indexable",
        "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
        "featured": {"@id": "toot:featured", "@type": "@id"},
        "featuredTags": {"@id": "toot:featuredTags", "@type": "@id"},
        "assertionMethod": {"@id": "https://w3id.org/security#assertionMethod", "@type": "@id"},
        "implements": {
            "@id": "https://w3id.org/fep/844e#implements",
            "@type": "@id",
            "@container": "@set",
        },
        "webfinger": "https://w3id.org/fep/2c59#webfinger",
        "helpProfile": {"@id": extension.NAMESPACE + "helpProfile", "@type": "@id"},
        "suspended": "toot:suspended",
        "alsoKnownAs": {"@id": "as:alsoKnownAs", "@type": "@id"},
        "movedTo": {"@id": "as:movedTo", "@type": "@id"},
    },
]

_TYPES: dict[PersonKind, str] = {
    "person": "Person",
    "bot": "Service",
    "application": "Application",
    "group": "Group",
    "organization": "Organization",
}
_KINDS: dict[str, PersonKind] = {name: kind for kind, name in _TYPES.items()}
MAX_FIELDS = 20
MAX_ALIASES = 20


# -- ours


def member_named(tx: Tx, username: str) -> Member | None:
    """A member whom other servers may know of. The butler, the waiting and the suspended are not there."""
    person = people.by_handle(tx, username)
    member = people.member(tx, person.id) if person else None
    if member is None or member.role == "service" or member.state != "active":
        return None
    return None if member.person.suspended_at else member


def document_of(tx: Tx, member: Member, signing: SigningKeys) -> dict[str, Any]:
    """A member as they are now, with the other accounts that they say are theirs."""
    where = moves.whereabouts(tx, member.id)
    document = person_document(member.person, signing, tx.house)
    if where.also_known_as:
        document["alsoKnownAs"] = list(where.also_known_as)
    if where.moved_to:
        document["movedTo"] = where.moved_to
    return document


def suspended_document(tx: Tx, name: str) -> dict[str, Any] | None:
    """A member who was suspended here: that they are, and nothing that they wrote of themselves."""
    person = people.by_handle(tx, name)
    member = people.member(tx, person.id) if person else None
    signing = people.signing_keys(tx, member.id) if member else None
    if member is None or signing is None or member.role == "service":
        return None
    if member.person.suspended_at is None and member.state != "suspended":
        return None
    shown = _actor(member.person, signing, tx.house)
    return shown | {"discoverable": False, "indexable": False, "suspended": True}


def person_document(person: Person, signing: SigningKeys, house: House) -> dict[str, Any]:
    """A member as every server may see them: the profile they wrote, no number and no date (RULES R7)."""
    document = _actor(person, signing, house) | {
        "outbox": f"{person.uri}/outbox",
        "followers": f"{person.uri}/followers",
        "following": f"{person.uri}/following",
        "featured": f"{person.uri}/collections/featured",
        "featuredTags": f"{person.uri}/collections/tags",
        "helpProfile": help_address(person.uri),
        "url": house.profile_page(person.username),
        "name": person.display_name,
        "summary": person.bio,
        "webfinger": f"{person.username}@{house.domain}",
        "attachment": [
            {"type": "PropertyValue", "name": field.name, "value": field.value} for field in person.fields
        ],
    }
    pictures = (
        ("icon", person.avatar_url, person.avatar_alt),
        ("image", person.header_url, person.header_alt),
    )
    for key, url, alt in pictures:
        if url:
            # Misskey and its kin read `name`, as of any picture; Mastodon's newest `summary`.
            document[key] = {"type": "Image", "url": url} | ({"name": alt, "summary": alt} if alt else {})
    return document


def help_address(uri: str) -> str:
    """Where friends' servers may ask what a member can help with; named whether it is shared or not."""
    return f"{uri}/help"


def application_document(person: Person, signing: SigningKeys, house: House) -> dict[str, Any]:
    """The instance's own actor: signs what the instance fetches, and has nothing to follow (FEP-d556)."""
    return _actor(person, signing, house) | {
        "outbox": f"{person.uri}/outbox",
        "url": house.base_url,
        "name": house.domain,
        "implements": extension.implements(),
    }


def _actor(person: Person, signing: SigningKeys, house: House) -> dict[str, Any]:
    return {
        "@context": CONTEXT,
        "id": person.uri,
        "type": _TYPES[person.kind],
        "preferredUsername": person.username,
        "inbox": f"{person.uri}/inbox",
        "endpoints": {"sharedInbox": house.shared_inbox()},
        "manuallyApprovesFollowers": True,
        "discoverable": person.discoverable,
        "indexable": person.indexable,
        "generator": {
            "type": "Application",
            "id": house.application(),
            "implements": extension.implements(),
        },
        "publicKey": {
            "id": person.uri + MAIN_KEY,
            "owner": person.uri,
            "publicKeyPem": person.public_key_pem,
        },
        "assertionMethod": [
            {
                "id": person.uri + ED25519_KEY,
                "type": "Multikey",
                "controller": person.uri,
                "publicKeyMultibase": multikey_of(signing),
            }
        ],
    }


def multikey_of(signing: SigningKeys) -> str:
    private = keys.load_private(signing.ed25519_private_pem)
    public = private.public_key()
    assert isinstance(public, Ed25519PublicKey)
    return keys.to_multikey(public)


# -- theirs


def is_actor(document: object) -> bool:
    return documents.is_type(document, *_KINDS)


def read_actor(document: dict[str, Any], domain: str, wanted_key: str | None = None) -> RemoteActor:
    """Somebody elsewhere, from a document that their own server gave under its own id.

    What is not on the actor's origin is left out: a key, a shared inbox, a followers collection (O06, H12);
    without an inbox there the actor is refused. With several keys, `wanted_key` is taken if it is listed.
    """
    uri = text(document, "id")
    kind = next((_KINDS[name] for name in documents.types(document) if name in _KINDS), None)
    if uri is None or kind is None or documents.origin(uri) is None:
        raise Refused("This is not an account.", log=f"no actor: {str(uri)[:300]}")
    inbox, username = link(document, "inbox"), text(document, "preferredUsername")
    if not same_origin(inbox, uri):
        raise Refused("This account cannot be written to.", log=f"inbox elsewhere: {uri}")
    if not username:
        raise Refused("This account has no usable name.", log=f"no username: {uri}")
    key_id, pem = _rsa_key(document, uri, wanted_key)
    proof_key_id, multikey = _proof_key(document, uri, wanted_key)
    return RemoteActor(
        uri=uri,
        username=username,
        domain=domain,
        kind=kind,
        display_name=text(document, "name") or "",
        bio=text(document, "summary") or "",
        url=_web(link(document, "url")) or uri,
        avatar_url=_image(document, "icon"),
        header_url=_image(document, "image"),
        avatar_alt=_described(document, "icon"),
        header_alt=_described(document, "image"),
        fields=_fields(document),
        locked=documents.flag(document, "manuallyApprovesFollowers") is True,
        discoverable=documents.flag(document, "discoverable") is True,
        indexable=documents.flag(document, "indexable") is True,
        memorial=documents.flag(document, "memorial") is True,
        suspended=documents.flag(document, "suspended") is True,
        emojis=emojis.read_emojis(document),
        public_key_pem=pem,
        public_key_id=key_id,
        ed25519_multikey=multikey,
        ed25519_key_id=proof_key_id,
        inbox=inbox,
        shared_inbox=_own(link(document.get("endpoints"), "sharedInbox"), uri),
        followers_uri=_own(link(document, "followers"), uri),
        featured_uri=_own(link(document, "featured"), uri),
        help_uri=_own(link(document, "helpProfile"), uri),
        implements=tuple(sorted(extension.implemented_by(document)))[:20],
        also_known_as=tuple(documents.links(document, "alsoKnownAs")[:MAX_ALIASES]),
    )


def _rsa_key(document: dict[str, Any], uri: str, wanted: str | None) -> tuple[str | None, str | None]:
    found: list[tuple[str, str]] = []
    for key in objects(document, "publicKey"):
        key_id, pem = text(key, "id"), text(key, "publicKeyPem")
        if key_id is None or pem is None or text(key, "owner") != uri or not same_origin(key_id, uri):
            continue
        try:
            keys.load_public(pem)
        except BadKey:
            continue
        found.append((key_id, pem))
    return next((pair for pair in found if pair[0] == wanted), found[0] if found else (None, None))


def _proof_key(document: dict[str, Any], uri: str, wanted: str | None) -> tuple[str | None, str | None]:
    found: list[tuple[str, str]] = []
    for key in objects(document, "assertionMethod"):
        key_id, multikey = text(key, "id"), text(key, "publicKeyMultibase")
        if key_id is None or multikey is None or text(key, "controller") != uri:
            continue
        try:
            keys.from_multikey(multikey)
        except BadKey:
            continue
        if same_origin(key_id, uri):
            found.append((key_id, multikey))
    return next((pair for pair in found if pair[0] == wanted), found[0] if found else (None, None))


def _own(uri: str | None, actor: str) -> str | None:
    return uri if same_origin(uri, actor) else None


def _web(url: str | None) -> str | None:
    """An address a browser may open, or None (B02)."""
    if url is None or len(url) > documents.MAX_URI:
        return None
    try:
        return url if urlsplit(url).scheme in ("https", "http") and urlsplit(url).netloc else None
    except ValueError:
        return None


def _image(document: dict[str, Any], key: str) -> str | None:
    return next((url for image in objects(document, key) if (url := _web(link(image, "url")))), None)


def _described(document: dict[str, Any], key: str) -> str:
    """What the picture that `_image` takes shows, in words."""
    shown = next((image for image in objects(document, key) if _web(link(image, "url"))), None)
    return (text(shown, "name") or text(shown, "summary") or "") if shown is not None else ""


def _fields(document: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    pairs = [
        (text(item, "name") or "", text(item, "value") or "")
        for item in objects(document, "attachment")
        if documents.is_type(item, "PropertyValue")
    ]
    return tuple((name[:2048], value[:2048]) for name, value in pairs[:MAX_FIELDS])
