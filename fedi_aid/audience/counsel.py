"""Suggestions in words, French and English: reasons as sentences, in facts that the reader may know."""

from collections.abc import Sequence
from typing import Final

from babel.lists import format_list


def reasons(
    locale: str,
    *,
    through: Sequence[str] = (),
    vouched: int = 0,
    labels: Sequence[str] = (),
    causes: Sequence[str] = (),
    months: int = 0,
) -> list[str]:
    """One sentence a reason: friends in common by name, how many vouch and for what, causes shared, and for
    how many months the reader has not turned to somebody. Text is not escaped."""
    language = "fr" if locale.lower().startswith("fr") else "en"
    words = _WORDS[language]
    said = []
    if through:
        said.append(words["through"].format(who=_listed(through, language)))
    if vouched and labels:
        key = "vouched_one" if vouched == 1 else "vouched"
        said.append(words[key].format(number=vouched, what=_listed(labels, language)))
    if causes:
        said.append(words["causes"].format(what=_listed(causes, language)))
    if months:
        said.append(words["months"].format(number=months))
    return said


def proposal(locale: str, what: str, *, name: str, project: str = "") -> str:
    """What is suggested, as a question that needs no answer."""
    language = "fr" if locale.lower().startswith("fr") else "en"
    return _WORDS[language][what].format(name=" ".join(name.split()), project=" ".join(project.split()))


def _listed(names: Sequence[str], language: str) -> str:
    return str(format_list([" ".join(name.split()) for name in names], locale=language))


_WORDS: Final = {
    "en": {
        "meet": "You may like to meet {name}.",
        "heed": "You may like to ask {name} for advice on “{project}”.",
        "rest": (
            "You may like to let {name} rest from advising “{project}”. Nothing is deleted, and nobody is "
            "told."
        ),
        "through": "You both know {who}.",
        "vouched": "{number} people vouch for them: {what}.",
        "vouched_one": "Somebody vouches for them: {what}.",
        "causes": "You both care for {what}.",
        "months": "You have not turned to them for {number} months.",
    },
    "fr": {
        "meet": "Vous aimeriez peut-être rencontrer {name}.",
        "heed": "Vous aimeriez peut-être demander conseil à {name} pour « {project} ».",
        "rest": (
            "Vous pourriez laisser {name} se reposer de ses conseils pour « {project} ». Rien n’est "
            "supprimé, et personne n’en saura rien."
        ),
        "through": "Vous connaissez toutes et tous deux {who}.",
        "vouched": "{number} personnes se portent garantes : {what}.",
        "vouched_one": "Quelqu’un se porte garant : {what}.",
        "causes": "Vous avez en commun : {what}.",
        "months": "Vous ne vous êtes pas adressé·e à cette personne depuis {number} mois.",
    },
}
