"""Putting a request to people by name: the engine says whom, here the rows are written and the asks sent."""

from collections.abc import Collection, Sequence

import msgspec

from fedi_aid.actions import audiences, carry_consent, carry_tickets
from fedi_aid.audience.engine import Chosen
from fedi_aid.audience.learned import coefficients
from fedi_aid.butler import picking
from fedi_aid.butler.waves import LEAST_ASKED, Plan, Situation
from fedi_aid.model.help import AskRow
from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import Member, Person
from fedi_aid.model.posts import Post
from fedi_aid.storage import asks as ask_rows
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import outcomes
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs


def put(
    tx: Tx, author: Member, post: Post, plan: Plan, known: Situation
) -> tuple[set[PersonId], set[PersonId]]:
    """Ask so many more people to help, and of those left, who know others, so many to carry it, as `picking`
    says; who was asked which."""
    if not plan.asks and not plan.carriers:
        return set(), set()
    ask, pool = audiences.ask_of(tx, author, post), audiences.pool_of(tx, author)
    picked = picking.pick(plan, ask, pool, known, tx.dice, coefficients(tx))
    people = people_rows.many(tx, [one.person for one in (*picked.helpers, *picked.carriers)])
    helping = {
        one.person
        for one in picked.helpers
        if one.person in people
        and _ask_to_help(tx, post, people[one.person], one, plan.wave, again=picked.again)
    }
    carrying = {
        one.person
        for one in picked.carriers
        if one.person in people and _ask_to_carry(tx, post, people[one.person], one, plan.wave)
    }
    for person_id, ask_id in picked.repeated.items():
        if person_id in carrying:
            ask_rows.change_ask(tx, ask_id, reoffered_at=tx.now)
    return helping, carrying


def _ask_to_carry(tx: Tx, post: Post, friend: Person, chosen: Chosen, wave_number: int) -> bool:
    """To be asked is to be shown it."""
    if not carry_tickets.ask_to_carry(tx, post, friend, wave=wave_number):
        return False
    audiences.admit(tx, post, chosen, kind="asked")
    return True


def _ask_to_help(
    tx: Tx, post: Post, friend: Person, chosen: Chosen, wave_number: int, *, again: bool
) -> bool:
    ask_id = ask_rows.ask(
        tx,
        post.id,
        friend.id,
        "help",
        uri=(uri := tx.house.new_activity()),
        wave=wave_number,
        reasons=msgspec.to_builtins(chosen.reasons),
        reoffered_at=tx.now if again else None,
    )
    if ask_id is None:
        return False
    terms = {friend.id: msgspec.to_builtins(chosen.terms)}
    outcomes.record(tx, post.id, "asked", terms, level=post.intimacy)
    audiences.admit(tx, post, chosen, kind="asked")
    if friend.local:
        carry_consent.ask_arrived(tx, uri=uri, post_id=post.id, member_id=friend.id, kind="help")
    else:
        # The interruption of a friend on a plain server is counted by us (RULES R21).
        if not friend.speaks_fedi_aid:
            question_rows.interrupt(tx, friend.id, "ask", post.id)
        jobs.send_ask(tx, ask_id, post.id)
    return True


def once_more(tx: Tx, post: Post, asks: Sequence[AskRow], silent: Collection[int]) -> set[PersonId]:
    """Put it once more to people who said nothing: "no one has come forward yet". On a plain server the post
    itself was all that could be sent, and is not sent twice."""
    people = people_rows.many(tx, [one.person_id for one in asks if one.id in silent])
    busy = ask_rows.open_asks_between(tx, post.author_id, people) | _awaited(tx, post, set(people))
    found = set()
    for one in asks:
        friend = people.get(one.person_id)
        if one.id not in silent or one.reoffered_at is not None or friend is None or friend.id in busy:
            continue
        uri = tx.house.new_activity()
        again = {"state": "open", "closed_at": None, "uri": uri} if friend.speaks_fedi_aid else {}
        ask_rows.change_ask(tx, one.id, reoffered_at=tx.now, **again)
        if not friend.speaks_fedi_aid:
            continue
        if friend.local:
            carry_consent.ask_arrived(tx, uri=uri, post_id=post.id, member_id=friend.id, kind="help")
        else:
            jobs.send_ask(tx, one.id, post.id)
        found.add(one.person_id)
    return found


def _awaited(tx: Tx, post: Post, people: set[PersonId]) -> set[PersonId]:
    """Of these people, whom another request of the same author has not asked yet and needs for its minimum: a
    first ask goes before a second."""
    found: set[PersonId] = set()
    for other in help_rows.open_requests_of(tx, post.author_id):
        if other.post_id != post.id and other.state == "open":
            asked = {one.person_id for one in ask_rows.asks_of(tx, other.post_id) if one.kind == "help"}
            if len(asked) < LEAST_ASKED and not help_rows.offers_of(tx, other.post_id):
                found |= people - asked
    return found
