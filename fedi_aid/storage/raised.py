"""Raised flags as their readers find them."""

from sqlalchemy import select

from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.storage.among import VIEWER
from fedi_aid.storage.posts import visible_to
from fedi_aid.storage.tables.help import received_asks
from fedi_aid.storage.tables.posts import audiences, posts
from fedi_aid.storage.ties import muted_ids
from fedi_aid.storage.tx import Tx

_READERS = audiences.alias("readers")  # `visible_to` asks the table itself
_ANSWERED = (
    select(received_asks.c.id)
    .where(
        received_asks.c.post_id == posts.c.id,
        received_asks.c.member_id == VIEWER,
        received_asks.c.state.in_(("asked", "refused")),
    )
    .exists()
)


def raised_around(tx: Tx, member_id: PersonId, *, limit: int) -> list[PostId]:
    """Requests of others that this member was shown and may help with, newest first: without those that they
    were asked about by name, which stand elsewhere, and those they said no to."""
    statement = (
        select(posts.c.id)
        .join(_READERS, _READERS.c.post_id == posts.c.id)
        .where(
            _READERS.c.person_id == VIEWER,
            _READERS.c.ended_at.is_(None),
            posts.c.help_flag.is_(True),
            posts.c.author_id != VIEWER,
            posts.c.author_id.not_in(muted_ids(tx.now, member_id)),
            visible_to(VIEWER),
            ~_ANSWERED,
        )
        .order_by(posts.c.id.desc())
        .limit(limit)
    )
    return tx.column(statement, viewer=member_id)
