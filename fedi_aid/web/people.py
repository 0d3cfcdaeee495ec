"""The room "People": who wants to know me, my friends by sphere, and one person at a time.

Friends are made one by one, with a word of introduction (PRODUCT S2); whom somebody refused, muted or
blocked is never told to anybody.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec
from starlette.responses import Response

from fedi_aid.actions import abilities, endorsements, introductions, invitations, projects, spheres, ties
from fedi_aid.actions import strangers as doors
from fedi_aid.actions.endorsements import Badge
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.people import BUTLER, Relation
from fedi_aid.model.people import Person as Someone
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import strangers, timelines
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.timelines import Page
from fedi_aid.storage.tx import Tx
from fedi_aid.web import cards, shown
from fedi_aid.web.pages import PATHS, Person
from fedi_aid.web.rooms import Form, Guest, form, page
from fedi_aid.web.visit import row_id

POSTS: Final = 10
MOST: Final = 40
WORD_MAX: Final = 500

# code of `Refused` → key of the catalogue's `problem` table
PROBLEMS: Final = {"too_many": "too_many_today", "forbidden": "unblock_first"}


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who asks to be friends, with their word."""

    id: str
    person: Person
    word: str


class Meeting(msgspec.Struct, frozen=True, kw_only=True):
    """A friend introduces somebody."""

    id: str
    by: Person
    other: Person
    word: str


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation to the team or the counsel of a project."""

    id: str
    owner: Person
    title: str
    role: str


class Circle(msgspec.Struct, frozen=True, kw_only=True):
    """Friends of one sphere; the last one is of those in none."""

    name: str
    people: tuple[tuple[str, Person], ...]


class Everybody(msgspec.Struct, frozen=True, kw_only=True):
    wishes: list[Wish]
    meetings: list[Meeting]
    places: list[Place]
    strangers: list[tuple[str, Person]]


# -- all of them


async def show(guest: Guest) -> Response:
    """GET /people; `q` finds somebody by their whole address."""
    return await _people(guest, guest.query.get("q", "").strip()[:200])


async def _people(guest: Guest, sought: str, problem: str = "", *, status: int = 200) -> Response:
    everybody = await guest.db.read(_everybody, guest)
    found = await _find(guest, sought) if sought else None
    around = await spheres.look(guest.db, guest.member)
    house = guest.visit.instance.house
    named = {sphere.id: sphere.name for sphere in around.spheres}
    circles: dict[int, list[tuple[str, Person]]] = {}
    for person in around.drawing.places:
        shown_person = shown.person(house, around.people[person])
        circles.setdefault(around.sphere_of.get(person) or 0, []).append((str(person), shown_person))
    return await guest.page(
        "rooms/people.html",
        "people",
        status=status,
        everybody=everybody,
        circles=[
            Circle(name=named.get(sphere, ""), people=tuple(people))
            for sphere, people in sorted(circles.items(), key=lambda pair: (pair[0] == 0, pair[0]))
        ],
        sought=sought,
        found=(str(found.id), shown.person(house, found)) if found else None,
        problem=problem or ("person_unknown" if sought and found is None else ""),
    )


def _everybody(tx: Tx, guest: Guest) -> Everybody:
    house = guest.visit.instance.house
    asked = tie_rows.followers(tx, guest.id, state="asked", max_id=None, since_id=None, limit=MOST)
    words = tie_rows.words_to(tx, guest.id, [person.id for _, person in asked])
    introduced = introductions.waiting(tx, guest.id)
    known = people_rows.many(tx, [one for each in introduced for one in (each.by_id, each.other_id)])
    return Everybody(
        wishes=[
            Wish(id=str(one.id), person=shown.person(house, one), word=words.get(one.id, ""))
            for _, one in asked
        ],
        meetings=[
            Meeting(
                id=str(each.id),
                by=shown.person(house, known[each.by_id]),
                other=shown.person(house, known[each.other_id]),
                word=each.word,
            )
            for each in introduced
            if each.by_id in known and each.other_id in known
        ],
        places=[
            Place(
                id=str(one.place.id),
                owner=shown.person(house, one.owner),
                title=one.project.title,
                role=one.place.role,
            )
            for one in invitations.received(tx, guest.id)
        ],
        strangers=[
            (str(one.id), shown.person(house, one.person))
            for one in strangers.waiting(tx, guest.id, Page(limit=MOST))
        ],
    )


async def _find(guest: Guest, sought: str) -> Someone | None:
    """By the whole address alone; one elsewhere is asked of their server, a few times an hour."""
    exact = sought.lstrip("@").lower().removesuffix(f"@{guest.visit.instance.house.domain}")
    found = await guest.db.read(people_rows.by_handle, exact)
    if found is None and "@" in exact and guest.visit.may_look_up(guest.id):
        await guest.visit.desk.look_up(exact)
        found = await guest.db.read(people_rows.by_handle, exact)
    if found is None or found.suspended_at is not None or found.kind == "application":
        return None
    return None if found.id == guest.id else found


async def act(guest: Guest, sent: Form) -> Response:
    """POST /people: an answer to a wish, an introduction, an invitation or a stranger, or a new wish."""
    name = sent.get("act")
    if name not in ANSWERS:
        raise NotFound
    subject = row_id(sent.get("id"))
    word = sent.get("word")[:WORD_MAX]
    try:
        await guest.db.write(ANSWERS[name], guest, subject, word)
    except Refused as refused:
        return await _people(guest, "", PROBLEMS.get(refused.code or "", "other"), status=422)
    return guest.go(PATHS.people, "asked" if name == "ask" else "done")


ANSWERS: Final[dict[str, Callable[[Tx, Guest, int, str], Any]]] = {
    "ask": lambda tx, guest, who, word: ties.follow(tx, guest.id, who, word=word),
    "accept": lambda tx, guest, who, _: ties.accept(tx, guest.id, who),
    "refuse": lambda tx, guest, who, _: ties.refuse(tx, guest.id, who),
    "meet": lambda tx, guest, which, _: introductions.accept(tx, guest.id, which),
    "not_meet": lambda tx, guest, which, _: introductions.decline(tx, guest.id, which),
    "join": lambda tx, guest, which, _: invitations.accept(tx, guest.id, which),
    "not_join": lambda tx, guest, which, _: invitations.decline(tx, guest.id, which),
    "let_in": lambda tx, guest, which, _: doors.let_in(tx, guest.id, [which]),
    "send_away": lambda tx, guest, which, _: doors.send_away(tx, guest.id, [which]),
}


# -- one of them


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody, as one member may see them."""

    someone: Someone
    relation: Relation
    abilities: abilities.Abilities
    badges: tuple[Badge, ...]
    projects: list[projects.Shown]
    posts: list[cards.Card]
    friends: list[tuple[str, str]]


