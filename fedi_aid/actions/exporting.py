"""Everything a member did and said, to take away; and lists from elsewhere, to bring along (PRODUCT S4e).

An export holds what the member did and what others chose to show them; what others gave privately, and other
people's places in audiences, are left out (RULES R8), and a file in it says so.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from fedi_aid.actions import abilities, endorsements, knowledge, projects, stories, thanks, ties
from fedi_aid.errors import NotFound, Refused
from fedi_aid.media.store import Store
from fedi_aid.model.people import BUTLER, Member, Person
from fedi_aid.model.posts import PostView
from fedi_aid.storage import faces, lists, people, timelines
from fedi_aid.storage import stories as story_rows
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.stories import Story
from fedi_aid.storage.timelines import Page
from fedi_aid.storage.tx import Tx

AT_ONCE: Final = 200
LIST_BYTES: Final = 1_000_000
LIST_MAX: Final = 10_000
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")

LEFT_OUT: Final = {
    "en": (
        "What is not in here: what others noted about you in private (whom they hold close, do not hear, "
        "blocked or reported), and who else could read what you could. It is theirs."
    ),
    "fr": (
        "Ce qui n'est pas ici : ce que d'autres ont noté sur vous en privé (qui leur est proche, qui ils "
        "n'entendent plus, ont bloqué ou signalé), et qui d'autre pouvait lire ce que vous pouviez lire. "
        "Cela leur appartient."
    ),
}


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """One file of an export."""

    name: str
    content: bytes


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """An export before it is packed: papers, and pictures by the names under which they lie in the store."""

    papers: tuple[Paper, ...]
    files: tuple[tuple[str, str], ...]  # (name in the archive, name in the store)


def take(tx: Tx, me: Member) -> Taken:
    """All of it, at this moment. Lists have the columns that Mastodon and its kin read."""
    posts = _all_posts(tx, me)
    friends = [one for one in tie_rows.friends_of(tx, me.id) if not _is_butler(one)]
    following = [one for _, one in _everybody(tx, me, tie_rows.following) if not _is_butler(one)]
    language = "fr" if me.locale.startswith("fr") else "en"
    handle = _handles(tx)
    papers = [
        _json("profile.json", _profile(me)),
        _json("posts.json", [_post(view) for view in posts]),
        _json("projects.json", [_project(one) for one in projects.mine(tx, me.id, me.locale)]),
        _json("stories.json", [_story(tx, one) for one in stories.mine(tx, me.id)]),
        _json("abilities.json", _abilities(tx, me)),
        _json(
            "thanks.json",
            [
                {"from": handle(one.from_id), "for": one.label, "words": one.word}
                for one in thanks.received(tx, me.id)
            ],
        ),
        _json(
            "endorsements.json",
            [
                {"from": handle(one.from_id), "kind": one.kind, "label": one.label, "shown": one.shown}
                for one in endorsements.received(tx, me.id)
                if one.state == "accepted"
            ],
        ),
        Paper(name="what_the_engine_knows.txt", content=_known(tx, me).encode()),
        Paper(name="left_out.txt", content=LEFT_OUT[language].encode()),
        _table("friends.csv", ["Account address"], [[handle_of(tx, one)] for one in friends]),
        _table(
            "following_accounts.csv",
            ["Account address", "Show boosts", "Notify on new posts", "Languages"],
            [[handle_of(tx, one), "true", "false", ""] for one in following],
        ),
        _table(
            "blocked_accounts.csv",
            ["Account address"],
            [[handle_of(tx, one)] for _, one in _everybody(tx, me, tie_rows.blocked_people)],
        ),
        _table(
            "muted_accounts.csv",
            ["Account address", "Hide notifications"],
            [[handle_of(tx, one), "true"] for _, one in _everybody(tx, me, faces.muted_people)],
        ),
        _table("blocked_domains.csv", [], [[domain] for _, domain in tie_rows.muted_domains(tx, me.id)]),
        _table("lists.csv", [], _lists(tx, me)),
    ]
    files = [
        (f"media/{view.post.id}_{number}_{file.file}", file.file)
        for view in posts
        for number, file in enumerate(view.media, start=1)
        if file.file
    ]
    return Taken(papers=tuple(papers), files=tuple(files))


def _abilities(tx: Tx, me: Member) -> Any:
    said = abilities.show(tx, me.id, me.locale)
    through = [handle_of(tx, one) for one in said.only_through]
    return msgspec.to_builtins(msgspec.structs.replace(said, only_through=())) | {"only_through": through}


def pack(taken: Taken, data_dir: Path) -> bytes:
    """The archive (ZIP). Reads the store: outside a transaction, in a thread."""
    store, out = Store(data_dir), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for paper in taken.papers:
            archive.writestr(paper.name, paper.content)
        for name, file in taken.files:
            lies = store.path(file)
            if lies is not None and lies.is_file():
                archive.write(lies, name)
    return out.getvalue()


def _is_butler(person: Person) -> bool:
    return person.local and person.username == BUTLER


def handle_of(tx: Tx, person: Person) -> str:
    """With the server also for those here, as other servers need it."""
    return f"{person.username}@{person.domain or tx.house.domain}"


def _handles(tx: Tx) -> Any:
    def named(person_id: int) -> str:
        found = people.by_id(tx, person_id)
        return handle_of(tx, found) if found else ""

    return named


def _everybody(tx: Tx, me: Member, question: Any) -> list[tuple[int, Person]]:
    found: list[tuple[int, Person]] = []
    before: int | None = None
    while page := question(tx, me.id, max_id=before, since_id=None, limit=AT_ONCE):
        found += page
        before = page[-1][0]
    return found


def _all_posts(tx: Tx, me: Member) -> list[PostView]:
    found: list[PostView] = []
    before: int | None = None
    while page := timelines.by_author(tx, me.id, me.id, Page(max_id=before, limit=AT_ONCE)):
        found += [view for view in page if view.post.author_id == me.id]
        before = min(view.post.id for view in page)
    return found


def _json(name: str, content: Any) -> Paper:
    return Paper(name=name, content=msgspec.json.format(msgspec.json.encode(content), indent=2))


def _table(name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> Paper:
    """CSV in which no cell is a formula (X03)."""
    out = io.StringIO()
    writer = csv.writer(out)
    if header:
        writer.writerow(header)
    for row in rows:
        writer.writerow([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in row])
    return Paper(name=name, content=out.getvalue().encode())


def _profile(me: Member) -> dict[str, Any]:
    settings = {
        name: getattr(me, name)
        for name in (
            *("locale", "time_zone", "default_intimacy", "weekly_budget", "quiet_from", "quiet_until"),
            *("carry_consent", "accepts_carried", "daily_ration", "show_counts", "show_friends"),
        )
    }
    return {
        "username": me.person.username,
        "display_name": me.person.display_name,
        "email": me.email,
        "bio": me.bio_source,
        "fields": [{"name": one.name, "value": one.value} for one in me.fields_source],
        "since": me.created_at,
        "settings": settings,
    }


def _post(view: PostView) -> dict[str, Any]:
    post = view.post
    return {
        "id": str(post.id),
        "at": post.created_at,
        "text": post.text,
        "warning": post.summary,
        "language": post.language,
        "reach": post.reach,
        "intimacy": post.intimacy,
        "help": post.help_flag,
        "project": post.project_name,
        "files": [{"file": file.file, "description": file.alt} for file in view.media],
    }


def _project(one: projects.Shown) -> dict[str, Any]:
    return {
        "title": one.project.title,
        "description": one.project.description,
        "role": one.role,
        "causes": one.causes,
        "goals": [{"title": goal.title, "state": goal.state, "due": goal.due_at} for goal in one.goals],
    }


def _story(tx: Tx, one: Story) -> dict[str, Any]:
    """A story with its own words; the posts in it by their ids alone: some are other people's."""
    return {
        "title": one.title,
        "state": one.state,
        "shown_to_level": "public" if one.public else one.shown_to_level,
        "parts": [{"text": part.text, "post": part.post_id} for part in story_rows.parts_of(tx, one.id)],
    }


