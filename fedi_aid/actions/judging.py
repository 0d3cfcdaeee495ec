"""Deciding about people: with a reason that they are told, written down, and open to being taken back.

Nobody decides about themselves, a peer or somebody above; the command line (`by` None) may decide about all.
"""

from collections.abc import Sequence
from typing import Final

from fedi_aid.actions import charters, entry, erasing, notices, severing
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.moderation import ACTIONS, RANKS, Action, Deed
from fedi_aid.model.people import Member, MemberState, Person, Role
from fedi_aid.storage import access, domain_rules, moderation, people, reports, roster
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage.roster import Known
from fedi_aid.storage.tx import Tx
from fedi_aid.work import errands, jobs

REASON_MAX: Final = 5_000
_UNDO: Final[dict[Action, Deed]] = {
    "sensitive": "unsensitive",
    "disable": "enable",
    "limit": "unlimit",
    "suspend": "unsuspend",
}


def someone(tx: Tx, person_id: int) -> Known:
    """Somebody a moderator may look at. NotFound for the house itself and those who are gone."""
    found = roster.known(tx, person_id)
    if found is None:
        raise NotFound
    return found


def _within_reach(by: Member | None, about: Known) -> None:
    """Refused (403) for oneself, a peer, or somebody above."""
    if by is None:
        return
    if about.person.id == by.id or RANKS[about.role or "member"] >= RANKS[by.role]:
        raise Refused("This action is not allowed", code="forbidden")


def judge(
    tx: Tx,
    by: Member | None,
    person_id: int,
    action: Action,
    reason: str,
    *,
    report_id: int | None = None,
) -> int:
    """Decide about somebody; the decision's id. `report_id`: what it answers; then that is closed, and with
    more than a word all that is open about them.

    Refused for an unknown action, one that does not fit, without a reason (PRODUCT S4c: the text, or the
    rules that the report names); NotFound for somebody unknown or a report about somebody else.
    """
    about = someone(tx, person_id)
    if action not in ACTIONS:
        raise Refused("Type is not included in the list", field="type")
    _within_reach(by, about)
    if about.state == "deleted" or people.is_gone(tx, about.person.id):
        raise Refused("This action is not allowed", code="forbidden")
    if action == "disable" and about.state is None:
        raise Refused("Type does not fit somebody of another server", field="type")
    case = reports.case(tx, report_id) if report_id is not None else None
    if report_id is not None and (case is None or case.about_id != about.person.id):
        raise NotFound
    if action == "remove" and (case is None or not case.post_ids):
        raise Refused("Type fits a report that names posts", field="type")
    reason = reason.strip()
    if len(reason) > REASON_MAX:
        raise Refused(f"Text has at most {REASON_MAX} characters", field="text")
    rule_ids = case.rule_ids if case is not None else ()
    if not reason and not rule_ids:
        raise Refused("Text can't be blank: whoever is meant is told why", code="blank", field="text")
    decision_id = moderation.put_decision(
        tx,
        about_id=about.person.id,
        by_id=by.id if by else None,
        action=action,
        reason=reason,
        report_id=report_id,
        rule_ids=rule_ids,
        post_ids=case.post_ids if case is not None else (),
    )
    _take_effect(tx, about, action, case.post_ids if case is not None else ())
    _close(tx, by, about, action, report_id)
    details = {"reason": reason, "rule_ids": list(rule_ids)}
    moderation.note(tx, by.id if by else None, action, about_id=about.person.id, details=details)
    if about.state is not None:
        notices.notify_about(tx, about.person.id, "moderation_warning", about.person.id, decision_id)
        errands.butler_warned(tx, decision_id)
    return decision_id


def _close(tx: Tx, by: Member | None, about: Known, action: Action, report_id: int | None) -> None:
    by_id = by.id if by else None
    if action != "none":
        reports.close_about(tx, about.person.id, by_id)
    elif report_id is not None:
        reports.change(tx, report_id, closed_at=tx.now, closed_by=by_id)


def _take_effect(tx: Tx, about: Known, action: Action, reported: Sequence[PostId]) -> None:
    person = about.person
    if action == "remove":
        for post_id in reported:
            _remove(tx, person, post_id)
    if action == "sensitive":
        people.change(tx, person.id, sensitive_at=person.sensitive_at or tx.now)
    elif action == "limit":
        people.change(tx, person.id, limited_at=person.limited_at or tx.now, limited_with=None)
    elif action == "disable":
        _shut_out(tx, person.id, "suspended" if person.suspended_at else "disabled")
    elif action == "suspend":
        people.change(tx, person.id, suspended_at=tx.now, suspended_with=None)
        if about.state is None:
            severing.sever_person(tx, person.id)
        else:
            _shut_out(tx, person.id, "suspended")
            entry.keep_out_email(tx, about.email or "")
            jobs.tell_person(tx, person.id)


