"""Control tags: how a member of any client raises a flag or sets a level in the text itself (RULES R13).

Only the last run of hashtags, at the very end of one's own new post, is read. What is obeyed is taken out of
the text before it is stored; every other hashtag stays where it was.

What reach and level a post gets (`precedence`); "n" is a level asked for, "default" the member's own:

| visibility          | nothing asked   | level n   | help, no level          | sphere, no level |
| ------------------- | --------------- | --------- | ----------------------- | ---------------- |
| public, allowed     | public          | chosen, n | chosen, 0, raised       | chosen, 0        |
| public, not allowed | chosen, 0       | chosen, n | chosen, 0, raised       | chosen, 0        |
| unlisted            | chosen, 0       | chosen, n | chosen, 0, raised       | chosen, 0        |
| private             | chosen, default | chosen, n | chosen, default, raised | chosen, default  |
| direct              | direct          | direct    | direct                  | direct           |

`#bottle` asks for level 0 and for help. `#paid` and its kin declare an interest, and never go with a raised
flag. In a direct message tags ask for nothing and stay in the text.
Both a tag and the `fedi_aid` object may ask; where both ask for the same thing, the object counts. Being
chosen by the engine is narrower than being public, and "0" is the widest level: so the narrower of tag and
visibility always wins. A project changes neither reach nor level.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Literal

import msgspec

from fedi_aid.errors import Refused
from fedi_aid.model import interest
from fedi_aid.model.ids import ProjectId, RowId
from fedi_aid.model.intimacy import Intimacy
from fedi_aid.model.scan import tag_end

Visibility = Literal["public", "unlisted", "private", "direct"]
WishedReach = Literal["public", "chosen", "direct"]
_Verb = Literal["help", "bottle", "interest", "level", "project", "sphere"]

# Whole words, and beginnings that something follows. Compared without case and accents.
_WORDS: Mapping[str, _Verb] = MappingProxyType(
    {
        "help": "help",
        "aide": "help",
        "bottle": "bottle",
        "bouteille": "bottle",
        "paid": "interest",
        "remunere": "interest",
        "remuneree": "interest",
        "interested": "interest",
        "interesse": "interest",
        "interessee": "interest",
    }
)
_BEGINNINGS: Mapping[str, _Verb] = MappingProxyType(
    {
        "intimacy": "level",
        "intime": "level",
        "project_": "project",
        "projet_": "project",
        "to_": "sphere",
        "vers_": "sphere",
    }
)
# Signs that show nothing count as white space: some keyboards and clients leave them at the end.
_BLANK = r"\s\u200b\u200e\u200f\u2060\ufeff"
_TOKEN = re.compile(rf"([{_BLANK}]*)([^{_BLANK}]+)")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "Œ": "oe", "Æ": "ae"})


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """What the control tags of one text ask for.

    `text` is without the obeyed tags, `original` with them. `project` and `sphere` are the caller's own
    spellings; `unknown` holds the `#to_x` and `#project_x`, without sign, that name nothing known and stay
    ordinary hashtags (the butler says so).
    """

    text: str
    original: str
    help: bool = False
    bottle: bool = False
    intimacy: Intimacy | None = None
    project: str | None = None
    sphere: str | None = None
    paid: bool = False
    unknown: tuple[str, ...] = ()


class Explicit(msgspec.Struct, frozen=True, kw_only=True):
    """The `fedi_aid` object that an aware client or the web app sends; None means: nothing said.

    `weights`: (sphere, 0–1) of a post launched from the map, instead of one sphere. `paid`: its author is
    paid for it or gains by it, in the words of `interest`, which may be empty.
    """

    intimacy: int | None = None
    help: bool | None = None
    project_id: ProjectId | None = None
    sphere_id: RowId | None = None
    weights: tuple[tuple[int, float], ...] = ()
    paid: bool | None = None
    interest: str = ""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What the author wants, everything weighed. `intimacy` is None unless `reach` is `"chosen"`.

    A project or sphere comes by id (from the object) or by the name that `read` found, never by both;
    `weights` come instead of a sphere.
    """

    text: str
    reach: WishedReach
    intimacy: Intimacy | None = None
    help: bool = False
    project_id: ProjectId | None = None
    project: str | None = None
    sphere_id: RowId | None = None
    sphere: str | None = None
    weights: tuple[tuple[int, float], ...] = ()
    paid: bool = False
    interest: str = ""
    unknown: tuple[str, ...] = ()


