"""Print every sentence of the butler, in both languages, with samples in their places.

    .venv/bin/python scripts/letters.py > tests/golden/butler.txt

Read the difference before you keep it: warm, brief, no guilt, and « vous ».
"""

import string
from datetime import timedelta
from typing import Final

from fedi_aid.butler import choices, who_helped, yes_and_no
from fedi_aid.butler.cards import NAMES
from fedi_aid.butler.letters import (
    LETTERS,
    NOBODY,
    REASONS_FR,
    URGENCY,
    beforehand,
    not_thanked,
    people,
    seen_by,
    seen_by_nobody,
    times,
    urgency,
    week_in_numbers,
    weeks,
)
from fedi_aid.butler.words import known, stories, story

# What stands in the places, in English and in French; any other place shows its name.
SAMPLES: Final[dict[str, tuple[object, object]]] = {
    "author": ("Amina", "Amina"),
    "name": ("Bruno", "Bruno"),
    "excerpt": ("My shop needs a ramp", "Ma boutique a besoin d’une rampe"),
    "level": (2, 2),
    "level_name": ("friends", "ami·es"),
    "seen": ("12 friends may see it", "12 ami·es peuvent le voir"),
    "people": ("3 people", "3 personnes"),
    "until": ("March 28, 2026", "28 mars 2026"),
    "times": ("twice", "2 fois"),
    "urgency": ("urgent", "urgente"),
    "choices": ("– “My shop needs a ramp”", "– « Ma boutique a besoin d’une rampe »"),
    "why": ("Amina asks you, and two others.", "Amina vous sollicite, avec deux autres."),
    "others": ("", ""),
}


def letters() -> str:
    """The whole page."""
    found = []
    for letter, words in LETTERS.items():
        for place, language in enumerate(("en", "fr")):
            found.append(f"## {letter} · {language}\n\n{_filled(words[language], place)}\n")
            poll = choices.poll(letter, language)
            if poll is not None:
                found.append("".join(f"( ) {option}\n" for option in poll.options))
    for place, language in enumerate(("en", "fr")):
        lines = [*known.FACTS[language], *known.LINES[language].values()]
        lines += [
            one[language]
            for table in (story.HAPPENED, story.STATES, story.OUTCOMES)
            for one in table.values()
        ]
        lines += [
            story.NOW[language],
            story.NOW_CLOSE[language],
            story.AGAIN[language],
            story.UNTIL[language],
        ]
        lines += [name[language] for name in NAMES.values()]
        told = "".join(f"- {_filled(line, place)}\n" for line in lines)
        found.append(f"## facts, story, cards · {language}\n\n{told}")
        told = "".join(f"- {piece.strip()}\n" for piece in _pieces(language))
        found.append(f"## pieces of letters · {language}\n\n{told}")
    return "\n".join(found)


def _pieces(language: str) -> list[str]:
    """What is put together out of numbers and names."""
    counted = (seen_by, people, times)
    return [
        *(piece(number, language) for piece in counted for number in (1, 2, 12)),
        *(weeks(timedelta(weeks=number), language) for number in (1, 3)),
        *week_in_numbers({"own": 1, "offers": 2, "given": 1, "waiting": 3}, language).split("\n"),
        *(urgency(name, language) for name in URGENCY),
        beforehand(0, language),
        seen_by_nobody(0, language),
        seen_by_nobody(2, language),
        not_thanked("Eve", language),
        *(width[language] for width in stories.READERS.values()),
        yes_and_no.I_CAN_HELP[language],
        NOBODY[language],
        *(REASONS_FR.values() if language == "fr" else ()),
        *(option[language] for option in (who_helped.ALL, who_helped.NONE)),
    ]


def _filled(text: str, place: int) -> str:
    names = {name for _, name, _, _ in string.Formatter().parse(text) if name}
    return text.format(**{name: SAMPLES[name][place] if name in SAMPLES else f"‹{name}›" for name in names})


if __name__ == "__main__":
    print(letters(), end="")
