"""Decisions about people, the log of who did what, and the ties that a decision cut."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, select, update

from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.moderation import PUBLIC_DEEDS, Action, Decision, Deed, Severance, SeveranceKind
from fedi_aid.storage.tables.moderation import decisions, moderation_log, moderator_views, severances
from fedi_aid.storage.tables.people import members, people
from fedi_aid.storage.tx import Tx

# -- decisions


def put_decision(
    tx: Tx,
    *,
    about_id: int,
    by_id: int | None,
    action: Action,
    reason: str,
    report_id: int | None = None,
    rule_ids: Sequence[str] = (),
    post_ids: Sequence[int] = (),
) -> int:
    new_id = tx.new_id()
    tx.insert(
        decisions,
        id=new_id,
        report_id=report_id,
        about_id=about_id,
        by_id=by_id,
        action=action,
        reason=reason,
        rule_ids=list(rule_ids),
        post_ids=list(post_ids),
        created_at=tx.now,
    )
    return new_id


def _decisions(tx: Tx, *where: ColumnElement[bool]) -> list[Decision]:
    columns = [decisions.c[name] for name in Decision.__struct_fields__]
    rows = tx.all(select(*columns).where(*where).order_by(decisions.c.id.desc()))
    return [
        Decision(
            **{
                **row._mapping,
                "rule_ids": tuple(row.rule_ids or ()),
                "post_ids": tuple(PostId(one) for one in row.post_ids or ()),
            }
        )
        for row in rows
    ]


def decisions_by_ids(tx: Tx, ids: Iterable[int]) -> dict[int, Decision]:
    wanted = set(ids)
    return {one.id: one for one in _decisions(tx, decisions.c.id.in_(wanted))} if wanted else {}


def decisions_about(tx: Tx, person_id: int) -> list[Decision]:
    """All that was ever decided about somebody, the newest first."""
    return _decisions(tx, decisions.c.about_id == person_id)


def stands(tx: Tx, person_id: int, action: Action) -> bool:
    """A decision of this kind about them has not been lifted."""
    return tx.exists(
        select(decisions.c.id).where(
            decisions.c.about_id == person_id, decisions.c.action == action, decisions.c.lifted_at.is_(None)
        )
    )


def lift(tx: Tx, person_id: int, action: Action) -> int:
    """End every decision of this kind about somebody; how many."""
    return tx.run(
        update(decisions)
        .where(
            decisions.c.about_id == person_id, decisions.c.action == action, decisions.c.lifted_at.is_(None)
        )
        .values(lifted_at=tx.now)
    )


# -- the log


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the log, for the people who look after the instance."""

    id: int
    by_id: PersonId | None
    what: Deed
    about_id: PersonId | None
    subject: str
    details: dict[str, Any] | None
    created_at: datetime


class PublicEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the public log: what was decided and why, never about whom or by whom."""

    what: Deed
    reason: str
    rule_ids: tuple[str, ...]
    created_at: datetime


def note(
    tx: Tx,
    by_id: int | None,
    what: Deed,
    *,
    about_id: int | None = None,
    subject: str = "",
    details: dict[str, Any] | None = None,
) -> None:
    """Write a line. `by_id` None: the command line, or the clock."""
    tx.insert(
        moderation_log,
        id=tx.new_id(),
        by_id=by_id,
        what=what,
        about_id=about_id,
        subject=subject,
        details=details,
        created_at=tx.now,
    )


def entries(tx: Tx, *, before: int | None = None, limit: int = 50) -> list[Entry]:
    """The log, the newest first."""
    columns = [moderation_log.c[name] for name in Entry.__struct_fields__]
    statement = select(*columns).order_by(moderation_log.c.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(moderation_log.c.id < before)
    return [Entry(**row._mapping) for row in tx.all(statement)]


def public_entries(tx: Tx, *, limit: int = 50) -> list[PublicEntry]:
    """What was decided about members here, the newest first; a decision about nobody known is told alike."""
    rows = tx.all(
        select(moderation_log.c.what, moderation_log.c.details, moderation_log.c.created_at)
        .where(moderation_log.c.what.in_(PUBLIC_DEEDS))
        .order_by(moderation_log.c.id.desc())
        .limit(limit)
    )
    return [
        PublicEntry(
            what=row.what,
            reason=str((row.details or {}).get("reason", "")),
            rule_ids=tuple((row.details or {}).get("rule_ids", ())),
            created_at=row.created_at,
        )
        for row in rows
    ]


def note_view(tx: Tx, moderator_id: int, report_id: int, post_ids: Iterable[int]) -> None:
    """A moderator was shown posts that are not theirs to read: once for each report and post."""
    known = set(
        tx.column(
            select(moderator_views.c.post_id).where(
                moderator_views.c.moderator_id == moderator_id, moderator_views.c.report_id == report_id
            )
        )
    )
    new = [one for one in post_ids if one not in known]
    for post_id in new:
        tx.insert(
            moderator_views,
            id=tx.new_id(),
            moderator_id=moderator_id,
            post_id=post_id,
            report_id=report_id,
            created_at=tx.now,
        )
    if new:
        details = {"posts": [str(one) for one in new]}
        note(tx, moderator_id, "view", subject=str(report_id), details=details)


# -- who looks after the instance


def staff(tx: Tx) -> list[PersonId]:
    """Moderators and admins who may act."""
    return tx.column(
        select(members.c.person_id)
        .join(people, people.c.id == members.c.person_id)
        .where(
            members.c.role.in_(("moderator", "admin")),
            members.c.state == "active",
            people.c.suspended_at.is_(None),
            people.c.deleted_at.is_(None),
        )
    )


# -- ties that were cut


def put_severance(
    tx: Tx,
    member_id: int,
    kind: SeveranceKind,
    target: str,
    *,
    followed: Sequence[str],
    followers: Sequence[str],
) -> int:
    new_id = tx.new_id()
    tx.insert(
        severances,
        id=new_id,
        member_id=member_id,
        kind=kind,
        target=target,
        followed=list(followed),
        followers=list(followers),
        created_at=tx.now,
    )
    return new_id


def severances_by_ids(tx: Tx, member_id: int, ids: Iterable[int]) -> dict[int, Severance]:
    """What was cut, for the member whose ties they were."""
    wanted = set(ids)
    if not wanted:
        return {}
    columns = [severances.c[name] for name in Severance.__struct_fields__]
    rows = tx.all(select(*columns).where(severances.c.member_id == member_id, severances.c.id.in_(wanted)))
    return {
        row.id: Severance(
            **{**row._mapping, "followed": tuple(row.followed), "followers": tuple(row.followers)}
        )
        for row in rows
    }


# -- whose time is over


def to_purge(tx: Tx, before: datetime, *, limit: int) -> list[PersonId]:
    """Who was suspended before this moment and whose words still stand here; who is being erased, is not."""
    return tx.column(
        select(people.c.id)
        .where(
            people.c.suspended_at <= before,
            people.c.purged_at.is_(None),
            people.c.deleted_at.is_(None),
            people.c.suspended_with.is_distinct_from("final"),
        )
        .order_by(people.c.id)
        .limit(limit)
    )
