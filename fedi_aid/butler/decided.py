"""Telling a member what the moderators decided: about them, or about people they had ties with.

Every app shows a letter of the butler; the notifications that say the same need one that knows them.
"""

from typing import Final

from fedi_aid.butler import speak
from fedi_aid.butler.letters import Letter, listed
from fedi_aid.model.moderation import Action
from fedi_aid.storage import appeals, charters, moderation, people
from fedi_aid.storage.tx import Tx

NAMES: Final = 20
# Who cannot log in is told at the login.
_LETTERS: Final[dict[Action, Letter]] = {
    "none": "warned",
    "remove": "warned_removed",
    "sensitive": "warned_sensitive",
    "limit": "warned_limit",
}


def severed(tx: Tx, member_id: int, severance_id: int) -> None:
    """Whom a decision cut off from them (A24)."""
    member = people.member(tx, member_id)
    found = moderation.severances_by_ids(tx, member_id, [severance_id]).get(severance_id)
    if member is None or found is None:
        return
    names = list(dict.fromkeys([*found.followed, *found.followers]))
    shown = names[:NAMES] + (["…"] if len(names) > NAMES else [])
    speak.say(tx, member, "severed", target=found.target, names=listed(shown, member.locale))


def warned(tx: Tx, decision_id: int) -> None:
    """What was decided about them, with the reason and the rules of the charter that it rests on."""
    found = moderation.decisions_by_ids(tx, [decision_id]).get(decision_id)
    member = people.member(tx, found.about_id) if found else None
    letter = _LETTERS.get(found.action) if found else None
    if found is None or member is None or letter is None:
        return
    rules_now = charters.current(tx).said_in(member.locale).rules
    titles = {rule.id: rule.title for rule in rules_now}
    rules = [f"– {titles[one]}" for one in found.rule_ids if one in titles]
    speak.say(tx, member, letter, reason="\n".join(filter(None, [found.reason, *rules])))


def appealed(tx: Tx, appeal_id: int) -> None:
    """Those who look after the instance hear of an appeal; not whoever it is by."""
    found = appeals.one(tx, appeal_id)
    decision = moderation.decisions_by_ids(tx, [found.decision_id]).get(found.decision_id) if found else None
    if decision is None:
        return
    for moderator_id in moderation.staff(tx):
        moderator = people.member(tx, moderator_id)
        if moderator is not None and moderator_id != decision.about_id:
            speak.say(tx, moderator, "appealed", url=f"{tx.house.base_url}/moderation/appeals")


def answered(tx: Tx, appeal_id: int) -> None:
    """What became of an appeal. Who cannot log in reads it at the login."""
    found = appeals.one(tx, appeal_id)
    decision = moderation.decisions_by_ids(tx, [found.decision_id]).get(found.decision_id) if found else None
    member = people.member(tx, decision.about_id) if decision else None
    if found is None or member is None or found.answer is None:
        return
    speak.say(tx, member, "appeal_accepted" if found.accepted else "appeal_refused", answer=found.answer)
