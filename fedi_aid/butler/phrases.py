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
    "hours",
    "zone",
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
    "offer",
    "write",
    "help",
]

# Orders that need no more words: alone, beside courtesies (`FILLERS`), or in a clause of their own.
PHRASES: Final[Mapping[Verb, tuple[str, ...]]] = MappingProxyType(
    {
        "yes": (
            *("yes", "y", "yep", "yeah", "ok", "okay", "sure", "of course", "gladly", "with pleasure"),
            *(
                "yes i can",
                "yes i will",
                "please do",
                "go ahead",
                "yup",
                "absolutely",
                "certainly",
                "by all means",
                "why not",
            ),
            *("oui", "o", "ouais", "d accord", "volontiers", "bien sur", "avec plaisir", "oui je peux"),
            *("oui je veux bien", "je veux bien", "pourquoi pas", "bien volontiers", "avec joie", "ouep"),
            *("allez y", "vas y", "ca marche", "entendu", "absolument", "mais oui", "dac"),
        ),
        # Unlike a yes it says what is offered: a carrier who says so does not agree to carry.
        "offer": (
            *("i can help", "yes i can help", "yes i ll help", "i ll help", "i will help", "i ll do it"),
            *("i will do it", "i can do it", "i can help myself", "yes i will help", "i can do that"),
            *("je peux aider", "oui je peux aider", "oui je peux t aider", "oui je peux vous aider"),
            *("je m en charge", "je m en occupe", "je peux le faire", "je vais aider", "je veux bien aider"),
            *("je peux aider moi meme",),
        ),
        "write": (
            *("i will write", "i ll write", "i will write to them", "write", "write a word", "say hello"),
            *("i ll say hello", "je vais ecrire", "j ecris", "je lui ecris", "je vais lui ecrire"),
            *("ecrire", "ecrire un mot", "dire bonjour", "je lui ecrirai"),
        ),
        "no": (
            *("no", "n", "nope", "not me", "sorry no", "i cannot", "i can t", "no i can t", "no i cannot"),
            *("not this time", "non", "pas moi", "desole non", "je ne peux pas", "non je ne peux pas"),
            *("pas cette fois", "pas possible", "nan", "i m afraid not", "sorry i can t", "sorry i cannot"),
            *("impossible", "je ne peux pas aider", "i can t help", "i cannot help", "no way", "nah"),
            *("je peux pas", "je ne pourrai pas", "malheureusement non", "unfortunately not", "ca ira non"),
        ),
        "done": (
            *("done", "solved", "resolved", "it is done", "it s done", "its done", "i am done", "all done"),
            *("it is solved", "it s solved", "problem solved", "lower the flag", "sorted", "all sorted"),
            *("fait", "c est fait", "resolu", "c est resolu", "regle", "c est regle", "termine", "fini"),
            *("c est termine", "c est fini", "tout est regle", "probleme resolu", "problem is solved"),
            *("j ai trouve", "i found someone", "i found somebody", "found it", "found someone"),
            *("j ai trouve quelqu un", "it has been done", "it s been done", "finished", "it is finished"),
            *("it s finished", "c est solutionne", "affaire reglee", "affaire classee", "it s all done"),
            *("it is sorted", "it s sorted", "that s done", "that is done", "it s fixed"),
            *("it is fixed", "fixed", "c est repare", "mission accomplie"),
            *("baisse le drapeau", "baissez le drapeau", "abaissez le drapeau"),
        ),
        "withdrawn": (
            *("withdraw", "withdraw it", "cancel", "cancel it", "never mind", "forget it"),
            *("annuler", "annule", "annulez", "laisse tomber", "laissez tomber", "retirer", "retirez"),
            *("drop it", "let it go", "give it up", "end it", "abandonner", "abandonne", "abandonnez"),
            *("j abandonne", "i give up", "mettre fin", "mettez y fin", "j y mets fin"),
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
            *("j en ai toujours besoin", "i still need it", "i still need help", "keep", "keep it"),
            *(
                "keep it as it is",
                "garder",
                "garde",
                "gardez",
                "je garde",
                "je le garde",
                "ca tient toujours",
            ),
            *("cela tient toujours", "toujours besoin", "still looking", "je cherche toujours"),
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
            *("stop bothering me", "stop it", "stop asking me", "stop asking", "shut up", "ne m ecris plus"),
            *(
                "arrete",
                "arrete de m ecrire",
                "arretez de m ecrire",
                "laisse moi tranquille",
                "foutez moi la paix",
            ),
            *("tais toi", "taisez vous", "silence", "laissez moi tranquille", "ne m ecrivez plus", "arretez"),
        ),
        "urgency": (
            *("urgent", "it is urgent", "it s urgent", "not urgent", "it is not urgent", "no hurry"),
            *(
                "it isn t urgent",
                "it s not urgent",
                "c est pas urgent",
                "ce n est pas si urgent",
                "very urgent",
            ),
            *("c est tres urgent", "tres urgent", "urgente"),
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
            *("who are you", "what are you", "qui es tu", "qui etes vous", "what is this"),
            *("help me", "can you help me", "i need help", "aidez moi", "aide moi", "j ai besoin d aide"),
            *("pouvez vous m aider", "peux tu m aider", "que puis je faire", "what can i do", "menu", "info"),
            *("help", "commands", "what can you do", "what do you understand", "how does this work"),
            *("aide", "commandes", "que sais tu faire", "que savez vous faire", "comment ca marche"),
            *("que comprenez vous",),
        ),
    }
)

