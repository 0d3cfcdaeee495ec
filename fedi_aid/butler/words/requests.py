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
    "lowered_whether",
    "lowered_who",
    "lowered_thanked",
    "lowered_vouch",
    "lowered_nobody_thanked",
    "noted_helped",
    "noted_nobody_helped",
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
                "Your flag is up for “{excerpt}”, at level {level} ({level_name}). {seen}. I ask a few "
                "people at a time, by name, and tell you of every offer.\n\nAnswer “done” when the need is "
                "gone, “pause” to rest the request, “help” for what else I understand.{beforehand}"
            ),
            "fr": (
                "Votre drapeau est levé pour « {excerpt} », au niveau {level} ({level_name}). {seen}. Je "
                "m’adresse à quelques personnes à la fois, par leur nom, et vous dirai chaque "
                "proposition d’aide.\n\nRépondez « fait » quand le besoin a disparu, « pause » pour "
                "suspendre la demande, « aide » pour savoir ce que je comprends d’autre.{beforehand}"
            ),
        },
        "confirm_alone": {
            "en": (
                "Your flag is up for “{excerpt}”, at level {level} ({level_name}), but nobody is close enough "
                "to see it yet. It stays up. {advice}\n\nAnswer “done” when the need is gone.{beforehand}"
            ),
            "fr": (
                "Votre drapeau est levé pour « {excerpt} », au niveau {level} ({level_name}), mais personne "
                "n’est encore assez proche pour le voir. Il reste levé. {advice}\n\nRépondez « fait » quand "
                "le besoin a disparu.{beforehand}"
            ),
        },
        "carry": {
            "en": (
                "{author} asks for help: “{excerpt}”\n\nMay I show this to a few of your own friends, in your "
                "name? Answer “yes” or “no”; or “I can help”, if you can yourself, and I tell {author}. Nobody "
                "hears of a no, nor of silence, and I never tell {author} whom it reached."
            ),
            "fr": (
                "{author} demande de l’aide : « {excerpt} »\n\nPuis-je montrer cela à quelques ami·es à vous, "
                "en votre nom ? Répondez « oui » ou « non » ; ou « je peux aider », si vous le pouvez "
                "vous-même, et je le dis à {author}. Personne ne saura rien d’un non, ni d’un silence, et je "
                "ne dis jamais à {author} qui l’a reçu."
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
                "You answered {author}, whose server I have not spoken with yet: your answer waits here "
                "until I have, for some hours. Shall I then also tell {author} that you can help? Answer "
                "“yes” or “no”."
            ),
            "fr": (
                "Vous avez répondu à {author}, dont le serveur ne m’a pas encore parlé : votre réponse "
                "attend ici jusque-là, quelques heures. Dois-je alors aussi dire à {author} que vous "
                "pouvez aider ? Répondez « oui » ou « non »."
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
            "en": "The flag is down for “{excerpt}”, everywhere it went. I thank everybody who took part.",
            "fr": (
                "Le drapeau est abaissé pour « {excerpt} », partout où la demande est allée. Je remercie "
                "toutes les personnes qui y ont pris part."
            ),
        },
        "lowered_whether": {
            "en": (
                "The flag is down for “{excerpt}”, everywhere it went. I thank everybody who took "
                "part.\n\nDid {name} help you in the end? If you answer “yes”, I thank {name} for it in "
                "your name; of a “no” nobody hears."
            ),
            "fr": (
                "Le drapeau est abaissé pour « {excerpt} », partout où la demande est allée. Je remercie "
                "toutes les personnes qui y ont pris part.\n\nEst-ce {name} qui vous a donné un coup de "
                "main, en fin de compte ? Répondez « oui », et je dis merci en votre nom ; d’un « non », "
                "personne ne saura rien."
            ),
        },
        "lowered_who": {
            "en": (
                "The flag is down for “{excerpt}”, everywhere it went. I thank everybody who took "
                "part.\n\nOffers came from {name}. Who helped you in the end? Choose below, or answer with "
                "their names; “all of them” and “none of them” will do too. I thank those you name for "
                "it in your name; the others do not hear of this."
            ),
            "fr": (
                "Le drapeau est abaissé pour « {excerpt} », partout où la demande est allée. Je remercie "
                "toutes les personnes qui y ont pris part.\n\n{name} vous avaient proposé leur aide. Qui "
                "vous a donné un coup de main, en fin de compte ? Choisissez ci-dessous, ou répondez par "
                "leurs noms ; « tout le monde » et « personne » conviennent aussi. Je remercie en votre "
                "nom celles et ceux que vous nommez ; les autres n’en sauront rien."
            ),
        },
        "lowered_thanked": {
            "en": "The flag is down for “{excerpt}”, everywhere it went. I thank {name} for you.{others}",
            "fr": (
                "Le drapeau est abaissé pour « {excerpt} », partout où la demande est allée. Je transmets vos "
                "remerciements à {name}.{others}"
            ),
        },
        "lowered_vouch": {
            "en": (
                "The flag is down for “{excerpt}”, everywhere it went. I thank {name} for you.{others}\n\n"
                "Shall I also say that you vouch for it: {what}? Answer “yes” or “no”."
            ),
            "fr": (
                "Le drapeau est abaissé pour « {excerpt} », partout où la demande est allée. Je transmets vos "
                "remerciements à {name}.{others}\n\nDois-je dire aussi que vous vous en portez garant·e : "
                "{what} ? Répondez « oui » ou « non »."
            ),
        },
        "lowered_nobody_thanked": {
            "en": "The flag is down for “{excerpt}”, everywhere it went.{others}",
            "fr": "Le drapeau est abaissé pour « {excerpt} », partout où la demande est allée.{others}",
        },
        "noted_helped": {
            "en": "With pleasure: I thank {name} for you.",
            "fr": "Avec plaisir : je transmets vos remerciements à {name}.",
        },
        "noted_nobody_helped": {
            "en": "Understood. Everybody has been thanked for taking part, and nobody hears of this.",
            "fr": "C’est entendu. Chacun·e a été remercié·e d’avoir pris part, et personne n’en saura rien.",
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
            "en": "{author} has lowered the flag for “{excerpt}”. Thank you for coming forward.",
            "fr": "{author} a abaissé le drapeau pour « {excerpt} ». Merci d’avoir répondu à l’appel.",
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
