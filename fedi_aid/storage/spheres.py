"""A member's spheres, where their friends stand on the map, what their posts were aimed at; and what a member
may know of ties among their friends.

A tie between two friends comes from here only where the member could see it anyway: both show their friends
to friends in common, or one answered the other before the member's eyes, or the member wrote to both at once.
What a friend's friends are elsewhere, who wrote to whom unseen, and contacts of others are never read.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, or_, select, union_all, update

from fedi_aid.model.ids import PersonId
from fedi_aid.storage import nearby, ties
from fedi_aid.storage.among import VIEWER, among
from fedi_aid.storage.posts import visible_to
from fedi_aid.storage.tables.base import Moment
from fedi_aid.storage.tables.engine import launches, map_places, spheres
from fedi_aid.storage.tables.moderation import reports
from fedi_aid.storage.tables.people import help_profiles, people
from fedi_aid.storage.tables.posts import post_mentions, post_tags, posts
from fedi_aid.storage.tables.projects import causes, person_causes
from fedi_aid.storage.tables.ties import blocks, list_people, lists
from fedi_aid.storage.tx import Tx

SEEN_FOR = timedelta(days=365)
TAGS_FOR = timedelta(days=180)
READ_MOST = 3000  # posts looked at
AT_ONCE = 8  # people named in one post of the member's


class SphereRow(msgspec.Struct, frozen=True, kw_only=True):
    """A sphere of a member: found by the server, or (`list_id` is its own id) one of their lists. Merged into
    a list where `list_id` is another's id."""

    id: int
    name: str
    label_kind: str
    label: str
    list_id: int | None
    hidden: bool
    position: int
    angle: float | None

    @property
    def is_list(self) -> bool:
        return self.list_id == self.id


