"""Account, CredentialAccount, Relationship."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from fedi_aid.actions import endorsements
from fedi_aid.actions.endorsements import Badge
from fedi_aid.client_api.entities.emoji import emojis_of
from fedi_aid.client_api.entities.look import Json, Look, day, maybe_moment, midnight
from fedi_aid.media.addresses import portrait
from fedi_aid.model.leaving import way_to
from fedi_aid.model.people import BUTLER, Field, Member, Person, Relation, Role
from fedi_aid.storage import moves, ties
from fedi_aid.storage.faces import PLAIN, Face, faces
from fedi_aid.storage.tx import Tx

AVATAR = "/static/portrait.svg"
HEADER = "/headers/original/missing.png"
ROLE: Json = {"id": "-99", "name": "", "permissions": "0", "color": "", "highlighted": False}


# Mastodon's bits: apps show the tools for which somebody has one.
_REPORTS, _FEDERATION, _BLOCKS, _PEOPLE, _DELETION = 1 << 4, 1 << 5, 1 << 7, 1 << 10, 1 << 19
_DASHBOARD, _ACCESS = 1 << 3, 1 << 18
_MODERATOR = _DASHBOARD | _REPORTS | _PEOPLE
_ROLES: Final[dict[Role, Json]] = {
    "moderator": ROLE | {"id": "1", "name": "Moderator", "permissions": str(_MODERATOR)},
    "admin": ROLE
    | {
        "id": "2",
        "name": "Admin",
        "permissions": str(_MODERATOR | _FEDERATION | _BLOCKS | _ACCESS | _DELETION),
    },
}


def role(name: Role | None) -> Json:
    """Role: what somebody may do for the instance."""
    return _ROLES.get(name or "member", ROLE)


def accounts(
    tx: Tx, look: Look, people: Sequence[Person], known: Mapping[int, Face] | None = None
) -> list[Json]:
    """Each of these people as the viewer may see them; `known`: their faces, where they were asked for."""
    if known is None:
        known = faces(tx, look.viewer, {person.id for person in people})
    badges = endorsements.badges(tx, look.viewer, {person.id for person in people})
    moved = moves.destinations(tx, {person.id for person in people})
    return [
        account(look, person, known.get(person.id, PLAIN), badges.get(person.id, ()))
        | _moved(look, moved.get(person.id))
        for person in people
    ]


def _moved(look: Look, now: Person | None) -> Json:
    """Where somebody says they live now; the word is absent for everybody else."""
    return {} if now is None else {"moved": account(look, now)}


def account(look: Look, person: Person, face: Face = PLAIN, badges: Sequence[Badge] = ()) -> Json:
    """One person. Numbers are those of `face`: zero unless they are shown to this viewer (RULES R7)."""
    avatar = portrait(look.house, person, "avatar") or look.base_url + AVATAR
    header = portrait(look.house, person, "header") or look.base_url + HEADER
    return {
        "id": str(person.id),
        "username": person.username,
        "acct": person.handle,
        "display_name": person.display_name,
        "locked": person.locked,
        "bot": person.kind in ("bot", "application"),
        "discoverable": person.discoverable,
        "indexable": person.indexable,
        "group": person.kind == "group",
        "created_at": midnight(person.created_at),
        "note": person.bio,
        "url": way_to(look.house, "person", person.id, person.url or person.uri, person),
        "uri": person.uri,
        "avatar": avatar,
        "avatar_static": avatar,
        "avatar_description": person.avatar_alt,
        "header": header,
        "header_static": header,
        "header_description": person.header_alt,
        "followers_count": face.followers,
        "following_count": face.following,
        "statuses_count": face.posts,
        "last_status_at": day(face.last_post_at) if face.last_post_at else None,
        "hide_collections": True,
        "noindex": not person.discoverable,
        "emojis": emojis_of(look, person),
        "roles": [] if person.local else None,
        "fields": [_field(field) for field in person.fields],
        "fedi_aid": {
            "friend": face.friend,
            "same_server": person.local,
            "butler": person.local and person.username == BUTLER,
            "speaks_fedi_aid": person.speaks_fedi_aid,
            "endorsements": [{"kind": one.kind, "name": one.label, "people": one.people} for one in badges],
        },
        **_judged(person),
    }


def _judged(person: Person) -> Json:
    """What was decided about them, here or by their own server, as everybody may know; the words are absent
    for everybody else."""
    words = (
        ("limited", person.limited_at),
        ("suspended", person.suspended_at or person.suspended_there),
        ("memorial", person.memorial),
    )
    return {word: True for word, holds in words if holds}


def _field(field: Field) -> Json:
    return {"name": field.name, "value": field.value, "verified_at": maybe_moment(field.verified_at)}


def own_account(tx: Tx, look: Look, me: Member) -> Json:
    """CredentialAccount: oneself, with what one typed and one's defaults."""
    asking = len(ties.followers(tx, me.id, state="asked", max_id=None, since_id=None, limit=100))
    source = {
        "privacy": "private",
        "sensitive": me.default_sensitive,
        "language": me.default_language,
        "note": me.bio_source,
        "fields": [_field(field) for field in me.fields_source],
        "follow_requests_count": asking,
        "hide_collections": True,
        "discoverable": me.person.discoverable,
        "indexable": me.person.indexable,
        "attribution_domains": [],
        "quote_policy": "nobody",
    }
    shown = accounts(tx, look, [me.person])[0]
    own = {
        "default_intimacy": me.default_intimacy,
        "weekly_budget": me.weekly_budget,
        "quiet_from": me.quiet_from,
        "quiet_until": me.quiet_until,
        "carry_consent": me.carry_consent,
        "accepts_carried": me.accepts_carried,
        "butler_silent": me.butler_silent,
        "daily_ration": me.daily_ration,
        "show_counts": me.show_counts,
        "show_friends": me.show_friends,
    }
    return shown | {"source": source, "role": role(me.role), "fedi_aid": shown["fedi_aid"] | own}


