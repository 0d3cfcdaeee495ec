"""News of other people and of the moderators."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

NewsLetter = Literal[
    "moved",
    "severed",
    "warned",
    "warned_sensitive",
    "warned_limit",
    "warned_removed",
    "appeal_accepted",
    "appeal_refused",
    "appealed",
    "charter_changed",
]

WORDS: Final[Mapping[NewsLetter, Mapping[str, str]]] = MappingProxyType(
    {
        "moved": {
            "en": (
                "{name} ({before}) says that they have another account now: {now}. I changed nothing. If you "
                "know that it is them, ask to be friends there; if you are not sure, ask them first in "
                "another way."
            ),
            "fr": (
                "{name} ({before}) dit avoir maintenant un autre compte : {now}. Je n’ai rien changé. Si vous "
                "savez que c’est bien cette personne, proposez-lui votre amitié là-bas ; dans le doute, "
                "demandez-lui d’abord par un autre moyen."
            ),
        },
        "severed": {
            "en": (
                "The moderators of this server suspended {target}. With that your ties to {names} ended. This "
                "is final: if the suspension is ever lifted, you would have to ask each other anew."
            ),
            "fr": (
                "La modération de ce serveur a suspendu {target}. Vos liens avec {names} ont ainsi pris fin. "
                "C’est définitif : si la suspension était levée un jour, il faudrait vous redemander l’un à "
                "l’autre."
            ),
        },
        "warned": {
            "en": "The moderators of this server send you a word; nothing else changes.\n\n{reason}",
            "fr": "La modération de ce serveur vous adresse un mot ; rien d’autre ne change.\n\n{reason}",
        },
        "warned_sensitive": {
            "en": (
                "The moderators of this server decided that what you write is shown as sensitive from now on."
                "\n\n{reason}"
            ),
            "fr": (
                "La modération de ce serveur a décidé que ce que vous écrivez sera désormais montré comme "
                "sensible.\n\n{reason}"
            ),
        },
        "warned_limit": {
            "en": (
                "The moderators of this server decided that you are not shown in public places any more, and "
                "that people who do not follow you hear of you only if they look.\n\n{reason}"
            ),
            "fr": (
                "La modération de ce serveur a décidé que vous n’apparaîtrez plus dans les lieux publics, et "
                "que les personnes qui ne vous suivent pas n’entendront parler de vous que si elles "
                "regardent.\n\n{reason}"
            ),
        },
        "warned_removed": {
            "en": "The moderators of this server removed something that you wrote.\n\n{reason}",
            "fr": "La modération de ce serveur a retiré quelque chose que vous aviez écrit.\n\n{reason}",
        },
        "appeal_accepted": {
            "en": "The moderators have read your appeal, and took their decision back.\n\n{answer}",
            "fr": "La modération a lu votre recours et revient sur sa décision.\n\n{answer}",
        },
        "appeal_refused": {
            "en": "The moderators have read your appeal, and keep to their decision.\n\n{answer}",
            "fr": "La modération a lu votre recours et maintient sa décision.\n\n{answer}",
        },
        "appealed": {
            "en": "Somebody appeals against a decision. It waits for you among the moderation pages: {url}",
            "fr": "Quelqu’un fait appel d’une décision. Le recours vous attend dans les pages de modération : {url}",
        },
        "charter_changed": {
            "en": "The charter of this server has changed. Please read it, and accept it if you do: {url}",
            "fr": "La charte de ce serveur a changé. Merci de la lire et, si elle vous convient, de l’accepter : {url}",
        },
    }
)
