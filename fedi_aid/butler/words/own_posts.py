"""What is said to an author about a post of theirs."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

PostLetter = Literal[
    "approve_close",
    "approve_confidants",
    "approve_nobody",
    "noted_released",
    "noted_kept_back",
    "level",
    "level_close",
    "noted_level",
    "noted_level_stays",
    "unknown_tags",
    "overheard",
    "unpublished",
]

WORDS: Final[Mapping[PostLetter, Mapping[str, str]]] = MappingProxyType(
    {
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
        "level": {
            "en": (
                "For “{excerpt}” you ask for level {level} ({level_name}). Nobody new sees it yet; what you may "
                "have changed in its words stands. Shall I show it wider? The answers that it has stay with those who "
                "can see them now. Answer “yes” or “no”."
            ),
            "fr": (
                "Pour « {excerpt} », vous demandez le niveau {level} ({level_name}). Personne de plus ne le voit "
                "encore ; ce que vous avez pu changer au texte demeure. Dois-je le montrer plus largement ? Les réponses "
                "déjà reçues restent à qui les voit aujourd’hui. Répondez « oui » ou « non »."
            ),
        },
        "level_close": {
            "en": (
                "For “{excerpt}” you ask for level {level} ({level_name}). Nobody new sees it yet; what you may "
                "have changed in its words stands. Shall I show it wider? These may see it then: {people}. The answers "
                "that it has stay with those who can see them now. Answer “yes” or “no”."
            ),
            "fr": (
                "Pour « {excerpt} », vous demandez le niveau {level} ({level_name}). Personne de plus ne le voit "
                "encore ; ce que vous avez pu changer au texte demeure. Dois-je le montrer plus largement ? Pourraient "
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
                "I know no project and no sphere of yours by the name of {names}, or more than one, so I left it "
                "in your post as an ordinary hashtag."
            ),
            "fr": (
                "Je ne connais de vous ni projet ni sphère du nom de {names}, ou bien plusieurs : je l’ai laissé "
                "dans votre message comme un mot-dièse ordinaire."
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
    }
)
