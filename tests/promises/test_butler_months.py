"""Whole months of the butler on the real database path, with a seeded clock and dice (AUDIENCE, butler).

Eight people raise flags, answer, refuse, stay silent, pause and forget; the promises are looked up afterwards in
the rows, whatever code wrote them.
"""

import random
import shutil
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from fedi_aid.actions import registration
from fedi_aid.actions.people import update_profile
from fedi_aid.butler import asked
from fedi_aid.butler import handlers as butler
from fedi_aid.butler import requests as requests_of_butler
from fedi_aid.butler.waves import MAX_ASKS
from fedi_aid.model.help import TRANSITIONS
from fedi_aid.model.hours import Hours, is_quiet
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import people, ties
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage.database import open_database
from fedi_aid.storage.tables.engine import interruptions
from fedi_aid.storage.tables.help import asks, offers, questions, received_asks, request_log, requests
from fedi_aid.storage.tx import Tx
from tests.conftest import Clock
from tests.world import World, some_keys

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

NAMES = ("ada", "bea", "cem", "dua", "eli", "fay", "gus", "hal")
ZONES = ("UTC", "Europe/Paris", "America/New_York", "Asia/Tokyo", "Asia/Kathmandu")
STEP = timedelta(hours=8)
PUT = ("ask", "carry")
CLOCKWORK = ("butler tick", "butler cards", "leases lapse", "tickets are renewed")


class Crash(Exception):
    """The process dies before it could commit."""


class Months:
    """A history: people with habits of their own, and what they do at each step."""

    def __init__(self, world: World, seed: int, *, troubled: bool = False) -> None:
        self.world = world
        self.troubled = troubled  # every look is tried, lost in a crash, done, and done again
        self.chance = random.Random(seed)
        self.laters: Counter[tuple[int, int]] = Counter()
        self.raised: list[int] = []
        self.most_open: Counter[tuple[int, int]] = Counter()

    async def begin(self) -> None:
        await self.world.db.write(registration.ensure_instance, some_keys(), some_keys())
        await self.world.moves_in(*NAMES)
        people = [self.world.everybody[name] for name in NAMES]
        for place, one in enumerate(people):
            for other in people[place + 1 :]:
                if self.chance.random() < 0.6:
                    await self.world.befriend(one, other)
            await self.world.db.write(
                update_profile,
                one.id,
                time_zone=self.chance.choice(ZONES),
                weekly_budget=self.chance.randint(1, 4),
                quiet_from=self.chance.choice((20, 22, 23)),
                quiet_until=self.chance.choice((6, 8, 9)),
            )

    async def step(self) -> None:
        """People act, time passes, the butler works."""
        if self.chance.random() < 0.10:
            await self._raise_a_flag()
        if self.chance.random() < 0.35:
            await self._answer()
        if self.chance.random() < 0.25:
            await self._speak_of_own()
        self.world.clock.forward(hours=STEP / timedelta(hours=1))
        await self.tick()
        await self._look()

    async def tick(self) -> None:
        """What the clock starts, then all that is due."""
        due = await self.world.db.read(help_rows.due_requests) if self.troubled else []
        for post_id in due:
            await self._crash_while(requests_of_butler.wave, post_id)
        for one in await self.world.db.read(_all_waiting) if self.troubled else []:
            await self._crash_while(asked.put_question, one)
        await self._act()
        if self.troubled:
            await self._act()
            for post_id in due:
                await self.world.db.write(requests_of_butler.wave, post_id)
            await self._act()

    async def _act(self) -> None:
        tasks = [one for one in butler.periodic_tasks() if one.name in CLOCKWORK]
        await self.world.db.write(lambda tx: [one.act(tx) for one in tasks])
        await self.world.settle()

    async def _crash_while(self, act: Any, subject: int) -> None:
        """The process dies when everything was done, and nothing committed."""

        def work(tx: Tx) -> None:
            act(tx, subject)
            raise Crash

        with pytest.raises(Crash):
            await self.world.db.write(work)

    async def _raise_a_flag(self) -> None:
        who = self.world.everybody[self.chance.choice(NAMES)]
        self.raised.append(
            await who.asks(
                f"Need number {len(self.raised)}",
                intimacy=self.chance.choice((0, 1, 2, 2)),
                urgency=self.chance.choice(("low", "normal", "normal", "high")),
                helpers_needed=self.chance.choice((1, 1, 2)),
            )
        )

    async def _answer(self) -> None:
        """Somebody answers one of the questions that are put to them, or says something about themselves."""
        name = self.chance.choice(NAMES)
        who = self.world.everybody[name]
        waiting = [
            one for one in await self.world.db.read(question_rows.open_questions, who.id) if one.kind in PUT
        ]
        if not waiting:
            return
        question = self.chance.choice(waiting)
        word = self.chance.choice(
            ("yes", "non merci", "later", "no", "less of this", "what?", "pause 3 days")
        )
        if word == "later":
            self.laters[(question.post_id, who.id)] += 1
        await who.tells_butler(word, reply_to=question.message_id)
        await self.world.settle()

    async def _speak_of_own(self) -> None:
        who = self.world.everybody[self.chance.choice(NAMES)]
        own = await self.world.db.read(help_rows.open_requests_of, who.id)
        if own:
            word = self.chance.choice(
                ("still", "toujours", "still", "pause 2 days", "done", "stop", "resume")
            )
            await who.tells_butler(word)
            await self.world.settle()

    async def _look(self) -> None:
        """How many open asks one author has to one person, at any moment."""
        now = await self.world.db.read(
            lambda tx: Counter(
                (row.author_id, row.person_id)
                for row in tx.all(
                    select(requests.c.author_id, asks.c.person_id)
                    .join(asks, asks.c.post_id == requests.c.post_id)
                    .where(asks.c.state == "open", asks.c.kind == "help")
                )
            )
        )
        for pair, number in now.items():
            self.most_open[pair] = max(self.most_open[pair], number)


