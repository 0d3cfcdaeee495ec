"""Answers to what a member writes to the butler."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

AnswerLetter = Literal[
    "noted_widened",
    "noted_yes_carry",
    "noted_no",
    "noted_offer",
    "noted_offer_carry",
    "noted_still",
    "noted_pause_request",
    "noted_pause_member",
    "help",
    "which",
    "nothing_open",
    "more",
    "unknown",
    "courtesy",
    "yes_or_no",
    "unknown_near",
    "noted_no_widening",
    "noted_later",
    "noted_later_own",
    "noted_pause_request_until",
    "noted_stop",
    "noted_resume",
    "noted_default_level",
    "noted_narrowed",
    "noted_same_level",
    "unknown_level",
    "noted_urgency",
    "noted_helpers",
    "unknown_urgency",
    "unknown_helpers",
    "noted_ration",
    "unknown_ration",
    "noted_hours",
    "unknown_hours",
    "unknown_zone",
    "unknown_until",
    "noted_less",
    "which_less",
    "no_requests",
    "your_requests",
    "known",
    "noted_cards_on",
    "noted_cards_off",
    "unknown_card",
    "not_yours",
    "already_down",
    "too_many",
]

WORDS: Final[Mapping[AnswerLetter, Mapping[str, str]]] = MappingProxyType(
    {
        "noted_widened": {
            "en": "Understood. I ask a few friends whether they would show it to some of theirs.",
            "fr": (
                "C’est entendu. Je demande à quelques ami·es de bien vouloir la montrer à certains des leurs."
            ),
        },
        "noted_yes_carry": {
            "en": ("Thank you. I show it to a few of your friends, and withdraw it if you undo the boost."),
            "fr": "Merci. Je le montre à quelques ami·es à vous ; annulez le partage pour le retirer.",
        },
        "noted_no": {
            "en": "Understood. Nobody is told.",
            "fr": "C’est entendu. Personne n’en saura rien.",
        },
        "noted_offer": {
            "en": "Thank you. I tell {author} that you can help.",
            "fr": "Merci. Je dis à {author} que vous pouvez aider.",
        },
        "noted_offer_carry": {
            "en": (
                "Thank you. I tell {author} that you can help. You can still answer “yes”, and I show it to a "
                "few of your friends as well."
            ),
            "fr": (
                "Merci. Je dis à {author} que vous pouvez aider. Vous pouvez encore répondre « oui », et je le "
                "montre aussi à quelques ami·es à vous."
            ),
        },
        "noted_still": {
            "en": "Understood: the request goes on.",
            "fr": "C’est entendu : la demande continue.",
        },
        "noted_pause_request": {
            "en": "The request rests. The flag stays up; answer “still” and I go on.",
            "fr": "La demande se repose. Le drapeau reste levé ; répondez « toujours » et je reprends.",
        },
        "noted_pause_member": {
            "en": "I shall ask nothing of you until {until}. Answer “resume” to end the pause.",
            "fr": (
                "Je ne vous demanderai rien avant le {until}. Répondez « reprendre » pour mettre fin à "
                "la pause."
            ),
        },
        "help": {
            "en": (
                "To what I ask you, answer “yes”, “no”, “later” or “less of this”.\n\nFor your own requests: "
                "“done”, “no longer needed”, “still”, “pause 2 weeks”, “it is urgent”, “my requests”.\n\nAbout "
                "you: “I can help with plumbing”, “at most 2 a week”, “quiet hours 22 to 8”, “intimacy 3”, “what do "
                "you know about me”, “stop”, “resume”.\n\nAbout your friends: “thanks @name for the bicycle”, “introduce @name "
                "to @other”, “friend requests”.\n\nIn a post, #help raises a flag, #bottle raises it widely, #intimacy0 "
                "to #intimacy4 set who may see it."
            ),
            "fr": (
                "À ce que je vous demande, répondez « oui », « non », « plus tard » ou « moins de cela ».\n\n"
                "Pour vos propres demandes : « fait », « plus besoin », « toujours », « pause 2 semaines », "
                "« c’est urgent », « mes demandes ».\n\nSur vous : « je peux aider en plomberie », « au plus 2 "
                "fois par semaine », « silence de 22 h à 8 h », « intime 3 », « que savez-vous de moi », « stop », « reprendre ».\n\n"
                "Sur vos ami·es : « merci à @nom pour le vélo », « présente @nom à @autre », « demandes "
                "d’amitié ».\n\nDans un "
                "message, #aide lève le drapeau, #bouteille le lève au plus large, #intime0 à #intime4 règlent "
                "qui peut le voir."
            ),
        },
        "which": {
            "en": "Which one do you mean? Please answer the message itself.\n\n{choices}",
            "fr": "De quoi parlez-vous ? Répondez, je vous prie, au message lui-même.\n\n{choices}",
        },
        "nothing_open": {
            "en": "There is nothing waiting for your answer. Write “help” for what I understand.",
            "fr": "Rien n’attend votre réponse. Écrivez « aide » pour savoir ce que je comprends.",
        },
        "more": {
            "en": "Until tomorrow your timelines go {depth} posts down.",
            "fr": "Jusqu’à demain, vos fils descendent de {depth} messages.",
        },
        "unknown": {
            "en": "I did not understand that, I am sorry. Write “help” for what I understand.",
            "fr": "Je n’ai pas compris, pardonnez-moi. Écrivez « aide » pour savoir ce que je comprends.",
        },
        "courtesy": {
            "en": "At your service. Write “help” for what I understand.",
            "fr": "À votre service. Écrivez « aide » pour savoir ce que je comprends.",
        },
        "yes_or_no": {
            "en": (
                "I would rather not guess: is that a “yes” or a “no”? The word alone is enough; the rest "
                "you can tell them yourself."
            ),
            "fr": (
                "Je préfère ne pas deviner : est-ce « oui » ou « non » ? Le mot seul suffit ; le reste, "
                "vous pourrez le leur dire vous-même."
            ),
        },
        "unknown_near": {
            "en": (
                "I did not understand that, I am sorry. Did you mean “{word}”? Write “help” for all that "
                "I understand."
            ),
            "fr": (
                "Je n’ai pas compris, pardonnez-moi. Vouliez-vous dire « {word} » ? Écrivez « aide » "
                "pour savoir tout ce que je comprends."
            ),
        },
        "noted_no_widening": {
            "en": "Understood: it stays among your friends.",
            "fr": "C’est entendu : cela reste entre vos ami·es.",
        },
        "noted_later": {
            "en": "Of course. I come back to it in a day or two, and nobody is told.",
            "fr": "Bien sûr. J’y reviens dans un jour ou deux, et personne n’en saura rien.",
        },
        "noted_later_own": {
            "en": "Take your time. My question stays open; answer it whenever you like.",
            "fr": "Prenez votre temps. Ma question reste ouverte ; répondez-y quand vous voudrez.",
        },
        "noted_pause_request_until": {
            "en": "The request rests until {until}, then I take it up again. The flag stays up.",
            "fr": "La demande se repose jusqu’au {until}, puis je la reprends. Le drapeau reste levé.",
        },
        "noted_stop": {
            "en": "Understood: from now on I write only to answer you, and when something of yours cannot wait. Write “resume” and I am there again.",
            "fr": "C’est entendu : je n’écrirai plus que pour vous répondre, ou si une chose vous concernant ne peut attendre. Écrivez « reprendre » et je serai là de nouveau.",
        },
        "noted_resume": {
            "en": "I am glad to be of service again.",
            "fr": "Me revoici, avec plaisir.",
        },
        "noted_default_level": {
            "en": "From now on your posts are at level {level} ({level_name}) unless you say otherwise.",
            "fr": "Vos messages seront désormais au niveau {level} ({level_name}), sauf si vous en décidez autrement.",
        },
        "noted_narrowed": {
            "en": "“{excerpt}” is at level {level} ({level_name}) now. Whoever is not close enough for it does not see it any more.",
            "fr": "« {excerpt} » est maintenant au niveau {level} ({level_name}). Qui n’est pas assez proche ne le voit plus.",
        },
        "noted_same_level": {
            "en": "“{excerpt}” is at level {level} ({level_name}) already.",
            "fr": "« {excerpt} » est déjà au niveau {level} ({level_name}).",
        },
        "unknown_level": {
            "en": "The levels go from 0 (a message in a bottle) to 4 (confidants).",
            "fr": "Les niveaux vont de 0 (bouteille à la mer) à 4 (confidents).",
        },
        "noted_urgency": {
            "en": "Understood: “{excerpt}” is {urgency} now. I ask {people} at a time.",
            "fr": (
                "C’est entendu : la demande « {excerpt} » est maintenant {urgency}. Je sollicite "
                "{people} à la fois."
            ),
        },
        "noted_helpers": {
            "en": "Understood: “{excerpt}” needs {people}.",
            "fr": "C’est entendu : pour « {excerpt} », il faut {people}.",
        },
        "unknown_urgency": {
            "en": "The urgency is “low”, “normal” or “high”.",
            "fr": "L’urgence est « faible », « normale » ou « haute ».",
        },
        "unknown_helpers": {
            "en": "From 1 to 20 people can be asked for.",
            "fr": "On peut demander de 1 à 20 personnes.",
        },
        "noted_ration": {
            "en": "I shall disturb you {times} a week at most.",
            "fr": "Je vous dérangerai au plus {times} par semaine.",
        },
        "unknown_ration": {
            "en": "It is a number from 1 to 7. To hear nothing more, write “stop”.",
            "fr": "C’est un nombre de 1 à 7. Pour ne plus rien entendre, écrivez « stop ».",
        },
        "noted_hours": {
            "en": "I leave you in peace from {start}:00 to {end}:00, by the clock of {zone}.",
            "fr": "Je vous laisse tranquille de {start} h à {end} h, à l’heure de {zone}.",
        },
        "unknown_hours": {
            "en": "From which full hour to which? For instance “quiet hours 22 to 8”.",
            "fr": "De quelle heure pleine à quelle heure ? Par exemple « silence de 22 h à 8 h ».",
        },
        "unknown_zone": {
            "en": (
                "I do not know that place on the clock. For instance: “time zone Europe/Paris”, or a "
                "large city near you."
            ),
            "fr": (
                "Je ne connais pas l’heure de ce lieu. Par exemple : « fuseau Europe/Paris », ou une "
                "grande ville près de chez vous."
            ),
        },
        "unknown_until": {
            "en": "Until when, please? For instance “pause 2 weeks” or “pause until 3 March”, a year at most.",
            "fr": "Jusqu’à quand, je vous prie ? Par exemple « pause 2 semaines » ou « pause jusqu’au 3 mars », un an au plus.",
        },
        "noted_less": {
            "en": "Understood: you will see less of this. Nobody is told.",
            "fr": "C’est entendu : vous en verrez moins. Personne n’en saura rien.",
        },
        "which_less": {
            "en": "Less of what? Please answer the message you mean.",
            "fr": "Moins de quoi ? Répondez, je vous prie, au message concerné.",
        },
        "no_requests": {
            "en": "None of your flags is up.",
            "fr": "Aucun de vos drapeaux n’est levé.",
        },
        "your_requests": {
            "en": "Your flags that are up:\n\n{requests}",
            "fr": "Vos drapeaux levés :\n\n{requests}",
        },
        "known": {
            "en": "What I know of you, to be of use:\n\n{facts}\n\nWhat others told me in private, and who said no or said nothing, I tell nobody.",
            "fr": "Ce que je sais de vous, pour vous être utile :\n\n{facts}\n\nCe que d’autres m’ont confié, et qui a dit non ou n’a rien dit, je ne le dis à personne.",
        },
        "noted_cards_on": {
            "en": "With pleasure: {card}.",
            "fr": "Avec plaisir : {card}.",
        },
        "noted_cards_off": {
            "en": "Understood: no more of that ({card}).",
            "fr": "C’est entendu, plus de cela ({card}).",
        },
        "unknown_card": {
            "en": "I do not know what that is. I can write to you about: {cards}.",
            "fr": "Je ne sais pas ce que c’est. Je peux vous écrire à propos de : {cards}.",
        },
        "not_yours": {
            "en": "That request is not yours: only its author can decide that.",
            "fr": "Cette demande n’est pas la vôtre : seule la personne qui l’a faite peut en décider.",
        },
        "already_down": {
            "en": "That flag is down already.",
            "fr": "Ce drapeau est déjà abaissé.",
        },
        "too_many": {
            "en": "You have written to me very often within the hour. I listen again in a while.",
            "fr": "Vous m’avez écrit très souvent en une heure. Je vous écouterai de nouveau dans quelque temps.",
        },
    }
)
