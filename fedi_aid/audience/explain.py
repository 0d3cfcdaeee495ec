"""Why you: what a reader is told about being chosen, in facts that the reader may know.

`reasons` takes public facts only, by name: whoever wants to leak a pin, a mute, a score or somebody's silence
into a sentence finds no parameter for it. Reasons stand in one fixed order, which tells nothing either.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Final, Literal

import msgspec

from fedi_aid.audience.scores import Capability
from fedi_aid.model.causes import BY_KEY

Kind = Literal[
    "named",
    "counsel",
    "team",
    "shared_cause",
    "endorsed",
    "thanked",
    "declared",
    "helped_before",
    "friend",
    "friend_of_friend",
]

TOLD: Final = 3
"""A sentence gives at most this many reasons; more would be a dossier."""


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """One reason: its kind, what it is about (causes or one skill), who said so (names, as the reader knows
    them).
    """

    kind: Kind
    about: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


def reasons(
    *,
    circle: Literal[1, 2],
    named: bool = False,
    counsel: bool = False,
    team: bool = False,
    ask_causes: Collection[str] = (),
    causes: Collection[str] = (),
    wanted: Sequence[str] = (),
    capabilities: Iterable[Capability] = (),
    helped_before: bool = False,
) -> tuple[Reason, ...]:
    """The reasons that hold, in their fixed order; never empty.

    `wanted` are the ask's skills; `helped_before`: the author thanked the reader for help. `friend` or
    `friend_of_friend` stands alone when nothing else holds.
    """
    found: list[Reason] = []
    if named:
        found.append(Reason(kind="named"))
    if counsel:
        found.append(Reason(kind="counsel"))
    if team:
        found.append(Reason(kind="team"))
    if ask_causes and causes and (common := sorted(set(ask_causes) & set(causes))):
        found.append(Reason(kind="shared_cause", about=tuple(common)))
    if wanted and (known := {one.skill: one for one in capabilities}):
        found += [skill for name in dict.fromkeys(wanted) if name in known and (skill := _skill(known[name]))]
    if helped_before:
        found.append(Reason(kind="helped_before"))
    if not found:
        found.append(Reason(kind="friend" if circle == 1 else "friend_of_friend"))
    return tuple(found)


def _skill(one: Capability) -> Reason | None:
    """Names keep the order in which they were given, not the strength of any tie."""
    about = (one.label or one.skill,)
    if one.endorsers:
        return Reason(kind="endorsed", about=about, names=tuple(by.name for by in one.endorsers))
    if one.thanked:
        return Reason(kind="thanked", about=about)
    if one.declared:
        return Reason(kind="declared", about=about)
    return None


def sentence(
    why: Sequence[Reason],
    author_name: str,
    locale: str,
    carrier_name: str | None = None,
    asked_count: int | None = None,
) -> str:
    """What the reader is told, as plain text in French (`fr…`) or English.

    `asked_count`: how many people were asked by name with the reader; None when the post is only shown.
    With a carrier it is left out: nobody knows how many were reached (RULES R1). Text is not escaped.
    """
    words = _FRENCH if locale.lower().startswith("fr") else _ENGLISH
    author = _one_line(author_name)
    told = [_reason(_in(locale, one), words, author, first=at == 0) for at, one in enumerate(why[:TOLD])]
    opening = _opening(words, author, carrier_name, asked_count)
    if not told:
        return opening
    return f"{opening} {words['and_then'].join(told)}."


def _in(locale: str, one: Reason) -> Reason:
    """Causes of the vocabulary by their name in the reader's language."""
    if one.kind != "shared_cause":
        return one
    named = tuple(BY_KEY[cause].name(locale) if cause in BY_KEY else cause for cause in one.about)
    return msgspec.structs.replace(one, about=named)


def _opening(words: dict[str, str], author: str, carrier_name: str | None, asked_count: int | None) -> str:
    if carrier_name is not None:
        return words["carried"].format(author=author, carrier=_one_line(carrier_name))
    if asked_count is None:
        return words["shown"].format(author=author)
    if asked_count <= 1:
        return words["asked_alone"].format(author=author)
    return words["asked"].format(author=author, count=asked_count)


def _reason(one: Reason, words: dict[str, str], author: str, *, first: bool) -> str:
    """One reason in words; the first begins the sentence, but a name is written as its bearer writes it."""
    about = words["and"].join(filter(None, (", ".join(one.about[:-1]), *one.about[-1:])))
    key = one.kind + ("_several" if one.kind == "endorsed" and len(one.names) > 1 else "")
    who = _people(one.names, words)
    text = words[key][0].upper() + words[key][1:] if first else words[key]
    return text.format(author=author, about=_one_line(about), who=who)


def _people(names: Sequence[str], words: dict[str, str]) -> str:
    if not names:
        return ""
    first = _one_line(names[0])
    if len(names) == 1:
        return first
    if len(names) == 2:
        return first + words["and"] + _one_line(names[1])
    return words["and_others"].format(first=first, count=len(names) - 1)


def _one_line(text: str) -> str:
    return " ".join(text.split())


_ENGLISH: Final = {
    "asked": "{author} asks you (not everyone: {count} people).",
    "asked_alone": "{author} asks you (not everyone: you alone for now).",
    "shown": "{author} shares this with you (not everyone).",
    "carried": "{author} asks, via your friend {carrier}.",
    "named": "{author} named you",
    "counsel": "your advice counts on this project",
    "team": "you are on the team of this project",
    "shared_cause": "you both serve {about}",
    "endorsed": "{who} says you are good at {about}",
    "endorsed_several": "{who} say you are good at {about}",
    "thanked": "people you helped with {about} thanked you",
    "declared": "you said that you can help with {about}",
    "helped_before": "you have helped {author} before",
    "friend": "you are friends",
    "friend_of_friend": "you have a friend in common",
    "and": " and ",
    "and_then": "; ",
    "and_others": "{first} and {count} others",
}

_FRENCH: Final = {
    "asked": "{author} vous demande (pas à tout le monde : {count} personnes).",
    "asked_alone": "{author} vous demande (pas à tout le monde : à vous seulement, pour l’instant).",
    "shown": "{author} partage ceci avec vous (pas avec tout le monde).",
    "carried": "{author} demande de l’aide, par votre ami·e {carrier}.",
    "named": "{author} vous a nommé·e",
    "counsel": "vos conseils comptent sur ce projet",
    "team": "vous êtes dans l’équipe de ce projet",
    "shared_cause": "vous avez une cause en commun : {about}",
    "endorsed": "{who} se porte garant·e de vous : {about}",
    "endorsed_several": "{who} se portent garants de vous : {about}",
    "thanked": "on vous a déjà dit merci pour votre aide : {about}",
    "declared": "vous avez dit pouvoir aider : {about}",
    "helped_before": "vous avez déjà aidé {author}",
    "friend": "vous êtes ami·es",
    "friend_of_friend": "vous avez un·e ami·e en commun",
    "and": " et ",
    "and_then": " ; ",
    "and_others": "{first} et {count} autres",
}
