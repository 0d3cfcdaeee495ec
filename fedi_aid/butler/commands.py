"""What a message to the butler asks for: pure, tolerant of case, accents, mentions and courtesies.

Where two things could be meant, nothing is: the butler says that it did not understand, and does nothing.
The words are in `phrases`.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
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
_THANKS: Final = tuple(opening for opening, verb, _ in _OPENINGS if verb == "thank")
_SPELLED: Final = tuple(one for one, verb in _BY_PHRASE.items() if verb in phrases.SPELLED)
_LONGEST: Final = max(len(phrase.split()) for phrase in _BY_PHRASE)
_WORD: Final = re.compile(r"(?<![\w.])@[\w.-]+(?:@[\w.:-]+)?|[^\W\d_]+|\d+")
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_BREAK: Final = re.compile(r"[.,!?;:…\n()«»“”\"–—]")


class Command(msgspec.Struct, frozen=True):
    """An order. `rest`: what its opening words were followed by, as it was written. `thanks`: whom the same
    message thanks, and what for, where the order is that a need is gone."""

    verb: Verb
    rest: str = ""
    thanks: str = ""


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
    text = _without_tags(unicodedata.normalize("NFC", text))
    if len(text) > LONGEST_MESSAGE:
        return None
    words = _words(text)
    if not words:
        return _sign(text)
    return _with_thanks(text, words) or _order(text, words)


def _without_tags(text: str) -> str:
    """Some programs write `<b>done</b>`; what stands where stays."""
    return _TAG.sub(lambda tag: " " * len(tag.group()), text)


def _sign(text: str) -> Command | None:
    """A thumb and nothing else."""
    signs = re.sub(r"@\S+|\s|[\ufe0f\U0001f3fb-\U0001f3ff]", "", text)
    verb = phrases.SIGNS.get(signs)
    return Command(verb) if verb else None


# -- what is no order, and still says something


def is_courtesy(text: str) -> bool:
    """ "Hello", "thank you so much": kind, and nothing to obey."""
    words = _words(unicodedata.normalize("NFC", text))
    return bool(words) and all(_heard(clause) == [] for clause in _clauses(words))


def hesitates(text: str) -> bool:
    """ "Yes, but only on Sunday", "maybe": near to a yes or a no, and neither."""
    words = _words(unicodedata.normalize("NFC", text[:LONGEST_MESSAGE]))
    if re.sub(r"@\S+", "", text).lstrip()[:1] in phrases.SIGNS:
        return True
    first = [word.plain for word in words if _BY_PHRASE.get(word.plain) != _FILLER][:2]
    return bool(first) and (_BY_PHRASE.get(first[0]) in ("yes", "no") or " ".join(first) in phrases.MAYBE)


def near(text: str) -> Verb | None:
    """The order that a short message nearly spells: "pauze 2 weeks"."""
    words = [word.plain for word in _words(unicodedata.normalize("NFC", text[:LONGEST_MESSAGE]))]
    words = [word for word in words if _BY_PHRASE.get(word) != _FILLER]
    if phrases.DOUBTS & set(words):
        return None  # one word more turns it round
    for said in (" ".join(words), words[0] if words else ""):
        if 3 < len(said) <= 40 and len(words) < 6:
            for phrase in get_close_matches(said, _SPELLED, n=1, cutoff=0.8):
                return _BY_PHRASE[phrase] or None
    return None


def _order(text: str, words: Sequence[_Word]) -> Command | None:
    clauses = _clauses(words)
    heard = [_heard(clause) for clause in clauses]
    if None not in heard and any(heard):
        return _one_of([verb for verbs in heard for verb in verbs or ()], asking="?" in text)
    return _opened(text, words) or _among_others(clauses, heard, asking="?" in text)


def _clauses(words: Iterable[_Word]) -> list[list[_Word]]:
    return [list(clause) for _, clause in groupby(words, key=lambda word: word.clause)]


# -- thanks beside an order


def _with_thanks(text: str, words: Sequence[_Word]) -> Command | None:
    """ "Done, thanks @bruno for the van": the need is gone, and somebody is thanked for it."""
    begins = next((at for at in range(len(words)) if _thanks_at(words, at)), None)
    if begins is None:
        return None
    ends = _thanks_end(words, begins)
    others = [*words[:begins], *words[ends:]]
    if not others:
        return None
    clauses = _clauses(others)
    heard = [_heard(clause) for clause in clauses]
    asking = "?" in text
    if None in heard:
        found = _among_others(clauses, heard, asking=asking)
    else:
        found = _one_of([verb for verbs in heard for verb in verbs or ()], asking=asking)
    if found is None or found.verb not in phrases.ENDING:
        return None
    said = text[words[begins].start : words[ends].start if ends < len(words) else len(text)]
    return Command(found.verb, thanks=said.strip())


def _thanks_at(words: Sequence[_Word], at: int) -> bool:
    """Here somebody who is named is thanked."""
    for opening in _THANKS:
        named = at + len(opening)
        if tuple(word.plain for word in words[at:named]) == opening:
            return named < len(words) and words[named].plain.startswith("@")
    return False


def _thanks_end(words: Sequence[_Word], begins: int) -> int:
    """Thanks go on until an order, in a clause of its own or after an "and", or to the end of the message."""
    for at in range(begins + 1, len(words)):
        new = words[at].clause != words[at - 1].clause or words[at].plain in ("and", "et")
        clause = [word for word in words[at:] if word.clause == words[at].clause]
        if new and phrases.ENDING & set(_heard(clause) or ()):
            return at
    return len(words)


def spelled(text: str) -> str:
    """What somebody wrote as `phrases` has it: "C'est fait !" is "c est fait"."""
    return " ".join(word.plain for word in _words(unicodedata.normalize("NFC", text)))


def number(text: str) -> int | None:
    """The first whole number of a text, if it has one of at most four digits, or in words up to ten."""
    found = re.search(r"\d+", text)
    if found:
        return int(found.group()) if len(found.group()) < 5 else None
    return next((phrases.NUMBERS[word] for word in spelled(text).split() if word in phrases.NUMBERS), None)


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
    if needs in ("number", "people"):
        counted = bool(rest) and (rest[0].plain.isdecimal() or rest[0].plain in phrases.NUMBERS)
        return counted and (needs == "number" or len(rest) == 1 or rest[1].plain in phrases.PEOPLE)
    return bool(rest)


def _among_others(
    clauses: Sequence[Sequence[_Word]], heard: Sequence[list[Verb] | None], *, asking: bool
) -> Command | None:
    """An order in the first or the last clause of a message whose other clauses tell something else."""
    told = [
        word.plain for clause, verbs in zip(clauses, heard, strict=True) if verbs is None for word in clause
    ]
    command = _one_of([verb for verbs in heard for verb in verbs or ()], asking=asking)
    if phrases.DOUBTS & set(told) and not (command and command.verb == "still"):
        return None
    outer = {*(heard[0] or ()), *(heard[-1] or ())}
    return command if command and command.verb in phrases.CLEAR and command.verb in outer else None
