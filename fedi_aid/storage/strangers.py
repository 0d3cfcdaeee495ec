"""Strangers who wait: what a member wants to hear, whom they let in, and who is at the door."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, delete, func, select, update

from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.notices import DEFAULT, NoticePolicy
from fedi_aid.model.people import Person
from fedi_aid.model.posts import PostView
from fedi_aid.storage.people import many as many_people
from fedi_aid.storage.post_views import views
from fedi_aid.storage.posts import page_ids
from fedi_aid.storage.tables.posts import posts
from fedi_aid.storage.tables.timelines import notice_policies, notifications, welcomed
from fedi_aid.storage.timelines import Page, heard
from fedi_aid.storage.tx import Tx

WISHES = NoticePolicy.__struct_fields__


def policy(tx: Tx, member_id: int) -> NoticePolicy:
    row = tx.first(select(notice_policies).where(notice_policies.c.member_id == member_id))
    return NoticePolicy(**{name: getattr(row, name) for name in WISHES}) if row else DEFAULT


def put_policy(tx: Tx, member_id: int, wanted: NoticePolicy) -> None:
    values = {name: getattr(wanted, name) for name in WISHES}
    tx.put(notice_policies, [notice_policies.c.member_id], member_id=member_id, **values)


def is_welcome(tx: Tx, member_id: int, person_id: int) -> bool:
    return tx.exists(
        select(welcomed.c.person_id).where(
            welcomed.c.member_id == member_id, welcomed.c.person_id == person_id
        )
    )


def put_welcome(tx: Tx, member_id: int, person_id: int) -> None:
    tx.insert_new(welcomed, member_id=member_id, person_id=person_id, created_at=tx.now)


# -- who waits


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """One person at the door: `id` is their first waiting notification's; `last` the newest post about it."""

    id: int
    person: Person
    number: int
    first_at: datetime
    last_at: datetime
    last: PostView | None


def waiting(tx: Tx, member_id: int, page: Page) -> list[Waiting]:
    """Who waits for this member, newest first; people whom they muted or a block keeps apart do not."""
    groups = (
        select(func.min(notifications.c.id).label("first"))
        .where(*heard(tx, member_id, strangers=True))
        .group_by(notifications.c.from_id)
        .subquery()
    )
    ids = page_ids(
        tx,
        select(groups.c.first),
        groups.c.first,
        max_id=page.max_id,
        since_id=page.since_id,
        min_id=page.min_id,
        limit=page.limit,
    )
    return _waiting(tx, member_id, ids)


def _waiting(tx: Tx, member_id: int, ids: Sequence[int]) -> list[Waiting]:
    theirs = select(notifications.c.from_id).where(notifications.c.id.in_(ids))
    rows = tx.all(
        select(
            notifications.c.id, notifications.c.from_id, notifications.c.post_id, notifications.c.created_at
        )
        .where(*heard(tx, member_id, strangers=True), notifications.c.from_id.in_(theirs))
        .order_by(notifications.c.id)
    )
    by_person: dict[int, list[tuple[int, int, datetime]]] = {}
    for row in rows:
        by_person.setdefault(row.from_id, []).append((row.id, row.post_id, row.created_at))
    last = {
        person: next((post for _, post, _ in reversed(own) if post), 0) for person, own in by_person.items()
    }
    seen = {
        view.post.id: view for view in views(tx, PersonId(member_id), [one for one in last.values() if one])
    }
    who = many_people(tx, by_person)
    found = [
        Waiting(
            id=own[0][0],
            person=who[PersonId(person)],
            number=len(own),
            first_at=own[0][2],
            last_at=own[-1][2],
            last=seen.get(PostId(last[person])),
        )
        for person, own in by_person.items()
        if person in who
    ]
    return sorted(found, key=lambda one: -one.id)


def one_waiting(tx: Tx, member_id: int, waiting_id: int) -> Waiting | None:
    """Somebody at the door by the id of any of their waiting notifications."""
    known = tx.scalar(
        select(notifications.c.id).where(
            *heard(tx, member_id, strangers=True), notifications.c.id == waiting_id
        )
    )
    found = _waiting(tx, member_id, [known]) if known else []
    return found[0] if found else None


def counts(tx: Tx, member_id: int, *, most: int = 100) -> tuple[int, int]:
    """(people, notifications) that wait; people up to `most`."""
    row = tx.first(
        select(
            func.count(notifications.c.from_id.distinct()).label("people"), func.count().label("number")
        ).where(*heard(tx, member_id, strangers=True))
    )
    return (min(row.people, most), row.number) if row else (0, 0)


def let_in(tx: Tx, member_id: int, person_id: int) -> None:
    """Their waiting notifications become ordinary ones."""
    tx.run(update(notifications).where(*_theirs(member_id, [person_id])).values(stranger=False))


def send_away(tx: Tx, member_id: int, ids: Iterable[int]) -> None:
    """Their waiting notifications are gone; they are told nothing."""
    tx.run(delete(notifications).where(*_theirs(member_id, list(ids))))


def _theirs(member_id: int, ids: Sequence[int]) -> list[ColumnElement[bool]]:
    return [
        notifications.c.member_id == member_id,
        notifications.c.from_id.in_(ids),
        notifications.c.stranger.is_(True),
    ]


def waiting_direct_posts(tx: Tx, member_id: int, person_id: int) -> list[tuple[int, int]]:
    """(thread, post) of the direct messages among somebody's waiting notifications, oldest first."""
    rows = tx.all(
        select(posts.c.thread_id, posts.c.id)
        .join(notifications, notifications.c.post_id == posts.c.id)
        .where(
            *heard(tx, member_id, strangers=True),
            notifications.c.from_id == person_id,
            posts.c.reach == "direct",
        )
        .order_by(posts.c.id)
    )
    return [(row.thread_id, row.id) for row in rows]
