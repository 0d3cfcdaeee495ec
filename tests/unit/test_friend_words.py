"""What friends do for each other, in words: lists are taken apart, letters have both languages."""

from string import Formatter
from typing import Any

import pytest

from fedi_aid.butler import telling
from fedi_aid.butler.words import friends
from fedi_aid.model import abilities


@pytest.mark.parametrize(
    ("rest", "things"),
    [
        ("bicycles", ["bicycles"]),
        ("bicycles and the garden, please", ["bicycles", "garden"]),
        ("la plomberie, l'électricité & du jardinage !", ["plomberie", "électricité", "jardinage"]),
        ("with a saw / an axe", ["saw", "axe"]),
        (" , and ", []),
        ("sandwiches", ["sandwiches"]),
    ],
)
def test_what_is_listed(rest: str, things: list[str]) -> None:
    assert telling.listed(rest) == things


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("French paperwork", "#FrenchPaperwork"),
        ("Électricité", "electricite"),
        ("Cœur", "coeur"),
        ("C++ / Rust", "c rust"),
    ],
)
def test_the_same_skill_however_it_is_written(one: str, other: str) -> None:
    assert abilities.key(one) == abilities.key(other) != ""


def test_signs_of_other_scripts_keep_what_tells_words_apart() -> None:
    assert abilities.key("が") != abilities.key("か")
    assert abilities.key("!?") == ""


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("French", "fr"),
        ("français", "fr"),
        ("FRANCAIS", "fr"),
        ("fr-CA", "fr"),
        ("pt_BR", "pt"),
        ("espagnol", "es"),
    ],
)
def test_languages_by_code_and_name(word: str, code: str) -> None:
    assert abilities.language(word) == code


def test_what_is_no_language() -> None:
    assert [abilities.language(word) for word in ("", "zz", "plumbing", "42")] == [None] * 4


def test_kinds_of_help_are_named_by_hashtags() -> None:
    assert abilities.kinds_wanted(["Conseil", "garden"]) == {"advice"}
    assert abilities.kinds_wanted(["garden"]) == frozenset()


def letters_of() -> list[tuple[str, dict[str, Any]]]:
    """Every letter of this subject, with something for each of its places."""
    values = dict.fromkeys(
        "name what word by handle skills languages refused one other others people reason proposal reasons excerpt".split(),
        "…",
    )
    return [(letter, values) for letter in friends.WORDS]


@pytest.mark.parametrize(("letter", "values"), letters_of())
def test_every_letter_has_the_same_places_in_both_languages(letter: Any, values: dict[str, Any]) -> None:
    places = [
        {field for _, field, _, _ in Formatter().parse(text) if field}
        for text in friends.WORDS[letter].values()
    ]
    assert places[0] == places[1] <= set(values)
    assert set(friends.WORDS[letter]) == {"en", "fr"}
