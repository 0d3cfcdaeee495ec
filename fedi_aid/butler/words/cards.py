"""Cards: what the butler writes unasked, once a week at most."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

CardLetter = Literal[
    "card_goal",
    "card_tie",
    "card_digest",
    "goal_choices",
    "tie_choices",
    "noted_goal_done",
    "noted_goal_waits",
    "noted_goal_dropped",
    "noted_tie_write",
    "noted_tie_kept",
    "noted_tie_ended",
]

WORDS: Final[Mapping[CardLetter, Mapping[str, str]]] = MappingProxyType(
    {
        "card_goal": {
            "en": (
                "“{goal}”, in your project “{project}”, has been resting for {weeks}. Where is it now? "
                "Answer “done”, “not now” or “let it go”; any of them is fine.\n\nTo hear no more of such "
                "things: “no more goals”."
            ),
            "fr": (
                "« {goal} », dans votre projet « {project} », se repose depuis {weeks}. Où en est-il ? "
                "Répondez « c’est fait », « pas maintenant » ou « laissez tomber » : tout "
                "convient.\n\nPour ne plus en entendre parler : « plus de rappels d’objectifs »."
            ),
        },
        "card_tie": {
            "en": (
                "You and {name} ({handle}) have been friends here for more than a year, and I have seen "
                "no word between you in the last one. Perhaps a hello is due; perhaps the tie is good as "
                "it is; perhaps it has served. Answer “I will write”, “keep it” or “end it”. Nothing "
                "changes by itself, and they are not told of this.\n\nTo hear no more of such things: “no "
                "more ties”."
            ),
            "fr": (
                "{name} ({handle}) et vous êtes ami·es ici depuis plus d’un an, et je n’ai vu passer "
                "aucun mot entre vous ces douze derniers mois. Peut-être est-ce l’occasion d’un bonjour "
                "; peut-être ce lien est-il bien ainsi ; peut-être a-t-il fait son temps. Répondez « je "
                "lui écris », « je le garde » ou « j’y mets fin ». Rien ne change tout seul, et personne "
                "n’est prévenu.\n\nPour ne plus en entendre parler : « plus de rappels de liens »."
            ),
        },
        "card_digest": {
            "en": "Your week here:\n\n{lines}\n\nTo end these digests, answer “stop digest”.",
            "fr": (
                "Votre semaine ici :\n\n{lines}\n\nPour ne plus recevoir ce résumé, répondez « désactivez le "
                "résumé »."
            ),
        },
        "goal_choices": {
            "en": "That one I can only take as “done”, “not now” or “let it go”.",
            "fr": "Pour cela, je comprends « c’est fait », « pas maintenant » ou « laissez tomber ».",
        },
        "tie_choices": {
            "en": "That one I can only take as “I will write”, “keep it” or “end it”.",
            "fr": "Pour cela, je comprends « je lui écris », « je le garde » ou « j’y mets fin ».",
        },
        "noted_goal_done": {
            "en": "“{goal}” is noted as reached. Well done.",
            "fr": "« {goal} » est noté comme atteint. Bravo à vous.",
        },
        "noted_goal_waits": {
            "en": "There is no hurry: I leave “{goal}” in peace for two months at least.",
            "fr": "Rien ne presse : je laisse « {goal} » en paix pendant deux mois au moins.",
        },
        "noted_goal_dropped": {
            "en": "“{goal}” is let go. It stays in your project, where you can open it again.",
            "fr": ("« {goal} » est laissé de côté. Il reste dans votre projet, où vous pouvez le rouvrir."),
        },
        "noted_tie_write": {
            "en": "Good idea. A message to {handle} is enough; I say nothing in your place.",
            "fr": "Bonne idée. Un message à {handle} suffit ; je ne dis rien à votre place.",
        },
        "noted_tie_kept": {
            "en": "It stays as it is. I shall not speak of {name} again for two years.",
            "fr": "Rien ne change. Je ne reparlerai pas de {name} avant deux ans.",
        },
        "noted_tie_ended": {
            "en": (
                "You and {name} are no longer friends here. They are not notified, and you can ask each "
                "other again at any time."
            ),
            "fr": (
                "{name} et vous n’êtes plus ami·es ici. Cette personne n’en est pas prévenue, et vous "
                "pourrez vous le redemander à tout moment."
            ),
        },
    }
)
