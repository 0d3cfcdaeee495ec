"""Posts for later: said now, published at their hour, once.

Nothing is decided before that hour: who reads a post is chosen when it goes, among those who are friends then
(PRODUCT M1). So also a preview that its author agreed to counts for nothing: levels 3 and 4 wait for their
word once more (RULES R14).
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from fedi_aid.actions import posts
from fedi_aid.actions.posts import IDEMPOTENT_FOR, Draft
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.ids import PostId
from fedi_aid.model.people import Member
from fedi_aid.storage import drafts, scheduled
from fedi_aid.storage import jobs as queue
from fedi_aid.storage import people as people_rows
from fedi_aid.storage.scheduled import Scheduled
from fedi_aid.storage.tx import Tx
from fedi_aid.work import errands

SOONEST: Final = timedelta(minutes=5)
LATEST: Final = timedelta(days=5 * 366)
IN_ALL: Final = 300
IN_A_DAY: Final = 25


class WouldWork(Exception):
    """The rehearsal went well."""


def rehearse(tx: Tx, me: Member, draft: Draft) -> None:
    """Publish, and take everything back. Raises `WouldWork`, or what `posts.publish` raises."""
    posts.publish(tx, me, msgspec.structs.replace(draft, idempotency_key=None))
    raise WouldWork


def check_date(now: datetime, due_at: datetime) -> None:
    if due_at < now + SOONEST:
        raise Refused("Scheduled at must be at least 5 minutes in the future", field="scheduled_at")
    if due_at > now + LATEST:
        raise Refused("Scheduled at must be within five years", field="scheduled_at")


def draft_of(row: Scheduled) -> Draft:
    """What its author wants to say."""
    return msgspec.convert(row.draft, Draft)


def schedule(tx: Tx, me: Member, draft: Draft, due_at: datetime) -> Scheduled:
    """Keep a draft, which a rehearsal found good, until its hour; the same idempotency key within the hour
    gives the same one. Refused for a bad date, or too many."""
    key = f"scheduled {draft.idempotency_key}" if draft.idempotency_key else None
    known = drafts.same(tx, me.id, key, within=IDEMPOTENT_FOR)
    before = scheduled.one(tx, known, author_id=me.id) if known is not None else None
    if before is not None:
        return before
    _check_room(tx, me, due_at)
    kept = msgspec.structs.replace(draft, idempotency_key=None, approved=False)
    row_id = scheduled.insert(tx, me.id, msgspec.to_builtins(kept), due_at)
    scheduled.keep_files(tx, row_id, list(draft.media_ids))
    if key is not None:
        drafts.remember(tx, me.id, key, row_id)
    errands.publish_scheduled(tx, row_id, due_at)
    return own(tx, me, row_id)


def _check_room(tx: Tx, me: Member, due_at: datetime, *, but: int = 0) -> None:
    check_date(tx.now, due_at)
    if scheduled.count(tx, me.id, but=but) >= IN_ALL:
        raise Refused(f"At most {IN_ALL} posts can wait for their hour", field="scheduled_at")
    day = due_at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if scheduled.count(tx, me.id, since=day, before=day + timedelta(days=1), but=but) >= IN_A_DAY:
        raise Refused(f"At most {IN_A_DAY} posts can be scheduled for one day", field="scheduled_at")


def own(tx: Tx, me: Member, scheduled_id: int) -> Scheduled:
    """One of one's own. NotFound."""
    found = scheduled.one(tx, scheduled_id, author_id=me.id)
    if found is None:
        raise NotFound
    return found


def reschedule(tx: Tx, me: Member, scheduled_id: int, due_at: datetime) -> Scheduled:
    """Another hour for it. NotFound, Refused."""
    found = own(tx, me, scheduled_id)
    _check_room(tx, me, due_at, but=found.id)
    scheduled.move(tx, found.id, due_at)
    queue.cancel(tx, errands.scheduled_key(found.id))
    errands.publish_scheduled(tx, found.id, due_at)
    return own(tx, me, found.id)


def cancel(tx: Tx, me: Member, scheduled_id: int) -> None:
    """It will not be published. NotFound."""
    found = own(tx, me, scheduled_id)
    queue.cancel(tx, errands.scheduled_key(found.id))
    scheduled.remove(tx, found.id)


# -- at its hour


def due(tx: Tx, scheduled_id: int) -> tuple[Member, Draft] | None:
    """Who wanted to say what by now; None when it was cancelled, published, or put off. Refused for somebody
    who may not write any more."""
    found = scheduled.one(tx, scheduled_id)
    if found is None or found.due_at > tx.now:
        return None
    member = people_rows.member(tx, found.author_id)
    if member is None:
        return None
    if member.state != "active":
        raise Refused("This account may not write at present.")
    return member, draft_of(found)


def try_out(tx: Tx, scheduled_id: int) -> None:
    """`rehearse` for what is due; nothing happens where nothing is."""
    ready = due(tx, scheduled_id)
    if ready is not None:
        scheduled.remove(tx, scheduled_id)
        rehearse(tx, *ready)


def publish(tx: Tx, scheduled_id: int) -> PostId | None:
    """Publish what is due and forget that it waited, in one transaction: so it happens once."""
    ready = due(tx, scheduled_id)
    if ready is None:
        return None
    scheduled.remove(tx, scheduled_id)
    return posts.publish(tx, *ready)


def give_up(tx: Tx, scheduled_id: int) -> tuple[Member, str, Any] | None:
    """Forget one that cannot be published; (its author, its words, when it was due)."""
    found = scheduled.one(tx, scheduled_id)
    member = people_rows.member(tx, found.author_id) if found is not None else None
    if found is None or member is None:
        return None
    scheduled.remove(tx, scheduled_id)
    return member, draft_of(found).text, found.due_at
