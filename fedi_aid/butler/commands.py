"""What the butler understands: one table of words, French and English, tolerant of case, accents, mentions
and a few words around. Unknown text is no command."""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import msgspec

Verb = Literal["yes", "no", "done", "still", "pause", "help", "withdrawn", "more"]

# Longest phrases first within a verb is not needed: a phrase must stand alone or open the message.
WORDS: Mapping[Verb, tuple[str, ...]] = MappingProxyType(
    {
        "done": (
            *("done", "solved", "resolved", "it is done", "its done", "i am done", "lower the flag"),
            *("fait", "c est fait", "resolu", "c est resolu", "regle", "c est regle", "termine", "fini"),
        ),
        "withdrawn": ("withdraw", "cancel", "never mind", "annuler", "annule", "laisse tomber", "retirer"),
        "still": (
            "still",
            "still open",
            "keep going",
            "resume",
            "toujours",
            "encore",
            "continue",
            "reprendre",
        ),
        "yes": ("yes", "y", "yep", "ok", "okay", "sure", "of course", "oui", "o", "d accord", "volontiers"),
        "no": ("no", "n", "nope", "not me", "sorry no", "non", "pas moi", "desole non"),
        "pause": ("pause", "pause it", "hold on", "stop for now", "en pause", "mets en pause", "attends"),
        "more": (
            *("more", "more posts", "show me more", "show more"),
            *("plus", "encore plus", "plus de messages", "montre m en plus", "montrez m en plus", "la suite"),
        ),
        "help": ("help", "commands", "what can you do", "aide", "commandes", "que sais tu faire"),
    }
)
_BY_PHRASE = {phrase: verb for verb, phrases in WORDS.items() for phrase in phrases}
_LONGEST = max(len(phrase.split()) for phrase in _BY_PHRASE)
_COURTESY = frozenset("please thanks thank you merci s il te vous plait svp stp now maintenant".split())


class Command(msgspec.Struct, frozen=True):
    """A command and what stood after it."""

    verb: Verb
    rest: str = ""


def parse(text: str) -> Command | None:
    """The command that a message to the butler opens with, or None.

    `@butler Oui, merci !`, `DONE.` and `c'est fait` are commands; a longer sentence that merely begins with
    such a word is not, so that "no idea what to do" refuses nothing.
    """
    words = _words(text)
    for length in range(min(_LONGEST, len(words)), 0, -1):
        verb = _BY_PHRASE.get(" ".join(words[:length]))
        if verb is None:
            continue
        rest = words[length:]
        if all(word in _COURTESY for word in rest):
            return Command(verb, " ".join(rest))
    return None


def _words(text: str) -> list[str]:
    """Small letters without accents or punctuation; mentions and hashtag signs are left out."""
    without_mentions = re.sub(r"(?<!\w)@[\w.:@-]+", " ", text)
    decomposed = unicodedata.normalize("NFKD", without_mentions.replace("œ", "oe"))
    plain = "".join(sign for sign in decomposed if unicodedata.category(sign) != "Mn").casefold()
    return re.findall(r"[a-z0-9]+", plain)
