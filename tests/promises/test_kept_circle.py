"""The circle that is kept between posts is the one that would be measured now, whatever has happened.

Random histories, seeded, on both engines and through two doors to one database, as two processes have them:
after each act every author's kept circle is compared with a fresh one, and so is what would be chosen from it.
Most acts are plain statements: no way of writing a row may be overlooked, also none that comes later.
"""

import contextlib
import random
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import delete, update

from fedi_aid.actions import circles, ties
from fedi_aid.audience import candidates, engine, spread
from fedi_aid.audience.engine import Ask, Candidate, Choice
from fedi_aid.audience.learned import coefficients
from fedi_aid.errors import FediAidError
from fedi_aid.model.ids import PersonId
from fedi_aid.model.intimacy import Intimacy
from fedi_aid.model.people import CARRY_ABILITY
from fedi_aid.storage import circles as stamps
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage import spreads
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.database import Database, open_database
from fedi_aid.storage.tables.engine import coefficients as coefficient_rows
from fedi_aid.storage.tables.moderation import reports
from fedi_aid.storage.tables.people import endorsements, help_profiles, people, skills, thanks
from fedi_aid.storage.tables.projects import causes, person_causes, project_causes, projects
from fedi_aid.storage.tables.ties import blocks, close_pins, contacts, follows
from fedi_aid.storage.ties import Around
from fedi_aid.storage.tx import Tx
from tests.conftest import Clock
from tests.queries import counted

pytestmark = pytest.mark.anyio

STEPS = 45
ELSEWHERE = "elsewhere.example"
READ_EACH_TIME = {"mutes", "reports", "domain_mutes"}


def by_person(pool: list[Candidate]) -> list[Candidate]:
    return sorted(pool, key=lambda one: one.person)


def compare(tx: Tx, author: PersonId, level: Intimacy) -> None:
    """What is kept with what would be measured; and, at that level, the choices for a post and a request."""
    kept = circles.around(tx, author)
    friends, lasting = candidates.circle(tx, author)
    assert kept.friends == friends
    assert friends == {
        one.id: Around(one.id, one.local, one.speaks_fedi_aid, bool(one.inbox))
        for one in tie_rows.friends_of(tx, author)
    }
    assert by_person(kept.pool) == by_person(lasting)
    pool = candidates.of_the_moment(tx, author, friends, lasting)
    assert by_person(circles.pool_of(tx, author)) == by_person(pool)
    post = Ask(level=level, causes=frozenset({"garden"}), languages=frozenset({"fr"}))
    for ask in (post, msgspec.structs.replace(post, flag_raised=True, wanted=("garden",), hinted=True)):
        dice = tx.dice.getstate()
        fresh = engine.choose(ask, pool, tx.now, tx.dice, coefficients(tx))
        after = tx.dice.getstate()
        tx.dice.setstate(dice)
        known = kept.choose(tx, ask)
        assert known.shown == fresh.shown if ask.flag_raised else shown(known) == shown(fresh)
        assert (known.asked, known.refused, known.empty) == (fresh.asked, fresh.refused, fresh.empty)
        assert tx.dice.getstate() == (after if ask.flag_raised else dice)


def shown(choice: Choice) -> list[tuple[PersonId, Any]]:
    """An ordinary post asks nobody, so it is chosen without what a request would need to know."""
    return [(one.person, one.reasons) for one in choice.shown]


class Undone(Exception):
    pass


