"""Appealing against a decision: once, in one's own words, and with an answer (PRODUCT S4c)."""

from typing import Final

import msgspec

from fedi_aid.actions import judging
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.ids import PersonId
from fedi_aid.model.moderation import Appeal, Decision, Deed
from fedi_aid.model.people import Member
from fedi_aid.storage import appeals, people
from fedi_aid.storage import moderation as rows
from fedi_aid.storage.timelines import Page
from fedi_aid.storage.tx import Tx
from fedi_aid.work import errands

TEXT_MAX: Final = 5_000


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A decision with what was said against it."""

    decision: Decision
    appeal: Appeal | None


def decisions_about(tx: Tx, me: PersonId) -> list[Judged]:
    """What was decided about a member, newest first, for that member's eyes: never by whom."""
    said = appeals.about(tx, me)
    found = sorted(rows.decisions_about(tx, me), key=lambda one: -one.id)
    return [Judged(decision=one, appeal=said.get(one.id)) for one in found]


def appeal(tx: Tx, me: PersonId, decision_id: int, text: str) -> int:
    """Say something against a decision that stands; also by somebody who can no longer log in. The appeal's
    id; twice is once. NotFound for a decision about somebody else; Refused for nothing said, too much, and a
    decision that was taken back."""
    found = rows.decisions_by_ids(tx, [decision_id]).get(decision_id)
    if found is None or found.about_id != me:
        raise NotFound
    if found.lifted_at is not None:
        raise Refused("This decision was taken back already.", code="lifted", field="text")
    text = text.strip()
    if not text:
        raise Refused("Write in a few words why it should be looked at again.", code="blank", field="text")
    if len(text) > TEXT_MAX:
        raise Refused(f"At most {TEXT_MAX} characters.", code="too_long", field="text")
    appeal_id = appeals.put(tx, decision_id, text)
    if appeal_id is None:
        return appeals.about(tx, me)[decision_id].id
    errands.butler_appealed(tx, appeal_id)
    return appeal_id


def waiting(tx: Tx, page: Page, *, answered: bool = False) -> list[tuple[Appeal, Decision]]:
    """For moderators: appeals with the decisions they are about, newest first."""
    found = appeals.page_of(tx, page, answered=answered)
    about = rows.decisions_by_ids(tx, [one.decision_id for one in found])
    return [(one, about[one.decision_id]) for one in found if one.decision_id in about]


def answer(tx: Tx, by: Member, appeal_id: int, *, accepted: bool, words: str) -> None:
    """Answer an appeal; accepting it takes the decision back. Whoever decided does not answer alone where
    somebody else could.

    NotFound; Refused without words, by whoever is meant (403), by whoever decided while there are other
    moderators, and when it was answered already.
    """
    found = appeals.one(tx, appeal_id)
    decision = rows.decisions_by_ids(tx, [found.decision_id]).get(found.decision_id) if found else None
    if found is None or decision is None:
        raise NotFound
    if decision.about_id == by.id:
        raise Refused("This action is not allowed", code="forbidden")
    others = [one for one in rows.staff(tx) if one not in (by.id, decision.about_id)]
    if decision.by_id == by.id and others:
        raise Refused("Somebody else should answer what is said against your decision.", code="own_decision")
    words = words.strip()
    if not words:
        raise Refused("Whoever appealed is told why.", code="blank", field="words")
    if len(words) > TEXT_MAX:
        raise Refused(f"At most {TEXT_MAX} characters.", code="too_long", field="words")
    if not appeals.answer(tx, appeal_id, answer=words, answered_by=by.id, accepted=accepted):
        raise Refused("It was answered already.", code="answered")
    if accepted:
        _take_back(tx, by, decision)
    deed: Deed = "appeal_accepted" if accepted else "appeal_refused"
    rows.note(tx, by.id, deed, about_id=decision.about_id, details={"reason": words})
    member = people.member(tx, decision.about_id)
    if member is not None and member.state == "active":
        errands.butler_answered_appeal(tx, appeal_id)


def _take_back(tx: Tx, by: Member, decision: Decision) -> None:
    """As `judging.lift`; a mere word, what was erased, and what was taken back meanwhile cannot be undone."""
    if decision.action in ("none", "remove") or decision.lifted_at is not None:
        return
    if rows.stands(tx, decision.about_id, decision.action):
        judging.lift(tx, by, decision.about_id, decision.action)
