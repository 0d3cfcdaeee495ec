"""What the butler says: courteous, brief, never cheerful about trouble, never making anybody feel guilty.

One table, two languages with the same places. Numbers, never names of the silent.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal

from babel.lists import format_list

Letter = Literal[
    "confirm",
    "confirm_alone",
    "carry",
    "ask",
    "offer",
    "offer_waits",
    "offered",
    "approve_close",
    "approve_confidants",
    "approve_nobody",
    "noted_released",
    "noted_kept_back",
    "widen",
    "noted_widened",
    "level",
    "level_close",
    "noted_level",
    "noted_level_stays",
    "unknown_tags",
    "moved",
    "overheard",
    "severed",
    "warned",
    "warned_sensitive",
    "warned_limit",
    "checkin",
    "asleep",
    "lowered",
    "thanks",
    "thanks_carrier",
    "thanks_helper",
    "noted_yes_carry",
    "noted_no",
    "noted_offer",
    "noted_still",
    "noted_pause_request",
    "noted_pause_member",
    "help",
    "which",
    "nothing_open",
    "unpublished",
    "more",
    "unknown",
]

LETTERS: Mapping[Letter, Mapping[str, str]] = MappingProxyType(
    {
        "confirm": {
            "en": (
                "Your flag is up for “{excerpt}”, at level {level} ({level_name}). {seen} may see it. I am "
                "asking people one at a time and will tell you about every offer.\n\nAnswer “done” when the "
                "need is gone, “pause” to rest the request, “help” for what else I understand."
            ),
            "fr": (
                "Votre drapeau est levé pour « {excerpt} », au niveau {level} ({level_name}). {seen} peuvent "
                "le voir. Je demande aux gens un par un, et vous dirai chaque proposition d’aide.\n\n"
                "Répondez « fait » quand le besoin a disparu, « pause » pour suspendre la demande, « aide » "
                "pour savoir ce que je comprends d’autre."
            ),
        },
        "confirm_alone": {
            "en": (
                "Your flag is up for “{excerpt}”, at level {level} ({level_name}), but nobody is close enough "
                "to see it yet. It stays up. You can write again at a wider level, or introduce yourself to "
                "someone first.\n\nAnswer “done” when the need is gone."
            ),
            "fr": (
                "Votre drapeau est levé pour « {excerpt} », au niveau {level} ({level_name}), mais personne "
                "n’est encore assez proche pour le voir. Il reste levé. Vous pouvez écrire à un niveau plus "
                "large, ou d’abord vous présenter à quelqu’un.\n\nRépondez « fait » quand le besoin a disparu."
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
        "approve_close": {
            "en": (
                "Before “{excerpt}” goes: {people} may see it, nobody else. It goes in five minutes. Answer "
                "“yes” to let it go now, “no” to keep it for yourself."
            ),
            "fr": (
                "Avant que « {excerpt} » ne parte : {people} peuvent le voir, personne d’autre. Il part dans "
                "cinq minutes. Répondez « oui » pour l’envoyer maintenant, « non » pour le garder pour vous."
            ),
        },
        "approve_confidants": {
            "en": (
                "“{excerpt}” waits for your word: {people} may see it, nobody else. Answer “yes” and it "
                "goes; until then it is yours alone."
            ),
            "fr": (
                "« {excerpt} » attend votre parole : {people} peuvent le voir, personne d’autre. Répondez "
                "« oui » et il part ; jusque-là il n’est qu’à vous."
            ),
        },
        "approve_nobody": {
            "en": (
                "Nobody is close enough yet to see “{excerpt}”: it stays yours alone. You can pin somebody as "
                "close, or write again at a wider level."
            ),
            "fr": (
                "Personne n’est encore assez proche pour voir « {excerpt} » : il reste à vous. Vous pouvez "
                "marquer quelqu’un comme proche, ou écrire à un niveau plus large."
            ),
        },
        "noted_released": {
            "en": "It is on its way to them, and to nobody else.",
            "fr": "Il part vers ces personnes, et vers personne d’autre.",
        },
        "noted_kept_back": {
            "en": "It stays yours alone. Answer “yes” to that message when you change your mind.",
            "fr": "Il reste à vous. Répondez « oui » à ce message si vous changez d’avis.",
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
        "noted_widened": {
            "en": "Understood. I ask a few friends whether they would carry it.",
            "fr": "C’est entendu. Je demande à quelques ami·es s’ils veulent bien relayer.",
        },
        "level": {
            "en": (
                "You changed “{excerpt}” and ask for level {level} ({level_name}). Your words are changed; "
                "nobody new sees them yet. Shall I show it wider? The answers that it has stay with those who "
                "can see them now. Answer “yes” or “no”."
            ),
            "fr": (
                "Vous avez modifié « {excerpt} » et demandez le niveau {level} ({level_name}). Le texte est "
                "changé ; personne de plus ne le voit encore. Dois-je le montrer plus largement ? Les réponses "
                "déjà reçues restent à qui les voit aujourd’hui. Répondez « oui » ou « non »."
            ),
        },
        "level_close": {
            "en": (
                "You changed “{excerpt}” and ask for level {level} ({level_name}). Your words are changed; "
                "nobody new sees them yet. Shall I show it wider? These may see it then: {people}. The answers "
                "that it has stay with those who can see them now. Answer “yes” or “no”."
            ),
            "fr": (
                "Vous avez modifié « {excerpt} » et demandez le niveau {level} ({level_name}). Le texte est "
                "changé ; personne de plus ne le voit encore. Dois-je le montrer plus largement ? Pourraient "
                "alors le voir : {people}. Les réponses déjà reçues restent à qui les voit aujourd’hui. "
                "Répondez « oui » ou « non »."
            ),
        },
        "noted_level": {
            "en": "It is at level {level} ({level_name}) now.",
            "fr": "Il est maintenant au niveau {level} ({level_name}).",
        },
        "noted_level_stays": {
            "en": "It stays with those who see it now.",
            "fr": "Il reste à qui le voit aujourd’hui.",
        },
        "unknown_tags": {
            "en": (
                "I know no project and no sphere of yours by the name of {names}, so I left it in your post as "
                "an ordinary hashtag."
            ),
            "fr": (
                "Je ne connais de vous ni projet ni sphère du nom de {names} : je l’ai laissé dans votre "
                "message comme un mot-dièse ordinaire."
            ),
        },
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
        "overheard": {
            "en": (
                "{name} ({handle}) answered your post “{excerpt}” where everybody can read it. Your post "
                "itself stays hidden, and I show the answer without a link to it. You may want to ask for "
                "answers to mentioned people only."
            ),
            "fr": (
                "{name} ({handle}) a répondu à votre message « {excerpt} » là où tout le monde peut lire. "
                "Votre message reste caché, et je montre la réponse sans lien vers lui. Vous pouvez demander "
                "que l’on réponde aux seules personnes mentionnées."
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
        "noted_yes_carry": {
            "en": "Thank you. I show it to a few of your friends, and withdraw it if you undo the boost.",
            "fr": "Merci. Je le montre à quelques-uns de vos amis ; annulez le partage pour le retirer.",
        },
        "noted_no": {
            "en": "Understood. Nobody is told.",
            "fr": "C’est entendu. Personne n’en saura rien.",
        },
        "noted_offer": {
            "en": "Thank you. I tell {author} that you can help.",
            "fr": "Merci. Je dis à {author} que vous pouvez aider.",
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
            "en": "I shall not ask anything of you until {until}. Answer “still” to end the pause.",
            "fr": "Je ne vous demanderai rien avant le {until}. Répondez « toujours » pour reprendre.",
        },
        "help": {
            "en": (
                "I understand: “done” (the need is gone), “still” (it stands), “pause”, “yes” and “no” to my "
                "questions, “help”. In a post, #help raises a flag, #bottle raises it widely, #intimacy0 to "
                "#intimacy4 set who may see it."
            ),
            "fr": (
                "Je comprends : « fait » (le besoin a disparu), « toujours » (il demeure), « pause », « oui » "
                "et « non » à mes questions, « aide ». Dans un message, #aide lève le drapeau, #bouteille le "
                "lève au plus large, #intime0 à #intime4 règlent qui peut le voir."
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
            "en": "Your timelines now go {depth} posts down, until tomorrow.",
            "fr": "Vos fils descendent maintenant jusqu’à {depth} messages, jusqu’à demain.",
        },
        "unpublished": {
            "en": (
                "The post you had planned for {when} could not be published: {reason} Here it is again, so that "
                "nothing is lost.\n\n{text}"
            ),
            "fr": (
                "Le message que vous aviez prévu pour le {when} n’a pas pu être publié : {reason} Le voici à "
                "nouveau, pour que rien ne soit perdu.\n\n{text}"
            ),
        },
        "unknown": {
            "en": "I did not understand that, I am sorry. Write “help” for what I understand.",
            "fr": "Je n’ai pas compris, pardonnez-moi. Écrivez « aide » pour savoir ce que je comprends.",
        },
    }
)

EXCERPT = 120


def compose(letter: Letter, locale: str, **values: object) -> str:
    """The text of a letter in French (`fr…`) or English."""
    language = "fr" if locale.lower().startswith("fr") else "en"
    return LETTERS[letter][language].format(**values)


def excerpt(text: str) -> str:
    """The beginning of a post on one line, as a reminder of which one is meant. Without mentions: quoting a
    handle would name somebody in a message that is not for them."""
    line = " ".join(text.replace("@", "@\u200b").split())
    return line if len(line) <= EXCERPT else line[: EXCERPT - 1].rstrip() + "…"


def seen_by(people: int, locale: str) -> str:
    """`3 friends`; never who."""
    if locale.lower().startswith("fr"):
        return f"{people} ami·e{'s' if people > 1 else ''}"
    return f"{people} friend{'' if people == 1 else 's'}"


def thanked(helpers: int, locale: str) -> str:
    """What became of those who offered help."""
    if locale.lower().startswith("fr"):
        if not helpers:
            return "J’ai remercié celles et ceux que j’avais sollicités."
        return f"J’ai remercié {helpers} personne{'s' if helpers > 1 else ''} de leur aide."
    if not helpers:
        return "I have thanked those I had asked."
    return f"I have thanked {helpers} {'person' if helpers == 1 else 'people'} for their help."


def listed(names: Sequence[str], locale: str) -> str:
    """`Amina, Bruno and Chloé`."""
    locale = "fr" if locale.lower().startswith("fr") else "en"
    return format_list(list(names), locale=locale) if names else ""
