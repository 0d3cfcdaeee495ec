"""AccountWarning, RelationshipSeveranceEvent, and what notifications tell of reports and decisions."""

from collections.abc import Sequence
from typing import Final

from fedi_aid.client_api.entities.account import accounts
from fedi_aid.client_api.entities.look import Json, Look, maybe_moment, moment
from fedi_aid.model.moderation import RANKS, Action, Decision, DomainRule, Severance, Severity
from fedi_aid.storage import moderation, people, reports
from fedi_aid.storage.reports import Case
from fedi_aid.storage.timelines import Notice
from fedi_aid.storage.tx import Tx

# Our words in Mastodon's.
ACTIONS: Final[dict[Action, str]] = {
    "none": "none",
    "remove": "delete_statuses",
    "sensitive": "sensitive",
    "disable": "disable",
    "limit": "silence",
    "suspend": "suspend",
}
SEVERITIES: Final[dict[Severity, str]] = {"none": "noop", "limit": "silence", "suspend": "suspend"}
SEVERANCES: Final = {"domain": "domain_block", "account": "account_suspension"}
SUBJECTS: Final = ("report", "moderation_warning", "event")


def subjects(tx: Tx, look: Look, notices: Sequence[Notice]) -> dict[int, Json]:
    """What notifications about no post are about, by the notification's id."""
    ids = {
        kind: [one.subject_id for one in notices if one.kind == kind]
        for kind in ("admin.report", "moderation_warning", "severed_relationships")
    }
    if look.viewer is None or not any(ids.values()):
        return {}
    decisions = moderation.decisions_by_ids(tx, ids["moderation_warning"])
    events = moderation.severances_by_ids(tx, look.viewer, ids["severed_relationships"])
    me = people.member(tx, look.viewer)
    staff = me is not None and RANKS[me.role] > 0
    found: dict[int, Json] = {}
    for one in notices:
        if one.kind == "moderation_warning" and one.subject_id in decisions:
            found[one.id] = {"moderation_warning": warning(tx, look, decisions[one.subject_id])}
        elif one.kind == "severed_relationships" and one.subject_id in events:
            found[one.id] = {"event": event(events[one.subject_id])}
        elif one.kind == "admin.report" and staff:
            case = reports.case(tx, one.subject_id)
            found[one.id] = {} if case is None else {"report": reported(tx, look, case)}
    return found


def warning(tx: Tx, look: Look, found: Decision) -> Json:
    """AccountWarning, for whom it is about."""
    about = people.by_id(tx, found.about_id)
    assert about is not None
    return {
        "id": str(found.id),
        "action": ACTIONS[found.action],
        "text": found.reason,
        "status_ids": [str(one) for one in found.post_ids],
        "target_account": accounts(tx, look, [about])[0],
        "appeal": None,
        "created_at": moment(found.created_at),
    }


def event(found: Severance) -> Json:
    """RelationshipSeveranceEvent. Whom it names stays with the member: only the numbers are in it."""
    return {
        "id": str(found.id),
        "type": SEVERANCES[found.kind],
        "purged": False,
        "target_name": found.target,
        "followers_count": len(found.followers),
        "following_count": len(found.followed),
        "created_at": moment(found.created_at),
    }


def reported(tx: Tx, look: Look, found: Case) -> Json:
    """Report, for moderators."""
    about = people.many(tx, [found.about_id])
    return {
        "id": str(found.id),
        "action_taken": found.closed_at is not None,
        "action_taken_at": maybe_moment(found.closed_at),
        "category": found.category,
        "comment": found.comment,
        "forwarded": found.forwarded,
        "created_at": moment(found.created_at),
        "status_ids": [str(one) for one in found.post_ids],
        "rule_ids": list(found.rule_ids),
        "collection_ids": [],
        "target_account": accounts(tx, look, list(about.values()))[0] if about else None,
    }


def domain_block(rule: DomainRule) -> Json:
    """DomainBlock, for everybody: what this server does not exchange with whom, and why."""
    assert rule.severity != "allow"
    return {
        "domain": rule.shown,
        "digest": rule.digest,
        "severity": SEVERITIES[rule.severity],
        "comment": rule.public_comment,
    }
