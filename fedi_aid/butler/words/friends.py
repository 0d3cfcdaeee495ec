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
        "introduced": {
            "en": (
                "{by} would like you to meet {name} ({handle}).{word}\n\nWould you? Answer “yes” or “no”. If "
                "you both say yes, you become friends. Nobody is told of a no, or of silence."
            ),
            "fr": (
                "{by} aimerait vous faire rencontrer {name} ({handle}).{word}\n\nLe voulez-vous ? Répondez "
                "« oui » ou « non ». Si vous dites oui tous les deux, vous devenez ami·es. Personne ne saura "
                "rien d’un non, ni d’un silence."
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
            "en": "Noted: {what}. Friends who need it may hear of you; how often is for you to say.",
            "fr": "C’est noté : {what}. Des ami·es qui en ont besoin penseront à vous ; à vous de dire combien.",
        },
        "noted_not_mine": {
            "en": "Noted: {what} is not your thing. I shall think of you less for that.",
            "fr": "C’est noté : {what}, ce n’est pas votre truc. Je penserai moins à vous pour cela.",
        },
        "unknown_language": {
            "en": "I do not know that language. Its name in English or French will do.",
            "fr": "Je ne connais pas cette langue. Son nom en français ou en anglais suffit.",
        },
        "whom": {
            "en": "I am not sure whom you mean. Please write their whole handle, such as @bruno.",
            "fr": "Je ne sais pas de qui vous parlez. Écrivez son identifiant entier, comme @bruno.",
        },
        "not_a_friend": {
            "en": "That is between friends, and {name} is not one of yours yet.",
            "fr": "Cela se fait entre ami·es, et {name} n’en fait pas encore partie.",
        },
        "noted_thanks": {
            "en": "I tell {name}.",
            "fr": "Je le dis à {name}.",
        },
        "vouch_too": {
            "en": (
                "I tell {name}. Shall I also tell them that you vouch for it: {what}? Answer “yes” or “no”."
            ),
            "fr": (
                "Je le dis à {name}. Dois-je lui dire aussi que vous vous en portez garant·e : {what} ? "
                "Répondez « oui » ou « non »."
            ),
        },
        "noted_vouched": {
            "en": "I tell {name} that you vouch for this: {what}. It counts once they accept it.",
            "fr": "Je dis à {name} que vous vous portez garant·e : {what}. Cela comptera s’il ou elle accepte.",
        },
        "noted_not_vouched": {
            "en": "Understood: the thanks alone.",
            "fr": "C’est entendu : seulement le merci.",
        },
        "vouch_for_what": {
            "en": "For what? For example: “I vouch for @bruno for French paperwork”.",
            "fr": "De quoi ? Par exemple : « je me porte garant de @bruno pour la plomberie ».",
        },
        "noted_introduced": {
            "en": (
                "I ask {one} and {other}, each by themselves. They become friends if both say yes; you are "
                "told nothing either way, and neither are they."
            ),
            "fr": (
                "Je demande à {one} et à {other}, séparément. Ils deviendront ami·es s’ils disent oui tous "
                "les deux ; autrement, nul n’en saura rien, vous non plus."
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
            "en": "Nobody is waiting for an answer from you.",
            "fr": "Personne n’attend de réponse de votre part.",
        },
        "card_counsel": {
            "en": "{proposal}\n\n{reasons}\n\nNo answer is needed. “No more counsel” and I leave the subject.",
            "fr": "{proposal}\n\n{reasons}\n\nAucune réponse n’est due. « Plus de rappels conseil » et je n’en parle plus.",
        },
        "refused_order": {
            "en": "I could not do that: {reason}",
            "fr": "Je n’ai pas pu le faire : {reason}",
        },
    }
)
