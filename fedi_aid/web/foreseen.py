"""Who might see a draft, in one sentence that is always true; for the map, and for whoever previews."""

from typing import Final

from fedi_aid.actions.preview import Preview
from fedi_aid.model.intimacy import Intimacy
from fedi_aid.web.i18n import Translator

NAMED: Final = 3  # people named in the sentence; the list below it has them all


def sentence(t: Translator, told: Preview) -> str:
    """`Amina, Bruno and 11 other friends may see this. Nobody else.` From level 1 outwards only numbers are
    told (RULES R1), and what may become of it while the flag is up."""
    if told.intimacy is None:
        return t("foreseen.not_chosen")
    if not told.friends:
        return t(f"foreseen.{told.empty or 'no_one_plausible'}")
    first = _with_names(t, told) if told.people else _with_number(t, told.friends)
    if told.second_circle == "never":
        return f"{first} {t('foreseen.nobody_else')}"
    return (
        f"{first} {t('foreseen.carried' if told.second_circle == 'if_carried' else 'foreseen.carried_twice')}"
    )


def _with_names(t: Translator, told: Preview) -> str:
    names = [person.name for person in told.people]
    if len(names) == 1:
        return t("foreseen.one", name=names[0])
    if len(names) <= NAMED:
        return t("foreseen.few", names=", ".join(names[:-1]), last=names[-1])
    rest = len(names) - (NAMED - 1)
    return t("foreseen.many", names=", ".join(names[: NAMED - 1]), number=t.number(rest))


def _with_number(t: Translator, number: int) -> str:
    return t("foreseen.one_friend") if number == 1 else t("foreseen.friends", number=t.number(number))


STEPS: Final[tuple[Intimacy, ...]] = (
    Intimacy.CONFIDANTS,
    Intimacy.CLOSE,
    Intimacy.FRIENDS,
    Intimacy.WIDE,
    Intimacy.BOTTLE,
)


def step(t: Translator, level: int) -> str:
    """One of the five steps of intimacy, as a plain phrase."""
    return t(f"step.{Intimacy(level).name.lower()}")
