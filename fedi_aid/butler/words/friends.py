"""Between friends: what one can help with, endorsements, thanks, introductions."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

FriendLetter = Literal[
    "endorsed",
    "noted_endorsed",
    "noted_not_endorsed",
    "no_longer_there",
    "thanked",
    "thanked_helper",
    "introduced",
    "noted_met",
    "noted_not_met",
    "abilities",
    "abilities_none",
    "noted_abilities",
    "noted_not_mine",
    "unknown_language",
    "whom",
    "not_a_friend",
    "noted_thanks",
    "vouch_too",
    "noted_vouched",
    "noted_not_vouched",
    "vouch_for_what",
    "noted_introduced",
    "introduce_whom",
    "asking_to_be_friends",
    "nobody_asks",
    "refused_order",
    "card_counsel",
]

WORDS: Final[Mapping[FriendLetter, Mapping[str, str]]] = MappingProxyType(
    {
        "endorsed": {
            "en": (
                "{name} vouches for you: {what}.{word}\n\nMay I show it to your friends, and count it when "
                "somebody asks for this? Answer “yes” or “no”. {name} is not told of a no."
            ),
            "fr": (
                "{name} se porte garant·e de vous : {what}.{word}\n\nPuis-je le montrer à vos ami·es, et en "
                "tenir compte quand quelqu’un cherche cela ? Répondez « oui » ou « non ». {name} ne saura pas "
                "que vous avez refusé."
            ),
        },
        "noted_endorsed": {
            "en": "It is on your profile now, for those to whom you show it. You can hide it at any time.",
            "fr": "C’est sur votre profil, pour qui vous le montrez. Vous pouvez le cacher à tout moment.",
        },
        "noted_not_endorsed": {
            "en": "Understood. It is shown to nobody, and nobody is told.",
            "fr": "C’est entendu. Personne ne le verra, et personne n’en saura rien.",
        },
        "no_longer_there": {
            "en": "This is no longer open.",
            "fr": "Cela n’est plus d’actualité.",
        },
        "thanked": {
            "en": "{name} says thank you{what}.{word}",
            "fr": "{name} vous dit merci{what}.{word}",
        },
        "thanked_helper": {
            "en": "{name} says thank you{what}. You helped with “{excerpt}”.{word}",
            "fr": "{name} vous dit merci{what}. Vous avez aidé pour « {excerpt} ».{word}",
        },
        "introduced": {
            "en": (
                "{by} would like you to meet {name} ({handle}).{word}\n\nWould you? Answer “yes” or “no”. "
                "If you both say yes, you become friends. Nobody is told of a no, or of silence."
            ),
            "fr": (
                "{by} aimerait vous faire rencontrer {name} ({handle}).{word}\n\nLe souhaitez-vous ? "
                "Répondez « oui » ou « non ». Si vous dites oui l’un·e et l’autre, vous deviendrez "
                "ami·es. Personne ne saura rien d’un non, ni d’un silence."
            ),
        },
        "noted_met": {
            "en": "Thank you. You become friends if {name} says yes too; until then nobody is told.",
            "fr": "Merci. Vous serez ami·es si {name} dit oui aussi ; d’ici là personne n’en saura rien.",
        },
        "noted_not_met": {
            "en": "Understood. Nobody is told, and nobody will propose it again.",
            "fr": "C’est entendu. Personne n’en saura rien, et nul ne vous le proposera plus.",
        },
        "abilities": {
            "en": (
                "You can help with: {skills}. You speak: {languages}. Not your thing: {refused}.\n\nTell me "
                "more at any time: “I can help with bicycles”, “I speak Spanish”, “not my thing: tax forms”."
            ),
            "fr": (
                "Vous pouvez aider en : {skills}. Vous parlez : {languages}. Ce n’est pas votre truc : "
                "{refused}.\n\nDites-m’en plus quand vous voulez : « je peux aider en plomberie », « je parle "
                "espagnol », « pas mon truc : les impôts »."
            ),
        },
        "abilities_none": {
            "en": (
                "You have not told me yet. For example: “I can help with bicycles and French paperwork”, “I "
                "speak Spanish”, “not my thing: tax forms”."
            ),
            "fr": (
                "Vous ne me l’avez pas encore dit. Par exemple : « je peux aider en plomberie et "
                "jardinage », « je parle espagnol », « pas mon truc : les impôts »."
            ),
        },
        "noted_abilities": {
            "en": ("Noted: {what}. I may come to you when a friend needs that; how often is for you to say."),
            "fr": (
                "C’est noté : {what}. Je penserai à vous quand un·e ami·e en aura besoin ; à vous de "
                "dire combien de fois."
            ),
        },
        "noted_not_mine": {
            "en": "Noted, that is not your thing: {what}. I shall think of you less for it.",
            "fr": "C’est noté, ce n’est pas votre truc : {what}. Je penserai moins à vous pour cela.",
        },
        "unknown_language": {
            "en": "I do not know that language. Its name in English or French will do.",
            "fr": "Je ne connais pas cette langue. Son nom en français ou en anglais suffit.",
        },
        "whom": {
            "en": "I am not sure whom you mean. Please write their whole address, such as @bruno.",
            "fr": "Je ne sais pas de qui vous parlez. Écrivez son identifiant entier, comme @bruno.",
        },
        "not_a_friend": {
            "en": "That is between friends, and you are not friends with {name} yet.",
            "fr": "Cela se fait entre ami·es : vous ne l’êtes pas encore avec {name}.",
        },
        "noted_thanks": {
            "en": "With pleasure: I thank {name} for you.{others}",
            "fr": "Avec plaisir : je transmets vos remerciements à {name}.{others}",
        },
        "vouch_too": {
            "en": (
                "With pleasure: I thank {name} for you.{others} Shall I also say that you vouch for it: "
                "{what}? Answer “yes” or “no”."
            ),
            "fr": (
                "Avec plaisir : je transmets vos remerciements à {name}.{others} Dois-je dire aussi que "
                "vous vous en portez garant·e : {what} ? Répondez « oui » ou « non »."
            ),
        },
        "noted_vouched": {
            "en": "I tell {name} that you vouch for this: {what}. It counts once they accept it.",
            "fr": (
                "Je dis à {name} que vous vous en portez garant·e : {what}. Cela comptera une fois accepté."
            ),
        },
        "noted_not_vouched": {
            "en": "Understood: the thanks alone.",
            "fr": "C’est entendu : le merci seul.",
        },
        "vouch_for_what": {
            "en": "For what? For example: “I vouch for @bruno for French paperwork”.",
            "fr": "De quoi ? Par exemple : « je me porte garant de @bruno pour la plomberie ».",
        },
        "noted_introduced": {
            "en": (
                "I ask {one} and {other}, each by themselves. They become friends if both say yes. I "
                "shall not tell you what came of it, and nobody hears of a no."
            ),
            "fr": (
                "Je demande à {one} et à {other}, séparément. Ils deviendront ami·es si l’un·e et "
                "l’autre disent oui. Je ne vous dirai pas ce qu’il en advient, et personne ne saura rien "
                "d’un non."
            ),
        },
        "introduce_whom": {
            "en": "Whom to whom? For example: “introduce @bruno to @chloe”. Both have to be your friends.",
            "fr": "Qui à qui ? Par exemple : « présente @bruno à @chloe ». Il faut que les deux soient vos ami·es.",
        },
        "asking_to_be_friends": {
            "en": "These people would like to be your friends:\n\n{people}\n\nAnswer them in your app.",
            "fr": "Ces personnes aimeraient devenir vos ami·es :\n\n{people}\n\nRépondez-leur dans votre application.",
        },
        "nobody_asks": {
            "en": "Nobody is waiting to become your friend just now.",
            "fr": "Personne n’attend en ce moment de devenir votre ami·e.",
        },
        "card_counsel": {
            "en": (
                "{proposal}\n\n{reasons}\n\nNo answer is needed. “No more counsel” and I leave the subject."
            ),
            "fr": (
                "{proposal}\n\n{reasons}\n\nVous n’avez pas à répondre. « Plus de rappels de conseil » et je "
                "n’en parle plus."
            ),
        },
        "refused_order": {
            "en": "I could not do that: {reason}",
            "fr": "Je n’ai pas pu le faire : {reason}",
        },
    }
)