def rows(tx: Tx, table: Any, *columns: str) -> list[Any]:
    return tx.all(select(*(table.c[name] for name in columns)).order_by(table.c[columns[0]]))


async def the_promises(history: Months) -> None:
    """All of them, from the rows."""
    world = history.world
    read = world.db.read
    put = [
        one
        for one in await read(rows, questions, "id", "member_id", "kind", "post_id", "created_at")
        if one.kind in PUT
    ]
    known = {one.id: await one.member() for one in world.everybody.values()}
    flags = {
        one.post_id: one
        for one in await read(
            rows, requests, "post_id", "author_id", "state", "raised_at", "lowered_at", "urgency", "due_at"
        )
    }
    # Nobody is asked twice plus the one re-offer; a `later` is the person's own word.
    for (kind, post_id, member_id), times in Counter(
        (one.kind, one.post_id, one.member_id) for one in put
    ).items():
        allowed = (2 if kind == "ask" else 1) + history.laters[(post_id, member_id)]
        assert times <= allowed, (kind, post_id, member_id)
    for (post_id, member_id), times in Counter((one.post_id, one.member_id) for one in put).items():
        assert times <= 2 + history.laters[(post_id, member_id)], (post_id, member_id)
    spent: dict[int, list[datetime]] = defaultdict(list)
    for one in await read(rows, interruptions, "id", "person_id", "created_at"):
        member = known[one.person_id]
        # Never in quiet hours, on their own clock.
        hours = Hours(member.quiet_from, member.quiet_until, member.time_zone)
        assert not is_quiet(hours, one.created_at), (member.person.username, one.created_at)
        spent[one.person_id].append(one.created_at)
    # Never beyond the budget of any seven days.
    for person_id, moments in spent.items():
        for start in moments:
            week = [one for one in moments if start <= one < start + timedelta(days=7)]
            assert len(week) <= known[person_id].weekly_budget
    # Never after the flag is down, never to oneself.
    for one in put:
        flag = flags[one.post_id]
        assert flag.lowered_at is None or one.created_at <= flag.lowered_at
        assert one.member_id != flag.author_id
    # One open ask per author and person; forty asks a request.
    assert max(history.most_open.values(), default=0) <= 1
    people_of = Counter(
        one.post_id for one in await read(rows, asks, "post_id", "kind") if one.kind == "help"
    )
    assert max(people_of.values(), default=0) <= MAX_ASKS
    # The author is spoken to awake, too.
    for one in await read(rows, request_log, "id", "post_id", "what", "created_at"):
        if one.what in ("asked_author", "asleep", "woken"):
            author = known[flags[one.post_id].author_id]
            assert not is_quiet(
                Hours(author.quiet_from, author.quiet_until, author.time_zone), one.created_at
            )
    # Every transition is in the log, and the log is a way through the table.
    for post_id, flag in flags.items():
        state = "open"
        for _, what, _, _ in await read(help_rows.story, post_id):
            if what in TRANSITIONS:
                state = TRANSITIONS[what][state]
        assert state == flag.state
    await nobody_starves(history, flags)


