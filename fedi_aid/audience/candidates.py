"""Loading the pool: everybody around an author, with what the engine needs to know of each.

A fixed number of queries whatever the size of the network; the work grows with the author's own circle
(AUDIENCE, speed). The author's *whole* first circle is loaded, the barred too: ranks are counted before
anybody is left out (RULES R11).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from fedi_aid.audience.engine import Candidate
from fedi_aid.audience.scores import (
    Capability,
    Closeness,
    Contact,
    Endorser,
    Signals,
    measure,
    measure_second,
    used_budget,
)
from fedi_aid.model.contacts import LASTING_DAYS, OF_CONFIDENCE
from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import Member, Person
from fedi_aid.storage import abilities as ability_rows
from fedi_aid.storage import endorsements as endorsement_rows
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import projects as project_rows
from fedi_aid.storage import spheres, ties
from fedi_aid.storage.abilities import HelpProfile
from fedi_aid.storage.people import Availability
from fedi_aid.storage.tx import Tx

BUDGET_WINDOW = timedelta(days=21)
PLAIN_PEER_BUDGET = 3.0
_THEIRS = (
    1 << 32
)  # two counts in one number: thousands of small lists would make the collector of garbage look
_NEVER: Mapping[int, int] = {}


def around(tx: Tx, author_id: PersonId) -> list[Candidate]:
    """The author's friends as candidates of circle 1."""
    return circle(tx, author_id)[1]


def circle(tx: Tx, author_id: PersonId) -> tuple[dict[PersonId, Person], list[Candidate]]:
    """The author's friends, by id and as candidates of circle 1."""
    friends = ties.friends_of(tx, author_id)
    return {one.id: one for one in friends}, _dress(tx, author_id, friends, circle=1, through={})


def friends_to_carry_to(tx: Tx, carrier_id: PersonId, author_id: PersonId) -> list[Candidate]:
    """The carrier's own friends, seen from the author: circle 2, through this carrier alone.

    Friends of the author that this server knows of are left to the author (RULES R2); so is the author.
    """
    ours = [friend for friend in ties.friends_of(tx, carrier_id) if friend.id != author_id]
    mine = {one.id for one in ties.friends_of(tx, author_id)}
    strangers = [friend for friend in ours if friend.id not in mine and friend.speaks_fedi_aid]
    return _dress(tx, author_id, strangers, circle=2, through={friend.id: carrier_id for friend in strangers})


def _dress(
    tx: Tx,
    author_id: PersonId,
    people: Collection[Person],
    *,
    circle: int,
    through: Mapping[PersonId, PersonId],
) -> list[Candidate]:
    ids = [person.id for person in people]
    if not ids:
        return []
    today = ties.day_number(tx.now)
    seen_from = author_id if circle == 1 else next(iter(through.values()))
    closeness = closeness_to(tx, seen_from, ids, today)
    barred = ties.barred_ids(tx, author_id, ids)
    abilities = _capabilities(tx, author_id, ids, closeness)
    said = ability_rows.profiles_of(tx, ids)
    if circle == 2:
        barred |= ties.barred_ids(tx, seen_from, ids)
        vouched = endorsement_rows.vouchers(tx, ids, but=author_id)
        closeness = {
            person: measure_second([(0.5, known.benevolence)], vouched.get(person, 0))
            for person, known in closeness.items()
        }
    pinned = ties.close_ids(tx, author_id)
    causes = project_rows.causes_of_people(tx, ids)
    members = people_rows.availabilities(tx, [person.id for person in people if person.local])
    spent = help_rows.interruptions_since(tx, ids, tx.now - BUDGET_WINDOW)
    to_come = help_rows.waiting_counts(tx, members)  # what waits for its turn will disturb them too
    history = help_rows.answer_history(tx, author_id)
    open_asks = help_rows.open_asks_between(tx, author_id, ids)
    found_in = spheres.found_in(tx, author_id) if circle == 1 else {}
    found = []
    for person in people:
        asked, accepted = history.get(person.id, (0, 0))
        member = members.get(person.id)
        budget, paused, quiet = _limits(tx, member)
        words = said.get(person.id, ability_rows.NOTHING_SAID)
        found.append(
            Candidate(
                person=person.id,
                circle=1 if circle == 1 else 2,
                closeness=closeness.get(person.id, Closeness(strength=0, benevolence=0, se=1)),
                carriers=(through[person.id],) if person.id in through else (),
                pinned=circle == 1 and person.id in pinned,
                barred=person.id in barred,
                reachable=person.suspended_at is None and (person.local or bool(person.inbox)),
                capabilities=abilities.get(person.id, ()),
                causes=frozenset(causes.get(person.id, ())),
                languages=frozenset(words.languages),
                accepted=accepted,
                asked=asked,
                used=used_budget(_ages(tx, spent.get(person.id, ()))) + to_come.get(person.id, 0),
                budget=budget,
                paused=paused or words.paused,
                quiet_now=quiet,
                willing=person.id not in open_asks
                and (circle == 1 or (_takes_carried(member) and takes_from(words, through[person.id]))),
                accepts=frozenset(words.kinds),
                can_carry=person.speaks_fedi_aid and (member is None or member.carry_consent != "never"),
                sphere=found_in.get(person.id),
            )
        )
    return found


