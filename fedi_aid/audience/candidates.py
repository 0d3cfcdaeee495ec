"""Loading the pool: everybody around an author, with what the engine needs to know of each.

A fixed number of queries whatever the size of the network; the work grows with the author's own circle
(AUDIENCE, speed). The author's *whole* first circle is loaded, the barred too: ranks are counted before
anybody is left out (RULES R11).

What is known of somebody comes in two parts. What *lasts* says who may see a post, and is the same all day
until something happens: closeness, pins, causes, what they say of themselves. What is *of the moment* says
whom a request may ask, and how likely they help: what they can do, their week, their hours, what is open
between the two. It is read for those alone who may be shown the request at all (actions/circles.py).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from fedi_aid.audience.closeness import measure_days
from fedi_aid.audience.engine import Candidate
from fedi_aid.audience.scores import (
    REST_HOURS,
    Capability,
    Closeness,
    Endorser,
    Signals,
    measure_second,
    used_budget,
)
from fedi_aid.model.contacts import LASTING_DAYS
from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import Member
from fedi_aid.storage import abilities as ability_rows
from fedi_aid.storage import asks as ask_rows
from fedi_aid.storage import endorsements as endorsement_rows
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import projects as project_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage import received_asks as received_rows
from fedi_aid.storage import spheres, spreads, ties
from fedi_aid.storage.abilities import NO_WISHES, HelpProfile, Wishes
from fedi_aid.storage.asks import NO_ANSWERS
from fedi_aid.storage.people import Availability
from fedi_aid.storage.ties import Around, DaysWith
from fedi_aid.storage.tx import Tx

BUDGET_WINDOW = timedelta(days=21)
PLAIN_PEER_BUDGET = 3.0
REST = timedelta(hours=REST_HOURS)
_NOTHING, _NO_SIGNALS = DaysWith((), 0, False), Signals()


def around(tx: Tx, author_id: PersonId) -> list[Candidate]:
    """The author's friends as candidates of circle 1, with all that is known of each just now."""
    friends, pool = circle(tx, author_id)
    return of_the_moment(tx, author_id, friends, pool)


def circle(tx: Tx, author_id: PersonId) -> tuple[dict[PersonId, Around], list[Candidate]]:
    """The author's friends, by id and as candidates of circle 1: what lasts. Enough for whatever asks nobody:
    an ordinary post, a gate, a map. Among the candidates, barred, are also those whom a block parted from
    the author, and who are suspended: their place is nobody else's (RULES R11)."""
    around, parted = ties.friends_and_parted(tx, author_id)
    friends = {one.id: one for one in around}
    pinned = ties.close_ids(tx, author_id)
    closeness, helped = closeness_to(tx, author_id, [*friends, *parted], pinned)
    barred = ties.barred_around(tx, author_id)
    wishes = ability_rows.wishes_of(tx, friends)
    causes = project_rows.causes_of_people(tx, friends)
    gone = [
        Candidate(
            person=person,
            circle=1,
            closeness=closeness[person],
            pinned=person in pinned,
            barred=True,
            parted=True,
        )
        for person in sorted(parted)
    ]
    return friends, gone + [
        Candidate(
            person=person,
            circle=1,
            closeness=closeness[person],
            pinned=person in pinned,
            barred=person in barred,
            reachable=one.local or one.has_inbox,
            can_carry=one.speaks_fedi_aid,
            causes=frozenset(causes.get(person, ())),
            languages=wish.languages,
            accepts=wish.kinds,
            paused=wish.paused,
            helped_before=person in helped,
        )
        for person, one in friends.items()
        for wish in (wishes.get(person, NO_WISHES),)
    ]