def own_profile(_tx: Tx, look: Look, me: Member) -> Json:
    """Profile: what one can change of oneself, as one typed it; a picture that is none is null."""
    person = me.person
    avatar, header = (portrait(look.house, person, place) for place in ("avatar", "header"))
    return {
        "id": str(me.id),
        "display_name": person.display_name,
        "note": me.bio_source,
        "fields": [_field(field) for field in me.fields_source],
        "avatar": avatar,
        "avatar_static": avatar,
        "avatar_description": person.avatar_alt,
        "header": header,
        "header_static": header,
        "header_description": person.header_alt,
        "locked": person.locked,
        "bot": person.kind in ("bot", "application"),
        "hide_collections": True,
        "discoverable": person.discoverable,
        "indexable": person.indexable,
        "show_media": True,
        "show_media_replies": False,
        "show_featured": True,
        "attribution_domains": [],
    }


def relationship(relation: Relation) -> Json:
    """How the viewer stands with somebody. `blocked_by` is never told: nobody is told of a block (R6)."""
    return {
        "id": str(relation.person_id),
        "following": relation.following,
        "showing_reblogs": relation.following and relation.show_boosts,
        "notifying": relation.notify,
        "languages": None,
        "followed_by": relation.followed_by,
        "blocking": relation.blocking,
        "blocked_by": False,
        "muting": relation.muting,
        "muting_notifications": relation.muting and relation.muting_notifications,
        "muting_expires_at": None,
        "requested": relation.requested,
        "requested_by": relation.requested_by,
        "domain_blocking": relation.domain_muting,
        "endorsed": relation.recommended and relation.following,
        "note": relation.note,
        "fedi_aid": {"friend": relation.friends, "close": relation.close},
    }


def relationships(relations: Iterable[Relation]) -> list[Json]:
    return [relationship(one) for one in relations]
