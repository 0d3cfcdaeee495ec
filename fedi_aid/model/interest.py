"""A post says so when its author is paid for it or gains by it (PRODUCT S4b): in words that any client shows.

The line stands above the post's own words, here and on every other server, so that nobody has to know of us
to be told.
"""

from html import escape
from typing import Final

import msgspec

from fedi_aid.errors import Refused
from fedi_aid.model.names import clean_name

WORDS_MAX: Final = 200
LABEL: Final = {"en": "Interest declared:", "fr": "Intérêt déclaré :"}
OWN_WORDS: Final = {
    "en": "the author is paid for this, or gains by it",
    "fr": "la personne qui écrit est payée pour ceci, ou y gagne",
}
NO_REQUEST: Final = (
    "A post by which its author earns or gains is never a request for help: take away the help flag, or the "
    "declared interest."
)


class Declared(msgspec.Struct, frozen=True):
    """Whether the author is paid for a post or gains by it, and in which words of theirs."""

    paid: bool
    words: str = ""

    def above(self, html: str, language: str | None) -> str:
        """The post as it is shown."""
        return above(html, self.words, language) if self.paid else html


def clean(words: str) -> str:
    """An author's own words on it, as one line. Refused when they are too many."""
    found = clean_name(words, WORDS_MAX + 1)
    if len(found) > WORDS_MAX:
        raise Refused(f"At most {WORDS_MAX} characters say what you gain", field="fedi_aid[interest]")
    return found


def words(interest: str, language: str | None) -> str:
    """What is declared: the author's own words, or ours where there are none."""
    return interest or OWN_WORDS[_known(language)]


def above(html: str, interest: str, language: str | None) -> str:
    """HTML that begins with the line; `interest` is plain text."""
    line = f"{LABEL[_known(language)]} {words(interest, language)}"
    return f"<p>{escape(line, quote=False)}</p>{html}"


def is_said(text: str, interest: str) -> bool:
    """Whether a plain text says the line itself, in any of our languages."""
    folded = " ".join(text.split())
    return any(f"{label} {words(interest, language)}" in folded for language, label in LABEL.items())


def _known(language: str | None) -> str:
    return "fr" if (language or "").lower().startswith("fr") else "en"
