"""Stories: somebody's words are to stand in one."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

StoryLetter = Literal["quoted", "noted_quoted", "noted_not_quoted", "noted_quoted_over"]

WORDS: Final[Mapping[StoryLetter, Mapping[str, str]]] = MappingProxyType(
    {
        "quoted": {
            "en": (
                "{author} is putting together a story, “{title}”, for {readers}, and would like to show words "
                "of yours in it:{excerpts}\n\nOnly who may read them anyway would find them there. May they be "
                "shown? Answer “yes” or “no”. Until you say yes they are not, and a no looks like no answer. "
                "You can change your mind at any time, on the page “Stories”."
            ),
            "fr": (
                "{author} compose un récit, « {title} », pour {readers}, et aimerait y montrer des mots de "
                "vous :{excerpts}\n\nSeules les personnes qui peuvent déjà les lire les y trouveraient. "
                "Peuvent-ils y figurer ? Répondez « oui » ou « non ». Sans votre oui, ils n’y sont pas, et un "
                "non ressemble à une absence de réponse. Vous pourrez changer d’avis à tout moment, sur la "
                "page « Récits »."
            ),
        },
        "noted_quoted": {
            "en": "Thank you: your words may stand in “{title}”. You can take them back at any time.",
            "fr": "Merci : vos mots peuvent figurer dans « {title} ». Vous pourrez les reprendre à tout moment.",
        },
        "noted_not_quoted": {
            "en": "Understood: your words are not in “{title}”, and nobody is told of your answer.",
            "fr": "C’est entendu : vos mots ne sont pas dans « {title} », et personne ne saura votre réponse.",
        },
        "noted_quoted_over": {
            "en": "This story is no longer there.",
            "fr": "Ce récit n’existe plus.",
        },
    }
)

# For whom a story is (actions.stories.WIDTHS).
READERS: Final[Mapping[int, Mapping[str, str]]] = MappingProxyType(
    {
        -1: {"en": "everybody, on the open web", "fr": "tout le monde, sur la toile"},
        2: {"en": "their friends", "fr": "ses ami·es"},
        3: {"en": "their closest friends", "fr": "ses ami·es les plus proches"},
        4: {"en": "a very few", "fr": "quelques intimes"},
    }
)
