"""The default charter: complete in both languages, short enough to be read, stable enough to be cited."""

import re

from fedi_aid.model.charter import CHARTER, PREAMBLE, charter_in


def test_rules_are_numbered_once() -> None:
    assert [rule.id for rule in CHARTER] == [str(number) for number in range(1, len(CHARTER) + 1)]


def test_both_languages_say_everything() -> None:
    texts = [PREAMBLE, *(words for rule in CHARTER for words in (rule.title, rule.hint))]
    assert all(words.en.strip() and words.fr.strip() and words.en != words.fr for words in texts)
    assert len({words.en for words in texts}) == len({words.fr for words in texts}) == len(texts)
    assert not [words for words in texts if "  " in words.en + words.fr or "<" in words.en + words.fr]
    assert all(len(rule.title.en) <= 60 and len(rule.title.fr) <= 60 for rule in CHARTER)


def test_it_is_read_in_about_two_minutes() -> None:
    for language in ("en", "fr"):
        charter = charter_in(language)
        words = re.findall(
            r"\w+", " ".join([charter.preamble, *(rule.title + " " + rule.hint for rule in charter.rules)])
        )
        assert len(words) < 500


def test_language_tags() -> None:
    assert charter_in("fr-CA").preamble == charter_in("FR").preamble == PREAMBLE.fr
    assert charter_in("de").rules[0].title == CHARTER[0].title.en
    assert [rule.id for rule in charter_in("fr").rules] == [rule.id for rule in CHARTER]
