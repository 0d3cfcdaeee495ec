""" "What do you know about me?": what the butler goes by, told to whom it is about and to nobody else."""

from typing import Final

from fedi_aid.butler import cards, letters, speak
from fedi_aid.butler.asked import WEEK
from fedi_aid.butler.commands import Command
from fedi_aid.butler.words import known as words
from fedi_aid.model.intimacy import LEVELS, Intimacy
from fedi_aid.model.people import Member
from fedi_aid.model.posts import Post
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import projects as project_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage import received_asks as received_rows
from fedi_aid.storage import ties
from fedi_aid.storage.tx import Tx

NONE_TOLD: Final = "–"


def tell(tx: Tx, member: Member, message: Post, _command: Command) -> None:
    """The facts by which the butler decides whom to disturb, when and with what; signals that others gave in
    private are not among them (RULES R8)."""
    facts = "\n".join(f"– {line}" for line in _lines(tx, member))
    speak.say(tx, member, "known", reply_to=message.id, facts=facts)


def _lines(tx: Tx, member: Member) -> list[str]:
    said = words.LINES[letters.language(member.locale)]
    spent = question_rows.interruptions_since(tx, [member.id], tx.now - tx.house.soon(WEEK)).get(
        member.id, []
    )
    level = Intimacy(member.default_intimacy)
    skills = [skill for skill, told, _ in project_rows.skills_of_people(tx, [member.id])[member.id] if told]
    languages = sorted(project_rows.languages_of_people(tx, [member.id]).get(member.id, ()))
    liked = [cards.name(kind, member.locale) for kind, on in cards.wanted(tx, member.id).items() if on]
    values = {
        "friends": len(ties.friends_of(tx, member.id)),
        "budget": letters.times(member.weekly_budget, member.locale),
        "spent": letters.times(len(spent), member.locale) if spent else said["never"],
        "quiet_from": member.quiet_from,
        "quiet_until": member.quiet_until,
        "zone": member.time_zone,
        "level": int(level),
        "level_name": LEVELS[level].name(member.locale),
        "carry": said[f"carry_{member.carry_consent}"],
        "skills": letters.listed(skills, member.locale) or NONE_TOLD,
        "languages": letters.listed(languages, member.locale) or NONE_TOLD,
        "own": len(help_rows.open_requests_of(tx, member.id)),
        "waiting": len(received_rows.waiting_for(tx, member.id)),
        "cards": letters.listed(liked, member.locale) or NONE_TOLD,
    }
    lines = [template.format(**values) for template in words.FACTS[letters.language(member.locale)]]
    if member.paused_until is not None and member.paused_until > tx.now:
        lines.append(
            said["paused"].format(day=letters.day(member.paused_until, member.locale, member.time_zone))
        )
    if member.butler_silent:
        lines.append(said["silent"])
    return lines
