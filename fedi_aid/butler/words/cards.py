"""Cards: what the butler writes unasked, once a week at most."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

CardLetter = Literal["card_goal", "card_tie", "card_digest"]

WORDS: Final[Mapping[CardLetter, Mapping[str, str]]] = MappingProxyType(
    {
        "card_goal": {
            "en": (
                "“{goal}”, in your project “{project}”, has been resting for {weeks}. If it still matters to "
                "you, a word in the logbook or a help flag may set it going again; if not, you can let it go "
                "with a light heart.\n\nTo hear no more of such things, answer “no more goals”."
            ),
            "fr": (
                "« {goal} », dans votre projet « {project} », se repose depuis {weeks}. Si cela compte "
                "toujours pour vous, un mot dans le journal de bord ou un drapeau levé peut le remettre en "
                "route ; sinon, vous pouvez le laisser aller le cœur léger.\n\nPour ne plus en entendre "
                "parler, répondez « plus de rappels d’objectifs »."
            ),
        },
        "card_tie": {
            "en": (
                "You and {name} ({handle}) have been friends here for more than a year, and I have seen no "
                "word between you in the last one. Perhaps a hello is due; perhaps the tie has served, and "
                "you can end it on their profile. Nothing changes by itself, and they are not told of this."
                "\n\nTo hear no more of such things, answer “no more ties”."
            ),
            "fr": (
                "{name} ({handle}) et vous êtes ami·es ici depuis plus d’un an, et je n’ai vu passer aucun mot "
                "entre vous ces douze derniers mois. Peut-être est-ce l’occasion d’un bonjour ; peut-être ce "
                "lien a-t-il fait son temps, et vous pouvez y mettre fin sur son profil. Rien ne change tout "
                "seul, et personne n’est prévenu.\n\nPour ne plus en entendre parler, répondez « plus de "
                "rappels de liens »."
            ),
        },
        "card_digest": {
            "en": "Your week here:\n\n{lines}\n\nTo end these digests, answer “stop digest”.",
            "fr": (
                "Votre semaine ici :\n\n{lines}\n\nPour ne plus recevoir ce résumé, répondez « plus de "
                "rappels : résumé »."
            ),
        },
    }
)
