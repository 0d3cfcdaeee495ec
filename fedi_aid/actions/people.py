"""What members say of themselves, and what we remember of people elsewhere."""

from collections.abc import Sequence
from typing import Any

import msgspec

from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.emojis import Emoji, stored
from fedi_aid.model.html import sanitize
from fedi_aid.model.ids import PersonId
from fedi_aid.model.names import clean_name, clean_username
from fedi_aid.model.people import Field, Member, Person, PersonKind
from fedi_aid.model.text import render
from fedi_aid.storage import domain_rules
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs

BIO_MAX = 2000
ALT_MAX = 1500
FIELDS_MAX = 6
FIELD_CHARS = 255
_OWN_COLUMNS = frozenset(
    "locale time_zone default_intimacy default_sensitive default_language weekly_budget quiet_from "
    "quiet_until carry_consent accepts_carried silent_refusals paused_until butler_silent daily_ration "
    "show_counts plain_confidants preferences show_friends".split()
)


def update_profile(
    tx: Tx,
    me: int,
    *,
    display_name: str | None = None,
    bio_source: str | None = None,
    fields: Sequence[tuple[str, str]] | None = None,
    bot: bool | None = None,
    discoverable: bool | None = None,
    indexable: bool | None = None,
    avatar_alt: str | None = None,
    header_alt: str | None = None,
    **settings: Any,
) -> Member:
    """Change what is given; friends' servers are told of what they can see. `settings` are columns of one's
    own (`default_intimacy`, `weekly_budget`, …); an unknown one is a programming error."""
    unknown = settings.keys() - _OWN_COLUMNS
    if unknown:
        raise TypeError(f"not a member's own setting: {sorted(unknown)}")
    public: dict[str, Any] = {}
    if display_name is not None:
        if len(display_name) > 100:
            raise Refused("The name has at most 100 characters.", field="display_name")
        public["display_name"] = clean_name(display_name, 100)
    if bio_source is not None:
        if len(bio_source) > BIO_MAX:
            raise Refused(f"The note has at most {BIO_MAX} characters.", field="note")
        settings["bio_source"] = bio_source
        public["bio"] = render(bio_source, {}, tx.house.tag_page)
    if fields is not None:
        kept = [(name.strip(), value.strip()) for name, value in fields if name.strip() or value.strip()]
        if len(kept) > FIELDS_MAX or any(len(text) > FIELD_CHARS for pair in kept for text in pair):
            raise Refused(f"At most {FIELDS_MAX} fields of {FIELD_CHARS} characters.", field="fields")
        settings["fields_source"] = [{"name": name, "value": value} for name, value in kept]
        shown = [
            Field(clean_name(name, FIELD_CHARS), render(value, {}, tx.house.tag_page)) for name, value in kept
        ]
        public["fields"] = _verified_before(people_rows.by_id(tx, me), shown)
        jobs.check_links(tx, PersonId(me))
    for name, alt in (("avatar_alt", avatar_alt), ("header_alt", header_alt)):
        if alt is not None:
            public[name] = _described(name, alt)
    if bot is not None:
        public["kind"] = "bot" if bot else "person"
    if discoverable is not None:
        public["discoverable"] = discoverable
    if indexable is not None:
        public["indexable"] = indexable
    if "default_intimacy" in settings and settings["default_intimacy"] not in (0, 1, 2, 3, 4):
        raise Refused("The default intimacy is a whole number from 0 to 4.", field="intimacy")
    if public:
        people_rows.change(tx, me, **public)
        jobs.tell_person(tx, PersonId(me))
    if settings:
        people_rows.change_member(tx, me, **settings)
    member = people_rows.member(tx, me)
    if member is None:
        raise NotFound
    return member


def _described(name: str, alt: str) -> str:
    """What a picture of a profile shows, in words."""
    alt = alt.strip()
    if len(alt) > ALT_MAX:
        field = name.replace("_alt", "_description")
        raise Refused(f"The description has at most {ALT_MAX} characters.", field=field)
    return alt


