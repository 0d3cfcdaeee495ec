"""Print every sentence of the butler, in both languages, with samples in their places.

    .venv/bin/python scripts/letters.py > tests/golden/butler.txt

Read the difference before you keep it: warm, brief, no guilt, and « vous ».
"""

import string
from typing import Final

from fedi_aid.butler import choices
from fedi_aid.butler.cards import NAMES
from fedi_aid.butler.letters import LETTERS
from fedi_aid.butler.words import known, story

# What stands in the places, in English and in French; any other place shows its name.
SAMPLES: Final[dict[str, tuple[object, object]]] = {
    "author": ("Amina", "Amina"),
    "name": ("Bruno", "Bruno"),
    "excerpt": ("My shop needs a ramp", "Ma boutique a besoin d’une rampe"),
    "level": (2, 2),
    "level_name": ("friends", "ami·es"),
    "seen": ("12 friends", "12 ami·es"),
    "people": ("3 people", "3 personnes"),
    "until": ("March 28, 2026", "28 mars 2026"),
    "times": ("twice", "2 fois"),
    "urgency": ("urgent", "urgente"),
    "choices": ("– “My shop needs a ramp”", "– « Ma boutique a besoin d’une rampe »"),
    "why": ("Amina asks you, and two others.", "Amina vous sollicite, avec deux autres."),
    "thanked": ("I have thanked 2 people for their help.", "J’ai remercié 2 personnes de leur aide."),
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
    return "\n".join(found)


def _filled(text: str, place: int) -> str:
    names = {name for _, name, _, _ in string.Formatter().parse(text) if name}
    return text.format(**{name: SAMPLES[name][place] if name in SAMPLES else f"‹{name}›" for name in names})


if __name__ == "__main__":
    print(letters(), end="")
