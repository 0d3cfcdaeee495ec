"""What the butler understands, and what it does not guess at."""

from datetime import UTC, datetime
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedi_aid.butler import answers, cards, choices, commands, letters, phrases, until
from fedi_aid.butler.commands import Command, parse
from fedi_aid.butler.phrases import Verb


def test_every_verb_has_words_and_somebody_who_obeys() -> None:
    assert set(answers.HANDLERS) == set(get_args(Verb)) == set(commands.WORDS)


def test_no_phrase_means_two_things_and_all_are_spelled_as_messages_are_read() -> None:
    every = [phrase for known in phrases.PHRASES.values() for phrase in known]
    assert len(every) == len(set(every))
    assert not set(every) & set(phrases.FILLERS)
    openings = [phrase for _, known in phrases.OPENINGS.values() for phrase in known]
    assert len(openings) == len(set(openings))
    for phrase in [*every, *openings, *phrases.FILLERS]:
        assert commands.spelled(phrase) == phrase


@pytest.mark.parametrize("phrase", [phrase for known in phrases.PHRASES.values() for phrase in known])
def test_every_phrase_is_understood_however_it_is_dressed(phrase: str) -> None:
    verb = next(verb for verb, known in phrases.PHRASES.items() if phrase in known)
    for said in (
        phrase,
        f"@butler {phrase.upper()}!",
        f"@butler@one.example Bonjour, {phrase}, merci beaucoup.",
        f"  {phrase.capitalize()} please… ",
    ):
        found = parse(said)
        assert found is not None, said
        assert found.verb == verb, said


@pytest.mark.parametrize(
    ("said", "verb"),
    [
        ("ok c'est fait merci !", "done"),
        ("OK, c’est fait.", "done"),
        ("Bruno came by this morning. It's done!", "done"),
        ("Résolu ! Chloé m'a prêté la sienne.", "done"),
        ("yes please", "yes"),
        ("Yes, I have a ladder in the garage", "yes"),
        ("Oui, avec plaisir. Je passe jeudi", "yes"),
        ("No, sorry, I moved to Berlin", "no"),
        ("no, still", "still"),
        ("pas encore", "still"),
        ("Cœur : c'est fait", "done"),
        ("FAIT @butler", "done"),
        ("done, thanks @bruno", "done"),
        ("que savez-vous de moi ?", "known"),
        ("What do you know about me?", "known"),
        ("stop for now", "pause"),
        ("stop", "stop"),
        ("plus besoin, merci", "no_longer_needed"),
    ],
)
def test_a_sentence_around_the_word(said: str, verb: Verb) -> None:
    assert parse(said) == Command(verb)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "@butler",
        "hello",
        "no idea what to do",
        "is it done?",
        "done?",
        "it is not done",
        "Ce n'est pas fait.",
        "not done yet",
        "yes but not now, if you see what I mean",
        "Yes, but only if nobody else can",
        "yes no",
        "done or cancel, I cannot say",
        "no, cancel",
        "I think that the pause button of my radio is broken",
        "help, and tell @bruno too",
        "fait divers dans mon quartier",
        "the work is done by volunteers every week in our town",
        "toujours est-il que je ne sais pas",
        "👍" * 50,
        "done " * 1_000,
    ],
)
def test_nothing_is_guessed(said: str) -> None:
    assert parse(said) is None


@pytest.mark.parametrize(
    ("said", "verb", "rest"),
    [
        ("pause 2 weeks", "pause", "2 weeks"),
        ("Pause jusqu'au 3 mars, merci", "pause", "3 mars, merci"),
        ("please pause until Monday", "pause", "Monday"),
        ("intimacy 3", "level", "3"),
        ("Intime3", "level", "3"),
        ("niveau d'intimité 4 s'il vous plaît", "level", "4 s'il vous plaît"),
        ("ask me at most 2 times a week", "ration", "2 times a week"),
        ("I need 3 people", "helpers", "3 people"),
        ("urgence haute", "urgency", "haute"),
        ("no more goals", "cards_off", "goals"),
    ],
)
def test_orders_that_say_more(said: str, verb: Verb, rest: str) -> None:
    assert parse(said) == Command(verb, rest)


@given(st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_without_harm(text: str) -> None:
    """And case changes nothing."""
    found = parse(text)
    assert found is None or found.verb in get_args(Verb)


@given(
    st.lists(st.sampled_from([*phrases.FILLERS, *phrases.DOUBTS, "done", "yes", "no", "ladder"]), max_size=8)
)
@settings(max_examples=300, deadline=None)
def test_a_doubt_in_a_sentence_never_lowers_a_flag(words: list[str]) -> None:
    found = parse(" ".join(words))
    if found is not None and found.verb == "done" and "not" in words:
        raise AssertionError(words)


# -- choices


def test_a_vote_is_an_order_that_somebody_obeys() -> None:
    for letter, verbs in choices.CHOICES.items():
        assert 2 <= len(verbs) <= 4
        assert letter in letters.LETTERS
        for language in ("en", "fr"):
            wish = choices.poll(letter, language)
            assert wish is not None
            assert [choices.chosen(wish.options, place) for place in range(len(verbs))] == list(verbs)
            assert all(len(option) <= 50 for option in wish.options)
    assert choices.poll("help", "en") is None
    assert choices.chosen(("Yes", "No"), 7) is None
    assert choices.chosen(("Perhaps",), 0) is None


# -- until when

NOW = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)  # a Saturday


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2 weeks", "2026-03-28 09:00"),
        ("une semaine", "2026-03-21 09:00"),
        ("a week, please", "2026-03-21 09:00"),
        ("3 h", "2026-03-14 12:00"),
        ("une quinzaine", "2026-03-28 09:00"),
        ("deux mois", "2026-05-13 09:00"),
        ("until 3 May", "2026-05-02 22:00"),
        ("the 3rd of May", "2026-05-02 22:00"),
        ("le 1er avril 2026", "2026-03-31 22:00"),
        ("3 March", "2027-03-02 23:00"),
        ("jusqu'à lundi", "2026-03-15 23:00"),
        ("samedi prochain", "2026-03-20 23:00"),
        ("monday", "2026-03-15 23:00"),
        ("lundi 6 avril", "2026-04-05 22:00"),
        ("2026-04-03", "2026-04-02 22:00"),
        ("3/4/2026", "2026-04-02 22:00"),
        ("demain", "2026-03-14 23:00"),
    ],
)
def test_until_when(said: str, day: str) -> None:
    found = until.read(said, NOW, "Europe/Paris")
    assert found is not None
    assert f"{found:%Y-%m-%d %H:%M}" == day


@pytest.mark.parametrize(
    "said",
    ["", "soon", "10 years", "0 days", "99999 days", "30 February", "2026-13-45", "1999-01-01", "mars", "3"],
)
def test_not_until_when(said: str) -> None:
    assert until.read(said, NOW, "Europe/Paris") is None


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_until_is_later_and_within_a_year(text: str) -> None:
    found = until.read(text, NOW, "Pacific/Apia")
    assert found is None or NOW < found <= NOW + until.LONGEST + (NOW - NOW)


# -- cards by name


@pytest.mark.parametrize(
    ("said", "kind"),
    [("goals", "goals"), ("rappels d objectifs", "goals"), ("the digest", "digest"), ("merci", "thanks")],
)
def test_cards_are_called_by_name(said: str, kind: str) -> None:
    assert cards.named(said) == kind


@pytest.mark.parametrize("said", ["", "everything", "goals and ties"])
def test_other_cards_there_are_none(said: str) -> None:
    assert cards.named(said) is None
