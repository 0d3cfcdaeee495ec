"""Admin::Account, Admin::Report and the rules, as apps for moderators know them.

No address of anybody is kept here: `ip` is null and `ips` is empty.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from fedi_aid.actions import charters
from fedi_aid.client_api.entities.account import accounts, role
from fedi_aid.client_api.entities.instance import rules
from fedi_aid.client_api.entities.look import Json, Look, maybe_moment, moment
from fedi_aid.client_api.entities.moderation import SEVERITIES
from fedi_aid.client_api.entities.status import statuses
from fedi_aid.model.moderation import DomainRule, EntryRule, EntrySeverity
from fedi_aid.model.posts import PostView
from fedi_aid.storage.reports import Case
from fedi_aid.storage.roster import Known, known_many
from fedi_aid.storage.tx import Tx

ENTRY_SEVERITIES: Final[dict[EntrySeverity, str]] = {
    "approval": "sign_up_requires_approval",
    "no_sign_up": "sign_up_block",
    "no_access": "no_access",
}


def admin_accounts(tx: Tx, look: Look, found: Sequence[Known]) -> list[Json]:
    """Admin::Account of each. For people elsewhere what only a member has is empty."""
    shown = accounts(tx, look, [one.person for one in found])
    return [_admin_account(one, account) for one, account in zip(found, shown, strict=True)]


def _admin_account(one: Known, account: Json) -> Json:
    person, member = one.person, one.state is not None
    return {
        "id": str(person.id),
        "username": person.username,
        "domain": person.domain or None,
        "created_at": moment(one.since),
        "email": one.email or "",
        "ip": None,
        "ips": [],
        "locale": one.locale or "",
        "invite_request": one.word,
        "role": role(one.role),
        "confirmed": member,
        "approved": one.state not in ("waiting",),
        "disabled": one.state == "disabled",
        "sensitized": person.sensitive_at is not None,
        "silenced": person.limited_at is not None,
        "suspended": person.suspended_at is not None,
        "account": account,
        "created_by_application_id": None,
        "invited_by_account_id": None,
    }


def admin_reports(
    tx: Tx, look: Look, found: Sequence[Case], shown: Sequence[Sequence[PostView]]
) -> list[Json]:
    """Admin::Report of each, with the posts that its moderator may see."""
    people = _people(tx, look, found)
    charter = {rule["id"]: rule for rule in rules(charters.current(tx), look.locale)}
    return [
        {
            "id": str(one.id),
            "action_taken": one.closed_at is not None,
            "action_taken_at": maybe_moment(one.closed_at),
            "category": one.category,
            "comment": one.comment,
            "forwarded": one.forwarded,
            "created_at": moment(one.created_at),
            "updated_at": moment(one.updated_at),
            "account": people.get(one.from_id),
            "target_account": people.get(one.about_id),
            "assigned_account": people.get(one.assigned_id or 0),
            "action_taken_by_account": people.get(one.closed_by or 0),
            "statuses": statuses(tx, look, posts),
            "rules": [charter[rule_id] for rule_id in one.rule_ids if rule_id in charter],
        }
        for one, posts in zip(found, shown, strict=True)
    ]


def _people(tx: Tx, look: Look, found: Iterable[Case]) -> dict[int, Json]:
    wanted = {
        person_id
        for one in found
        for person_id in (one.from_id, one.about_id, one.assigned_id, one.closed_by)
        if person_id is not None
    }
    known = list(known_many(tx, wanted).values())
    shown = admin_accounts(tx, look, known)
    return {one.person.id: json for one, json in zip(known, shown, strict=True)}


def admin_domain_block(rule: DomainRule) -> Json:
    assert rule.severity != "allow"
    return {
        "id": str(rule.id),
        "domain": rule.domain,
        "digest": rule.digest,
        "created_at": moment(rule.created_at),
        "severity": SEVERITIES[rule.severity],
        "reject_media": rule.reject_media,
        "reject_reports": rule.reject_reports,
        "private_comment": rule.private_comment or None,
        "public_comment": rule.public_comment or None,
        "obfuscate": rule.obfuscate,
    }


def admin_domain_allow(rule: DomainRule) -> Json:
    return {"id": str(rule.id), "domain": rule.domain, "created_at": moment(rule.created_at)}


def admin_ip_block(rule: EntryRule) -> Json:
    return {
        "id": str(rule.id),
        "ip": rule.value,
        "severity": ENTRY_SEVERITIES[rule.severity],
        "comment": rule.comment,
        "created_at": moment(rule.created_at),
        "expires_at": maybe_moment(rule.expires_at),
    }


def admin_email_domain_block(rule: EntryRule) -> Json:
    """How often a provider was tried is not counted: the history is empty."""
    return {
        "id": str(rule.id),
        "domain": rule.value,
        "created_at": moment(rule.created_at),
        "history": [],
    }


def admin_canonical_email_block(rule: EntryRule) -> Json:
    return {"id": str(rule.id), "canonical_email_hash": rule.value}
