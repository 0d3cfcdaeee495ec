"""The filters of members."""

from collections import defaultdict
from typing import Any

from sqlalchemy import bindparam, delete, func, or_, select, update

from fedi_aid.model.filters import Filter, FilteredPost, Keyword
from fedi_aid.storage.tables.timelines import filter_keywords, filter_posts, filters
from fedi_aid.storage.tx import Tx

_ALL = select(filters).where(filters.c.member_id == bindparam("member_id")).order_by(filters.c.id)
_ACTIVE = _ALL.where(or_(filters.c.expires_at.is_(None), filters.c.expires_at > bindparam("now")))


def all_of(tx: Tx, member_id: int, *, active: bool = False, only_id: int | None = None) -> list[Filter]:
    """A member's filters, oldest first; `active` leaves out those that have expired."""
    statement = _ACTIVE if active else _ALL
    if only_id is not None:
        statement = statement.where(filters.c.id == only_id)
    rows = tx.all(statement, member_id=member_id, now=tx.now)
    if not rows:
        return []
    ids = [row.id for row in rows]
    words: dict[int, list[Keyword]] = defaultdict(list)
    for row in tx.all(
        select(filter_keywords).where(filter_keywords.c.filter_id.in_(ids)).order_by(filter_keywords.c.id)
    ):
        words[row.filter_id].append(Keyword(id=row.id, keyword=row.keyword, whole_word=row.whole_word))
    named: dict[int, list[FilteredPost]] = defaultdict(list)
    for row in tx.all(
        select(filter_posts).where(filter_posts.c.filter_id.in_(ids)).order_by(filter_posts.c.id)
    ):
        named[row.filter_id].append(FilteredPost(id=row.id, post_id=row.post_id))
    return [
        Filter(
            id=row.id,
            title=row.title,
            places=tuple(row.contexts),
            action=row.action,
            expires_at=row.expires_at,
            keywords=tuple(words[row.id]),
            posts=tuple(named[row.id]),
        )
        for row in rows
    ]


def count(tx: Tx, member_id: int) -> int:
    mine = select(func.count()).select_from(filters).where(filters.c.member_id == member_id)
    return int(tx.scalar(mine) or 0)


def insert(tx: Tx, member_id: int, **values: Any) -> int:
    new_id = tx.new_id()
    tx.insert(filters, id=new_id, member_id=member_id, **values)
    return new_id


def change(tx: Tx, filter_id: int, **values: Any) -> None:
    tx.run(update(filters).where(filters.c.id == filter_id).values(**values))


def drop(tx: Tx, filter_id: int) -> None:
    tx.run(delete(filters).where(filters.c.id == filter_id))


def put_keyword(tx: Tx, filter_id: int, keyword: str, whole_word: bool, *, row_id: int | None = None) -> int:
    """A new keyword, or other words for a known one; its id."""
    values: dict[str, Any] = {"keyword": keyword, "whole_word": whole_word}
    if row_id is not None:
        tx.run(update(filter_keywords).where(filter_keywords.c.id == row_id).values(**values))
        return row_id
    new_id = tx.new_id()
    tx.insert(filter_keywords, id=new_id, filter_id=filter_id, **values)
    return new_id


def drop_keyword(tx: Tx, row_id: int) -> None:
    tx.run(delete(filter_keywords).where(filter_keywords.c.id == row_id))


def put_post(tx: Tx, filter_id: int, post_id: int) -> int:
    new_id = tx.new_id()
    tx.insert(filter_posts, id=new_id, filter_id=filter_id, post_id=post_id)
    return new_id


def drop_post(tx: Tx, row_id: int) -> None:
    tx.run(delete(filter_posts).where(filter_posts.c.id == row_id))


def of_keyword(tx: Tx, member_id: int, row_id: int) -> Filter | None:
    """The filter that one of a member's keywords belongs to."""
    return _of(tx, member_id, select(filter_keywords.c.filter_id).where(filter_keywords.c.id == row_id))


def of_post(tx: Tx, member_id: int, row_id: int) -> Filter | None:
    """The filter that one of a member's filtered posts belongs to."""
    return _of(tx, member_id, select(filter_posts.c.filter_id).where(filter_posts.c.id == row_id))


def _of(tx: Tx, member_id: int, statement: Any) -> Filter | None:
    filter_id = tx.scalar(statement)
    found = all_of(tx, member_id, only_id=filter_id) if filter_id is not None else []
    return found[0] if found else None
