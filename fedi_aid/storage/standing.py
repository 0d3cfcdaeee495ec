"""What this server has seen of people, for a careful word beside a suggestion (PRODUCT S4a); and who counsels
a member. Nothing here is a score, and nothing is shown to anybody else than the member who is advised."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Text, and_, delete, exists, func, or_, select, type_coerce

from fedi_aid.model.ids import PersonId, ProjectId
from fedi_aid.model.people import CARRY_ABILITY
from fedi_aid.storage.tables.people import follower_figures, members, people
from fedi_aid.storage.tables.posts import boosts, favourites, posts
from fedi_aid.storage.tables.projects import project_people, projects
from fedi_aid.storage.tables.ties import contacts, follows
from fedi_aid.storage.ties import day_number
from fedi_aid.storage.tx import Tx


class Figure(msgspec.Struct, frozen=True):
    """How many followed somebody, and whom they followed, on one day (days since 1970)."""

    day: int
    followers: int
    following: int | None


def put_figure(tx: Tx, person_id: int, followers: int | None, following: int | None) -> None:
    """What their server said today; None: nothing."""
    tx.put(
        follower_figures,
        [follower_figures.c.person_id, follower_figures.c.day],
        person_id=person_id,
        day=day_number(tx.now),
        followers=followers,
        following=following,
    )


def figures_of(tx: Tx, ids: Iterable[int]) -> dict[int, list[Figure]]:
    """person → their figures, oldest first; days on which nothing was said are left out."""
    found: dict[int, list[Figure]] = defaultdict(list)
    rows = tx.all(
        select(follower_figures)
        .where(follower_figures.c.person_id.in_(list(ids)), follower_figures.c.followers.is_not(None))
        .order_by(follower_figures.c.day)
    )
    for row in rows:
        found[row.person_id].append(Figure(row.day, row.followers, row.following))
    return found


def figures_due(tx: Tx, *, limit: int) -> list[PersonId]:
    """People elsewhere whom somebody here follows and whose figure of today is not known, those unknown for
    longest first. Servers that understand the extension say no figures and are not asked."""
    last = (
        select(func.max(follower_figures.c.day))
        .where(follower_figures.c.person_id == people.c.id)
        .correlate(people)
        .scalar_subquery()
    )
    followed = exists(
        select(follows.c.id)
        .join(members, members.c.person_id == follows.c.from_id)
        .where(follows.c.to_id == people.c.id, follows.c.state == "accepted")
    )
    today = day_number(tx.now)
    speaks = type_coerce(people.c.implements, Text()).like(f'%"{CARRY_ABILITY}"%')
    return tx.column(
        select(people.c.id)
        .where(
            people.c.domain != "",
            people.c.followers_uri.is_not(None),
            people.c.deleted_at.is_(None),
            people.c.suspended_at.is_(None),
            or_(people.c.implements.is_(None), ~speaks),
            followed,
            or_(last.is_(None), last < today),
        )
        .order_by(func.coalesce(last, 0), people.c.id)
        .limit(limit)
    )


def forget_figures(tx: Tx, age: timedelta) -> int:
    """Older ones than this go."""
    return tx.run(delete(follower_figures).where(follower_figures.c.day < day_number(tx.now - age)))


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """Public posts of somebody that this server knows since some day, how often people reacted to them as far
    as it knows, and how many members here follow them."""

    posts: int = 0
    reactions: int = 0
    readers: int = 0


def seen_of(tx: Tx, person_id: int, since: datetime) -> Seen:
    """Only what everybody may read is counted."""
    public = and_(
        posts.c.author_id == person_id,
        posts.c.reach.in_(("public", "unlisted")),
        posts.c.created_at >= since,
        posts.c.deleted_at.is_(None),
    )
    answers = posts.alias("answers")
    return Seen(
        posts=_count(tx, select(func.count()).select_from(posts).where(public)),
        reactions=sum(
            _count(tx, statement)
            for statement in (
                select(func.count())
                .select_from(favourites.join(posts, posts.c.id == favourites.c.post_id))
                .where(public, favourites.c.person_id != person_id),
                select(func.count())
                .select_from(boosts.join(posts, posts.c.id == boosts.c.post_id))
                .where(public, boosts.c.person_id != person_id, boosts.c.ended_at.is_(None)),
                select(func.count())
                .select_from(answers.join(posts, posts.c.id == answers.c.reply_to_id))
                .where(
                    public,
                    answers.c.author_id != person_id,
                    answers.c.reach.in_(("public", "unlisted")),
                    answers.c.deleted_at.is_(None),
                ),
            )
        ),
        readers=_count(
            tx,
            select(func.count())
            .select_from(follows.join(members, members.c.person_id == follows.c.from_id))
            .where(follows.c.to_id == person_id, follows.c.state == "accepted"),
        ),
    )


def _count(tx: Tx, statement: Any) -> int:
    return int(tx.scalar(statement) or 0)


# -- counsel


class Counsel(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody on the team or counsel of an open project of a member, in whatever state."""

    project_id: ProjectId
    title: str
    person_id: PersonId
    role: str
    state: str
    since: datetime


def around_projects(tx: Tx, owner_id: int) -> list[Counsel]:
    """Everybody who was ever asked onto a member's open projects, oldest project first."""
    rows = tx.all(
        select(
            project_people.c.project_id,
            projects.c.title,
            project_people.c.person_id,
            project_people.c.role,
            project_people.c.state,
            func.coalesce(project_people.c.answered_at, project_people.c.created_at).label("since"),
        )
        .join(projects, projects.c.id == project_people.c.project_id)
        .where(projects.c.owner_id == owner_id, projects.c.state == "open")
        .order_by(project_people.c.project_id, project_people.c.person_id)
    )
    return [Counsel(**row._mapping) for row in rows]


def last_acts(tx: Tx, me: int, ids: Iterable[int]) -> dict[int, int]:
    """person → the last day on which a member did anything towards them."""
    rows = tx.all(
        select(contacts.c.to_id, func.max(contacts.c.day).label("day"))
        .where(contacts.c.from_id == me, contacts.c.to_id.in_(list(ids)))
        .group_by(contacts.c.to_id)
    )
    return {row.to_id: int(row.day) for row in rows}