class _Found(msgspec.Struct, frozen=True, kw_only=True):
    """One token of the last run: the white space before it, itself, and what it asks (None: nothing)."""

    space: str
    token: str
    verb: _Verb | None
    rest: str


def slug(name: str) -> str:
    """A project's or sphere's name as a tag writes it: `"Chœur d'été"` becomes `"choeur_d_ete"`."""
    return re.sub(r"[\W_]+", "_", _fold(name)).strip("_")


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text).translate(_LIGATURES)
    return "".join(sign for sign in decomposed if unicodedata.category(sign) != "Mn").casefold()


def untouched(text: str) -> Control:
    """The control of a text whose tags are not read: a direct message, an edit, a reply."""
    return Control(text=text, original=text)


def read(text: str, known_projects: Collection[str], known_spheres: Collection[str]) -> Control:
    """Read the last run of hashtags of a member's own new post.

    `known_projects` and `known_spheres` are names or slugs of what the member may use; tags match them by
    slug, without case and accents. Refused: a malformed level, two levels, two projects or two spheres.
    Reading the resulting text again changes nothing and asks for nothing.
    """
    head, run = _last_run(text)
    levels = {_level(found) for found in run if found.verb == "level"}
    bottle = any(found.verb == "bottle" for found in run)
    if bottle:
        levels.add(Intimacy.BOTTLE)
    projects = _named(run, "project", known_projects)
    spheres = _named(run, "sphere", known_spheres)
    _refuse_contradictions(levels, set(projects.values()), set(spheres.values()))
    obeyed = {found.token for found in run if found.verb in ("help", "bottle", "interest", "level")}
    obeyed |= projects.keys() | spheres.keys()
    unknown = [
        found.token[1:] for found in run if found.verb in ("project", "sphere") and found.token not in obeyed
    ]
    return Control(
        text=_without(head, run, obeyed) if obeyed else text,
        original=text,
        help=bottle or any(found.verb == "help" for found in run),
        bottle=bottle,
        intimacy=next(iter(levels), None),
        project=next(iter(projects.values()), None),
        sphere=next(iter(spheres.values()), None),
        paid=any(found.verb == "interest" for found in run),
        unknown=tuple(dict.fromkeys(unknown)),
    )


def read_edit(text: str) -> tuple[str, Intimacy | None]:
    """(the text without them, the level) of the tags for a level in the last run of an edited text; all other
    tags of an edit are ordinary (RULES R15). Refused as in `read`."""
    head, run = _last_run(text)
    levels = {_level(found) for found in run if found.verb == "level"}
    _refuse_contradictions(levels, set(), set())
    if not levels:
        return text, None
    return _without(head, run, {found.token for found in run if found.verb == "level"}), levels.pop()


def read_interest(text: str) -> tuple[str, bool]:
    """(the text without them, whether there was one) of the tags for a declared interest in the last run of
    an edited text."""
    head, run = _last_run(text)
    said = {found.token for found in run if found.verb == "interest"}
    return (_without(head, run, said), True) if said else (text, False)


def names_a_place(text: str) -> bool:
    """The last run of hashtags names a project or a sphere, known or not: `read` has to be told which are."""
    return any(found.verb in ("project", "sphere") for found in _last_run(text)[1])


def _last_run(text: str) -> tuple[str, list[_Found]]:
    """The text before the last run of hashtags, and the run; the run is empty if the text ends otherwise."""
    tokens = list(_TOKEN.finditer(text))
    run: list[_Found] = []
    while tokens:
        found = _understand(tokens[-1][1], tokens[-1][2])
        if found is None:
            break
        run.append(found)
        tokens.pop()
    run.reverse()
    return text[: tokens[-1].end()] if tokens else "", run


def _understand(space: str, token: str) -> _Found | None:
    """A token of the run; None if it is no hashtag.

    What only begins like a level (`#intimacy-3`, `#intime3.`) counts as one, to be refused: a slip of the
    finger must not show a vulnerable post to more people.
    """
    if token[0] not in "#＃":
        return None
    folded = _fold(token[1:])
    verb, rest = _verb(folded)
    if tag_end(token, 0) != len(token) and verb != "level":
        return None
    return _Found(space=space, token=token, verb=verb, rest=rest)


def _verb(folded: str) -> tuple[_Verb | None, str]:
    if folded in _WORDS:
        return _WORDS[folded], ""
    for beginning, verb in _BEGINNINGS.items():
        rest = folded.removeprefix(beginning)
        if rest != folded and (rest or verb == "level"):
            return verb, rest
    return None, ""