class PlaceRow(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody stands on a member's map; `sphere_id` is the one they were found in, whatever lists
    say. `updated_at`: when spheres were last looked for."""

    person_id: PersonId
    sphere_id: int | None
    x: float
    y: float
    updated_at: datetime


_SPHERE = tuple(spheres.c[name] for name in SphereRow.__struct_fields__)
_PLACE = tuple(map_places.c[name] for name in PlaceRow.__struct_fields__)


def all_of(tx: Tx, owner_id: int) -> list[SphereRow]:
    """In their order around the map."""
    mine = select(*_SPHERE).where(spheres.c.owner_id == owner_id)
    return [SphereRow(**row._mapping) for row in tx.all(mine.order_by(spheres.c.position, spheres.c.id))]


def one(tx: Tx, owner_id: int, sphere_id: int) -> SphereRow | None:
    row = tx.first(select(*_SPHERE).where(spheres.c.owner_id == owner_id, spheres.c.id == sphere_id))
    return SphereRow(**row._mapping) if row else None


def owner_of(tx: Tx, sphere_ids: Iterable[int]) -> PersonId | None:
    """Whose spheres these are; None of none."""
    found = tx.column(select(spheres.c.owner_id).where(spheres.c.id.in_(list(sphere_ids))).limit(1))
    return PersonId(found[0]) if found else None


def put(tx: Tx, owner_id: int, sphere_id: int, **values: Any) -> None:
    tx.put(spheres, [spheres.c.id], id=sphere_id, owner_id=owner_id, updated_at=tx.now, **values)


def change(tx: Tx, sphere_id: int, **values: Any) -> None:
    tx.run(update(spheres).where(spheres.c.id == sphere_id).values(updated_at=tx.now, **values))


def drop(tx: Tx, ids: Iterable[int]) -> None:
    tx.run(delete(spheres).where(spheres.c.id.in_(list(ids))))


def places_of(tx: Tx, owner_id: int) -> list[PlaceRow]:
    mine = select(*_PLACE).where(map_places.c.owner_id == owner_id).order_by(map_places.c.person_id)
    return [PlaceRow(**row._mapping) for row in tx.all(mine)]


def replace_places(
    tx: Tx,
    owner_id: int,
    places: Mapping[PersonId, tuple[float, float]],
    found_in: Mapping[PersonId, int],
    found_at: datetime,
) -> None:
    """Everybody's place anew; who is not among them loses theirs."""
    tx.run(delete(map_places).where(map_places.c.owner_id == owner_id))
    rows = [
        {
            "owner_id": owner_id,
            "person_id": person,
            "sphere_id": found_in.get(person),
            "x": x,
            "y": y,
            "updated_at": found_at,
        }
        for person, (x, y) in places.items()
    ]
    tx.insert_many(map_places, rows)


def found_in(tx: Tx, owner_id: int) -> dict[int, int]:
    """person → the sphere they were found in, for those who are in one."""
    rows = tx.all(
        select(map_places.c.person_id, map_places.c.sphere_id).where(
            map_places.c.owner_id == owner_id, map_places.c.sphere_id.is_not(None)
        )
    )
    return {row.person_id: row.sphere_id for row in rows}


def people_in(tx: Tx, sphere_ids: Iterable[int]) -> dict[int, frozenset[int]]:
    """sphere → those who were found in it."""
    found: dict[int, set[int]] = defaultdict(set)
    for row in tx.all(
        select(map_places.c.sphere_id, map_places.c.person_id).where(
            map_places.c.sphere_id.in_(list(sphere_ids))
        )
    ):
        found[row.sphere_id].add(row.person_id)
    return {sphere: frozenset(people) for sphere, people in found.items()}


def people_on_lists(tx: Tx, owner_id: int) -> dict[int, frozenset[int]]:
    """list → who stands on it, for every list of a member, the oldest first."""
    mine = tx.column(select(lists.c.id).where(lists.c.owner_id == owner_id).order_by(lists.c.id))
    found = people_on_these_lists(tx, mine)
    return {list_id: found.get(list_id, frozenset()) for list_id in mine}


def people_on_these_lists(tx: Tx, list_ids: Iterable[int]) -> dict[int, frozenset[int]]:
    """list → who stands on it; ids that are no list's, and empty lists, are left out."""
    found: dict[int, set[int]] = defaultdict(set)
    for row in tx.all(
        select(list_people.c.list_id, list_people.c.person_id).where(
            list_people.c.list_id.in_(list(list_ids))
        )
    ):
        found[row.list_id].add(row.person_id)
    return {list_id: frozenset(people) for list_id, people in found.items()}


# -- what a post was aimed at


def keep_aim(tx: Tx, post_id: int, weights: Mapping[int, float]) -> None:
    tx.insert_many(
        launches,
        [
            {"post_id": post_id, "sphere_id": sphere_id, "weight": weight}
            for sphere_id, weight in weights.items()
        ],
    )


_AIM = select(launches.c.sphere_id, launches.c.weight).where(launches.c.post_id == bindparam("post_id"))


def aim_of(tx: Tx, post_id: int) -> dict[int, float]:
    """sphere → weight; nothing for a post that was not launched from the map."""
    rows = tx.all(_AIM, post_id=post_id)
    return {row.sphere_id: row.weight for row in rows}


def forget_post(tx: Tx, post_id: int) -> None:
    tx.run(delete(launches).where(launches.c.post_id == post_id))


def forget_owner(tx: Tx, owner_id: int) -> None:
    """Their map and spheres, and their place on the maps of others."""
    tx.run(
        delete(map_places).where(or_(map_places.c.owner_id == owner_id, map_places.c.person_id == owner_id))
    )
    tx.run(delete(spheres).where(spheres.c.owner_id == owner_id))


# -- what a member may know of their friends


def put_aside_by(tx: Tx, member_id: int, ids: Iterable[int]) -> set[PersonId]:
    """Those of these whom the member blocked, muted or reported, and those who blocked the member. Who only
    muted or reported the member is not among them: nobody must learn that (RULES R6, R8)."""
    wanted = {PersonId(one) for one in ids}
    if not wanted:
        return set()
    return wanted.intersection(tx.column(_PUT_ASIDE, viewer=member_id, ids=wanted, now=tx.now))


_PUT_ASIDE = union_all(
    select(blocks.c.from_id.label("id")).where(blocks.c.to_id == VIEWER),
    select(blocks.c.to_id).where(blocks.c.from_id == VIEWER),
    select(reports.c.about_id).where(reports.c.from_id == VIEWER),
    select(people.c.id).where(
        among(people.c.id, "ids"),
        people.c.id.in_(ties.muted_ids(bindparam("now", type_=Moment()), VIEWER)),
    ),
)


def friendships_shown(tx: Tx, member_id: int) -> list[tuple[PersonId, PersonId]]:
    """Friendships between two friends of a member, each once: both live here and both show their friends."""
    return nearby.among_friends(tx, member_id)


def answers_seen(tx: Tx, member_id: int, friends: Iterable[int]) -> list[tuple[PersonId, PersonId]]:
    """(who answered, whom) among these friends, for every answer of the last year that the member can see
    together with what it answers."""
    ids = list(friends)
    answers = tx.all(
        select(posts.c.author_id, posts.c.reply_to_id)
        .where(
            posts.c.author_id.in_(ids),
            posts.c.reply_to_id.is_not(None),
            posts.c.created_at > tx.now - SEEN_FOR,
            visible_to(PersonId(member_id)),
        )
        .order_by(posts.c.id.desc())
        .limit(READ_MOST)
    )
    parents = tx.all(
        select(posts.c.id, posts.c.author_id).where(
            posts.c.id.in_({row.reply_to_id for row in answers}),
            posts.c.author_id.in_(ids),
            visible_to(PersonId(member_id)),
        )
    )
    author_of = {row.id: row.author_id for row in parents}
    return [
        (row.author_id, author_of[row.reply_to_id])
        for row in answers
        if author_of.get(row.reply_to_id, row.author_id) != row.author_id
    ]


def addressed_together(tx: Tx, member_id: int) -> list[tuple[PersonId, PersonId]]:
    """Every two people whom the member named in one post of the last year, once for each post."""
    named: dict[int, list[PersonId]] = defaultdict(list)
    rows = tx.all(
        select(posts.c.id, post_mentions.c.person_id)
        .join(post_mentions, post_mentions.c.post_id == posts.c.id)
        .where(
            posts.c.author_id == member_id,
            posts.c.deleted_at.is_(None),
            posts.c.created_at > tx.now - SEEN_FOR,
        )
        .order_by(posts.c.id.desc(), post_mentions.c.person_id)
        .limit(READ_MOST)
    )
    for row in rows:
        named[row.id].append(row.person_id)
    return [pair for people in named.values() if len(people) <= AT_ONCE for pair in combinations(people, 2)]


def tags_seen(tx: Tx, member_id: int, friends: Iterable[int]) -> dict[int, set[str]]:
    """The hashtags that each of these friends used in posts of the last half year that the member can see."""
    found: dict[int, set[str]] = defaultdict(set)
    rows = tx.all(
        select(posts.c.author_id, post_tags.c.tag)
        .join(post_tags, post_tags.c.post_id == posts.c.id)
        .where(
            posts.c.author_id.in_(list(friends)),
            posts.c.created_at > tx.now - TAGS_FOR,
            visible_to(PersonId(member_id)),
        )
        .order_by(posts.c.id.desc())
        .limit(READ_MOST)
    )
    for row in rows:
        found[row.author_id].add(row.tag)
    return found


def causes_shown(tx: Tx, friends: Iterable[int]) -> dict[int, set[str]]:
    """The causes of those of these friends who let their friends' servers read their help profile. Causes of
    projects are not read: a project is shown to whom its level says."""
    found: dict[int, set[str]] = defaultdict(set)
    rows = tx.all(
        select(person_causes.c.person_id, causes.c.tag)
        .join(causes, causes.c.id == person_causes.c.cause_id)
        .join(help_profiles, help_profiles.c.person_id == person_causes.c.person_id)
        .where(
            person_causes.c.person_id.in_(list(friends)),
            help_profiles.c.shared_with_friends_servers.is_(True),
        )
    )
    for row in rows:
        found[row.person_id].add(row.tag)
    return found


def names_of_tags(tx: Tx, tags: Iterable[str]) -> dict[str, str]:
    """tag → a cause's name, as somebody wrote it."""
    rows = tx.all(select(causes.c.tag, causes.c.name).where(causes.c.tag.in_(list(tags))))
    return {row.tag: row.name for row in rows}
