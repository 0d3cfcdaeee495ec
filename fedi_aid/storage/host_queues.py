"""What waits for each host: seen, tried again or dropped by an admin, and bounded where one is dead (D13)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import ColumnElement, and_, case, delete, func, or_, select, update

from fedi_aid.storage.jobs import BREAKER_AT
from fedi_aid.storage.tables.federation import activities, hosts
from fedi_aid.storage.tables.work import jobs
from fedi_aid.storage.tx import Tx

EXPIRY = timedelta(
    days=7
)  # as long as deliveries are tried; those behind a breaker are never tried that often
BURIED_FOR = timedelta(days=30)
WAITING_FOR_A_DEAD_HOST = 5_000
BURIED_OF_A_HOST = 200
AT_ONCE = 1_000  # rows of one host that one turn drops
# What takes something back is never dropped for want of room: it must arrive should the host come back.
TAKES_BACK = frozenset({"Delete", "Undo", "Remove", "Reject", "Block"})
EXPIRED = "the host did not answer in time"


class HostQueue(msgspec.Struct, frozen=True, kw_only=True):
    """How one host fares. `error` is what the newest failure was; no inbox and no person is named."""

    host: str
    waiting: int
    running: int
    buried: int
    oldest: datetime | None
    failures: int
    failing_since: datetime | None
    closed_until: datetime | None  # nothing is tried before
    last_success: datetime | None
    error: str | None


def queues(tx: Tx, *, troubled: bool = True, limit: int = 200) -> list[HostQueue]:
    """Hosts for which something waits or was given up, or which fail; the longest queues first.

    `troubled`: only hosts that fail, or for which something was given up or tried in vain.
    """
    counted = _counted(tx)
    failing = select(hosts.c.domain).where(hosts.c.failures > 0)
    names = set(counted) | set(tx.column(failing))
    known = {row.domain: row for row in tx.all(select(hosts).where(hosts.c.domain.in_(names)))}
    found = []
    for name in names:
        host, row = known.get(name), counted.get(name)
        found.append(
            HostQueue(
                host=name,
                waiting=row.waiting if row else 0,
                running=row.running if row else 0,
                buried=row.buried if row else 0,
                oldest=row.oldest if row else None,
                failures=host.failures if host else 0,
                failing_since=host.first_failure_at if host else None,
                closed_until=host.open_until if host and host.failures else None,
                last_success=host.last_success_at if host else None,
                error=_last_error(tx, name) if row else None,
            )
        )
    shown = [one for one in found if not troubled or one.failures or one.buried or one.error]
    return sorted(shown, key=lambda one: (-one.waiting - one.buried, one.host))[:limit]


def _counted(tx: Tx) -> dict[str, "_Row"]:
    def number(state: str) -> ColumnElement[int]:
        return func.sum(case((jobs.c.state == state, 1), else_=0)).label(state)

    oldest = func.min(jobs.c.created_at).label("oldest")
    rows = tx.all(
        select(jobs.c.host, number("waiting"), number("running"), number("buried"), oldest)
        .where(jobs.c.host.is_not(None))
        .group_by(jobs.c.host)
    )
    return {row.host: _Row(int(row.waiting), int(row.running), int(row.buried), row.oldest) for row in rows}


class _Row(msgspec.Struct, frozen=True):
    waiting: int
    running: int
    buried: int
    oldest: datetime | None


def _last_error(tx: Tx, host: str) -> str | None:
    newest = select(jobs.c.last_error).where(jobs.c.host == host, jobs.c.last_error.is_not(None))
    found: str | None = tx.scalar(newest.order_by(jobs.c.id.desc()).limit(1))
    return found


# -- what an admin can do


def try_again(tx: Tx, host: str) -> int:
    """Believe that a host works: whatever waits for it or was given up is tried now, as if it were new."""
    tx.run(
        update(hosts).where(hosts.c.domain == host).values(failures=0, open_until=None, first_failure_at=None)
    )
    again = update(jobs).where(jobs.c.host == host, jobs.c.state.in_(("waiting", "buried")))
    values = {"state": "waiting", "due_at": tx.now, "attempts": 0, "created_at": tx.now, "buried_at": None}
    lanes = tx.column(again.values(**values).returning(jobs.c.lane))
    tx.lanes.update(lanes)
    return len(lanes)


def pause(tx: Tx, host: str, until: datetime) -> int:
    """Send a host nothing before then, as if its breaker had opened; what waits for it is put off. How much
    that was."""
    values = {"failures": BREAKER_AT, "open_until": until, "first_failure_at": tx.now}
    tx.put(hosts, [hosts.c.domain], domain=host, **values)
    waiting = and_(jobs.c.host == host, jobs.c.state == "waiting", jobs.c.due_at < until)
    return tx.run(update(jobs).where(waiting).values(due_at=until))


def drop(tx: Tx, host: str) -> int:
    """Remove what waits for a host and what was given up, for good; how much that was."""
    return tx.run(delete(jobs).where(jobs.c.host == host, jobs.c.state != "running"))


# -- bounds


def keep_bounded(tx: Tx) -> None:
    """Give up what waited too long, forget what was given up long ago, and cut the queues of dead hosts; a
    periodic task (D13)."""
    gone = {"state": "buried", "buried_at": tx.now, "last_error": EXPIRED, "once_key": None}
    tx.run(update(jobs).where(_expired(tx.now)).values(**gone))
    tx.run(delete(jobs).where(jobs.c.state == "buried", jobs.c.buried_at < tx.now - BURIED_FOR))
    for host, _ in _more_than(tx, "buried", BURIED_OF_A_HOST):
        _drop_oldest_buried(tx, host)
    dead = select(hosts.c.domain).where(hosts.c.failures >= BREAKER_AT)
    long = _more_than(tx, "waiting", WAITING_FOR_A_DEAD_HOST, jobs.c.host.in_(dead))
    for host, number in long:
        _cut(tx, host, number - WAITING_FOR_A_DEAD_HOST)


def _expired(now: datetime) -> ColumnElement[bool]:
    return and_(
        jobs.c.kind == "deliver",
        jobs.c.state == "waiting",
        jobs.c.created_at < now - EXPIRY,
        or_(jobs.c.attempts > 0, jobs.c.due_at < now + EXPIRY),
    )


def _more_than(tx: Tx, state: str, most: int, *where: ColumnElement[bool]) -> Iterable[tuple[str, int]]:
    number = func.count().label("number")
    rows = tx.all(
        select(jobs.c.host, number)
        .where(jobs.c.state == state, jobs.c.host.is_not(None), *where)
        .group_by(jobs.c.host)
        .having(number > most)
    )
    return [(row.host, row.number) for row in rows]


def _drop_oldest_buried(tx: Tx, host: str) -> None:
    mine = and_(jobs.c.host == host, jobs.c.state == "buried")
    kept = select(jobs.c.id).where(mine).order_by(jobs.c.id.desc()).offset(BURIED_OF_A_HOST - 1).limit(1)
    oldest_kept = tx.scalar(kept)
    if oldest_kept is not None:
        tx.run(delete(jobs).where(mine, jobs.c.id < oldest_kept))


def _cut(tx: Tx, host: str, excess: int) -> None:
    """Drop the oldest words that wait for a dead host, and nothing that takes words back."""
    waiting = (
        select(jobs.c.id, jobs.c.args)
        .where(jobs.c.host == host, jobs.c.state == "waiting", jobs.c.kind == "deliver")
        .order_by(jobs.c.id)
        .limit(min(excess, AT_ONCE))
    )
    letters = {row.id: row.args["activity_uri"] for row in tx.all(waiting)}
    kinds = select(activities.c.uri).where(
        activities.c.uri.in_(set(letters.values())), activities.c.kind.in_(TAKES_BACK)
    )
    kept = set(tx.column(kinds))
    gone = [job_id for job_id, uri in letters.items() if uri not in kept]
    if gone:
        tx.run(delete(jobs).where(jobs.c.id.in_(gone)))