def friends_to_carry_to(tx: Tx, carrier_id: PersonId, author_id: PersonId) -> list[Candidate]:
    """The carrier's own friends, seen from the author: circle 2, through this carrier alone.

    Friends of the author that this server knows of are left to the author (RULES R2); so is the author.
    """
    left_out = {author_id, *(one.id for one in ties.friends_around(tx, author_id))}
    strangers = {
        one.id: one
        for one in ties.friends_around(tx, carrier_id)
        if one.speaks_fedi_aid and one.id not in left_out
    }
    closeness, _ = closeness_to(tx, carrier_id, strangers, ties.close_ids(tx, carrier_id))
    barred = ties.barred_ids(tx, author_id, strangers) | ties.barred_ids(tx, carrier_id, strangers)
    vouched = endorsement_rows.vouchers(tx, strangers, but=author_id)
    wishes = ability_rows.wishes_of(tx, strangers)
    causes = project_rows.causes_of_people(tx, strangers)
    pool = [
        Candidate(
            person=person,
            circle=2,
            closeness=measure_second([(0.5, closeness[person].benevolence)], vouched.get(person, 0)),
            carriers=(carrier_id,),
            barred=person in barred,
            reachable=one.local or one.has_inbox,
            willing=takes_from(wish, carrier_id),
            causes=frozenset(causes.get(person, ())),
            languages=wish.languages,
            accepts=wish.kinds,
            paused=wish.paused,
        )
        for person, one in strangers.items()
        for wish in (wishes.get(person, NO_WISHES),)
    ]
    weights = {person: known.strength for person, known in closeness.items()}
    return of_the_moment(tx, author_id, strangers, pool, weights=weights)


# -- of the moment


def of_the_moment(
    tx: Tx,
    author_id: PersonId,
    friends: Mapping[PersonId, Around],
    pool: Sequence[Candidate],
    *,
    among: Collection[PersonId] | None = None,
    wanted: Collection[str] | None = None,
    weights: Mapping[PersonId, float] | None = None,
) -> list[Candidate]:
    """The same pool, in its order, with what is known just now of those `among` it, or of everybody.

    `wanted`: the skills that are asked for, where only these are needed. `weights`: how much an endorser's
    word counts; those of the pool by their closeness where it is not given.
    """
    here = [one for one in pool if one.person in friends]  # nothing more is asked of whom a block parted
    ids = [one.person for one in here if among is None or one.person in among]
    if not ids:
        return list(pool)
    if weights is None:
        weights = {one.person: one.closeness.strength for one in here}
    members = people_rows.availabilities(tx, [person for person in ids if friends[person].local])
    abilities = _capabilities(tx, ids, wanted, {**weights, author_id: 1.0})
    history = ask_rows.answers_to(tx, author_id)
    resting = help_rows.offered_since(tx, ids, tx.now - tx.house.soon(REST))
    used = _used(tx, ids, members)
    open_asks = ask_rows.open_asks_between(tx, author_id, ids)
    found_in = spheres.found_in(tx, author_id)
    known = {*members, *abilities, *history, *used, *resting, *open_asks, *found_in}
    touched = known.intersection(ids)

    def now(one: Candidate) -> Candidate:
        member = members.get(one.person)
        budget, paused, quiet = _limits(tx, member)
        answers = history.get(one.person, NO_ANSWERS)
        carried = one.circle == 2
        return msgspec.structs.replace(
            one,
            capabilities=abilities.get(one.person, ()),
            accepted=answers.accepted,
            silent=answers.silent,
            asked=answers.asked,
            resting=one.person in resting,
            used=used.get(one.person, 0.0),
            budget=budget,
            paused=one.paused or paused,
            quiet_now=quiet,
            willing=one.willing
            and one.person not in open_asks
            and not (carried and member is not None and not member.accepts_carried),
            can_carry=one.can_carry and (member is None or member.carry_consent != "never"),
            sphere=None if carried else found_in.get(one.person),
        )

    return [now(one) if one.person in touched else one for one in pool]


def _used(tx: Tx, ids: Collection[PersonId], members: Collection[PersonId]) -> dict[PersonId, float]:
    """What of their week is used, of those of whom it is anything; what waits for its turn will disturb them
    too."""
    spent = question_rows.interruptions_since(tx, ids, tx.now - BUDGET_WINDOW)
    used = {PersonId(person): used_budget(_ages(tx, moments)) for person, moments in spent.items()}
    for person, waiting in received_rows.waiting_counts(tx, members).items():
        used[person] = used.get(person, 0.0) + waiting
    return used


def _ages(tx: Tx, moments: Iterable[datetime]) -> list[float]:
    """Days since each interruption, on the butler's clock."""
    return [(tx.now - moment) / tx.house.soon(timedelta(days=1)) for moment in moments]


def takes_from(said: HelpProfile | Wishes, carrier_id: PersonId) -> bool:
    """Whether somebody lets requests be carried to them by this friend."""
    return not said.only_through or carrier_id in said.only_through