def _ages(tx: Tx, moments: Iterable[datetime]) -> list[float]:
    """Days since each interruption, on the butler's clock."""
    return [(tx.now - moment) / tx.house.soon(timedelta(days=1)) for moment in moments]


def takes_from(said: HelpProfile, carrier_id: PersonId) -> bool:
    """Whether somebody lets requests be carried to them by this friend."""
    return not said.only_through or carrier_id in said.only_through


def _takes_carried(member: Availability | None) -> bool:
    return member is None or member.accepts_carried


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


def closeness_to(
    tx: Tx, author_id: PersonId, ids: Collection[PersonId], today: int
) -> dict[PersonId, Closeness]:
    """Closeness of each of these people to the author, from the days on which either acted."""
    by_pair: dict[PersonId, dict[int, int]] = {}  # person → day → acts of the author, and of theirs × _THEIRS
    helped: dict[PersonId, int] = defaultdict(int)
    helped_them: dict[PersonId, int] = defaultdict(int)
    thanked: set[PersonId] = set()
    for from_id, to_id, day, kind, count in ties.contacts_around(
        tx, author_id, since_day=today - LASTING_DAYS
    ):
        outward = from_id == author_id
        other = PersonId(to_id if outward else from_id)
        if kind == "helped":
            (helped_them if outward else helped)[other] += count
        if kind in ("thanked", "endorsed") and outward:
            thanked.add(other)
        if not outward or kind in OF_CONFIDENCE:
            days = by_pair.setdefault(other, {})
            days[day] = days.get(day, 0) + (count if outward else count * _THEIRS)
    pinned = ties.close_ids(tx, author_id)
    signals = {
        person: Signals(
            contacts=_contacts(by_pair.get(person, _NEVER)),
            help_given=helped[person],
            help_received=helped_them[person],
            acknowledged=person in thanked,
            pinned=person in pinned,
        )
        for person in ids
    }
    return {person: measure(one, today) for person, one in signals.items()}


def _contacts(days: Mapping[int, int]) -> tuple[Contact, ...]:
    return tuple([Contact(day, acts % _THEIRS, acts // _THEIRS) for day, acts in sorted(days.items())])


def _capabilities(
    tx: Tx, author_id: PersonId, ids: Collection[PersonId], closeness: Mapping[PersonId, Closeness]
) -> dict[int, tuple[Capability, ...]]:
    """What each can do, by their own word, that of others (the author's own counts in full, that of other
    friends by their closeness) and thanks for help."""
    declared = project_rows.skills_of_people(tx, ids)
    vouched = project_rows.endorsements_of_people(tx, ids)
    endorser_names = people_rows.many(tx, {by for rows in vouched.values() for by, _ in rows})
    thanked = endorsement_rows.thanked_in(tx, ids)
    labels = ability_rows.labels(tx, ids)
    weights = {person: known.strength for person, known in closeness.items()} | {author_id: 1.0}
    found: dict[int, tuple[Capability, ...]] = {}
    for person in ids:
        names = {skill for skill, _, _ in declared.get(person, ())}
        names |= {skill for _, skill in vouched.get(person, ())} | set(thanked.get(person, ()))
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
            for skill in sorted(names)
        )
    return found