Needs = Literal["words", "number", "people", "mention"]

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
            "people",
            (
                *("helpers", "helpers needed", "i need", "il me faut", "personnes", "j ai besoin de"),
                *("il m en faut", "il nous faut", "we need"),
            ),
        ),
        "ration": (
            "number",
            ("at most", "ask me at most", "budget", "au plus", "au maximum", "demandez moi au plus"),
        ),
        "hours": (
            "number",
            (
                *("quiet hours", "quiet hours from", "quiet from", "my quiet hours are", "be quiet from"),
                *("do not disturb me from", "do not disturb me between", "don t disturb me from"),
                *(
                    "don t disturb me between",
                    "my quiet hours are from",
                    "silence de",
                    "heures de silence de",
                ),
                *("heures de silence", "mes heures de silence", "silence entre", "ne me derangez pas de"),
                *("ne me derangez pas entre", "ne me derange pas de", "ne me derange pas entre"),
            ),
        ),
        "zone": (
            "words",
            (
                *("my time zone is", "time zone", "timezone", "my timezone is", "i live in"),
                *("mon fuseau horaire est", "mon fuseau est", "fuseau horaire", "fuseau", "j habite a"),
            ),
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
            (
                *("thanks", "thank", "thank you", "thanks to", "merci", "merci a", "remercie", "remerciez"),
                *(
                    "many thanks to",
                    "thanks a lot",
                    "thanks a lot to",
                    "thank you so much",
                    "a big thanks to",
                ),
                *("thanks so much", "thanks so much to", "big thanks to", "thank you to", "un grand merci a"),
                *("merci beaucoup", "merci beaucoup a", "grand merci a", "mille mercis a", "mille merci a"),
                *("merci infiniment a", "un immense merci a", "say thanks to", "say thank you to"),
                *("dites merci a", "dis merci a", "merci aussi a", "thanks also to", "je remercie"),
            ),
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
        "cards_on": (
            "words",
            (
                *("more of", "start", "send me", "turn on", "switch on", "enable"),
                *("envoyez moi", "envoie moi", "activez", "active"),
            ),
        ),
        "cards_off": (
            "words",
            (
                *("no more", "stop", "less of", "turn off", "switch off", "disable", "plus de rappels"),
                *("pas de rappels", "desactivez", "desactive", "arretez", "arrete"),
            ),
        ),
    }
)

# By which somebody says that a need is gone; in the same message they may thank for it.
ENDING: Final[frozenset[Verb]] = frozenset({"done", "withdrawn", "no_longer_needed"})

# A message that is nothing but one of these.
SIGNS: Final[Mapping[str, Verb]] = MappingProxyType({"👍": "yes", "👌": "yes", "👎": "no"})

# Neither yes nor no.
MAYBE: Final = frozenset(
    ("maybe", "perhaps", "peut etre", "i might", "possibly", "it depends", "ca depend", "possible", "depends")
)

# Small numbers in words.
NUMBERS: Final[Mapping[str, int]] = MappingProxyType(
    {
        **dict.fromkeys(("one", "un", "une", "once"), 1),
        **dict.fromkeys(("two", "deux", "twice"), 2),
        **dict.fromkeys(("three", "trois"), 3),
        **dict.fromkeys(("four", "quatre"), 4),
        **dict.fromkeys(("five", "cinq"), 5),
        **dict.fromkeys(("six",), 6),
        **dict.fromkeys(("seven", "sept"), 7),
        **dict.fromkeys(("eight", "huit"), 8),
        **dict.fromkeys(("nine", "neuf"), 9),
        **dict.fromkeys(("ten", "dix"), 10),
    }
)

# Who is counted where somebody says how many they need: "I need 2 hours" is about no one.
PEOPLE: Final = frozenset(
    "people person persons helper helpers hands volunteers more others friends please personnes personne "
    "bras aides volontaires autres benevoles ami amis amies s svp stp merci".split()
)

# What an order that was nearly spelled is called when the butler asks whether it was meant.
SPELLED: Final[Mapping[Verb, Mapping[str, str]]] = MappingProxyType(
    {
        "yes": {"en": "yes", "fr": "oui"},
        "no": {"en": "no", "fr": "non"},
        "done": {"en": "done", "fr": "fait"},
        "no_longer_needed": {"en": "no longer needed", "fr": "plus besoin"},
        "still": {"en": "still", "fr": "toujours"},
        "pause": {"en": "pause", "fr": "pause"},
        "later": {"en": "later", "fr": "plus tard"},
        "resume": {"en": "resume", "fr": "reprendre"},
        "stop": {"en": "stop", "fr": "stop"},
        "urgency": {"en": "it is urgent", "fr": "c’est urgent"},
        "less": {"en": "less of this", "fr": "moins de cela"},
        "requests": {"en": "my requests", "fr": "mes demandes"},
        "known": {"en": "what do you know about me", "fr": "que savez-vous de moi"},
        "abilities": {"en": "my skills", "fr": "mes compétences"},
        "who_asks": {"en": "friend requests", "fr": "demandes d’amitié"},
        "offer": {"en": "I can help", "fr": "je peux aider"},
        "help": {"en": "help", "fr": "aide"},
    }
)

# What may stand around an order and changes nothing.
FILLERS: Final = (
    *("please", "thanks", "thank you", "thank you very much", "thanks a lot", "many thanks", "so much"),
    *("sorry", "now", "then", "well", "so", "hello", "hi", "hey", "dear", "butler", "good morning"),
    *("i think", "i believe", "for me", "actually", "finally", "very much", "all", "again", "great"),
    *("thx", "ty", "cheers", "bcp", "merci bcp", "bisous", "bonne journee", "cordialement", "oh", "ah"),
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
