"""The charter of an instance, in English and French: what a member reads first; and the default one.

Shown on the charter and sign-up pages and served as the instance's rules to client apps. Rule ids are stable:
reports and moderation decisions cite them, so a rule may be reworded but its id is never given to another.
"""

from datetime import datetime
from typing import Final

import msgspec


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """One text in the languages of the interface."""

    en: str
    fr: str

    def said_in(self, language: str) -> str:
        """The text for a BCP 47 tag: French for `fr` and its variants, English for everything else."""
        return self.fr if language.lower().split("-")[0] == "fr" else self.en


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule: a title that stands alone, and a hint that says what it means in practice."""

    id: str
    title: Words
    hint: Words


class RuleText(msgspec.Struct, frozen=True, kw_only=True):
    """A rule in one language."""

    id: str
    title: str
    hint: str


class CharterText(msgspec.Struct, frozen=True, kw_only=True):
    """The whole charter in one language."""

    preamble: str
    rules: tuple[RuleText, ...]


class Charter(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a charter. `since` is None for the default, which holds until another is written."""

    version: str
    preamble: Words
    rules: tuple[Rule, ...]
    since: datetime | None = None

    def said_in(self, language: str) -> CharterText:
        """It in the language of a BCP 47 tag (see `Words.said_in`)."""
        rules = (
            RuleText(id=rule.id, title=rule.title.said_in(language), hint=rule.hint.said_in(language))
            for rule in self.rules
        )
        return CharterText(preamble=self.preamble.said_in(language), rules=tuple(rules))


PREAMBLE = Words(
    en=(
        "This server exists so that people get help with what they are trying to do, without begging for "
        "it, buying it or imposing on anyone. Help lives on trust, and trust lives on a few habits. These "
        "are ours. They hold for everyone here, moderators included."
    ),
    fr=(
        "Ce serveur existe pour que chacun trouve de l'aide dans ce qu'il entreprend, sans la quémander, "
        "sans l'acheter, sans s'imposer à personne. L'entraide vit de confiance, et la confiance de "
        "quelques habitudes. Voici les nôtres. Elles valent pour tout le monde, équipe de modération "
        "comprise."
    ),
)

CHARTER: tuple[Rule, ...] = (
    Rule(
        id="1",
        title=Words(en="Ask simply, for something real", fr="Demandez simplement, pour un vrai besoin"),
        hint=Words(
            en="Say what you need, how much of it and by when. Lower your flag once the need is gone.",
            fr=(
                "Dites ce qu'il vous faut, en quelle quantité et pour quand. Baissez votre drapeau dès que "
                "le besoin n'est plus là."
            ),
        ),
    ),
    Rule(
        id="2",
        title=Words(en="Help freely, refuse freely", fr="Aidez librement, refusez librement"),
        hint=Words(
            en=(
                "Nobody owes anybody an answer. Do not insist, do not shame, do not keep score: silence is "
                "a complete answer."
            ),
            fr=(
                "Personne ne doit de réponse à personne. N'insistez pas, ne faites pas honte, ne tenez pas "
                "de comptes : le silence est une réponse entière."
            ),
        ),
    ),
    Rule(
        id="3",
        title=Words(en="What is confided stays confided", fr="Ce qui est confié reste confié"),
        hint=Words(
            en=(
                "You see a post because its author's friends and choices led it to you. Do not copy, quote "
                "or retell it elsewhere without their agreement."
            ),
            fr=(
                "Si vous voyez un message, c'est que les liens et les choix de son auteur l'ont mené "
                "jusqu'à vous. Ne le copiez, ne le citez et ne le racontez pas ailleurs sans son accord."
            ),
        ),
    ),
    Rule(
        id="4",
        title=Words(en="Everyone keeps their dignity", fr="La dignité de chacun est intacte"),
        hint=Words(
            en=(
                "No harassment, threat or humiliation. No contempt for what people are: origin, body, "
                "gender, whom they love, belief, age, disability, means."
            ),
            fr=(
                "Ni harcèlement, ni menace, ni humiliation. Aucun mépris pour ce que les gens sont : "
                "origine, corps, genre, amours, croyances, âge, handicap, moyens."
            ),
        ),
    ),
    Rule(
        id="5",
        title=Words(en="Never take advantage of a need", fr="Ne profitez jamais d'un besoin"),
        hint=Words(
            en=(
                "No fraud, no pressure, no favour demanded in return, no courting of someone who came for "
                "help. Twice the care with minors."
            ),
            fr=(
                "Ni escroquerie, ni pression, ni contrepartie exigée, ni avances à une personne venue "
                "chercher de l'aide. Redoublez de soin avec les mineurs."
            ),
        ),
    ),
    Rule(
        id="6",
        title=Words(en="Approach people one at a time", fr="Abordez les gens un par un"),
        hint=Words(
            en=(
                "A new tie begins with a word of introduction. No mass invitations, no unwanted messages, "
                "no advertising."
            ),
            fr=(
                "Un nouveau lien commence par un mot de présentation. Pas d'invitations en nombre, pas de "
                "messages non souhaités, pas de publicité."
            ),
        ),
    ),
    Rule(
        id="7",
        title=Words(en="Say where your interest lies", fr="Dites où est votre intérêt"),
        hint=Words(
            en="If you sell, recruit or are paid for what you recommend, write it first.",
            fr="Si vous vendez, recrutez ou êtes payé pour ce que vous recommandez, écrivez-le d'abord.",
        ),
    ),
    Rule(
        id="8",
        title=Words(en="Be one person, and honest", fr="Soyez une seule personne, et honnête"),
        hint=Words(
            en=(
                "A pseudonym is welcome. Someone else's name, or several accounts posing as a crowd, is "
                "not. Do not hand on as certain what you have not checked, above all about health, law and "
                "money."
            ),
            fr=(
                "Un pseudonyme est bienvenu. Le nom d'une autre personne, ou plusieurs comptes qui se font "
                "passer pour une foule, non. Ne transmettez pas comme certain ce que vous n'avez pas "
                "vérifié, surtout en matière de santé, de droit et d'argent."
            ),
        ),
    ),
    Rule(
        id="9",
        title=Words(en="In danger, call for help first", fr="En cas de danger, appelez d'abord les secours"),
        hint=Words(
            en=(
                "This server is not an emergency service. What the law forbids is forbidden here; whatever "
                "harms a child is removed and reported."
            ),
            fr=(
                "Ce serveur n'est pas un service d'urgence. Ce que la loi interdit l'est ici aussi ; tout "
                "ce qui nuit à un enfant est retiré et signalé."
            ),
        ),
    ),
    Rule(
        id="10",
        title=Words(en="Disagree, report, appeal", fr="Désaccord, signalement, recours"),
        hint=Words(
            en=(
                "People read the reports. Every decision comes with its reason and can be appealed. "
                "Decisions are published without names."
            ),
            fr=(
                "Des personnes lisent les signalements. Toute décision est motivée et ouvre droit à un "
                "recours. Les décisions sont publiées sans les noms."
            ),
        ),
    ),
)


DEFAULT: Final = Charter(version="1", preamble=PREAMBLE, rules=CHARTER)


def charter_in(language: str) -> CharterText:
    """The default charter in the language of a BCP 47 tag (see `Words.said_in`)."""
    return DEFAULT.said_in(language)
