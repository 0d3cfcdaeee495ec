"""What an admin looks at: how much lies here, and which servers are met."""

from datetime import datetime

import msgspec
from sqlalchemy import func, select

from fedi_aid.storage.tables.federation import hosts
from fedi_aid.storage.tables.posts import media
from fedi_aid.storage.tx import Tx


class Lying(msgspec.Struct, frozen=True, kw_only=True):
    """Files of members of one kind."""

    kind: str
    files: int


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """A server that was met. `failures`: in a row, now."""

    domain: str
    software: str
    version: str
    last_success_at: datetime | None
    failures: int


def lying(tx: Tx) -> list[Lying]:
    """By kind, most first; what nobody kept is not counted."""
    number = func.count().label("number")
    rows = tx.all(
        select(media.c.kind, number)
        .where(media.c.file.is_not(None))
        .group_by(media.c.kind)
        .order_by(number.desc())
    )
    return [Lying(kind=row.kind, files=int(row.number)) for row in rows]


def peers(tx: Tx, *, after: str = "", limit: int = 100) -> list[Peer]:
    """In the order of their names."""
    rows = tx.all(
        select(hosts.c.domain, hosts.c.software, hosts.c.version, hosts.c.last_success_at, hosts.c.failures)
        .where(hosts.c.domain > after)
        .order_by(hosts.c.domain)
        .limit(limit)
    )
    return [
        Peer(
            domain=row.domain,
            software=row.software or "",
            version=row.version or "",
            last_success_at=row.last_success_at,
            failures=row.failures,
        )
        for row in rows
    ]
