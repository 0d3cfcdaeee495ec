"""Rows of quotes: which post quotes which, and with whose leave."""

from collections.abc import Iterable

from sqlalchemy import select, update

from fedi_aid.model.quotes import IncomingQuote, Quote
from fedi_aid.storage.among import among
from fedi_aid.storage.tables.posts import posts, quotes
from fedi_aid.storage.tx import Tx

_COLUMNS = tuple(quotes.c[name] for name in Quote.__struct_fields__)
_OF_POSTS = select(*_COLUMNS).where(among(quotes.c.post_id, "ids"))


def put(tx: Tx, post_id: int, found: IncomingQuote) -> None:
    """What a post claims to quote; a new claim begins again."""
    tx.put(
        quotes,
        [quotes.c.post_id],
        post_id=post_id,
        uri=found.uri,
        stamp=found.stamp,
        state="pending",
        quoted_id=None,
        created_at=tx.now,
    )


def of_posts(tx: Tx, post_ids: Iterable[int]) -> dict[int, Quote]:
    wanted = set(post_ids)
    if not wanted:
        return {}
    rows = tx.all(_OF_POSTS, ids=wanted)
    return {row.post_id: Quote(**row._mapping) for row in rows}


def of_post(tx: Tx, post_id: int) -> Quote | None:
    return of_posts(tx, [post_id]).get(post_id)


def accept(tx: Tx, post_id: int, quoted_id: int) -> None:
    tx.run(update(quotes).where(quotes.c.post_id == post_id).values(state="accepted", quoted_id=quoted_id))


def revoke(tx: Tx, author_id: int, stamp: str) -> list[int]:
    """The quoted author takes their leave back (A18): the posts that quoted with it."""
    theirs = select(posts.c.id).where(posts.c.author_id == author_id)
    where = (quotes.c.stamp == stamp, quotes.c.state == "accepted", quotes.c.quoted_id.in_(theirs))
    found = tx.column(select(quotes.c.post_id).where(*where))
    tx.run(update(quotes).where(quotes.c.post_id.in_(found)).values(state="revoked"))
    return found
