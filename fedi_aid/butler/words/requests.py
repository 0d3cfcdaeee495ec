"""What is said about a request: to its author, to those asked, to those who helped."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

RequestLetter = Literal[
    "confirm",
    "confirm_alone",
    "carry",
    "ask",
    "offer",
    "offer_waits",
    "offered",
    "widen",
    "checkin",
    "asleep",
    "lowered",
    "thanks",
    "thanks_carrier",
    "thanks_helper",
    "ask_again",
    "woken",
]

WORDS: Final[Mapping[RequestLetter, Mapping[str, str]]] = MappingProxyType(
    {
        "confirm": {
            "en": (
                "Your flag is up for “{excerpt}”, at level {level} ({level_name}). {seen} may see it. I am "
                "asking people one at a time and will tell you about every offer.\n\nAnswer “done” when the "
                "need is gone, “pause” to rest the request, “help” for what else I understand.{beforehand}"
            ),
            "fr": (
                "Votre drapeau est levé pour « {excerpt} », au niveau {level} ({level_name}). {seen} peuvent "
                "le voir. Je demande aux gens un par un, et vous dirai chaque proposition d’aide.\n\n"
                "Répondez « fait » quand le besoin a disparu, « pause » pour suspendre la demande, « aide » "
                "pour savoir ce que je comprends d’autre.{beforehand}"
            ),
        },
        "confirm_alone": {
            "en": (
                "Your flag is up for “{excerpt}”, at level {level} ({level_name}), but nobody is close enough "
                "to see it yet. It stays up. You can write again at a wider level, or introduce yourself to "
                "someone first.\n\nAnswer “done” when the need is gone.{beforehand}"
            ),
            "fr": (
                "Votre drapeau est levé pour « {excerpt} », au niveau {level} ({level_name}), mais personne "
                "n’est encore assez proche pour le voir. Il reste levé. Vous pouvez écrire à un niveau plus "
                "large, ou d’abord vous présenter à quelqu’un.\n\nRépondez « fait » quand le besoin a disparu."
                "{beforehand}"
            ),
        },
        "carry": {
            "en": (
                "{author} asks for help: “{excerpt}”\n\nMay I show this to a few of your own friends, in your "
                "name? Answer “yes” or “no”. Nobody is told if you say no, or if you do not answer; I never "
                "tell {author} whom it reached. If you can help yourself, simply reply to {author}."
            ),
            "fr": (
                "{author} demande de l’aide : « {excerpt} »\n\nPuis-je montrer cela à quelques-uns de vos "
                "amis, en votre nom ? Répondez « oui » ou « non ». Personne ne saura que vous avez refusé, ni "
                "que vous n’avez pas répondu ; je ne dis jamais à {author} qui l’a reçu. Si vous pouvez "
                "aider vous-même, répondez simplement à {author}."
            ),
        },
        "ask": {
            "en": (
                "{why}\n\n“{excerpt}”\n\nCan you help? Answer “yes” or “no”. Saying nothing is fine too: "
                "nobody will know."
            ),
            "fr": (
                "{why}\n\n« {excerpt} »\n\nPouvez-vous aider ? Répondez « oui » ou « non ». Ne rien dire "
                "convient aussi : personne ne le saura."
            ),
        },
        "offer": {
            "en": "You answered {author}. Shall I tell {author} that you can help? Answer “yes” or “no”.",
            "fr": (
                "Vous avez répondu à {author}. Dois-je lui dire que vous pouvez aider ? Répondez « oui » ou "
                "« non »."
            ),
        },
        "offer_waits": {
            "en": (
                "You answered {author}, whose server has not been asked yet: your answer waits here until it "
                "has, for some hours. Shall I also tell {author} then that you can help? Answer “yes” or "
                "“no”."
            ),
            "fr": (
                "Vous avez répondu à {author}, dont le serveur n’a pas encore été interrogé : votre réponse "
                "attend ici jusque-là, quelques heures. Dois-je alors aussi dire à {author} que vous pouvez "
                "aider ? Répondez « oui » ou « non »."
            ),
        },
        "offered": {
            "en": (
                "{name} offers to help with “{excerpt}”. You can answer them directly. When the need is gone, "
                "answer “done” here."
            ),
            "fr": (
                "{name} propose son aide pour « {excerpt} ». Vous pouvez lui répondre directement. Quand le "
                "besoin aura disparu, répondez-moi « fait »."
            ),
        },
        "widen": {
            "en": (
                "Nobody has come forward yet for “{excerpt}”. May I ask a few friends to show it to some of "
                "their own? Answer “yes” or “no”."
            ),
            "fr": (
                "Personne ne s’est encore manifesté pour « {excerpt} ». Puis-je demander à quelques ami·es de "
                "le montrer à certains des leurs ? Répondez « oui » ou « non »."
            ),
        },
        "checkin": {
            "en": "Where are you with “{excerpt}”? Answer “done”, “still” or “pause”.",
            "fr": "Où en êtes-vous avec « {excerpt} » ? Répondez « fait », « toujours » ou « pause ».",
        },
        "asleep": {
            "en": (
                "I have not heard from you about “{excerpt}”, so I let the request rest. The flag stays up. "
                "Answer “still” and I go on, “done” and I lower it."
            ),
            "fr": (
                "Sans nouvelles de vous au sujet de « {excerpt} », je laisse la demande se reposer. Le "
                "drapeau reste levé. Répondez « toujours » et je reprends, « fait » et je l’abaisse."
            ),
        },
        "lowered": {
            "en": "The flag is down for “{excerpt}”, everywhere it went. {thanked}",
            "fr": "Le drapeau est abaissé pour « {excerpt} », partout où la demande est allée. {thanked}",
        },
        "thanks": {
            "en": "{author} has lowered the flag for “{excerpt}”. Thank you for having been there.",
            "fr": "{author} a abaissé le drapeau pour « {excerpt} ». Merci d’avoir été là.",
        },
        "thanks_carrier": {
            "en": "{author} has lowered the flag for “{excerpt}”. Thank you for having carried it.",
            "fr": "{author} a abaissé le drapeau pour « {excerpt} ». Merci d’avoir relayé la demande.",
        },
        "thanks_helper": {
            "en": "{author} has lowered the flag for “{excerpt}”. Thank you for your help.",
            "fr": "{author} a abaissé le drapeau pour « {excerpt} ». Merci pour votre aide.",
        },
        "ask_again": {
            "en": "{why}\n\n“{excerpt}”\n\nI asked you this once before; no one has come forward yet. Can you help, or do you know somebody? I shall not ask again, and saying nothing is fine: nobody will know.",
            "fr": "{why}\n\n« {excerpt} »\n\nJe vous ai déjà posé la question ; personne ne s’est manifesté depuis. Pouvez-vous aider, ou connaissez-vous quelqu’un ? Je ne redemanderai pas, et ne rien dire convient aussi : personne ne le saura.",
        },
        "woken": {
            "en": "The pause you wished for “{excerpt}” is over: I take the request up again. Answer “pause” if it is too soon, “done” if the need is gone.",
            "fr": "La pause que vous aviez souhaitée pour « {excerpt} » est terminée : je reprends la demande. Répondez « pause » si c’est trop tôt, « fait » si le besoin a disparu.",
        },
    }
)