class History:
    """Seven people, two of them elsewhere: more friends than a ring has room for, and what happens between
    them."""

    def __init__(self, doors: list[Database], clock: Clock, seed: int) -> None:
        self.doors, self.clock, self.dice = doors, clock, random.Random(seed)
        self.everybody: list[PersonId] = []
        self.authors: list[PersonId] = []

    def two(self) -> tuple[PersonId, PersonId]:
        one, other = self.dice.sample(self.everybody, 2)
        return one, other

    def begin(self, tx: Tx) -> None:
        for at in range(7):
            domain = ELSEWHERE if at >= 5 else ""
            uri = f"https://{domain or 'here.example'}/{at}"
            inbox = f"{uri}/inbox" if domain else None
            implements = [CARRY_ABILITY] if at % 2 else []
            self.everybody.append(
                people_rows.insert(
                    tx, uri=uri, username=f"p{at}", domain=domain, inbox=inbox, implements=implements
                )
            )
        self.authors = self.everybody[:5]
        for person in self.authors:
            people_rows.insert_member(
                tx, person_id=person, email=f"{person}@x", rsa_private_pem="", ed25519_private_pem=""
            )
        tx.insert(causes, id=1, tag="garden", name="garden", created_at=tx.now)
        for one in self.authors:  # each has a project, by their own number
            tx.insert(
                projects,
                id=one,
                uri=f"p{one}",
                owner_id=one,
                slug="x",
                title="x",
                touched_at=tx.now,
                created_at=tx.now,
            )
        for one in self.everybody:
            for other in self.everybody:
                if one != other and self.dice.random() < 0.8:
                    tie_rows.put_follow(tx, one, other, state="accepted", uri=None)

    def acts(self) -> list[Callable[[Tx], Any]]:
        one, other = self.two()
        today = self.clock.now
        later = today + timedelta(hours=self.dice.choice((1, 30)))
        kind = self.dice.choice(("reply", "thanked", "helped", "endorsed"))
        pair = {"from_id": one, "to_id": other}
        word = {"name": "garden", "created_at": today}
        return [
            lambda tx: tie_rows.put_follow(tx, one, other, state="accepted", uri=None),
            lambda tx: tie_rows.put_follow(tx, one, other, state="asked", uri=None),
            lambda tx: tie_rows.drop_follow(tx, one, other),
            lambda tx: ties.block(tx, one, other),
            lambda tx: tx.insert_new(blocks, **pair, created_at=tx.now),
            lambda tx: ties.unblock(tx, one, other),
            lambda tx: tie_rows.put_mute(tx, one, other),
            lambda tx: tie_rows.put_mute(tx, one, other, expires_at=later),
            lambda tx: tie_rows.drop_mute(tx, one, other),
            lambda tx: tie_rows.put_domain_mute(tx, one, ELSEWHERE),
            lambda tx: tie_rows.drop_domain_mute(tx, one, ELSEWHERE),
            lambda tx: tx.insert(
                reports,
                id=tx.new_id(),
                from_id=one,
                about_id=other,
                post_ids=[],
                rule_ids=[],
                created_at=tx.now,
            ),
            lambda tx: tx.insert_new(close_pins, **pair, created_at=tx.now),
            lambda tx: tx.run(delete(close_pins).where(close_pins.c.from_id == one)),
            lambda tx: tx.insert_new(
                contacts, **pair, day=tie_rows.day_number(tx.now), kind=kind, count=self.dice.randrange(1, 9)
            ),
            lambda tx: tx.run(update(contacts).where(contacts.c.to_id == one).values(count=20)),
            lambda tx: tx.run(delete(contacts).where(contacts.c.from_id == one)),
            lambda tx: spreads.put_spread(tx, one, {other: self.dice.random()}),
            lambda tx: spreads.put_spread(tx, one, {}),
            lambda tx: spread.renew(tx, one),
            lambda tx: people_rows.change(tx, one, suspended_at=tx.now),
            lambda tx: people_rows.change(tx, one, suspended_at=None),
            lambda tx: people_rows.change(tx, one, implements=[CARRY_ABILITY], inbox=None),
            lambda tx: tx.put(
                help_profiles,
                [help_profiles.c.person_id],
                person_id=one,
                languages=["fr"],
                updated_at=tx.now,
            ),
            lambda tx: tx.insert_new(skills, person_id=one, skill="garden", label="Garden"),
            lambda tx: tx.run(update(skills).where(skills.c.person_id == one).values(declared=False)),
            lambda tx: tx.insert_new(endorsements, id=tx.new_id(), **pair, **word, state="accepted"),
            lambda tx: tx.insert_new(thanks, id=tx.new_id(), uri=f"t{one}-{other}", **pair, **word),
            lambda tx: question_rows.interrupt(tx, one, "ask"),
            lambda tx: people_rows.change_member(tx, one, weekly_budget=self.dice.randrange(1, 8)),
            lambda tx: people_rows.change_member(tx, one, carry_consent=self.dice.choice(("never", "ask"))),
            lambda tx: tx.insert_new(person_causes, person_id=one, cause_id=1),
            lambda tx: tx.run(delete(person_causes)),
            lambda tx: tx.insert_new(project_causes, project_id=one, cause_id=1),
            lambda tx: tx.run(delete(project_causes)),
            lambda tx: tx.run(update(projects).values(state=self.dice.choice(("open", "closed")))),
            lambda tx: tx.run(update(causes).values(tag=self.dice.choice(("garden", "sea")))),
            lambda tx: tx.run(update(follows).values(state="accepted")),
            lambda tx: tx.insert(
                coefficient_rows,
                id=tx.new_id(),
                values={"help0": -self.dice.random(), "help1": 2.0, "help2": 1.0},
                state="accepted",
                created_at=tx.now,
            ),
        ]

    async def live(self) -> None:
        await self.doors[0].write(self.begin)
        for _ in range(STEPS):
            act, door = self.dice.choice(self.acts()), self.dice.choice(self.doors)
            undone = self.dice.random() < 0.2

            def do(tx: Tx, act: Callable[[Tx], Any] = act, undone: bool = undone) -> None:
                act(tx)
                for author in self.authors:
                    compare(tx, author, self.level())  # also what only this transaction has seen
                if undone:
                    raise Undone

            with contextlib.suppress(FediAidError, Undone):
                await door.write(do)
            if self.dice.random() < 0.2:
                self.clock.forward(hours=self.dice.choice((2, 25)))
            await self.look()
        # What goes by a cascade is gone too.
        await self.doors[0].write(lambda tx: tx.run(delete(people).where(people.c.domain == ELSEWHERE)))
        await self.look()

    async def look(self) -> None:
        for door in self.doors:
            for author in self.authors:
                await door.write(compare, author, self.level())

    def level(self) -> Intimacy:
        return self.dice.choice(list(Intimacy))


