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
        "carry": ("yes", "offer", "no", "later"),
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
        "lowered_vouch": ("yes", "no"),
        "lowered_whether": ("yes", "no"),
        "card_goal": ("done", "later", "withdrawn"),
        "card_tie": ("write", "still", "withdrawn"),
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
        "offer": {"en": "I can help myself", "fr": "Je peux aider moi-même"},
    }
)

# What an order is called where it means something of its own.
LABELS_OF: Final[Mapping[Letter, Mapping[Verb, Mapping[str, str]]]] = MappingProxyType(
    {
        "card_goal": {
            "done": {"en": "It is reached", "fr": "Il est atteint"},
            "later": {"en": "Not now", "fr": "Pas maintenant"},
            "withdrawn": {"en": "Let it go", "fr": "Laissons-le"},
        },
        "card_tie": {
            "write": {"en": "I will write a word", "fr": "J’écris un mot"},
            "still": {"en": "Keep it as it is", "fr": "Le garder ainsi"},
            "withdrawn": {"en": "End it quietly", "fr": "Y mettre fin sans bruit"},
        },
    }
)
_MEANING: Final[Mapping[str, Verb]] = MappingProxyType(
    {
        label: verb
        for table in (LABELS, *LABELS_OF.values())
        for verb, labels in table.items()
        for label in labels.values()
    }
)


def poll(letter: Letter, language: str) -> PollWish | None:
    """The poll of a letter that offers a choice."""
    verbs = CHOICES.get(letter)
    if verbs is None:
        return None
    labels = {**LABELS, **LABELS_OF.get(letter, {})}
    return PollWish(options=tuple(labels[verb][language] for verb in verbs), lasts=LASTS, hide_totals=True)


def chosen(options: tuple[str, ...], choice: int) -> Verb | None:
    """The order that a vote stands for."""
    if not 0 <= choice < len(options):
        return None
    return _MEANING.get(options[choice])
