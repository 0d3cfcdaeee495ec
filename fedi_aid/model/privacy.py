"""What an instance does with what it is told, in a few true sentences; shown to client apps."""

from typing import Final

from fedi_aid.model.charter import Words

PRIVACY: Final[tuple[Words, ...]] = (
    Words(
        en=(
            "What you write is kept here and shown only to those it is for. Where they live on other "
            "servers, a copy is sent there; a deletion is sent too, and cannot be enforced."
        ),
        fr=(
            "Ce que vous écrivez est conservé ici et n'est montré qu'aux personnes à qui il s'adresse. Si "
            "elles vivent sur d'autres serveurs, une copie y est envoyée ; une suppression l'est aussi, sans "
            "pouvoir être imposée."
        ),
    ),
    Words(
        en=(
            "To choose who may see a post, this server counts how often you and your friends write to each "
            "other, day by day. Nobody else sees these numbers, and no other server gets them."
        ),
        fr=(
            "Pour choisir qui peut voir un message, ce serveur compte, jour par jour, combien de fois vos "
            "proches et vous vous écrivez. Personne d'autre ne voit ces nombres et aucun autre serveur ne "
            "les reçoit."
        ),
    ),
    Words(
        en="Nobody is told who saw a request and stayed silent.",
        fr="Personne n'apprend qui a vu une demande et n'a pas répondu.",
    ),
    Words(
        en=(
            "The people who run this server can read its database, and with it everything in it. There are "
            "no trackers, and pages load nothing from third parties."
        ),
        fr=(
            "Les personnes qui font vivre ce serveur peuvent lire sa base de données, donc tout ce qu'elle "
            "contient. Il n'y a pas de pisteurs, et les pages ne chargent rien chez des tiers."
        ),
    ),
)