@pytest.mark.parametrize("seed", range(2))
async def test_what_is_kept_is_what_would_be_measured(
    database: Database, database_url: str, clock: Clock, seed: int
) -> None:
    """P01: never a stale block, mute, report or friendship."""
    other = open_database(database_url, clock=clock, dice=random.Random(seed))
    try:
        await History([database, other], clock, seed).live()
    finally:
        await other.close()


async def test_all_that_is_read_of_a_circle_is_watched(database: Database, clock: Clock) -> None:
    """Who lets the engine know something new has to say here, or in `circles.WATCHED`, when it is stale."""
    history = History([database], clock, 0)
    await database.write(history.begin)
    with counted() as statements:
        await database.read(candidates.circle, history.authors[0])
    read = {table for one in statements for table in re.findall(r"(?:FROM|JOIN) (\w+)", one)}
    assert {"follows", "contacts", "people"} <= read
    assert read - {"json_each"} <= stamps.WATCHED.keys() | READ_EACH_TIME


async def test_a_circle_is_measured_once(database: Database, clock: Clock) -> None:
    """Else nothing above says anything."""
    history = History([database], clock, 0)
    await database.write(history.begin)
    author = history.authors[0]

    def twice(tx: Tx) -> bool:
        return circles.around(tx, author) is circles.around(tx, author)

    assert await database.write(twice)
    first = await database.write(lambda tx: circles.around(tx, author))
    assert first is await database.write(lambda tx: circles.around(tx, author))
    await database.write(tie_rows.put_follow, author, history.authors[1], state="asked", uri=None)
    assert first is not await database.write(lambda tx: circles.around(tx, author))