def _known(tx: Tx, me: Member) -> str:
    parts = []
    for section in knowledge.knowledge(tx, me):
        lines = [section.title, *section.sentences, *(f"- {row.text}" for row in section.rows)]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _lists(tx: Tx, me: Member) -> list[list[str]]:
    return [
        [drawn.title, handle_of(tx, person)]
        for drawn in lists.all_of(tx, me.id)
        for _, person in lists.people_on(tx, drawn.id, max_id=None, since_id=None, limit=LIST_MAX)
    ]


# -- bringing along


class Brought(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a list: how many were understood and done; `to_ask`: addresses of people to ask to be
    friends, one at a time: nobody is asked in bulk (PRODUCT S2). `unknown`: nobody of that address is known
    here."""

    done: int = 0
    to_ask: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def bring(tx: Tx, me: Member, kind: str, text: str) -> Brought:
    """Take a list as Mastodon exports it: `following`, `blocked`, `muted` or `domains`. Refused for a text
    that is none, or too long."""
    cells = _cells(text)
    if kind == "following":
        return Brought(to_ask=tuple(dict.fromkeys(cells)))
    if kind == "domains":
        return _bring_domains(tx, me, cells)
    if kind not in ("blocked", "muted"):
        raise NotFound
    act = ties.block if kind == "blocked" else ties.mute
    done, unknown = 0, []
    for cell in dict.fromkeys(cells):
        found = people.by_handle(tx, cell.removesuffix(f"@{tx.house.domain}"))
        if found is None or found.id == me.id or _is_butler(found):
            unknown.append(cell)
            continue
        act(tx, me.id, found.id)
        done += 1
    return Brought(done=done, unknown=tuple(unknown))


def _bring_domains(tx: Tx, me: Member, cells: Sequence[str]) -> Brought:
    done, unknown = 0, []
    for cell in dict.fromkeys(cells):
        try:
            ties.mute_domain(tx, me.id, cell)
            done += 1
        except Refused:
            unknown.append(cell)
    return Brought(done=done, unknown=tuple(unknown))


def _cells(text: str) -> list[str]:
    """The first column, without a header: addresses or names of servers."""
    if len(text) > LIST_BYTES:
        raise Refused("This list is too long.", code="too_long", field="list")
    try:
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))
    except csv.Error:
        raise Refused("This is no list.", field="list") from None
    cells = [row[0].strip().lstrip("'@").lower() for row in rows if row and row[0].strip()]
    cells = [cell for cell in cells if cell != "account address" and not cell.startswith("#")]
    if not cells or len(cells) > LIST_MAX or not all("." in cell or "@" in cell for cell in cells):
        raise Refused("This is no list of addresses.", field="list")
    return cells
