"""What the butler understands, and what it does not guess at."""

from datetime import UTC, datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedi_aid.butler import answers, cards, choices, commands, letters, phrases, until
from fedi_aid.butler.commands import Command, parse
from fedi_aid.butler.phrases import Verb
from fedi_aid.butler.thanking import Said, read_thanks


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
def test_any_text_is_read_without_harm(text: str) -> None:
    """And case changes nothing."""
    found = parse(text)
    assert found is None or found.verb in get_args(Verb)


@given(
    st.lists(st.sampled_from([*phrases.FILLERS, *phrases.DOUBTS, "done", "yes", "no", "ladder"]), max_size=8)
)
def test_a_doubt_in_a_sentence_never_lowers_a_flag(words: list[str]) -> None:
    found = parse(" ".join(words))
    if found is not None and found.verb == "done" and "not" in words:
        raise AssertionError(words)


# -- thanks beside an order


@pytest.mark.parametrize(
    ("said", "verb", "thanks"),
    [
        ("done, thanks @bruno", "done", "thanks @bruno"),
        ("C'est fait, merci à @bruno et @chloe !", "done", "merci à @bruno et @chloe !"),
        ("Merci @bruno pour le vélo, c'est réglé !", "done", "Merci @bruno pour le vélo,"),
        ("thanks @bruno for the bike and it's done", "done", "thanks @bruno for the bike"),
        ("plus besoin, merci @bruno d'avoir répondu", "no_longer_needed", "merci @bruno d'avoir répondu"),
        ("yes, thanks @amina", "yes", ""),
    ],
)
def test_thanks_beside_an_order(said: str, verb: Verb, thanks: str) -> None:
    assert parse(said) == Command(verb, thanks=thanks)


@pytest.mark.parametrize("said", ["it is not done, thanks @bruno", "is it done? thanks @bruno"])
def test_thanks_beside_a_doubt_lower_nothing(said: str) -> None:
    found = parse(said)
    assert found is None or found.verb == "thank"


def test_whom_a_text_thanks_and_what_for() -> None:
    for text, expected in {
        "thanks @x and @y for the van": [("@x", "van"), ("@y", "van")],
        "merci à @x pour le vélo et @y pour la soupe": [("@x", "vélo"), ("@y", "soupe")],
        "thanks @x, @y & @z@two.example for French paperwork!": [
            ("@x", "French paperwork"),
            ("@y", "French paperwork"),
            ("@z@two.example", "French paperwork"),
        ],
        "thanks @x for the carpentry ❤️ and the tea": [("@x", "carpentry")],
        "merci @x pour ton aide": [("@x", "")],
        "thanks @x, I gave it to the head of the school": [("@x", "")],
        "thank you @x for everything. See you!": [("@x", "")],
        "Merci @x, il reste de la peinture": [("@x", "")],
    }.items():
        assert [(one.handle.rstrip("."), one.label) for one in read_thanks(text)] == expected, text
    assert read_thanks("merci à @x de m'avoir prêté l'échelle") == [
        Said("@x", word="de m'avoir prêté l'échelle")
    ]
    assert len(read_thanks("thanks " + "@x " * 500)) == 10


# -- what is no order


@pytest.mark.parametrize(
    ("said", "verb"),
    [
        ("pauze 2 weeks", "pause"),
        ("mes demmandes", "requests"),
        ("ouii", "yes"),
        ("c'est pas urgennt", None),  # one word more turns it round
        ("a long story about a paus that nobody took", None),
    ],
)
def test_what_is_nearly_spelled_is_proposed_and_not_done(said: str, verb: Verb | None) -> None:
    assert parse(said) is None
    assert commands.near(said) == verb
    assert verb is None or verb in phrases.SPELLED


def test_signs_tags_and_numbers_in_words() -> None:
    assert parse("👍🏽") == Command("yes")
    assert parse("👎") == Command("no")
    assert parse("<b>done</b>") == Command("done")
    assert parse("il me faut deux personnes") == Command("helpers", "deux personnes")
    assert commands.number("deux personnes") == 2
    assert parse("I need 2 hours") is None
    assert parse("not yet, but Bruno might come") == Command("still")
    assert commands.is_courtesy("Merci beaucoup !")
    assert not commands.is_courtesy("merci, et le vélo ?")
    assert commands.hesitates("yes, but only on Sunday")
    assert commands.hesitates("👍 if it does not rain")


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
def test_any_until_is_later_and_within_a_year(text: str) -> None:
    found = until.read(text, NOW, "Pacific/Apia")
    assert found is None or NOW < found <= NOW + until.LONGEST + (NOW - NOW)


@pytest.mark.parametrize(
    ("said", "hours"),
    [
        ("22 to 8", (22, 8)),
        ("22 h à 8 h", (22, 8)),
        ("10 pm and 8 am", (22, 8)),
        ("20h00 et 9h", (20, 9)),
        ("24 - 7", (0, 7)),
        ("22:30 to 8", None),
        ("8 to 8", None),
        ("25 to 8", None),
        ("13 pm to 8", None),
        ("22", None),
        ("1 2 3", None),
    ],
)
def test_between_which_hours(said: str, hours: tuple[int, int] | None) -> None:
    assert until.between(said) == hours


@pytest.mark.parametrize(
    ("said", "zone"),
    [
        ("Europe/Paris", "Europe/Paris"),
        ("new york, please", None),
        ("New York", "America/New_York"),
        ("utc", "UTC"),
        ("the moon", None),
        ("", None),
    ],
)
def test_by_which_clock(said: str, zone: str | None) -> None:
    assert until.place(said) == zone


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
