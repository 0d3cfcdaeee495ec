"""What somebody can help with: skills, languages and kinds of help, how they are written and compared.

Two ways of writing are one skill when they differ by case, accents, spaces and signs only, so that the
hashtag of a request can name it: `#FrenchPaperwork` asks for "French paperwork".
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Final, Literal, get_args

from babel import Locale

from fedi_aid.errors import Refused
from fedi_aid.model.names import clean_name
from fedi_aid.model.scan import fold_tag

SKILLS_MAX: Final = 30
CAUSES_MAX: Final = 10
NAME_MAX: Final = 60
LANGUAGES_MAX: Final = 12
AVAILABILITY_MAX: Final = 300
ONLY_THROUGH_MAX: Final = 20

Kind = Literal["advice", "hands", "things", "transport", "lodging", "care", "company", "money"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
ShownTo = Literal["nobody", "friends", "everybody"]
SHOWN_TO: Final[tuple[ShownTo, ...]] = get_args(ShownTo)

# Hashtags by which a request says what kind of help it needs, as `key` folds them.
_KIND_WORDS: Final[tuple[tuple[Kind, str], ...]] = (
    ("advice", "advice conseil conseils avis"),
    ("hands", "hands helpinghands coupdemain bras"),
    ("things", "things loan borrow materiel pret objet objets"),
    ("transport", "transport ride lift covoiturage trajet"),
    ("lodging", "lodging housing roof hebergement logement toit"),
    ("care", "care babysitting soin soins garde"),
    ("company", "company visit compagnie visite presence"),
    ("money", "money funds fundraising argent cagnotte dons"),
)
KIND_TAGS: Final[Mapping[str, Kind]] = MappingProxyType(
    {word: kind for kind, listed in _KIND_WORDS for word in listed.split()}
)
_BETWEEN: Final = re.compile(r"[\W_]+")
_ACCENTS: Final = re.compile("[\u0300-\u036f]")
_CODE: Final = re.compile(r"[a-z]{2,3}")
_SPOKEN_IN: Final = ("en", "fr")


def key(name: str) -> str:
    """A skill as it is compared: without case, the accents of European scripts, spaces and signs. May be
    empty."""
    decomposed = unicodedata.normalize("NFKD", fold_tag(_BETWEEN.sub("", name)).replace("œ", "oe"))
    return unicodedata.normalize("NFKC", _ACCENTS.sub("", decomposed))


def named(names: Iterable[str], *, most: int, field: str, fold: Callable[[str], str] = key) -> dict[str, str]:
    """Folded → how it is written, in the order given; the same one twice counts once.

    Refused for too many, for one without a letter or digit, and for one that is too long.
    """
    found: dict[str, str] = {}
    for given in names:
        label = clean_name(given.lstrip("#"), NAME_MAX + 1)
        folded = fold(label)
        if not folded or len(label) > NAME_MAX:
            raise Refused(f"One of them is empty or longer than {NAME_MAX} characters", field=field)
        found.setdefault(folded, label)
    if len(found) > most:
        raise Refused(f"At most {most}", field=field)
    return found


def languages(words: Iterable[str]) -> tuple[str, ...]:
    """Codes (`fr`) of languages given by code or by name in French or English. Refused for any other."""
    found: dict[str, None] = {}
    for word in words:
        code = language(word)
        if code is None:
            raise Refused(f"“{clean_name(word, 40)}” is no language known here", field="languages")
        found[code] = None
    if len(found) > LANGUAGES_MAX:
        raise Refused(f"At most {LANGUAGES_MAX}", field="languages")
    return tuple(found)


def language(word: str) -> str | None:
    """The code of a language given by code (`fr`, `fr-CA`) or by its name in French or English."""
    folded = key(word)
    code = word.strip().lower().partition("-")[0].partition("_")[0]
    if _CODE.fullmatch(code) and code in _codes():
        return code
    return _language_names().get(folded)


def language_name(code: str, locale: str) -> str:
    """`French`, `français`; the code itself where nobody has a name for it."""
    spoken = "fr" if locale.lower().startswith("fr") else "en"
    return str(Locale(spoken).languages.get(code, code))


@cache
def _codes() -> frozenset[str]:
    return frozenset(str(code) for code in Locale("en").languages if _CODE.fullmatch(str(code)))


@cache
def _language_names() -> Mapping[str, str]:
    """Names as `key` folds them → code; a two-letter code before a three-letter one of the same name."""
    found: dict[str, str] = {}
    for spoken in _SPOKEN_IN:
        for code, name in sorted(
            Locale(spoken).languages.items(), key=lambda one: (len(str(one[0])), str(one[0]))
        ):
            if _CODE.fullmatch(str(code)):
                found.setdefault(key(str(name)), str(code))
    return found


def wanted(tags: Iterable[str], skills: Iterable[str]) -> tuple[str, ...]:
    """Which of these skills (keys) the hashtags of a request name, in the order of the alphabet."""
    said = {key(tag) for tag in tags}
    return tuple(sorted(said & set(skills)))


def kinds_wanted(tags: Iterable[str]) -> frozenset[Kind]:
    """The kinds of help that the hashtags of a request name; none said: any."""
    return frozenset(KIND_TAGS[folded] for tag in tags if (folded := key(tag)) in KIND_TAGS)


def kinds(words: Sequence[str]) -> tuple[Kind, ...]:
    """The kinds of help that somebody accepts to be asked for. Refused for a word that is none."""
    for word in words:
        if word not in KINDS:
            raise Refused(f"It is one of {', '.join(KINDS)}", field="kinds")
    return tuple(one for one in KINDS if one in words)
