"""The product in the made-up world: `audience.engine` chooses, `butler.waves` plans and `butler.picking` says
whom to ask, as they are.

This file is what the storage, the jobs and the servers of those asked are elsewhere: it remembers asks and
answers, does what a plan says, and keeps an ask from whoever sleeps or whose week is spent. Whom the engine
shows a request quietly meets it in a feed, as a follower meets a broadcast, and tires as much.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from msgspec.structs import replace

from benchmarks.audience.policies import Course, Policy
from benchmarks.audience.world import QUIET, World, awake
from benchmarks.audience.world import Request as Wish
from fedi_aid.audience import engine
from fedi_aid.audience.engine import Ask, Candidate
from fedi_aid.audience.scores import (
    DEFAULTS,
    Capability,
    Closeness,
    Coefficients,
    Signals,
    measure,
    measure_second,
    used_budget,
)
from fedi_aid.butler import picking, waves
from fedi_aid.model.help import AskRow, Request
from fedi_aid.model.hours import Hours
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.intimacy import Intimacy

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
HOURS: Final = Hours(*QUIET, "UTC")
REST: Final = 48.0  # hours of peace after helping
A_DAY: Final = 10  # people one carrier reaches in a day
BUDGET: Final = 3.0
WEEK: Final = 7 * 24.0
NOW: Final = -1  # a look that is due now, whatever was planned
WAITS: Final = -2  # and below: the ask that waits for its person


class Memory:
    """What a server knows of one request."""

    def __init__(self, ask: Ask, request: Request) -> None:
        self.ask = ask
        self.request = request
        self.rows: list[AskRow] = []
        self.looks = 0
        self.declined: set[int] = set()
        self.waiting: set[int] = set()  # rows that their person has not been asked yet
        self.through: dict[int, set[int]] = defaultdict(set)  # friend of a friend → who carried it to them


class Ours(Policy):
    """The engine and the butler. `urgency` sets how many are asked at once; `knows_skills` is false to see
    what is lost without."""

    name = "fedi_aid"

    def __init__(
        self,
        world: World,
        *,
        urgency: engine.Urgency = "normal",
        k: Coefficients = DEFAULTS,
        knows_skills: bool = True,
        quietly: bool = True,
    ) -> None:
        super().__init__(world)
        self.k = k
        self.dice = Random(f"dice {world.seed}")
        self._urgency: engine.Urgency = urgency
        self._knows_skills, self._quietly = knows_skills, quietly
        self._memory: dict[int, Memory] = {}
        self._around: dict[int, list[Candidate]] = {}
        self._asked: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0, 0])  # asked, yes, silent
        self._disturbed: dict[int, list[float]] = defaultdict(list)
        self._spent: dict[int, tuple[float, float]] = {}
        self._open: set[tuple[int, int]] = set()
        self._rests: dict[int, float] = {}
        self._carried: dict[int, list[float]] = defaultdict(list)

    # -- what the storage knows

    def _measured(self, author: int, person: int) -> Closeness:
        return measure(Signals(contacts=self.world.contacts(author, person)), 0, self.k)

    def _still(self, author: int) -> list[Candidate]:
        """The author's friends, with what does not change in these weeks."""
        if author not in self._around:
            self._around[author] = [
                Candidate(
                    person=PersonId(one), circle=1, closeness=self._measured(author, one), **self._said(one)
                )
                for one in sorted(self.world.graph[author])
            ]
        return self._around[author]

    def _said(self, person: int) -> dict[str, Any]:
        one = self.world.people[person]
        return {
            "capabilities": tuple(
                Capability(skill=str(skill), declared=True) for skill in sorted(one.declared)
            ),
            "causes": frozenset(map(str, one.causes)),
            "languages": frozenset(map(str, one.tongues)),
        }

    def _pool(self, author: int, at: float) -> list[Candidate]:
        return [self._now(author, one, at) for one in self._still(author)]

    def _now(self, author: int, one: Candidate, at: float) -> Candidate:
        key = (author, one.person)
        asked, yes, silent = self._asked.get(key, (0, 0, 0))
        disturbed = self._disturbed.get(one.person)
        rests = self._rests.get(one.person, -REST)
        if not asked and not disturbed and rests < at:
            return one
        return replace(
            one,
            asked=asked,
            accepted=yes,
            silent=silent,
            used=self._used(one.person, at) if disturbed else 0.0,
            budget=BUDGET,
            resting=rests > at,
            willing=(author, one.person) not in self._open,
        )

    def _used(self, person: int, at: float) -> float:
        """Of the week's budget; worked out once an hour."""
        known = self._spent.get(person)
        if known is None or at - known[0] > 1:
            known = (at, used_budget([(at - moment) / 24 for moment in self._disturbed[person]]))
            self._spent[person] = known
        return known[1]

    # -- what the jobs do

    def begin(self, course: Course, at: float) -> None:
        wish = course.request
        ask = Ask(
            level=Intimacy(wish.level),
            flag_raised=True,
            wanted=(str(wish.skill),) if wish.skill is not None and self._knows_skills else (),
            causes=frozenset({str(wish.cause)}),
            languages=frozenset({str(wish.tongue)}),
            urgency=self._urgency,
        )
        self._memory[wish.number] = Memory(ask, _raised(wish, self._urgency, at))
        if self._quietly:
            seen = engine.shown(ask, self._pool(wish.author, at), _moment(at), self.k)
            people = [one.person for one in seen]
            self.put(course, people, at, "feed", len(people), counts=False)
        self.look(course, at, NOW)

    def look(self, course: Course, at: float, number: int) -> None:
        known = self._memory[course.request.number]
        if number <= WAITS:
            self._deliver(course, known, WAITS - number, at)
            return
        if number not in (NOW, known.looks):
            return  # another look came before this one
        known.looks += 1
        now = _moment(at)
        situation = waves.Situation(
            request=known.request,
            level=course.request.level,
            asks=tuple(known.rows),
            now=now,
            author=HOURS,
            hours={one.person_id: HOURS for one in known.rows},
        )
        plan = waves.step(situation)
        for ask_id in plan.free:
            self._change(known, ask_id, state="freed", closed_at=now)
            self._silent(course, known.rows[ask_id].person_id)
        picked = self._picked(course, known, plan, situation, at)
        for one in picked.helpers:
            again = now if picked.again else None
            row = self._row(known, one.person, "help", plan.wave, at, reoffered_at=again)
            self._open.add((course.request.author, int(one.person)))
            self._deliver(course, known, row, at)
        for one in picked.carriers:
            self._deliver(course, known, self._row(known, one.person, "carry", plan.wave, at), at)
        for ask_id in picked.repeated.values():
            self._change(known, ask_id, reoffered_at=now)
        helpers = len(picked.helpers)
        if not helpers:
            repeated = set(picked.repeated.values())
            self._once_more(course, known, [one for one in plan.reoffer if one not in repeated], at)
        asked_author = plan.check_in or plan.ask_to_widen
        known.request = replace(
            known.request,
            wave=plan.wave,
            due_at=plan.due_at,
            reoffered=known.request.reoffered or (bool(plan.reoffer) and not helpers),
            state="asleep" if plan.sleep else known.request.state,
            widening_agreed=True if plan.ask_to_widen else known.request.widening_agreed,  # the author agrees
            checkins=known.request.checkins + asked_author,
            checked_in_at=now if asked_author else known.request.checked_in_at,
            heard_at=now if asked_author else known.request.heard_at,  # and says that it still stands
        )
        if plan.due_at is not None:
            self.later(course, _hours(plan.due_at), known.looks)

    def _picked(
        self, course: Course, known: Memory, plan: waves.Plan, situation: waves.Situation, at: float
    ) -> picking.Picked:
        asleep = _asleep(at)
        if not (plan.least if asleep else plan.asks or plan.carriers):
            return picking.Picked()  # all sleep at the same time here: only the minimum waits for the morning
        pool = self._pool(course.request.author, at)
        if asleep:
            pool = [replace(one, quiet_now=True) for one in pool]
        return picking.pick(plan, known.ask, pool, situation, self.dice, self.k)

    def _deliver(self, course: Course, known: Memory, row: int, at: float) -> None:
        """What the server of the person asked does: it asks them when they are awake and their week has room,
        and not twice who declined."""
        one = known.rows[row]
        person = int(one.person_id)
        free = self._free_from(person, at)
        if free > at:
            known.waiting.add(row)
            self.later(course, free, WAITS - row)
            return
        known.waiting.discard(row)
        if person in known.declined:
            return
        together = sum(other.state == "open" for other in known.rows if other.kind == one.kind)
        if one.kind == "help":
            self._asked[course.request.author, person][0] += 1
        self._disturb(person, at)
        self.put(course, [person], at, "ask", max(1, together))
        if one.kind == "carry" and self.world.carries(person, course.request, at):
            self._change(known, row, state="accepted")
            self._carry(course, known, person, at)

    def _free_from(self, person: int, at: float) -> float:
        """Now, when the oldest interruption of a spent week is a week old, or in the morning."""
        spent = [one for one in self._disturbed.get(person, ()) if at - one < WEEK]
        if len(spent) >= BUDGET:
            at = max(at, spent[len(spent) - int(BUDGET)] + WEEK)
        return awake(at)

    def _once_more(self, course: Course, known: Memory, again: Sequence[int], at: float) -> None:
        for ask_id in again:
            self._change(known, ask_id, state="open", reoffered_at=_moment(at), closed_at=None)
            self._open.add((course.request.author, int(known.rows[ask_id].person_id)))
        for ask_id in again:
            if ask_id not in known.waiting:
                self._deliver(course, known, ask_id, at)

    def _carry(self, course: Course, known: Memory, carrier: int, at: float) -> None:
        """The carrier's server chooses among the carrier's own friends; the reader's counts level 1."""
        wish, friends = course.request, self.world.graph[course.request.author]
        recent = [one for one in self._carried[carrier] if at - one < 24]
        pool = [
            replace(
                self._now(wish.author, one, at),
                circle=2,
                closeness=measure_second([(0.5, one.closeness.benevolence)], k=self.k),
                carriers=(PersonId(carrier),),
            )
            for one in self._still(carrier)
            if one.person != wish.author and one.person not in friends
        ]
        chosen = engine.choose_for_carry(
            engine.TICKET_SEATS[known.ask.level],
            known.ask,
            PersonId(carrier),
            pool,
            left_today=A_DAY - len(recent),
            k=self.k,
        )
        self._carried[carrier] = recent + [at] * len(chosen)
        for one in chosen:
            known.through[one.person].add(carrier)
            causes = self.world.people[one.person].causes
            allowed = engine.second_circle_allowed(
                known.ask.level, True, len(known.through[one.person]), wish.cause in causes
            )
            if allowed and one.person not in course.reached:
                self.put(course, [one.person], at, "feed", len(chosen), counts=False)

    def answered(self, course: Course, at: float, person: int) -> None:
        """A refusal is replaced at once."""
        known = self._memory[course.request.number]
        known.declined.add(person)
        for row in known.rows:
            if row.person_id == person and row.kind == "help" and row.state in ("open", "freed"):
                self._open.discard((course.request.author, person))
                self._change(known, row.id, state="refused", closed_at=_moment(at))
                self.look(course, at, NOW)
                return

    def helped(self, course: Course, at: float, person: int) -> None:
        known = self._memory[course.request.number]
        self._rests[person] = at + REST
        for row in known.rows:
            if row.kind == "help":
                self._open.discard((course.request.author, row.person_id))
                if row.person_id == person:
                    self._asked[course.request.author, person][1] += 1
        del self._memory[course.request.number]

    # -- rows

    def _row(
        self,
        known: Memory,
        person: int,
        kind: str,
        wave: int,
        at: float,
        reoffered_at: datetime | None = None,
    ) -> int:
        known.rows.append(
            AskRow(
                id=len(known.rows),
                post_id=known.request.post_id,
                person_id=PersonId(person),
                kind=kind,  # type: ignore[arg-type]
                uri="",
                state="open",
                wave=wave,
                ticket_uri=None,
                ticket_ends_at=None,
                reoffered_at=reoffered_at,
                created_at=_moment(at),
            )
        )
        return len(known.rows) - 1

    def _change(self, known: Memory, ask_id: int, **values: Any) -> None:
        known.rows[ask_id] = replace(known.rows[ask_id], **values)

    def _silent(self, course: Course, person: int) -> None:
        key = (course.request.author, person)
        self._open.discard(key)
        self._asked[key][2] += 1

    def _disturb(self, person: int, at: float) -> None:
        self._disturbed[person] = [one for one in self._disturbed[person] if at - one < 21 * 24] + [at]
        self._spent.pop(person, None)


def _raised(wish: Wish, urgency: engine.Urgency, at: float) -> Request:
    return Request(
        post_id=PostId(wish.number),
        author_id=PersonId(wish.author),
        state="open",
        outcome=None,
        urgency=urgency,
        helpers_needed=1,
        wave=0,
        reoffered=False,
        raised_at=_moment(at),
        lowered_at=None,
        due_at=None,
        checked_in_at=None,
        checkins=0,
        widening_agreed=None,
        heard_at=_moment(at),
    )


def _moment(at: float) -> datetime:
    return START + timedelta(hours=at)


def _hours(moment: datetime) -> float:
    return (moment - START) / timedelta(hours=1)


def _asleep(at: float) -> bool:
    start, end = QUIET
    return at % 24 >= start or at % 24 < end
