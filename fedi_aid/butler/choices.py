"""Questions as polls: in any client a vote on the butler's question is the answer to it."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from fedi_aid.butler.letters import Letter
from fedi_aid.butler.phrases import Verb
from fedi_aid.model.polls import PollWish

LASTS: Final = timedelta(days=30)

# The orders that a letter offers to choose from, at most four.
CHOICES: Final[Mapping[Letter, tuple[Verb, ...]]] = MappingProxyType(
    {
        "carry": ("yes", "no", "later"),
        "ask": ("yes", "no", "later", "less"),
        "ask_team": ("yes", "no", "later", "less"),
        "ask_again": ("yes", "no", "less"),
        "offer": ("yes", "no"),
        "offer_waits": ("yes", "no"),
        "checkin": ("done", "still", "pause", "no_longer_needed"),
        "asleep": ("still", "done", "no_longer_needed"),
        "widen": ("yes", "no", "done"),
        "level": ("yes", "no"),
        "level_close": ("yes", "no"),
        "approve_close": ("yes", "no"),
        "approve_confidants": ("yes", "no"),
        "invited_team": ("yes", "no"),
        "invited_counsel": ("yes", "no"),
        "quoted": ("yes", "no"),
        "endorsed": ("yes", "no"),
        "introduced": ("yes", "no"),
        "vouch_too": ("yes", "no"),
    }
)

LABELS: Final[Mapping[Verb, Mapping[str, str]]] = MappingProxyType(
    {
        "yes": {"en": "Yes", "fr": "Oui"},
        "no": {"en": "No", "fr": "Non"},
        "later": {"en": "Ask me later", "fr": "Plus tard"},
        "less": {"en": "Less of this", "fr": "Moins de cela"},
        "done": {"en": "It is solved", "fr": "C’est résolu"},
        "still": {"en": "It still stands", "fr": "Cela tient toujours"},
        "pause": {"en": "Let it rest", "fr": "En pause"},
        "no_longer_needed": {"en": "No longer needed", "fr": "Plus besoin"},
    }
)


def poll(letter: Letter, language: str) -> PollWish | None:
    """The poll of a letter that offers a choice."""
    verbs = CHOICES.get(letter)
    if verbs is None:
        return None
    return PollWish(options=tuple(LABELS[verb][language] for verb in verbs), lasts=LASTS, hide_totals=True)


def chosen(options: tuple[str, ...], choice: int) -> Verb | None:
    """The order that a vote stands for."""
    if not 0 <= choice < len(options):
        return None
    return next((verb for verb, labels in LABELS.items() if options[choice] in labels.values()), None)