async def show_one(guest: Guest) -> Response:
    """GET /people/{id}."""
    return await _one(guest)


async def _one(guest: Guest, problem: str = "", typed: str = "", *, status: int = 200) -> Response:
    person_id = guest.path_id()

    def work(tx: Tx) -> Whole:
        someone = _seen(tx, guest, person_id)
        views = timelines.by_author(tx, guest.id, person_id, Page(limit=POSTS), exclude_replies=True)
        friends = tie_rows.friends_of(tx, guest.id)
        return Whole(
            someone=someone,
            relation=ties.relation(tx, guest.id, person_id),
            abilities=_abilities(tx, guest, person_id),
            badges=endorsements.badges(tx, guest.id, [person_id]).get(person_id, ()),
            projects=projects.of_person(tx, guest.id, person_id, guest.visit.language),
            posts=cards.cards(tx, guest, views),
            friends=[
                (str(one.id), one.name) for one in friends if one.id != person_id and not _is_butler(one)
            ],
        )

    whole = await guest.db.read(work)
    house = guest.visit.instance.house
    return await guest.page(
        "rooms/person.html",
        "people",
        status=status,
        whole=whole,
        person=shown.person(house, whole.someone),
        profile=shown.profile(house, whole.someone, is_service=_is_butler(whole.someone)),
        problem=problem,
        typed=typed,
    )


def _abilities(tx: Tx, guest: Guest, person_id: int) -> abilities.Abilities:
    """What they show; what is hidden is as if nothing had been said."""
    try:
        return abilities.shown(tx, guest.id, person_id, guest.visit.language)
    except NotFound:
        return abilities.Abilities()


def _is_butler(someone: Someone) -> bool:
    return someone.local and someone.username == BUTLER


def _seen(tx: Tx, guest: Guest, person_id: int) -> Someone:
    """NotFound for who is gone, and for oneself (the room "Me" has that)."""
    found = people_rows.by_id(tx, person_id)
    if found is None or found.kind == "application" or found.suspended_at is not None or found.id == guest.id:
        raise NotFound
    return found


async def change_one(guest: Guest, sent: Form) -> Response:
    """POST /people/{id}."""
    person_id, name = guest.path_id(), sent.get("act")
    if name not in CHANGES:
        raise NotFound

    def work(tx: Tx) -> None:
        _seen(tx, guest, person_id)
        CHANGES[name](tx, guest, person_id, sent)

    try:
        await guest.db.write(work)
    except Refused as refused:
        problem = PROBLEMS.get(refused.code or "") or ONE_PROBLEMS.get(refused.field or "", "other")
        return await _one(guest, problem, sent.get("word"), status=422)
    return guest.go(f"{PATHS.people}/{person_id}", "asked" if name == "ask" else "done")


ONE_PROBLEMS: Final = {"name": "name_a_skill", "to": "not_introduced", "person": "not_understood_there"}


def _introduce(tx: Tx, guest: Guest, person_id: int, sent: Form) -> None:
    introductions.introduce(tx, guest.id, person_id, row_id(sent.get("to")), word=sent.get("word")[:WORD_MAX])


def _endorse(tx: Tx, guest: Guest, person_id: int, sent: Form) -> None:
    endorsements.endorse(
        tx, guest.id, person_id, name=sent.get("name"), kind=sent.get("kind", "skill"), word=sent.get("word")
    )


CHANGES: Final[dict[str, Callable[[Tx, Guest, int, Form], Any]]] = {
    "ask": lambda tx, guest, who, sent: ties.follow(tx, guest.id, who, word=sent.get("word")[:WORD_MAX]),
    "accept": lambda tx, guest, who, _: ties.accept(tx, guest.id, who),
    "refuse": lambda tx, guest, who, _: ties.refuse(tx, guest.id, who),
    "part": lambda tx, guest, who, _: ties.unfollow(tx, guest.id, who),
    "close": lambda tx, guest, who, _: ties.pin_as_close(tx, guest.id, who),
    "unclose": lambda tx, guest, who, _: ties.unpin_as_close(tx, guest.id, who),
    "mute": lambda tx, guest, who, _: ties.mute(tx, guest.id, who),
    "unmute": lambda tx, guest, who, _: ties.unmute(tx, guest.id, who),
    "block": lambda tx, guest, who, _: ties.block(tx, guest.id, who),
    "unblock": lambda tx, guest, who, _: ties.unblock(tx, guest.id, who),
    "introduce": _introduce,
    "endorse": _endorse,
}

ROUTES: Final = (
    ("GET", PATHS.people, page(show)),
    ("POST", PATHS.people, form(act)),
    ("GET", PATHS.people + "/{id}", page(show_one)),
    ("POST", PATHS.people + "/{id}", form(change_one)),
)
