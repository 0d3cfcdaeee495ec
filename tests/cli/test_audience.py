"""`fedi_aid audience`: an operator reads what was learned, and decides."""

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fedi_aid.actions import learning
from fedi_aid.audience.refit import Fit, applied
from fedi_aid.audience.scores import DEFAULTS, Coefficients, chance_of_help
from fedi_aid.cli import audience
from fedi_aid.model.ids import PersonId
from fedi_aid.storage import outcomes
from fedi_aid.storage.database import Database, open_database
from fedi_aid.storage.tx import Tx
from tests.cli.operator import Operator
from tests.conftest import Clock

pytestmark = pytest.mark.anyio


def learn(tx: Tx, *, many: int, truth: Coefficients) -> None:
    """So many asks, answered as `truth` says."""
    dice = random.Random(7)
    asked = {PersonId(one): (dice.random() * 0.8, dice.choice([0.0, 1.0])) for one in range(1, many + 1)}
    rest = {"able": 1.0, "response": 1.0, "price": 1.0, "p": 0.1, "aim": 1.0}
    terms = {one: {"benevolence": b, "affinity": aff} | rest for one, (b, aff) in asked.items()}
    outcomes.record(tx, 1, "asked", terms, level=1)
    for one, (b, aff) in asked.items():
        if dice.random() < chance_of_help(b, aff, 1, 1, truth):
            outcomes.came_of(tx, 1, one, "accepted")


async def fill(path: Path, many: int) -> None:
    database = open_database(f"sqlite:///{path}", clock=lambda: datetime(2026, 3, 14, 9, 0, tzinfo=UTC))
    await database.write(learn, many=many, truth=Coefficients(help0=-1.2, help1=3.6, help2=0.3))
    await database.close()


async def test_an_operator_refits_reads_and_accepts(operator: Operator, sqlite_template: Path) -> None:
    await fill(operator.has(sqlite_template), 500)
    told = operator.run("audience", "refit")
    assert told.returncode == 0, told.stderr
    assert "500 settled outcomes" in told.stdout
    assert "people help more readily than assumed" in told.stdout
    assert "Nothing has changed yet" in told.stdout
    done = operator.ask("audience", "refit", "--accept", "--by", "eve")
    assert done["before"]["help0"] == DEFAULTS.help0  # it was only read so far
    assert done["after"]["help0"] == pytest.approx(-1.2, abs=0.5)
    shown = operator.run("audience", "show").stdout
    assert "Learned here from 500 outcomes" in shown
    assert "by the word of eve" in shown


async def test_a_small_instance_is_told_no_numbers_of_people(database: Database, clock: Clock) -> None:
    """R8: where there are few outcomes, their number is somebody's silence."""
    await database.write(learn, many=30, truth=DEFAULTS)
    clock.forward(days=30)
    found = await database.read(learning.standing)
    assert found.settled == 30
    shown = audience.shown(found)
    assert (shown["settled"], shown["helped"], shown["wrong_people"]) == (None, None, None)
    assert "30" not in audience.in_sentences(found).replace("2.30", "")
    assert "too little to learn from" in audience.in_sentences(found)


def test_a_proposal_is_told_in_words() -> None:
    fit = Fit(help0=-2.6, help1=2.8, help2=1.0, samples=900, helped=90, loss_before=0.41, loss_after=0.39)
    words = audience.proposal(fit, DEFAULTS, applied(fit)).splitlines()
    assert words[0] == "900 settled outcomes, 90 of them with help."
    assert words[1].endswith("-2.30 →  -2.60  people help less readily")
    assert words[2].endswith("2.80 →   2.80  as before")
    assert words[3].endswith("0.80 →   1.00  a shared cause counts for more")
    assert words[5] == "Of 100 asks to a close friend, 35 were expected to bring help, and 28 would be."
    assert words[-2] == "Log-loss per outcome: 0.4100 as it is, 0.3900 as proposed (less is better)."
