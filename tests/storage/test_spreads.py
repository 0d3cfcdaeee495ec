"""Weights of ties and the two-step spread: from the contacts to the gate, on both engines (AUDIENCE, R9)."""

import random
from datetime import timedelta
from itertools import permutations

import pytest
from sqlalchemy import delete, func, select, text

from fedi_aid.audience import scores, spread
from fedi_aid.audience.scores import Contact, Signals
from fedi_aid.model.contacts import ContactKind
from fedi_aid.model.ids import PersonId
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import spreads, ties
from fedi_aid.storage.database import Database
from fedi_aid.storage.tables.engine import spreads as spread_table
from fedi_aid.storage.tables.engine import tie_sums, tie_weights
from fedi_aid.storage.tables.ties import contacts, follows
from fedi_aid.storage.tx import Tx
from tests.conftest import Clock
from tests.queries import counted

pytestmark = pytest.mark.anyio

HERE, ELSEWHERE = 6, 2
KINDS: tuple[ContactKind, ...] = ("reply", "named", "helped", "thanked", "favourite", "pinned")


def move_in(tx: Tx) -> list[PersonId]:
    """Members, and two people elsewhere, everybody a friend of everybody."""
    found = []
    for at in range(HERE + ELSEWHERE):
        domain = "" if at < HERE else "elsewhere.example"
        uri = f"https://{domain or 'here.example'}/{at}"
        person = people_rows.insert(tx, uri=uri, username=f"p{at}", domain=domain)
        found.append(person)
        if not domain:
            people_rows.insert_member(
                tx, person_id=person, email=f"{at}@x", rsa_private_pem="", ed25519_private_pem=""
            )
    for one, other in permutations(found, 2):
        ties.put_follow(tx, one, other, state="accepted", uri=None)
    return found


def act(tx: Tx, one: PersonId, other: PersonId, kind: ContactKind, days_ago: int) -> None:
    day = ties.day_number(tx.now) - days_ago
    tx.insert_new(contacts, from_id=one, to_id=other, day=day, kind=kind, count=1)


def live(tx: Tx, people: list[PersonId], dice: random.Random) -> None:
    """What happened between them in three months."""
    for _ in range(60):
        one, other = dice.sample(people, 2)
        act(tx, one, other, dice.choice(KINDS), dice.randrange(90))
    for one, other in permutations(people, 2):
        if dice.random() < 0.1:
            ties.put_close_pin(tx, one, other)


def renew_all(tx: Tx, people: list[PersonId]) -> None:
    for _ in range(2):  # the second time each has the weights of all the others
        for person in people[:HERE]:
            spread.renew(tx, person)


def spreads_now(tx: Tx, people: list[PersonId]) -> dict[tuple[PersonId, PersonId], float]:
    return {(u, i): share for u in people for i, share in spreads.two_steps(tx, u, floor=0.0).items()}


@pytest.mark.parametrize("seed", range(2))
async def test_the_statement_is_the_formula(database: Database, seed: int) -> None:
    people = await database.write(move_in)

    def compare(tx: Tx) -> None:
        live(tx, people, random.Random(seed))
        renew_all(tx, people)
        weights = {u: spread.weights(tx, u) for u in people[:HERE]}
        for u in people[:HERE]:
            wanted = {i: share for i, share in scores.two_step_spread(weights, u).items() if i != u}
            found = spreads.two_steps(tx, u, floor=0.0)
            assert found == pytest.approx(wanted)
            assert list(found.values()) == sorted(found.values(), reverse=True)
            floor = scores.DEFAULTS.spread_floor
            tx.run(delete(spread_table).where(spread_table.c.from_id == u))
            spread.renew(tx, u)
            told = spreads.around(tx, u)[0]
            assert told == pytest.approx({i: share for i, share in wanted.items() if share > floor})
            assert all(spreads.around(tx, i)[1][u] == share for i, share in told.items())

    await database.write(compare)


async def test_a_weight_is_made_of_what_its_own_member_did(database: Database) -> None:
    """By hand: two days, one of them shared, help and a pin; who did something alone has no weight (R9)."""
    u, a, b, c, d, *_ = await database.write(move_in)

    def work(tx: Tx) -> dict[PersonId, float]:
        act(tx, u, a, "reply", 0)
        act(tx, u, a, "named", 14)
        act(tx, a, u, "favourite", 14)
        act(tx, u, a, "favourite", 3)  # says nothing of confidence
        act(tx, a, u, "helped", 20)
        for days_ago in range(90):
            act(tx, b, u, "named", days_ago)
        ties.put_close_pin(tx, u, c)
        act(tx, u, d, "reply", 0)
        ties.drop_follow(tx, d, u)
        return spread.weights(tx, u)

    found = await database.write(work)
    today = 20_000
    signals = Signals(contacts=(Contact(today - 14, 1, 1), Contact(today, 1, 0)), help_given=1)
    assert found == pytest.approx(
        {a: scores.tie_weight(scores.outgoing(signals, today)), c: scores.tie_weight(3.0)}
    )
    assert scores.outgoing(signals, today) == pytest.approx(
        scores.closeness_sum(1 + 2 * 0.5, 1 + 2 * 2 ** (-14 / 180), help_given=1)
    )


