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
    "unseen",
    "unseen_alone",
    "overheard",
    "unpublished",
]

WORDS: Final[Mapping[PostLetter, Mapping[str, str]]] = MappingProxyType(
    {
        "approve_close": {
            "en": (
                "Before “{excerpt}” goes, here is who may see it, and nobody else: {people}. It goes in "
                "five minutes. Answer “yes” to let it go now, “no” to keep it for yourself."
            ),
            "fr": (
                "Avant que « {excerpt} » ne parte, voici qui pourra le voir, et personne d’autre : "
                "{people}. Il part dans cinq minutes. Répondez « oui » pour l’envoyer maintenant, « non "
                "» pour le garder pour vous."
            ),
        },
        "approve_confidants": {
            "en": (
                "“{excerpt}” waits for your word. Here is who may see it, and nobody else: {people}. "
                "Answer “yes” and it goes; until then it is yours alone."
            ),
            "fr": (
                "« {excerpt} » attend votre accord. Voici qui pourra le voir, et personne d’autre : "
                "{people}. Répondez « oui » et il part ; jusque-là, vous êtes la seule personne à le "
                "voir."
            ),
        },
        "approve_nobody": {
            "en": (
                "Nobody is close enough yet to see “{excerpt}”: it stays yours alone. You can pin "
                "somebody as close, or write again at a wider level."
            ),
            "fr": (
                "Personne n’est encore assez proche pour voir « {excerpt} » : vous êtes la seule "
                "personne à le voir. Vous pouvez marquer quelqu’un comme proche, ou écrire à un niveau "
                "plus large."
            ),
        },
        "noted_released": {
            "en": "It is on its way to them, and to nobody else.",
            "fr": "Il part vers ces personnes, et vers personne d’autre.",
        },
        "noted_kept_back": {
            "en": "It stays yours alone. Answer “yes” to that message when you change your mind.",
            "fr": "Il reste pour vous. Répondez « oui » à ce message si vous changez d’avis.",
        },
        "level": {
            "en": (
                "For “{excerpt}” you ask for level {level} ({level_name}). Nobody new sees it yet; any "
                "change to its words holds already. Shall I show it wider? The answers that it has stay "
                "with those who can see them now. Answer “yes” or “no”."
            ),
            "fr": (
                "Pour « {excerpt} », vous demandez le niveau {level} ({level_name}). Personne de plus ne "
                "le voit pour l’instant ; si vous avez changé le texte, cela vaut déjà. Dois-je le "
                "montrer plus largement ? Les réponses déjà reçues restent à qui les voit aujourd’hui. "
                "Répondez « oui » ou « non »."
            ),
        },
        "level_close": {
            "en": (
                "For “{excerpt}” you ask for level {level} ({level_name}). Nobody new sees it yet; any "
                "change to its words holds already. Shall I show it wider? Here is who may see it then: "
                "{people}. The answers that it has stay with those who can see them now. Answer “yes” or "
                "“no”."
            ),
            "fr": (
                "Pour « {excerpt} », vous demandez le niveau {level} ({level_name}). Personne de plus ne "
                "le voit pour l’instant ; si vous avez changé le texte, cela vaut déjà. Dois-je le "
                "montrer plus largement ? Voici qui pourrait alors le voir : {people}. Les réponses déjà "
                "reçues restent à qui les voit aujourd’hui. Répondez « oui » ou « non »."
            ),
        },
        "noted_level": {
            "en": "It is at level {level} ({level_name}) now.",
            "fr": "Il est maintenant au niveau {level} ({level_name}).",
        },
        "noted_level_stays": {
            "en": "Nothing changes: it stays with those who see it now.",
            "fr": "Rien ne change : le voient celles et ceux qui le voient aujourd’hui.",
        },
        "unknown_tags": {
            "en": (
                "None of your projects or spheres is called {names}, or more than one is, so I left it "
                "in your post as an ordinary hashtag."
            ),
            "fr": (
                "Aucun de vos projets, aucune de vos sphères ne s’appelle {names}, ou bien il y en a "
                "plusieurs : je l’ai laissé dans votre message comme un mot-dièse ordinaire."
            ),
        },
        "unseen": {
            "en": (
                "“{excerpt}” was shown to nobody: I found no friend whom it concerns, and I reach no further by "
                "myself. You can write again and name somebody, or aim at more people."
            ),
            "fr": (
                "« {excerpt} » n’a été montré à personne : je n’ai trouvé aucun·e ami·e que cela concerne, et je "
                "ne vais pas plus loin de moi-même. Vous pouvez écrire à nouveau en nommant quelqu’un, ou en "
                "visant plus de monde."
            ),
        },
        "unseen_alone": {
            "en": (
                "“{excerpt}” was shown to nobody yet: you have no friends here so far. Introduce yourself to "
                "someone, and what you write next finds its readers."
            ),
            "fr": (
                "« {excerpt} » n’a encore été montré à personne : vous n’avez pas d’ami·es ici pour l’instant. "
                "Présentez-vous à quelqu’un, et vos prochains mots trouveront à qui parler."
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
