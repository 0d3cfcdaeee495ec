"""Everything that the butler understands, in French and in English: literal tables, no code.

Phrases are written in small letters, without accents and punctuation, as `commands` reads a message:
`c est fait`. A new order is a verb here, a row here, a row in `answers.HANDLERS` and one in docs/butler.md.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

Verb = Literal[
    "yes",
    "no",
    "done",
    "withdrawn",
    "no_longer_needed",
    "still",
    "pause",
    "later",
    "resume",
    "stop",
    "level",
    "urgency",
    "helpers",
    "ration",
    "less",
    "requests",
    "known",
    "can_help",
    "speaks",
    "not_mine",
    "abilities",
    "thank",
    "vouch",
    "introduce",
    "who_asks",
    "cards_on",
    "cards_off",
    "more",
    "pass",
    "with",
    "without",
    "help",
]

# Orders that need no more words: alone, beside courtesies (`FILLERS`), or in a clause of their own.
PHRASES: Final[Mapping[Verb, tuple[str, ...]]] = MappingProxyType(
    {
        "yes": (
            *("yes", "y", "yep", "yeah", "ok", "okay", "sure", "of course", "gladly", "with pleasure"),
            *(
                "yes i can",
                "yes i can help",
                "yes i ll help",
                "i can help",
                "i ll do it",
                "i will do it",
                "yes i will",
                "please do",
                "go ahead",
            ),
            *("oui", "o", "ouais", "d accord", "volontiers", "bien sur", "avec plaisir", "oui je peux"),
            *("oui je peux aider", "oui je peux t aider", "oui je peux vous aider"),
            *("je peux aider", "je m en charge", "je m en occupe", "allez y", "vas y"),
        ),
        "no": (
            *("no", "n", "nope", "not me", "sorry no", "i cannot", "i can t", "no i can t", "no i cannot"),
            *("not this time", "non", "pas moi", "desole non", "je ne peux pas", "non je ne peux pas"),
            *("pas cette fois", "pas possible"),
        ),
        "done": (
            *("done", "solved", "resolved", "it is done", "it s done", "its done", "i am done", "all done"),
            *("it is solved", "it s solved", "problem solved", "lower the flag", "sorted", "all sorted"),
            *("fait", "c est fait", "resolu", "c est resolu", "regle", "c est regle", "termine", "fini"),
            *("c est termine", "c est fini", "tout est regle", "probleme resolu"),
            *("baisse le drapeau", "baissez le drapeau", "abaissez le drapeau"),
        ),
        "withdrawn": (
            *("withdraw", "withdraw it", "cancel", "cancel it", "never mind", "forget it"),
            *("annuler", "annule", "annulez", "laisse tomber", "laissez tomber", "retirer", "retirez"),
        ),
        "no_longer_needed": (
            *("no longer needed", "not needed any more", "not needed anymore", "i no longer need it"),
            *("it is no longer needed", "plus besoin", "je n en ai plus besoin", "ce n est plus necessaire"),
            *("ce n est plus la peine", "plus necessaire"),
        ),
        "still": (
            *(
                "still",
                "still open",
                "still needed",
                "it still stands",
                "still stands",
                "keep going",
                "go on",
            ),
            *("not yet", "still waiting", "no news", "toujours", "toujours rien", "encore", "continue"),
            *("continuez", "pas encore", "c est toujours d actualite", "toujours d actualite"),
            *("j en ai toujours besoin", "i still need it", "i still need help"),
        ),
        "pause": (
            *("pause", "pause it", "take a break", "hold on", "stop for now", "wait", "on hold"),
            *("en pause", "mets en pause", "mettez en pause", "fais une pause", "faites une pause"),
            *("attends", "attendez", "une pause"),
        ),
        "later": (
            *("later", "not now", "ask me later", "ask me again later", "ask me tomorrow", "maybe later"),
            *("plus tard", "pas maintenant", "demandez moi plus tard", "redemandez moi plus tard"),
            *("demain", "tomorrow", "peut etre plus tard"),
        ),
        "resume": (
            *("resume", "speak again", "speak to me again", "start again", "come back", "wake up"),
            *("reprendre", "reprends", "reprenez", "parlez moi a nouveau", "recommencez", "revenez"),
        ),
        "stop": (
            *("stop", "be quiet", "be silent", "leave me alone", "do not write to me", "stop writing to me"),
            *("tais toi", "taisez vous", "silence", "laissez moi tranquille", "ne m ecrivez plus", "arretez"),
        ),
        "urgency": (
            *("urgent", "it is urgent", "it s urgent", "not urgent", "it is not urgent", "no hurry"),
            *("c est urgent", "pas urgent", "ce n est pas urgent", "rien ne presse"),
        ),
        "less": (
            *("less", "less of this", "less like this", "fewer of these", "not my thing"),
            *("moins", "moins de ca", "moins de cela", "moins comme ca", "pas mon truc", "pas pour moi"),
        ),
        "requests": (
            *("status", "my requests", "list my requests", "where are my requests", "how is it going"),
            *("mes demandes", "ou en sont mes demandes", "ou en est ma demande", "ou en est on"),
        ),
        "known": (
            *("what do you know about me", "what do you know of me", "my data", "who am i to you"),
            *("que savez vous de moi", "que sais tu de moi", "que sait on de moi", "mes donnees"),
            *("qu est ce que vous savez de moi",),
        ),
        "abilities": (
            *("what can i help with", "my skills", "my abilities", "what do i help with"),
            *("en quoi puis je aider", "mes competences", "ce que je sais faire", "comment puis je aider"),
        ),
        "who_asks": (
            *("friend requests", "who wants to be my friend", "who wants to be friends", "who asks"),
            *("demandes d ami", "demandes d amis", "demandes d amitie", "qui veut etre mon ami"),
        ),
        "more": (
            *("more", "more posts", "show me more", "show more"),
            *("plus", "encore plus", "plus de messages", "montre m en plus", "montrez m en plus", "la suite"),
        ),
        "help": (
            *("help", "commands", "what can you do", "what do you understand", "how does this work"),
            *("aide", "commandes", "que sais tu faire", "que savez vous faire", "comment ca marche"),
            *("que comprenez vous",),
        ),
    }
)

Needs = Literal["words", "number", "mention"]

# An order that says more: how it opens, and what the rest must hold for it to be one.
OPENINGS: Final[Mapping[Verb, tuple[Needs, tuple[str, ...]]]] = MappingProxyType(
    {
        "pause": (
            "words",
            (
                *("pause", "pause for", "pause until", "take a break for", "take a break until"),
                *("pause de", "pause pendant", "pause jusqu au", "pause jusqu a", "en pause jusqu au"),
                *("pause pour", "en pause pour", "en pause pendant"),
            ),
        ),
        "level": (
            "number",
            ("intimacy", "level", "intime", "intimite", "niveau", "niveau d intimite", "set intimacy to"),
        ),
        "with": ("mention", ("with", "add", "also show it to", "avec", "ajoute", "ajoutez")),
        "without": (
            "mention",
            (
                *("without", "not to", "leave out", "do not show it to", "don t show it to"),
                *("sans", "pas a", "ne le montre pas a", "ne le montrez pas a"),
            ),
        ),
        "pass": (
            "mention",
            (
                *("pass", "pass it to", "pass this to", "pass it on to", "pass this on to", "pass to"),
                *("passe a", "passez a", "passe le a", "passez le a", "transmets a", "transmettez a"),
                *("transmets le a", "transmettez le a", "passe", "passez"),
            ),
        ),
        "urgency": ("words", ("urgency", "urgence", "make it", "it is of", "l urgence est")),
        "helpers": (
            "number",
            ("helpers", "helpers needed", "i need", "il me faut", "personnes", "j ai besoin de"),
        ),
        "ration": (
            "number",
            ("at most", "ask me at most", "budget", "au plus", "au maximum", "demandez moi au plus"),
        ),
        "can_help": (
            "words",
            (
                *("i can help with", "i can help in", "i can help out with", "i am good at", "i m good at"),
                *("je peux aider en", "je peux aider pour", "je peux aider a", "je peux aider avec"),
                *("je peux aider au", "je peux aider aux", "je peux aider dans", "je m y connais en"),
                *("je sais faire de", "je sais faire du", "je sais faire des", "je suis doue en"),
            ),
        ),
        "speaks": ("words", ("i speak", "i also speak", "je parle", "je parle aussi")),
        "not_mine": (
            "words",
            ("not my thing", "pas mon truc", "ce n est pas mon truc", "it is not my thing"),
        ),
        "thank": (
            "mention",
            ("thanks", "thank", "thank you", "thanks to", "merci", "merci a", "remercie", "remerciez"),
        ),
        "vouch": (
            "mention",
            (
                *("vouch for", "i vouch for", "endorse", "i endorse", "i recommend"),
                *("je me porte garant de", "je me porte garante de", "je recommande", "recommande"),
            ),
        ),
        "introduce": (
            "mention",
            (
                "introduce",
                "please introduce",
                "presente",
                "presentez",
                "fais se rencontrer",
                "faites se rencontrer",
            ),
        ),
        "cards_on": ("words", ("more of", "start", "send me", "envoyez moi", "activez")),
        "cards_off": ("words", ("no more", "stop", "less of", "plus de rappels", "desactivez", "arretez")),
    }
)

# What may stand around an order and changes nothing.
FILLERS: Final = (
    *("please", "thanks", "thank you", "thank you very much", "thanks a lot", "many thanks", "so much"),
    *("sorry", "now", "then", "well", "so", "hello", "hi", "hey", "dear", "butler", "good morning"),
    *("i think", "i believe", "for me", "actually", "finally", "very much", "all", "again", "great"),
    *("merci", "merci beaucoup", "mille mercis", "merci bien", "a tous", "a toutes", "et a tous"),
    *("s il te plait", "s il vous plait", "svp", "stp", "je vous prie", "je te prie", "maintenant"),
    *("bonjour", "bonsoir", "salut", "coucou", "majordome", "cher", "chere", "alors", "voila", "bon", "ben"),
    *("desole", "desolee", "pardon", "je crois", "je crois que", "je pense", "je pense que", "enfin"),
    *("pour moi", "beaucoup", "super", "ca y est", "and", "et", "it", "is"),
)

# A word that turns a longer sentence round: nothing is guessed where one stands.
DOUBTS: Final = frozenset(
    (
        *("not", "no", "never", "but", "if", "unless", "except", "maybe", "perhaps", "when", "until", "t"),
        *("only", "almost", "nearly", "half", "hardly", "without", "cannot", "nobody", "nothing", "yet"),
        *("pas", "ne", "n", "non", "jamais", "mais", "si", "sauf", "peut", "quand", "jusqu", "seulement"),
        *("presque", "rien", "personne", "sans", "encore", "moitie", "aucun", "aucune", "plus", "still"),
    )
)

# What may be asked with a question mark; any other order with one is a question about it, not the order.
ASKED: Final[frozenset[Verb]] = frozenset({"help", "known", "requests", "more", "abilities", "who_asks"})

# Plain enough to be heard in a clause of its own within a longer message: "Bruno came. It is done!"
CLEAR: Final[frozenset[Verb]] = frozenset({"yes", "no", "done", "still", "no_longer_needed"})