def _remove(tx: Tx, author: Person, post_id: PostId) -> None:
    """Erase a post of theirs, here and, if it is ours, wherever it was sent."""
    post = post_rows.by_id_for_author(tx, post_id)
    if post is None or post.author_id != author.id:
        return
    if author.local:
        erasing.take_back(tx, post.id, sent=post.held_until is None)
    else:
        erasing.erase(tx, post.id)


def _shut_out(tx: Tx, member_id: PersonId, state: MemberState) -> None:
    people.change_member(tx, member_id, state=state)
    access.end_tokens(tx, member_id=member_id)
    access.end_sessions(tx, member_id)


def lift(tx: Tx, by: Member | None, person_id: int, action: Action) -> Known:
    """Take a decision back, as they stand now. What it cut stays cut (A24). Refused for what does not stand,
    and for a suspension that was made final."""
    about = someone(tx, person_id)
    _within_reach(by, about)
    person = about.person
    if action not in _UNDO:
        raise Refused("This cannot be taken back", field="type")
    if action == "sensitive":
        people.change(tx, person.id, sensitive_at=None)
    elif action == "limit":
        with_server = domain_rules.is_limited(tx, person.domain)
        people.change(
            tx,
            person.id,
            limited_at=(person.limited_at or tx.now) if with_server else None,
            limited_with="domain" if with_server else None,
        )
    elif action == "disable":
        if about.state != "disabled":
            raise Refused("This action is not allowed", code="forbidden")
        people.change_member(tx, person.id, state="active")
    elif action == "suspend":
        _unsuspend(tx, about)
    moderation.lift(tx, person.id, action)
    moderation.note(tx, by.id if by else None, _UNDO[action], about_id=person.id)
    return someone(tx, person_id)


def _unsuspend(tx: Tx, about: Known) -> None:
    person = about.person
    if about.state == "deleted" or people.is_gone(tx, person.id) or people.is_purged(tx, person.id):
        raise Refused("This suspension is final: what they wrote was erased", code="forbidden")
    with_server = not person.local and domain_rules.is_suspended(tx, person.domain)
    people.change(
        tx,
        person.id,
        suspended_at=(person.suspended_at or tx.now) if with_server else None,
        suspended_with="domain" if with_server else None,
    )
    if about.state == "suspended":
        disabled = moderation.stands(tx, person.id, "disable")
        people.change_member(tx, person.id, state="disabled" if disabled else "active")
        entry.let_in_email(tx, about.email or "")
        jobs.tell_person(tx, person.id)


def why_shut_out(tx: Tx, member_id: PersonId) -> str:
    """What a member who cannot log in any more was told; "" for nothing."""
    standing = [one for one in moderation.decisions_about(tx, member_id) if one.lifted_at is None]
    return next((one.reason for one in standing if one.action in ("suspend", "disable")), "")


def make_final(tx: Tx, by: Member | None, person_id: int) -> Known:
    """Erase at once what somebody suspended wrote, without waiting 30 days. Refused for anybody else."""
    about = someone(tx, person_id)
    _within_reach(by, about)
    if about.person.suspended_at is None:
        raise Refused("This action is not allowed", code="forbidden")
    errands.purge(tx, about.person.id)
    return about


# -- those who wait


def approve(tx: Tx, by: Member | None, person_id: int) -> Known:
    """Let somebody in who signed up and waits. Refused for anybody else."""
    about = _waiting(tx, person_id)
    people.change_member(tx, about.person.id, state="active")
    moderation.note(tx, by.id if by else None, "approve", about_id=about.person.id)
    return someone(tx, person_id)


def reject(tx: Tx, by: Member | None, person_id: int) -> Known:
    """Turn somebody away who signed up and waits; nothing of them is kept. Refused for anybody else."""
    about = _waiting(tx, person_id)
    roster.remove(tx, about.person.id)
    moderation.note(tx, by.id if by else None, "reject")
    return about


def _waiting(tx: Tx, person_id: int) -> Known:
    about = someone(tx, person_id)
    if about.state != "waiting":
        raise Refused("This action is not allowed", code="forbidden")
    return about


# -- who looks after the instance


def give_role(tx: Tx, by: Member | None, person_id: int, role: Role) -> Known:
    """Make a member a moderator, an admin, or an ordinary member again. Refused for anybody else."""
    about = someone(tx, person_id)
    if about.role is None or role not in ("member", "moderator", "admin"):
        raise Refused("Only members of this instance can have a role: member, moderator or admin.")
    people.change_member(tx, about.person.id, role=role)
    moderation.note(tx, by.id if by else None, "role", about_id=about.person.id, details={"role": role})
    return someone(tx, person_id)


def rules_named(tx: Tx, rule_ids: Sequence[str]) -> list[str]:
    """Those of these ids that are rules of the charter."""
    known = charters.known_rules(tx)
    return [one for one in dict.fromkeys(rule_ids) if one in known]