def _limits(tx: Tx, member: Availability | None) -> tuple[float, bool, bool]:
    """(weekly budget, paused, quiet hours now); the wishes of others are their servers to keep."""
    if member is None:
        return PLAIN_PEER_BUDGET, False, False
    away = member.paused_until is not None and member.paused_until > tx.now
    paused = away or member.butler_silent
    return float(member.weekly_budget), paused, is_quiet(tx, member)


def is_quiet(tx: Tx, member: Member | Availability) -> bool:
    """Whether it is inside a member's quiet hours, on their own clock; a fast clock has none (RULES R27)."""
    if tx.house.fast_butler > 1:
        return False
    hour = tx.now.astimezone(ZoneInfo(member.time_zone)).hour
    start, end = member.quiet_from, member.quiet_until
    return start <= hour < end if start <= end else hour >= start or hour < end


# -- closeness


def closeness_to(
    tx: Tx, author_id: PersonId, ids: Iterable[PersonId], pinned: Collection[PersonId]
) -> tuple[dict[PersonId, Closeness], set[PersonId]]:
    """Closeness of each of these people to the author, from the days on which either acted and from those who
    stand between them (`spread.py`); and who helped the author, by the author's word."""
    today = ties.day_number(tx.now)
    by_author, by_others = ties.days_with(tx, author_id, since_day=today - LASTING_DAYS)
    spread_to, spread_from = spreads.around(tx, author_id)
    marked = {*pinned, *spread_to, *spread_from}
    unknown = measure_days((), (), _NO_SIGNALS, today)
    found, helped = {}, set()
    for person in ids:
        mine, theirs = by_author.get(person, _NOTHING), by_others.get(person, _NOTHING)
        if mine is _NOTHING and theirs is _NOTHING and person not in marked:
            found[person] = unknown
            continue
        known = _NO_SIGNALS
        if mine.helped or mine.acknowledged or theirs.helped or person in marked:
            known = Signals(
                help_given=theirs.helped,
                help_received=mine.helped,
                acknowledged=mine.acknowledged,
                pinned=person in pinned,
                spread_to=spread_to.get(person, 0.0),
                spread_from=spread_from.get(person, 0.0),
            )
        if theirs.helped:
            helped.add(person)
        found[person] = measure_days(mine.days, theirs.days, known, today)
    return found, helped


def _capabilities(
    tx: Tx, ids: Collection[PersonId], wanted: Collection[str] | None, weights: Mapping[PersonId, float]
) -> dict[PersonId, tuple[Capability, ...]]:
    """What each can do of what is wanted, of whom anything is known: by their own word, by that of others,
    which counts as much as `weights` says, and by thanks for help."""
    if wanted is not None and not wanted:
        return {}
    declared = project_rows.skills_of_people(tx, ids, wanted)
    vouched = project_rows.endorsements_of_people(tx, ids)
    thanked = endorsement_rows.thanked_in(tx, ids)
    able: dict[PersonId, set[str]] = {}
    for said in (
        ((person, skill) for person, rows in declared.items() for skill, _, _ in rows),
        ((person, skill) for person, rows in vouched.items() for _, skill in rows),
        ((person, skill) for person, skills in thanked.items() for skill in skills),
    ):
        for person, skill in said:
            if wanted is None or skill in wanted:
                able.setdefault(PersonId(person), set()).add(skill)
    labels = ability_rows.labels(tx, able) if able else {}
    endorser_names = people_rows.many(tx, {by for person in able for by, _ in vouched.get(person, ())})
    found: dict[PersonId, tuple[Capability, ...]] = {}
    for person, skills in able.items():
        own = {skill: (said, refused) for skill, said, refused in declared.get(person, ())}
        found[person] = tuple(
            Capability(
                skill=skill,
                label=labels.get(skill, ""),
                declared=own.get(skill, (False, 0))[0],
                not_mine=own.get(skill, (False, 0))[1],
                endorsers=tuple(
                    Endorser(endorser_names[by].name, weights.get(by, 0.0))
                    for by, what in vouched.get(person, ())
                    if what == skill and by in endorser_names
                ),
                thanked=thanked.get(person, {}).get(skill, 0),
            )
            for skill in sorted(skills)
        )
    return found