def _level(found: _Found) -> Intimacy:
    if found.rest not in ("0", "1", "2", "3", "4"):
        raise Refused(
            f"{found.token[:40]} is not an intimacy level: write #intimacy0 (widest) to #intimacy4.",
            field="text",
        )
    return Intimacy(int(found.rest))


def _named(run: list[_Found], verb: _Verb, known: Collection[str]) -> dict[str, str]:
    """Token → the caller's spelling, for the tags that name exactly one known thing."""
    named: dict[str, str] = {}
    for found in run:
        if found.verb == verb:
            wanted = slug(found.rest)
            matches = [name for name in known if wanted and slug(name) == wanted]
            if len(matches) == 1:
                named[found.token] = matches[0]
    return named


def _refuse_contradictions(levels: set[Intimacy], projects: set[str], spheres: set[str]) -> None:
    if len(levels) > 1:
        listed = " and ".join(str(int(level)) for level in sorted(levels))
        raise Refused(f"The tags ask for intimacy {listed} at once: keep one.", field="text")
    if len(projects) > 1:
        raise Refused("The tags name more than one project: keep one.", field="text")
    if len(spheres) > 1:
        raise Refused("The tags name more than one sphere: keep one.", field="text")


def _without(head: str, run: list[_Found], obeyed: set[str]) -> str:
    """The text without the obeyed tags; the widest gap around a removed tag stays."""
    parts = [head]
    gap = ""
    for found in run:
        gap = max(gap, found.space, key=lambda space: (space.count("\n"), len(space)))
        if found.token not in obeyed:
            parts.append(gap + found.token)
            gap = ""
    return "".join(parts).rstrip() if head else "".join(parts).strip()


def precedence(
    explicit: Explicit,
    control: Control,
    visibility: Visibility,
    default_intimacy: Intimacy,
    allow_public: bool,
) -> Wish:
    """Weigh the `fedi_aid` object, the control tags and the visibility of a new post (RULES R13, R14).

    The table at the top of this file says what comes out. Refused: a level that does not exist, and a
    direct message that the object also wants to raise, file in a project or aim at a sphere.
    `control` is `untouched(text)` where tags are not read.
    """
    if explicit.intimacy is not None and explicit.intimacy not in Intimacy.__members__.values():
        raise Refused("The intimacy level must be a whole number from 0 to 4.", field="intimacy")
    if visibility == "direct":
        return _direct(explicit, control)
    level = Intimacy(explicit.intimacy) if explicit.intimacy is not None else control.intimacy
    raised = control.help if explicit.help is None else explicit.help
    if explicit.weights and explicit.sphere_id is not None:
        raise Refused("Either one sphere or the weights of several, not both.", field="fedi_aid[weights]")
    paid = control.paid if explicit.paid is None else explicit.paid
    if paid and raised:
        raise Refused(interest.NO_REQUEST, field="fedi_aid[interest]")
    launched = bool(explicit.weights) or explicit.sphere_id is not None
    aimed = launched or control.sphere is not None
    public = visibility == "public" and allow_public and level is None and not raised and not aimed
    if level is None and not public:
        level = default_intimacy if visibility == "private" else Intimacy.BOTTLE
    return Wish(
        text=control.text,
        reach="public" if public else "chosen",
        intimacy=level,
        help=raised,
        project_id=explicit.project_id,
        project=control.project if explicit.project_id is None else None,
        sphere_id=explicit.sphere_id,
        sphere=None if launched else control.sphere,
        weights=explicit.weights,
        paid=paid,
        interest=explicit.interest if paid else "",
        unknown=control.unknown,
    )


def _direct(explicit: Explicit, control: Control) -> Wish:
    aimed = explicit.sphere_id is not None or explicit.weights
    if explicit.help or explicit.project_id is not None or aimed:
        raise Refused(
            "A direct message goes to the people it mentions alone: it raises no flag, belongs to no project "
            "and is aimed at no sphere.",
            field="visibility",
        )
    paid = explicit.paid is True
    return Wish(text=control.original, reach="direct", paid=paid, interest=explicit.interest if paid else "")


def wish(
    text: str,
    explicit: Explicit,
    visibility: Visibility,
    *,
    known_projects: Collection[str],
    known_spheres: Collection[str],
    default_intimacy: Intimacy,
    allow_public: bool,
) -> Wish:
    """`read` and `precedence` in one step for a new post; a direct message's tags are not read."""
    control = untouched(text) if visibility == "direct" else read(text, known_projects, known_spheres)
    return precedence(explicit, control, visibility, default_intimacy, allow_public)
