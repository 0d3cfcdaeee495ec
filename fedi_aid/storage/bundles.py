"""Notices of one kind about one post, taken together: "three friends liked this" is one line.

A bundle stands where its newest notice stands, as the member hears of it now (`timelines.heard`), and nowhere
else: no page repeats it.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, delete, exists, or_, select

from fedi_aid.model.people import Person
from fedi_aid.storage.people import many
from fedi_aid.storage.tables.timelines import notifications
from fedi_aid.storage.ties import blocked_either_way, muted_ids
from fedi_aid.storage.timelines import Notice, Page, heard, notices
from fedi_aid.storage.tx import Tx

BUNDLED: Final = ("favourite", "reblog")
FACES: Final = 8  # people of a bundle who are told with a page


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """`newest` speaks for all; `people`: the latest of whom it is made, each once."""

    newest: Notice
    oldest_id: int
    count: int
    people: tuple[Person, ...]


def bundles(
    tx: Tx,
    member_id: int,
    page: Page,
    *,
    bundled: Sequence[str] = BUNDLED,
    strangers: bool | None = False,
    from_id: int | None = None,
    faces: int = FACES,
    where: Sequence[ColumnElement[bool]] = (),
    **wanted: Any,
) -> list[Bundle]:
    """A member's notices, newest first; those of the `bundled` kinds about one post are one. `wanted` goes to
    `timelines.notices`."""
    newest = _is_newest(tx, member_id, bundled, strangers, from_id)
    found = notices(
        tx, member_id, page, strangers=strangers, from_id=from_id, where=[newest, *where], **wanted
    )
    inside = _inside(tx, member_id, [one for one in found if _is_bundled(one, bundled)], strangers, from_id)
    known = many(tx, {row.from_id for rows in inside.values() for row in rows[:faces]})
    return [_bundle(one, inside.get((one.kind, _post_id(one)), []), known, faces) for one in found]


def one(
    tx: Tx, member_id: int, kind: str, post_id: int, *, faces: int = FACES, strangers: bool | None = False
) -> Bundle | None:
    """The bundle of one kind about one post."""
    about = [notifications.c.kind == kind, notifications.c.post_id == post_id]
    found = bundles(tx, member_id, Page(limit=1), where=about, faces=faces, strangers=strangers)
    return found[0] if found else None


def drop(tx: Tx, member_id: int, kind: str, post_id: int) -> int:
    """Forget all notices of a bundle."""
    return tx.run(
        delete(notifications).where(
            notifications.c.member_id == member_id,
            notifications.c.kind == kind,
            notifications.c.post_id == post_id,
        )
    )


def _is_newest(
    tx: Tx, member_id: int, bundled: Sequence[str], strangers: bool | None, from_id: int | None
) -> ColumnElement[bool]:
    """No newer one of its bundle is heard; what is in no bundle is always the newest."""
    newer = notifications.alias("newer")
    where = [
        newer.c.member_id == notifications.c.member_id,
        newer.c.kind == notifications.c.kind,
        newer.c.post_id == notifications.c.post_id,
        newer.c.id > notifications.c.id,
        newer.c.from_id.not_in(muted_ids(tx.now, member_id)),
        ~blocked_either_way(newer.c.member_id, newer.c.from_id),
    ]
    if strangers is not None:
        where.append(newer.c.stranger.is_(strangers))
    if from_id is not None:
        where.append(newer.c.from_id == from_id)
    return or_(
        notifications.c.kind.not_in(bundled),
        notifications.c.post_id <= 0,
        ~exists(select(newer.c.id).where(*where).correlate(notifications)),
    )


def _is_bundled(found: Notice, bundled: Sequence[str]) -> bool:
    return found.kind in bundled and found.post is not None


def _post_id(found: Notice) -> int:
    return found.post.post.id if found.post is not None else 0


def _inside(
    tx: Tx, member_id: int, tops: Sequence[Notice], strangers: bool | None, from_id: int | None
) -> dict[tuple[str, int], list[Any]]:
    """(kind, post) → the rows of its bundle, newest first."""
    rows: dict[tuple[str, int], list[Any]] = defaultdict(list)
    if not tops:
        return rows
    table = notifications.c
    where = [
        *heard(tx, member_id, strangers=strangers),
        table.kind.in_({one.kind for one in tops}),
        table.post_id.in_({_post_id(one) for one in tops}),
    ]
    if from_id is not None:
        where.append(table.from_id == from_id)
    columns = (table.id, table.kind, table.post_id, table.from_id)
    for row in tx.all(select(*columns).where(*where).order_by(table.id.desc())):
        rows[(row.kind, row.post_id)].append(row)
    return rows


def _bundle(newest: Notice, rows: Sequence[Any], known: Any, faces: int) -> Bundle:
    people = tuple(known[row.from_id] for row in rows[:faces] if row.from_id in known) or (newest.person,)
    return Bundle(
        newest=newest,
        oldest_id=rows[-1].id if rows else newest.id,
        count=len(rows) or 1,
        people=people,
    )
