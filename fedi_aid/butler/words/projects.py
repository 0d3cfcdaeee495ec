"""Invitations to projects, and who joined."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

ProjectLetter = Literal[
    "ask_team",
    "invited_team",
    "invited_counsel",
    "noted_joined",
    "noted_invite_no",
    "noted_invite_over",
    "joined_team",
    "joined_counsel",
]

WORDS: Final[Mapping[ProjectLetter, Mapping[str, str]]] = MappingProxyType(
    {
        # Who is on the team is committed; everybody else is asked freely, by the letter "ask" (PRODUCT M11).
        "ask_team": {
            "en": (
                "{why}\n\n“{excerpt}”\n\nIs this one for you, as part of the team? Answer “yes” or “no”: with a "
                "no I ask somebody else at once, and {author} is not told whose it was."
            ),
            "fr": (
                "{why}\n\n« {excerpt} »\n\nEst-ce pour vous, au nom de l’équipe ? Répondez « oui » ou « non » : "
                "sur un non, je demande aussitôt à quelqu’un d’autre, sans dire à {author} de qui il venait."
            ),
        },
        "invited_team": {
            "en": (
                "{owner} would like to have you on the team of the project “{title}”.{about}\n\nBeing on a "
                "team means writing in its logbook under your own name, and being counted on. Answer "
                "“yes” or “no”. Saying nothing is fine too: nobody is told."
            ),
            "fr": (
                "{owner} aimerait vous avoir dans l’équipe du projet « {title} ».{about}\n\nFaire partie "
                "d’une équipe, c’est écrire dans son journal de bord sous votre propre nom, et qu’on "
                "puisse compter sur vous. Répondez « oui » ou « non ». Ne rien dire convient aussi : "
                "personne ne le saura."
            ),
        },
        "invited_counsel": {
            "en": (
                "{owner} would like your advice on the project “{title}”.{about}\n\nYou would be asked first "
                "when help is needed there, and free each time. Answer “yes” or “no”. Saying nothing is fine "
                "too: nobody is told."
            ),
            "fr": (
                "{owner} aimerait vos conseils sur le projet « {title} ».{about}\n\nVous seriez parmi les "
                "premières personnes sollicitées, et libre à chaque fois. Répondez « oui » ou « non ». Ne "
                "rien dire convient aussi : personne ne le saura."
            ),
        },
        "noted_joined": {
            "en": "Thank you: you are part of “{title}” now, and {owner} knows.",
            "fr": "Merci : vous faites maintenant partie de « {title} », et {owner} le sait.",
        },
        "noted_invite_no": {
            "en": (
                "Understood. Nobody is told. You can still change your mind, on the page of your projects."
            ),
            "fr": (
                "C’est entendu. Personne n’en saura rien. Vous pourrez changer d’avis, sur la page de "
                "vos projets."
            ),
        },
        "noted_invite_over": {
            "en": "This invitation is no longer open.",
            "fr": "Cette invitation n’est plus ouverte.",
        },
        "joined_team": {
            "en": "{name} is on the team of “{title}” now.",
            "fr": "{name} est maintenant dans l’équipe de « {title} ».",
        },
        "joined_counsel": {
            "en": "{name} agreed to counsel you on “{title}”.",
            "fr": "{name} accepte de vous conseiller sur « {title} ».",
        },
    }
)