async def nobody_starves(history: Months, flags: dict[int, Any]) -> None:
    """Every request that was up for a week was put to its minimum of people, if there are so many; nothing
    waits for a turn that never comes; and whatever is open has a next moment."""
    world = history.world
    now = world.clock()
    answered = await world.db.read(rows, asks, "post_id", "person_id", "kind")
    offered = {one.post_id for one in await world.db.read(rows, offers, "post_id")}
    put_to: dict[int, set[int]] = defaultdict(set)
    for one in answered:
        put_to[one.post_id].add(one.person_id)
    for post_id, flag in flags.items():
        if flag.state == "open":
            assert flag.due_at is not None, post_id
        if post_id in offered or await world.db.read(_open_for, flag, now) < timedelta(days=7):
            continue
        friends = await world.db.read(_who_could_help, flag.author_id)
        story = await world.db.read(help_rows.story, post_id)
        assert len(put_to[post_id]) >= min(3, friends), story
    for one in await world.db.read(rows, received_asks, "id", "post_id", "member_id", "state", "created_at"):
        member = await world.db.read(_member, one.member_id)
        if one.state == "waiting" and not member.butler_silent and flags[one.post_id].state == "open":
            assert now - one.created_at < timedelta(days=28), one


def _all_waiting(tx: Tx) -> list[int]:
    return tx.column(select(received_asks.c.id).where(received_asks.c.state == "waiting"))


def _member(tx: Tx, member_id: int) -> Any:
    return people.member(tx, member_id)


def _who_could_help(tx: Tx, author_id: int) -> int:
    known = people.availabilities(tx, [one.id for one in ties.friends_of(tx, author_id)])
    return sum(not one.butler_silent and one.paused_until is None for one in known.values())


def _open_for(tx: Tx, flag: Any, now: datetime) -> timedelta:
    """How long nothing kept the butler from asking: not paused, not asleep."""
    open_for, since = timedelta(0), flag.raised_at
    for at, what, _, _ in help_rows.story(tx, flag.post_id):
        if what in ("paused", "asleep", "lowered") and since is not None:
            open_for, since = open_for + (at - since), None
        elif what in ("still", "woken") and since is None:
            since = at
    return open_for + (now - since if since is not None else timedelta(0))


async def lives(database: Any, clock: Any, seed: int, days: int, *, troubled: bool = False) -> Months:
    history = Months(World(database, clock), seed, troubled=troubled)
    await history.begin()
    for _ in range(int(timedelta(days=days) / STEP)):
        await history.step()
    return history


@pytest.mark.parametrize(("seed", "days"), [(2, 30), (5, 14)])
async def test_weeks(database: Any, clock: Any, seed: int, days: int) -> None:
    history = await lives(database, clock, seed, days)
    assert len(history.raised) >= days / 7
    await the_promises(history)


class Fixed(random.Random):
    """Dice that always show the same, so that a lost look takes no chance away."""

    def random(self) -> float:
        return 0.5

    def choice(self, seq: Any) -> Any:
        return seq[0]


def summary(history: Months, tx: Tx) -> list[tuple[Any, ...]]:
    """What happened, without what is random: who was asked what, when, and how each ask stands."""
    names = {one.id: name for name, one in history.world.everybody.items()}
    needs = {post_id: number for number, post_id in enumerate(history.raised)}
    found: list[tuple[Any, ...]] = [
        ("ask", needs[one.post_id], names[one.person_id], one.kind, one.state, one.created_at)
        for one in rows(tx, asks, "id", "post_id", "person_id", "kind", "state", "created_at")
    ]
    found += [
        ("question", needs[one.post_id], names[one.member_id], one.kind, one.state, one.created_at)
        for one in rows(tx, questions, "id", "post_id", "member_id", "kind", "state", "created_at")
    ]
    found += [
        ("log", needs[one.post_id], "", one.what, str(one.details), one.created_at)
        for one in rows(tx, request_log, "id", "post_id", "what", "details", "created_at")
    ]
    return sorted(found, key=str)


async def test_a_double_tick_and_a_crash_change_nothing(database_url: str, clock: Clock) -> None:
    told = []
    for place, troubled in enumerate((False, True)):
        url = f"{database_url}.{place}"
        shutil.copyfile(database_url.split("///", 1)[1], url.split("///", 1)[1])
        own_clock = Clock(clock.now)
        opened = open_database(url, clock=own_clock, dice=Fixed())
        try:
            history = await lives(opened, own_clock, 3, days=7, troubled=troubled)
            told.append(await opened.read(lambda tx, history=history: summary(history, tx)))
        finally:
            await opened.close()
    assert len(told[0]) > 10
    assert told[0] == told[1]


async def test_a_clock_that_jumps_breaks_no_promise(database: Any, clock: Clock) -> None:
    """Down for a month; then set back by two days."""
    history = await lives(database, clock, 4, days=10)
    before = Counter(one.post_id for one in await database.read(rows, questions, "post_id", "kind"))
    clock.forward(days=30)
    await history.tick()
    after = Counter(one.post_id for one in await database.read(rows, questions, "post_id", "kind"))
    for post_id in after:
        assert after[post_id] - before[post_id] <= len(NAMES)  # no burst of what was missed
    clock.forward(days=-2)
    for _ in range(12):
        await history.step()
    await the_promises(history)
