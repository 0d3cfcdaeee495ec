"""What is said about passing a request to somebody by name, and about readers whom an author names."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

PassLetter = Literal[
    "noted_passed",
    "noted_page",
    "noted_suggested",
    "pass_whom",
    "pass_no_further",
    "pass_what",
    "suggested",
    "suggested_stranger",
    "noted_added",
    "noted_left_out",
    "noted_left_out_always",
    "reader_whom",
    "page_answered",
    "page_answered_told",
]

WORDS: Final[Mapping[PassLetter, Mapping[str, str]]] = MappingProxyType(
    {
        "noted_passed": {
            "en": (
                "Gladly: I pass it to {name}, and to nobody else for this. Whether they read it is "
                "theirs to know."
            ),
            "fr": (
                "Volontiers : je le transmets à {name}, et à personne d’autre pour cela. Que cette "
                "personne le lise ou non ne regarde qu’elle."
            ),
        },
        "noted_page": {
            "en": (
                "I write to {name} in your name, without saying who asks. The link opens in one browser, "
                "by a click, for three days at the most. Whether they read it is theirs to know."
            ),
            "fr": (
                "J’écris à {name} en votre nom, sans dire qui demande. Le lien s’ouvre dans un seul "
                "navigateur, d’un clic, pendant trois jours au plus. Que cette personne le lise ou non "
                "ne regarde qu’elle."
            ),
        },
        "noted_suggested": {
            "en": "I tell {author} that you thought of {name}. Whom to ask is for {author} to say.",
            "fr": "Je dis à {author} que vous avez pensé à {name}. À {author} de voir qui solliciter.",
        },
        "pass_whom": {
            "en": "To whom? I pass a request to a friend of yours: “pass @name”.",
            "fr": "À qui ? Je transmets une demande à l’un·e de vos ami·es : « passe à @nom ».",
        },
        "pass_no_further": {
            "en": "This came to you through a friend, and goes no further. Thank you for thinking of somebody.",
            "fr": (
                "Cette demande vous est venue par un·e ami·e et ne va pas plus loin. Merci d’avoir pensé à "
                "quelqu’un."
            ),
        },
        "pass_what": {
            "en": "Which request? Answer the message in which I asked you about it: “pass @name”.",
            "fr": ("Quelle demande ? Répondez au message où je vous en ai parlé : « passe à @nom »."),
        },
        "suggested": {
            "en": (
                "{by} thought of {name} ({handle}) for “{excerpt}”. Shall I show it to them, and ask whether "
                "they can help? Answer “yes” or “no”; neither of them is told what you say."
            ),
            "fr": (
                "{by} a pensé à {name} ({handle}) pour « {excerpt} ». Voulez-vous que je lui montre votre "
                "demande et lui demande de l’aide ? Répondez « oui » ou « non » ; personne ne saura ce que "
                "vous aurez répondu."
            ),
        },
        "suggested_stranger": {
            "en": (
                "{by} thought of {name} ({handle}) for “{excerpt}”. They are no friend of yours yet, so I "
                "show them nothing: only a friend can be added."
            ),
            "fr": (
                "{by} a pensé à {name} ({handle}) pour « {excerpt} ». Cette personne n’est pas encore de vos "
                "ami·es, je ne lui montre donc rien : on ne peut ajouter qu’un·e ami·e."
            ),
        },
        "noted_added": {
            "en": "Done: {name} may read it too, and if you ask for help, I ask them.",
            "fr": (
                "C’est fait : {name} peut le lire aussi, et si c’est une demande d’aide, je lui en parle."
            ),
        },
        "noted_left_out": {
            "en": "Done: {name} will not read this one. They are not told.",
            "fr": "C’est fait : {name} ne lira pas ce message. Cette personne n’en saura rien.",
        },
        "noted_left_out_always": {
            "en": "Done: {name} reads nothing of what you write from now on. They are not told.",
            "fr": "C’est fait : {name} ne lira plus rien de vous désormais. Cette personne n’en saura rien.",
        },
        "reader_whom": {
            "en": (
                "Whom do you mean? Answer the message about your post with “with @name” or “without @name”."
            ),
            "fr": (
                "De qui parlez-vous ? Répondez à ma lettre sur votre message par « avec @nom » ou « sans "
                "@nom »."
            ),
        },
        "page_answered": {
            "en": (
                "{name}, to whom you passed “{excerpt}”, answers, for you alone:\n\n“{answer}”\n\nThey did "
                "not wish {author} to know who they are. You can write to them."
            ),
            "fr": (
                "{name}, à qui vous avez transmis « {excerpt} », répond, pour vous seul·e :\n\n« {answer} "
                "»\n\nPour {author}, cette personne préfère rester inconnue. Vous pouvez lui écrire."
            ),
        },
        "page_answered_told": {
            "en": (
                "{name}, to whom you passed “{excerpt}”, answers:\n\n“{answer}”\n\nI have told {author} in "
                "your name, with their name, as they allowed."
            ),
            "fr": (
                "{name}, à qui vous avez transmis « {excerpt} », répond :\n\n« {answer} »\n\nJe l’ai dit à "
                "{author} en votre nom, en donnant le sien, comme cette personne l’a permis."
            ),
        },
    }
)
