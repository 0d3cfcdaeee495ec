"""What the butler says, read as a whole: both languages, the same places, and the tone."""

import re
import string
import subprocess
import sys
from pathlib import Path

import pytest

from fedi_aid.butler.commands import parse
from fedi_aid.butler.letters import LETTERS

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests/golden/butler.txt"


def test_every_letter_reads_as_it_was_read() -> None:
    """If this fails: `python scripts/letters.py > tests/golden/butler.txt`, and read the difference."""
    told = subprocess.run(
        [sys.executable, ROOT / "scripts/letters.py"], check=True, capture_output=True, text=True, cwd=ROOT
    ).stdout
    assert told == GOLDEN.read_text(encoding="utf-8")


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("letter", sorted(LETTERS))
def test_both_languages_say_the_same_courteously(letter: str) -> None:
    words = LETTERS[letter]
    assert set(words) == {"en", "fr"}
    assert places(words["en"]) == places(words["fr"])
    for text in words.values():
        assert text == text.strip()
        assert len(text) < 900
        assert "!" not in text  # never cheerful about trouble
        assert "'" not in text, "the apostrophe is ’"
    english, french = words["en"].lower(), words["fr"].lower()
    assert not re.search(r"\b(you should|you must|unfortunately|failed to|why did|ignored)\b", english)
    assert not re.search(r"\b(tu|toi|ton|ta|tes|vous devriez|vous devez|malheureusement)\b", french)


ORDERS_IN = (
    "help",
    "confirm",
    "checkin",
    "asleep",
    "woken",
    "noted_stop",
    "unknown_until",
    "card_goal",
    "card_digest",
    "card_counsel",
    "card_tie",
    "goal_choices",
    "tie_choices",
    "noted_pause_member",
    "unknown_hours",
    "unknown_zone",
    "abilities",
    "abilities_none",
    "introduce_whom",
    "vouch_for_what",
)


@pytest.mark.parametrize("letter", ORDERS_IN)
def test_what_a_letter_tells_to_answer_is_understood(letter: str) -> None:
    for text in LETTERS[letter].values():
        orders = [english or french for english, french in re.findall(r"“([^“”]+)”|« ([^«»]+) »", text)]
        orders = [one.strip() for one in orders if "{" not in one]
        assert orders
        for order in orders:
            assert parse(order) is not None, order


def test_every_clause_of_the_policy_names_code_and_tests_that_exist() -> None:
    page = (ROOT / "docs/butler-policy.md").read_text(encoding="utf-8")
    tests = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("test_*.py"))
    code = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "fedi_aid").rglob("*.py"))
    rows = [line for line in page.splitlines() if line.startswith("| ")][2:]
    assert len(rows) > 20
    for row in rows:
        for name in re.findall(r"`(test_\w+)`", row):
            assert f"def {name}(" in tests, name
        for name in re.findall(r"`(?:[\w.]+\.)?(\w+)`", row.split("|")[2]):
            assert re.search(rf"\b{name}\b", code), name
