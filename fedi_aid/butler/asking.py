"""Putting a request to people by name: the engine says whom, here the rows are written and the asks sent."""

from collections.abc import Collection, Sequence

import msgspec

from fedi_aid.actions import audiences, carry
from fedi_aid.audience import engine
from fedi_aid.audience.engine import Chosen
from fedi_aid.audience.learned import coefficients
from fedi_aid.audience.scores import Coefficients
from fedi_aid.butler.waves import LEAST_ASKED, Plan
from fedi_aid.model.help import AskRow
from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import Member, Person
from fedi_aid.model.posts import Post
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import outcomes
from fedi_aid.storage import people as people_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs


class _Round(msgspec.Struct, frozen=True):
    """One look at a request: what the engine is asked, whom about, by which coefficients."""

    ask: engine.Ask
    pool: list[engine.Candidate]
    known: Coefficients
    plan: Plan


def put(
    tx: Tx, author: Member, post: Post, plan: Plan, already: Collection[PersonId]
) -> tuple[set[PersonId], set[PersonId]]:
    """Ask so many more people to help, and of those left, who know others, so many to carry it; who was asked
    which. Few friends are kept for carrying: they can answer it themselves, too."""
    if not plan.asks and not plan.carriers:
        return set(), set()
    look = _Round(audiences.ask_of(tx, author, post), audiences.pool_of(tx, author), coefficients(tx), plan)
    helping = _ask_helpers(tx, post, look, {*already, *_kept_for_carrying(tx, look, already)})
    return helping, _ask_carriers(tx, post, look, {*already, *helping})


def _kept_for_carrying(tx: Tx, look: _Round, already: Collection[PersonId]) -> list[PersonId]:
    """Where there are too few for both, those who can carry: a bottle that does not travel is none, and
    whoever is asked to carry reads it and can answer."""
    if not look.plan.carriers:
        return []
    able = engine.carriers(look.ask, look.pool, len(look.pool), tx.now, already, look.known)
    if len(able) >= look.plan.asks + look.plan.carriers:
        return []
    return [one.person for one in able[: look.plan.carriers]]


def _ask_carriers(tx: Tx, post: Post, look: _Round, already: Collection[PersonId]) -> set[PersonId]:
    """To be asked is to be shown it."""
    if not look.plan.carriers:
        return set()
    chosen = engine.carriers(look.ask, look.pool, look.plan.carriers, tx.now, already, look.known)
    people = people_rows.many(tx, [one.person for one in chosen])
    found = set()
    for one in chosen:
        if one.person in people and carry.ask_to_carry(tx, post, people[one.person], wave=look.plan.wave):
            audiences.admit(tx, post, one, kind="asked")
            found.add(one.person)
    return found


def _ask_helpers(tx: Tx, post: Post, look: _Round, already: Collection[PersonId]) -> set[PersonId]:
    """At least the request's minimum, if there are so many."""
    plan, ask, pool = look.plan, look.ask, look.pool
    chosen = list(engine.next_asks(ask, pool, already, plan.asks, tx.now, tx.dice, look.known))
    if (missing := plan.least - len(chosen)) > 0:
        # The minimum waits for its turn with people who are in demand or asleep: their own servers see to
        # that, and there a request that was put to few goes first.
        taken = {*already, *(one.person for one in chosen)}
        pool = [msgspec.structs.replace(one, used=0.0, quiet_now=False) for one in pool]
        chosen += engine.next_asks(ask, pool, taken, missing, tx.now, tx.dice, look.known, least=missing)
    people = people_rows.many(tx, [one.person for one in chosen])
    return {
        one.person
        for one in chosen
        if one.person in people and _ask_to_help(tx, post, people[one.person], one, plan.wave)
    }


def _ask_to_help(tx: Tx, post: Post, friend: Person, chosen: Chosen, wave_number: int) -> bool:
    ask_id = help_rows.ask(
        tx,
        post.id,
        friend.id,
        "help",
        uri=(uri := tx.house.new_activity()),
        wave=wave_number,
        reasons=msgspec.to_builtins(chosen.reasons),
    )
    if ask_id is None:
        return False
    terms = {friend.id: msgspec.to_builtins(chosen.terms)}
    outcomes.record(tx, post.id, "asked", terms, level=post.intimacy)
    audiences.admit(tx, post, chosen, kind="asked")
    if friend.local:
        carry.ask_arrived(tx, uri=uri, post_id=post.id, member_id=friend.id, kind="help")
    else:
        # The interruption of a friend on a plain server is counted by us (RULES R21).
        if not friend.speaks_fedi_aid:
            help_rows.interrupt(tx, friend.id, "ask", post.id)
        jobs.send_ask(tx, ask_id, post.id)
    return True


def once_more(tx: Tx, post: Post, asks: Sequence[AskRow], silent: Collection[int]) -> set[PersonId]:
    """Put it once more to people who said nothing: "no one has come forward yet". On a plain server the post
    itself was all that could be sent, and is not sent twice."""
    people = people_rows.many(tx, [one.person_id for one in asks if one.id in silent])
    busy = help_rows.open_asks_between(tx, post.author_id, people) | _awaited(tx, post, set(people))
    found = set()
    for one in asks:
        friend = people.get(one.person_id)
        if one.id not in silent or one.reoffered_at is not None or friend is None or friend.id in busy:
            continue
        uri = tx.house.new_activity()
        again = {"state": "open", "closed_at": None, "uri": uri} if friend.speaks_fedi_aid else {}
        help_rows.change_ask(tx, one.id, reoffered_at=tx.now, **again)
        if not friend.speaks_fedi_aid:
            continue
        if friend.local:
            carry.ask_arrived(tx, uri=uri, post_id=post.id, member_id=friend.id, kind="help")
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
            asked = {one.person_id for one in help_rows.asks_of(tx, other.post_id) if one.kind == "help"}
            if len(asked) < LEAST_ASKED and not help_rows.offers_of(tx, other.post_id):
                found |= people - asked
    return found
