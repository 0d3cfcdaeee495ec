"""Two catalogues that say the same things, and the choice between them."""

import datetime
import re
from importlib import resources
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from page_samples import samples

from fedi_aid.web.consent import SENTENCES, explain_scopes
from fedi_aid.web.i18n import LANGUAGES, catalogue, isolate, pick_language, translator
from fedi_aid.web.render import render

AT = datetime.datetime(2026, 8, 1, 23, 30, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))

# Words that are spelt alike.
SAME_IN_BOTH = {"me.portrait", "oob.label", "signup.email", "code.code", "people.places", "write.kind_video"}


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_both_languages_have_the_same_keys_and_places() -> None:
    english, french = catalogue("en"), catalogue("fr")
    assert list(english) == list(french)
    assert {key: places(text) for key, text in english.items()} == {
        key: places(text) for key, text in french.items()
    }
    assert all(name.isidentifier() for text in english.values() for name in places(text))
    assert all(
        text.strip() == text and text and "<" not in text for text in (*english.values(), *french.values())
    )


def test_nothing_was_left_untranslated() -> None:
    english, french = catalogue("en"), catalogue("fr")
    same = {key for key in english if english[key] == french[key]}
    assert same == SAME_IN_BOTH


def test_no_text_is_left_over() -> None:
    """Every key is named in a template or in Python, in full or by a prefix it is built from."""
    web = resources.files("fedi_aid.web")
    files = [entry for folder in ("templates", "templates/rooms") for entry in web.joinpath(folder).iterdir()]
    files += [entry for entry in web.iterdir() if entry.name.endswith(".py")]
    code = "\n".join(entry.read_text("utf-8") for entry in files if entry.is_file())
    built = tuple(
        found for found in re.findall(r"""["']([a-z_]+\.[a-z_]*)["'{]""", code) if found[-1] in "._"
    )
    built += ("ask.", "problem.", "rooms.", "said.", "near.")
    unused = [key for key in catalogue("en") if f'"{key}"' not in code and not key.startswith(built)]
    assert unused == []


def test_french_punctuation_does_not_start_a_line() -> None:
    assert not [key for key, text in catalogue("fr").items() if re.search(r" [;:?!»]|« ", text)]
    assert "\u00a0:" in catalogue("fr")["landing.elsewhere"]
    charter = samples("fr")["charter"]
    assert "comptes\u00a0: le silence" in render("fr", charter[0], **charter[1])
    assert translator("en").typeset("a : b") == "a : b"


def test_every_scope_sentence_exists() -> None:
    wanted = {f"ask.{key}" for key in (*SENTENCES.values(), "other")}
    assert wanted == {key for key in catalogue("en") if key.startswith("ask.")}


def test_dates_and_numbers() -> None:
    assert translator("fr").date(AT) == "1 août 2026"
    assert translator("en").date(AT) == "1 August 2026"
    assert translator("fr").moment(AT) == "1 août 2026, 21:30 UTC"
    assert translator("en").number(1234) == "1,234"
    assert translator("fr").number(1234) == "1\u202f234"


def test_an_app_name_cannot_turn_the_sentence_around() -> None:
    title = translator("en")("authorize.title", app="Evil\u202e\u2069 \u2066app")
    assert title == "Evil app wants access to your account"
    assert isolate("ندى") == "\u2068ندى\u2069"


def test_values_are_not_read_as_places() -> None:
    assert translator("en")("home.title", name="{0.__class__} {name}") == "Good day, {0.__class__} {name}"
    with pytest.raises(KeyError):
        translator("en")("home.title")


@pytest.mark.parametrize(
    ("accept", "query", "cookie", "default", "expected"),
    [
        ("", None, None, "fr", "fr"),
        ("", None, None, "de", "en"),
        ("fr-CA,fr;q=0.9,en;q=0.5", None, None, "en", "fr"),
        ("en;q=0.3, fr;q=0.8", None, None, "en", "fr"),
        ("de, en;q=0.2", None, None, "fr", "en"),
        ("fr;q=0, en;q=0.1", None, None, "fr", "en"),
        ("fr;q=nonsense, en", None, None, "fr", "en"),
        ("*", None, None, "fr", "fr"),
        ("fr", None, "en", "fr", "en"),
        ("fr", "en", "fr", "fr", "en"),
        ("fr", "klingon", "", "en", "fr"),
        ("", "FR_fr", None, "en", "fr"),
    ],
)
def test_pick_language(
    accept: str, query: str | None, cookie: str | None, default: str, expected: str
) -> None:
    assert pick_language(accept, query, cookie, default) == expected


@given(st.text(max_size=300), st.none() | st.text(max_size=20), st.none() | st.text(max_size=20))
def test_pick_language_takes_anything(accept: str, query: str | None, cookie: str | None) -> None:
    assert pick_language(accept, query, cookie, "fr") in LANGUAGES


def test_scopes_in_plain_words() -> None:
    assert [ask.key for ask in explain_scopes(["push", "follow", "write", "read"])] == [
        "read",
        "write",
        "follow",
        "push",
    ]
    assert [
        ask.key for ask in explain_scopes(["read", "read:statuses", "write:media", "write:statuses"])
    ] == ["read", "write_posts"]
    mixed = explain_scopes(["admin:write:reports", "x:y", "profile"])
    assert [(ask.key, ask.scope, ask.grave) for ask in mixed] == [
        ("profile", "", False), ("other", "x:y", False), ("admin_write", "", True),
    ]  # fmt: skip
    assert explain_scopes([]) == ()
    assert [ask.key for ask in explain_scopes(["admin:writer:x"])] == ["other"]