def _verified_before(person: Person | None, fields: Sequence[Field]) -> list[Any]:
    """A link that was seen to be theirs stays so while the field says the same; nobody's word adds one."""
    known = {one.value: one.verified_at for one in person.fields} if person is not None else {}
    return [msgspec.to_builtins(Field(one.name, one.value, known.get(one.value))) for one in fields]


class RemoteActor(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody elsewhere as their server describes them; text comes raw and is cleaned here."""

    uri: str
    username: str
    domain: str
    kind: PersonKind = "person"
    display_name: str = ""
    bio: str = ""
    url: str = ""
    avatar_url: str | None = None
    header_url: str | None = None
    avatar_alt: str = ""
    header_alt: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    locked: bool = False
    discoverable: bool = False
    indexable: bool = False
    memorial: bool = False
    suspended: bool = False
    emojis: tuple[Emoji, ...] = ()
    public_key_pem: str | None = None
    public_key_id: str | None = None
    ed25519_multikey: str | None = None
    ed25519_key_id: str | None = None
    inbox: str | None = None
    shared_inbox: str | None = None
    followers_uri: str | None = None
    featured_uri: str | None = None
    help_uri: str | None = None
    implements: tuple[str, ...] = ()
    also_known_as: tuple[str, ...] = ()


def remember(tx: Tx, actor: RemoteActor) -> PersonId:
    """Insert or refresh somebody elsewhere, by URI. A handle that another URI had passes to the newer claim,
    which the caller has confirmed by WebFinger (O05): the old row keeps its posts under a marked name."""
    known = people_rows.by_uri_or_vouched(tx, actor.uri)
    fields = [Field(clean_name(name), sanitize(value)) for name, value in actor.fields[:20]]
    values: dict[str, Any] = {
        "username": clean_username(actor.username),
        "domain": actor.domain.lower(),
        "kind": actor.kind,
        "display_name": clean_name(actor.display_name),
        "bio": sanitize(actor.bio),
        "url": actor.url,
        "avatar_url": actor.avatar_url,
        "header_url": actor.header_url,
        "avatar_alt": clean_name(actor.avatar_alt, ALT_MAX) if actor.avatar_url else "",
        "header_alt": clean_name(actor.header_alt, ALT_MAX) if actor.header_url else "",
        "fields": _verified_before(known, fields),
        "locked": actor.locked,
        "discoverable": actor.discoverable,
        "indexable": actor.indexable,
        "memorial": actor.memorial,
        "suspended_there": actor.suspended,
        "emojis": stored(actor.emojis),
        "public_key_pem": actor.public_key_pem,
        "public_key_id": actor.public_key_id,
        "ed25519_multikey": actor.ed25519_multikey,
        "ed25519_key_id": actor.ed25519_key_id,
        "inbox": actor.inbox,
        "shared_inbox": actor.shared_inbox,
        "followers_uri": actor.followers_uri,
        "featured_uri": actor.featured_uri,
        "help_uri": actor.help_uri,
        "implements": list(actor.implements),
        "also_known_as": list(actor.also_known_as),
        "fetched_at": tx.now,
        "vouched_at": None,
    }
    if not values["username"] or not values["domain"]:
        raise Refused("This account has no usable name.", log=f"no username: {actor.uri}")
    if domain_rules.rejects_media(tx, values["domain"]):
        values |= {"avatar_url": None, "header_url": None, "emojis": None, "avatar_alt": "", "header_alt": ""}
    holder = people_rows.by_handle_or_vouched(tx, values["username"], values["domain"])
    if holder is not None and holder.uri != actor.uri:
        people_rows.change(tx, holder.id, username=f"{holder.username}~{holder.id}")
    if known is not None:
        people_rows.change(tx, known.id, **values)
        if {one.value for one in known.fields} != {
            one.value for one in fields
        } and tie_rows.follower_ids_here(tx, known.id):
            jobs.check_links(tx, known.id)
        return known.id
    if domain_rules.is_limited(tx, values["domain"]):
        values |= {"limited_at": tx.now, "limited_with": "domain"}
    return people_rows.insert(tx, uri=actor.uri, **values)
