"""What there might be to say to a member this week, one kind of card each; nothing is written here."""

from datetime import timedelta
from typing import Any, Final

import msgspec

from fedi_aid.butler import letters
from fedi_aid.butler.letters import Letter
from fedi_aid.model.people import Member
from fedi_aid.storage import cards as rows
from fedi_aid.storage import goals as goal_rows
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import received_asks as received_rows
from fedi_aid.storage import ties
from fedi_aid.storage.tx import Tx

A_WHILE: Final = timedelta(days=60)  # before the same goal is spoken of again
A_YEAR: Final = timedelta(days=365)
TWO_YEARS: Final = timedelta(days=730)  # before the same friend is
WEEK: Final = timedelta(days=7)


class Card(msgspec.Struct, frozen=True):
    """A letter with its values; `subject_id`: what it is about, so that it does not come again soon."""

    letter: Letter
    subject_id: int | None
    values: dict[str, Any] = {}


def untouched_goal(tx: Tx, member: Member) -> Card | None:
    """The goal that was left longest, for three times its project's own rhythm."""
    told = rows.sent_since(tx, member.id, "goals", tx.now - tx.house.soon(A_WHILE))
    for found in goal_rows.goals_due(tx, tx.now, member_id=member.id, limit=50):
        if found.goal.id not in told:
            return Card(
                "card_goal",
                found.goal.id,
                {
                    "goal": letters.excerpt(found.goal.title),
                    "project": letters.excerpt(found.project_title),
                    "weeks": letters.weeks(found.since, member.locale),
                },
            )
    return None


def dormant_tie(tx: Tx, member: Member) -> Card | None:
    """One friend of more than a year with whom nothing was exchanged, either way, in the last one."""
    year_ago = tx.now - tx.house.soon(A_YEAR)
    told = rows.sent_since(tx, member.id, "ties", tx.now - tx.house.soon(TWO_YEARS))
    old = ties.friends_before(tx, member.id, year_ago) - told - ties.close_ids(tx, member.id)
    if not old:
        return None
    recent = ties.contacts_around(tx, member.id, since_day=ties.day_number(year_ago))
    quiet = old - {one for from_id, to_id, *_ in recent for one in (from_id, to_id)}
    friends = [one for one in ties.friends_of(tx, member.id) if one.id in quiet]
    if not friends:
        return None
    friend = min(friends, key=lambda one: one.id)
    return Card("card_tie", friend.id, {"name": friend.name, "handle": friend.handle})


def digest(tx: Tx, member: Member) -> Card | None:
    """The week in numbers that are the member's own; nothing when there is nothing."""
    since = tx.now - tx.house.soon(WEEK)
    own = [one.post_id for one in help_rows.open_requests_of(tx, member.id)]
    offers = help_rows.offers_since(tx, member.id, since)
    given = help_rows.offers_by_since(tx, member.id, since)
    waiting = len(received_rows.waiting_for(tx, member.id))
    if not (own or offers or given or waiting):
        return None
    numbers = {"own": len(own), "offers": offers, "given": given, "waiting": waiting}
    return Card("card_digest", None, {"lines": letters.week_in_numbers(numbers, member.locale)})
