"""The few lines that a post gains on servers that do not understand the extension (RULES R21).

They never name a level, and every direct form has the same summary.
"""

import msgspec


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """One language's lines, as plain text."""

    summary: str  # above every direct form, whatever its level
    request: str  # last line of a request
    quiet: str  # last line of a post that is shown quietly
    solved: str  # first line once the flag is down


_WORDS = {
    "en": Words(
        summary="A message from a friend",
        request="This is an open request: no answer is owed.",
        quiet="If you answer, please choose “mentioned people only”: otherwise your followers can read it.",
        solved="✅ Solved, thank you.",
    ),
    "fr": Words(
        summary="Un message d'une amie ou d'un ami",
        request="Ceci est une demande ouverte : aucune réponse n'est due.",
        quiet="Si vous répondez, choisissez « personnes mentionnées » : sinon vos abonnés peuvent lire.",
        solved="✅ C'est réglé, merci.",
    ),
}


def words_in(language: str | None, otherwise: str) -> Words:
    """The lines in a post's language; in the instance's own for any other."""
    for tag in (language or "", otherwise):
        found = _WORDS.get(tag.lower().split("-")[0])
        if found is not None:
            return found
    return _WORDS["en"]
