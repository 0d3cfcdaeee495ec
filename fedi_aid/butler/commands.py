"""What a message to the butler asks for: pure, tolerant of case, accents, mentions and courtesies.

Where two things could be meant, nothing is: the butler says that it did not understand, and does nothing.
The words are in `phrases`.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Final, Literal

import msgspec

from fedi_aid.butler import phrases
from fedi_aid.butler.phrases import Verb
from fedi_aid.model.people import BUTLER

WORDS: Final[Mapping[Verb, tuple[str, ...]]] = {
    verb: (*phrases.PHRASES.get(verb, ()), *phrases.OPENINGS.get(verb, ("words", ()))[1])
    for verb in (*phrases.PHRASES, *(one for one in phrases.OPENINGS if one not in phrases.PHRASES))
}
LONGEST_MESSAGE: Final = 2_000  # in characters; nobody gives an order in more

_FILLER: Final = ""
_BY_PHRASE: Final[Mapping[str, Verb | Literal[""]]] = {
    **dict.fromkeys(phrases.FILLERS, _FILLER),
    **{phrase: verb for verb, known in phrases.PHRASES.items() for phrase in known},
}
_OPENINGS: Final = sorted(
    (
        (tuple(opening.split()), verb, needs)
        for verb, (needs, known) in phrases.OPENINGS.items()
        for opening in known
    ),
    key=lambda one: -len(one[0]),
)
_LONGEST: Final = max(len(phrase.split()) for phrase in _BY_PHRASE)
_WORD: Final = re.compile(r"(?<![\w.])@[\w.-]+(?:@[\w.:-]+)?|[^\W\d_]+|\d+")
_BREAK: Final = re.compile(r"[.,!?;:…\n()«»“”\"–—]")


class Command(msgspec.Struct, frozen=True):
    """An order. `rest`: what its opening words were followed by, as it was written."""

    verb: Verb
    rest: str = ""


class _Word(msgspec.Struct, frozen=True):
    """A word as it is compared; where it begins and ends in the message; in which clause it stands."""

    plain: str
    start: int
    end: int
    clause: int


def parse(text: str) -> Command | None:
    """The order that a message to the butler gives, or None.

    `@butler Oui, merci !`, `DONE.`, `ok c'est fait` and "Bruno came by. It's done!" are orders; "no idea what
    to do" refuses nothing, "is it done?" and "it is not done" lower nothing.
    """
    text = unicodedata.normalize("NFC", text)
    if len(text) > LONGEST_MESSAGE:
        return None
    words = _words(text)
    if not words:
        return None
    clauses = [list(clause) for _, clause in groupby(words, key=lambda word: word.clause)]
    heard = [_heard(clause) for clause in clauses]
    if None not in heard and any(heard):
        return _one_of([verb for verbs in heard for verb in verbs or ()], asking="?" in text)
    return _opened(text, words) or _among_others(clauses, heard, asking="?" in text)


def spelled(text: str) -> str:
    """What somebody wrote as `phrases` has it: "C'est fait !" is "c est fait"."""
    return " ".join(word.plain for word in _words(unicodedata.normalize("NFC", text)))


def number(text: str) -> int | None:
    """The first whole number of a text, if it has one of at most four digits."""
    found = re.search(r"\d+", text)
    return int(found.group()) if found and len(found.group()) < 5 else None


def _words(text: str) -> list[_Word]:
    """The words of a message, without the butler's own name; other mentions stay, signed with an @."""
    found: list[_Word] = []
    clause = last = 0
    for match in _WORD.finditer(text):
        clause += bool(_BREAK.search(text, last, match.start()))
        last = match.end()
        plain = _plain(match.group())
        if plain != f"@{BUTLER}" and not plain.startswith(f"@{BUTLER}@"):
            found.append(_Word(plain, match.start(), match.end(), clause))
    return found


def _plain(word: str) -> str:
    """Small letters without accents."""
    decomposed = unicodedata.normalize("NFKD", word.replace("œ", "oe").replace("Œ", "oe"))
    return "".join(sign for sign in decomposed if unicodedata.category(sign) != "Mn").casefold()


def _heard(clause: Sequence[_Word]) -> list[Verb] | None:
    """The orders in one clause that consists of nothing but orders and fillers; None for any other."""
    plain = [word.plain for word in clause]
    found: list[Verb] = []
    at = 0
    while at < len(plain):
        if plain[at].startswith("@"):
            at += 1  # "done, thanks @bruno"
            continue
        for length in range(min(_LONGEST, len(plain) - at), 0, -1):
            known = _BY_PHRASE.get(" ".join(plain[at : at + length]))
            if known is not None:
                if known != _FILLER:
                    found.append(known)
                at += length
                break
        else:
            return None
    return found


def _one_of(verbs: Iterable[Verb], *, asking: bool) -> Command | None:
    """The one order that is meant: "ok, it is done" is no yes, "no, still" no refusal."""
    meant = set(verbs)
    if "no" not in meant and len(meant) > 1:
        meant.discard("yes")
    if len(meant) == 2 and meant & {"still", "pause", "later"}:
        meant.discard("no")
    if len(meant) != 1:
        return None
    [verb] = meant
    return None if asking and verb not in phrases.ASKED else Command(verb)


def _opened(text: str, words: Sequence[_Word]) -> Command | None:
    """An order with more words after it, when the message opens with it."""
    plain = [word.plain for word in words]
    at = 0
    while at < len(plain) and _BY_PHRASE.get(plain[at]) in (_FILLER, "yes"):
        at += 1
    for start in dict.fromkeys((0, at)):
        for opening, verb, needs in _OPENINGS:
            end = start + len(opening)
            if tuple(plain[start:end]) == opening and _holds(needs, words[end:]):
                return Command(verb, text[words[end].start :].strip())
    return None


def _holds(needs: phrases.Needs, rest: Sequence[_Word]) -> bool:
    if needs == "mention":
        return any(word.plain.startswith("@") for word in rest)
    if needs == "number":
        return bool(rest) and rest[0].plain.isdecimal()
    return bool(rest)


def _among_others(
    clauses: Sequence[Sequence[_Word]], heard: Sequence[list[Verb] | None], *, asking: bool
) -> Command | None:
    """An order in the first or the last clause of a message whose other clauses tell something else."""
    told = [
        word.plain for clause, verbs in zip(clauses, heard, strict=True) if verbs is None for word in clause
    ]
    if phrases.DOUBTS & set(told):
        return None
    command = _one_of([verb for verbs in heard for verb in verbs or ()], asking=asking)
    outer = {*(heard[0] or ()), *(heard[-1] or ())}
    return command if command and command.verb in phrases.CLEAR and command.verb in outer else None
