"""The sentences of "what the engine knows about me": both languages alike, nothing private, no closeness."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

import fedi_aid
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.intimacy import Intimacy
from fedi_aid.model.knowledge import Acts, Facts, Put, Raised, Region, Someone, tell
from fedi_aid.model.knowledge_words import TITLES, WORDS
from fedi_aid.model.people import Member, Person

NOW = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)
BRUNO = Someone(PersonId(2), "Bruno {0}")  # a name is text, never a pattern


def a_member(**more: Any) -> Member:
    """Amina, as the tables have her by default."""
    texts = {"id": 1, "uri": "https://one.example/users/amina", "username": "amina", "domain": ""}
    person = {one.name: None for one in msgspec.structs.fields(Person)} | texts
    person |= {"kind": "person", "display_name": "Amina", "fields": (), "implements": (), "emojis": ()}
    values = {one.name: None for one in msgspec.structs.fields(Member)}
    values |= {"default_intimacy": 2, "quiet_from": 21, "quiet_until": 8, "time_zone": "Europe/Paris"}
    values |= {"carry_consent": "ask", "accepts_carried": True, "weekly_budget": 3, "locale": "en"}
    return Member(**(values | {"person": Person(**person)} | more))


def everything() -> Facts:
    puts = [
        Put(kind=kind, answered=answered, at=NOW, author="Gwen", post_id=PostId(9), excerpt="Who has a saw?")  # type: ignore[arg-type]
        for kind in ("help", "carry")
        for answered in ("yes", "no", "open", "over")
    ]
    states = [("open", None), ("asleep", None), ("paused", None), ("lowered", None)]
    states += [("lowered", outcome) for outcome in ("solved", "withdrawn", "no_longer_needed")]
    return Facts(
        member=a_member(
            daily_ration=20,
            paused_until=NOW.replace(year=2027),
            butler_silent=True,
            silent_refusals=True,
            plain_confidants=True,
            show_friends=True,
        ),
        now=NOW,
        spent=1,
        skills=("Paperwork", "Carpentry"),
        not_my_thing=("Singing",),
        languages=("fr", "en"),
        causes=("River",),
        vouched=(("Paperwork", ("Marco", "Gwen", "Bruno")),),
        thanks=2,
        projects=("A ramp",),
        rings=tuple((level, (BRUNO,)) for level in sorted(Intimacy, reverse=True)),
        spheres=(
            Region(name="Choir", people=1, is_list=False, hidden=True),
            Region(name="Family", people=4, is_list=True, hidden=False),
        ),
        acts=(Acts(BRUNO, 12, date(2026, 3, 1)), Acts(BRUNO, 1, date(2026, 3, 1))),
        asked=(*puts, Put(kind="help", answered="no", at=NOW)),
        requests=tuple(
            Raised(post_id=PostId(7), excerpt="A ramp", state=state, outcome=outcome, at=NOW, offers=at)
            for at, (state, outcome) in enumerate(states)
        ),
        close=(BRUNO,),
        left_out=(BRUNO,),
        muted=(BRUNO,),
        blocked=(BRUNO,),
        muted_servers=("loud.example",),
    )


def text(facts: Facts, locale: str) -> str:
    found = tell(facts, locale)
    lines = [line for one in found for line in (one.title, *one.sentences, *(row.text for row in one.rows))]
    return "\n".join(lines)


def test_both_languages_say_the_same_things() -> None:
    assert WORDS["en"].keys() == WORDS["fr"].keys()
    assert list(TITLES["en"]) == list(TITLES["fr"])
    for key, english in WORDS["en"].items():
        holes = re.compile(r"{(\w+)}")
        assert sorted(holes.findall(english)) == sorted(holes.findall(WORDS["fr"][key])), key


@pytest.mark.parametrize("locale", ["en", "fr", "fr-CA", "de"])
def test_whatever_is_known_can_be_said(locale: str) -> None:
    """No sentence lacks a word, whatever the facts; every key is used by one or the other."""
    full, empty = text(everything(), locale), text(Facts(member=a_member(), now=NOW, spent=0), locale)
    for said in (full, empty):
        assert "{" not in said.replace("{0}", "")
    language = "fr" if locale.startswith("fr") else "en"
    for key, words in WORDS[language].items():
        fixed = re.split(r"{\w+}", words)
        always = ("carry_always", "carry_never", "carried_no", "spent", "thanks_one", "sphere", "list_one")
        if key not in always:
            assert any(all(part in said for part in fixed) for said in (full, empty)), key


def test_closeness_is_told_in_words() -> None:
    """AUDIENCE, map: rings by closeness, never shown as numbers."""
    rings = next(one for one in tell(everything(), "en") if one.chapter == "rings")
    assert [row.text for row in rings.rows] == [
        "Bruno {0}: among your confidants",
        "Bruno {0}: close",
        "Bruno {0}: a friend",
        "Bruno {0}: further away",
        "Bruno {0}: far away; messages in a bottle only",
    ]


def test_the_page_says_what_it_leaves_out() -> None:
    """R8."""
    for locale, words in (
        ("en", "What others keep to themselves"),
        ("fr", "Ce que les autres gardent pour eux"),
    ):
        rest = tell(everything(), locale)[-1]
        assert rest.chapter == "rest"
        assert rest.sentences[0].startswith(words)


def test_no_fact_is_what_others_gave_privately() -> None:
    """R8: whoever wants to tell of a pin, a mute, a report or a score of somebody else finds no field."""
    names = {one.name for one in msgspec.structs.fields(Facts)}
    assert not {name for name in names if re.search("benevol|score|strength|pinned_by|muted_by|report", name)}


def test_what_is_kept_to_learn_from_is_read_by_the_learning_alone() -> None:
    """R8: the rows that are somebody's silence are no source of any page, answer or export."""
    root = Path(fedi_aid.__file__).parent
    of_the_table = re.compile(r"tables\.engine import [^\n]*\boutcomes\b|engine\.outcomes\b")
    reading = re.compile(r"\boutcomes\.(samples|wrong_people)\b")
    read_by = set()
    for path in root.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if of_the_table.search(text) or reading.search(text):
            read_by.add(str(path.relative_to(root)))
    assert read_by == {"storage/outcomes.py", "actions/learning.py"}
    public = set(
        re.findall(r"^def ([a-z]\w+)", (root / "storage/outcomes.py").read_text(encoding="utf-8"), re.M)
    )
    writing = {"record", "came_of", "wrong_person", "moot", "forget_post", "forget_person", "forget"}
    assert public == writing | {"samples", "wrong_people"}