@pytest.mark.parametrize("seed", range(2))
async def test_r9_what_somebody_does_alone_brings_them_nowhere(database: Database, seed: int) -> None:
    """R9: through the tables and two steps on: a thousand acts of one's own, towards anybody, raise nobody's
    spread towards oneself, and so no gate."""
    people = await database.write(move_in)
    dice = random.Random(seed)

    def gates(tx: Tx, climber: PersonId) -> list[float]:
        today = ties.day_number(tx.now)
        to_them = [spreads.two_steps(tx, u, floor=0.0).get(climber, 0.0) for u in people[:HERE]]
        from_them = spreads.two_steps(tx, climber, floor=0.0)
        return [
            scores.measure(Signals(spread_to=share, spread_from=from_them.get(u, 0.0)), today).benevolence
            for u, share in zip(people, to_them, strict=False)
        ]

    def climb(tx: Tx) -> None:
        live(tx, people, dice)
        climber = dice.choice(people)
        renew_all(tx, people)
        before, gate = spreads_now(tx, people), gates(tx, climber)
        busy = {
            (row.from_id, row.day)
            for row in tx.all(select(contacts.c.from_id, contacts.c.day).where(contacts.c.to_id == climber))
        }
        today = ties.day_number(tx.now)
        alone = 0
        for other in people:
            for days_ago in range(200):
                if other != climber and (other, today - days_ago) not in busy:
                    act(tx, climber, other, dice.choice(KINDS[:2]), days_ago)
                    alone += 1
        assert alone > 1000
        for other in people:
            if other != climber:
                ties.put_close_pin(tx, climber, other)
        renew_all(tx, people)
        after = spreads_now(tx, people)
        for u in people:
            assert after.get((u, climber), 0.0) <= before.get((u, climber), 0.0) + 1e-12
        assert all(now <= then + 1e-12 for now, then in zip(gates(tx, climber), gate, strict=True))

    await database.write(climb)


async def test_weights_are_made_once_a_day_in_batches(
    database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spread, "AT_ONCE", 4)
    people = await database.write(move_in)
    u, a, b, *_ = people

    def weighed(tx: Tx) -> int:
        return int(tx.scalar(select(func.count()).where(tie_sums.c.renewed_at == tx.now)))

    await database.write(act, u, a, "reply", 0)
    for many in (4, HERE, HERE):
        await database.write(spread.renew_due)
        assert await database.read(weighed) == many
    assert await database.read(spreads.around, u) == ({a: 0.5}, {})
    assert await database.read(spreads.around, a) == ({}, {u: 0.5})
    await database.write(act, u, b, "reply", 0)
    clock.forward(hours=23)
    await database.write(spread.renew_due)
    assert await database.read(weighed) == 0  # not yet
    clock.forward(hours=2)
    await database.write(ties.drop_follow, a, u)
    for _ in range(2):
        await database.write(spread.renew_due)
    assert await database.read(spreads.around, u) == ({b: 0.5}, {})  # and no friend any more is none
    await database.write(spreads.forget, b)
    assert await database.read(spreads.around, u) == ({}, {})
    for table in (tie_weights, spread_table, tie_sums):
        column = table.c[0]
        assert await database.read(lambda tx, one=column: b not in tx.column(select(one)))


async def test_small_changes_leave_the_rows_and_so_the_kept_circles_alone(database: Database) -> None:
    u, a, b, *_ = await database.write(move_in)

    def put(tx: Tx, found: dict[PersonId, float]) -> dict[PersonId, float]:
        spreads.put_spread(tx, u, found)
        return spreads.around(tx, u)[0]

    assert await database.write(put, {a: 0.4, b: 0.1}) == {a: 0.4, b: 0.1}
    assert await database.write(put, {a: 0.43, b: 0.095}) == {a: 0.4, b: 0.1}
    assert await database.write(put, {a: 0.43, b: 0.2}) == {a: 0.43, b: 0.2}
    assert await database.write(put, {a: 0.43}) == {a: 0.43}
    assert await database.write(put, {}) == {}


async def test_two_steps_look_at_ties_alone(database: Database) -> None:
    """AUDIENCE, speed: the cost follows the ties of one member and of those people, whatever the network."""
    people = await database.write(move_in)
    await database.write(live, people, random.Random(1))
    await database.write(renew_all, people)

    def plan(tx: Tx) -> list[str]:
        if tx.on_postgres:
            return []
        with counted() as statements:
            spreads.two_steps(tx, people[0], floor=0.0)
            spreads.around(tx, people[0])
            spreads.due(tx, tx.now - timedelta(days=1), limit=10)
        plans = [text(f"EXPLAIN QUERY PLAN {one.replace('?', '1')}") for one in statements]
        return [row[-1] for one in plans for row in tx.all(one)]

    steps = await database.write(plan)
    whole = [step for step in steps if step.startswith("SCAN")]
    assert whole in ([], ["SCAN anon_1"])  # what the two steps found is gone through, and no table


async def test_everything_goes_with_the_person(database: Database) -> None:
    people = await database.write(move_in)
    await database.write(live, people, random.Random(2))
    await database.write(renew_all, people)
    assert await database.read(spreads_now, people)
    await database.write(lambda tx: tx.run(delete(follows)))
    await database.write(renew_all, people)
    assert await database.read(spreads_now, people) == {}
    assert await database.read(lambda tx: tx.all(select(spread_table))) == []
