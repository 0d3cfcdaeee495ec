"""Invitations to the team and to the counsel of a project, here and between servers (RULES R23, R26).

Only friends are invited. Who says no, or nothing, is never told of: to the owner they stay "invited". Who
agreed may leave, and the owner may end it; both are seen by who is there, and by nothing else. With the
friendship it all ends.
"""

from datetime import timedelta
from typing import Final, get_args

import msgspec

from fedi_aid.actions import posts as writing
from fedi_aid.actions import projects
from fedi_aid.actions.posts import Draft
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.control_tags import slug
from fedi_aid.model.ids import PersonId
from fedi_aid.model.names import clean_name
from fedi_aid.model.people import Member, Person
from fedi_aid.storage import carries as carry_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import places as rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import projects as project_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage import ties
from fedi_aid.storage.places import Place, PlaceState, ProjectRole
from fedi_aid.storage.projects import Project
from fedi_aid.storage.tx import Tx
from fedi_aid.work import errands, jobs

WORD_MAX: Final = 500
PEOPLE_MAX: Final[dict[str, int]] = {"team": 50, "counsel": 15}
A_DAY: Final = 20  # invitations that a member may send
FROM_ONE_MAX: Final = 10  # open invitations of one person elsewhere to one member here
ROLES: Final[tuple[str, ...]] = get_args(ProjectRole)
HERE: Final = frozenset({"accepted", "resting"})
GONE: Final = frozenset({"left", "removed", "shut"})

# What a friend on an ordinary server is told, as a direct message of the member (RULES R23).
SAID: Final = {
    (
        "team",
        "en",
    ): "I would like to have you on the team of my project “{title}”. {about}Will you? Just answer me.",
    (
        "team",
        "fr",
    ): "J’aimerais t’avoir dans l’équipe de mon projet « {title} ». {about}Tu en es ? Réponds-moi ici.",
    (
        "counsel",
        "en",
    ): "May I ask for your advice on my project “{title}” now and then? {about}Just answer me.",
    (
        "counsel",
        "fr",
    ): "Puis-je te demander conseil, de temps en temps, sur mon projet « {title} » ? {about}Réponds-moi ici.",
}


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """What a member here was asked, with all that they are told before they answer."""

    place: Place
    project: Project
    owner: Person


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody on the team or in the counsel as the viewer may know it: "invited" is also who declined.
    `plain`: on an ordinary server, whose yes the owner notes (`agreed`)."""

    person: Person
    role: ProjectRole
    state: PlaceState
    plain: bool


# -- the owner's side


def invite(tx: Tx, me: Member, project_id: int, person_id: int, role: str, word: str = "") -> Seat:
    """Ask a friend to join. Asking again changes nothing while they have not answered, and tells nothing when
    they said no. NotFound, Refused."""
    project = projects.own(tx, me.id, project_id, "invite people to")
    friend = people_rows.by_id(tx, person_id)
    if friend is None or friend.kind == "application" or friend.suspended_at is not None:
        raise NotFound
    _check(tx, me, project, friend, role)
    known = rows.of(tx, project.id, friend.id, role)
    if known is not None and known.state in ("invited", "declined", "accepted", "resting"):
        return _seat(known, friend)
    if known is not None and known.state == "shut":
        return _now(tx, known, friend, "declined")
    if rows.invited_since(tx, me.id, tx.now - timedelta(days=1)) >= A_DAY:
        raise Refused(f"At most {A_DAY} invitations a day", field="account_id")
    uri = tx.house.new_activity()
    said = clean_name(word, WORD_MAX)
    place_id = rows.invite(tx, project.id, friend.id, role, uri=uri, word=said)
    if friend.local:
        errands.butler_invited(tx, place_id, tx.now)
    elif friend.speaks_fedi_aid:
        jobs.send_invite(tx, place_id)
    else:
        _say_it(tx, me, project, friend, role, said)
    made = rows.by_id(tx, place_id)
    assert made is not None
    return _seat(made, friend)


def _check(tx: Tx, me: Member, project: Project, friend: Person, role: str) -> None:
    if role not in ROLES:
        raise Refused(f"Role is one of {', '.join(ROLES)}", field="role")
    if not project.is_open:
        raise Refused("This project is closed", field="project_id")
    if not ties.are_friends(tx, me.id, friend.id):
        raise Refused("Only a friend can be invited", field="account_id")
    there = [one for one in rows.in_project(tx, project.id) if one.role == role and one.state not in GONE]
    if len(there) >= PEOPLE_MAX[role] and all(one.person_id != friend.id for one in there):
        raise Refused(f"At most {PEOPLE_MAX[role]} people", field="account_id")


def _say_it(tx: Tx, me: Member, project: Project, friend: Person, role: str, word: str) -> None:
    language = "fr" if me.locale.startswith("fr") else "en"
    about = f"{word} " if word else ""
    said = SAID[role, language].format(title=_plain(project.title), about=about)
    text = f"@{friend.handle} {said}"
    writing.publish(tx, me, Draft(text=text, visibility="direct", language=language), notice=False)


def _plain(title: str) -> str:
    """A title that names nobody and is no tag."""
    return title.replace("@", "@\u200b").replace("#", "#\u200b")


def agreed(tx: Tx, me: Member, project_id: int, person_id: int, role: str) -> Seat:
    """A friend on an ordinary server said yes in their own words, and the owner notes it. Refused for others,
    who answer for themselves."""
    place, friend = _place(tx, me, project_id, person_id, role)
    if friend.speaks_fedi_aid:
        raise Refused("They answer this themselves", field="state")
    return _now(tx, place, friend, "accepted") if place.state == "invited" else _seat(place, friend)


def rest(tx: Tx, me: Member, project_id: int, person_id: int, *, resting: bool) -> Seat:
    """Somebody of counsel is not asked for a while, or is again; they are not told. NotFound, Refused."""
    place, friend = _place(tx, me, project_id, person_id, "counsel")
    if place.state not in HERE:
        raise Refused("They have not agreed yet", field="state")
    return _now(tx, place, friend, "resting" if resting else "accepted")


def remove(tx: Tx, me: Member, project_id: int, person_id: int, role: str) -> None:
    """End somebody's place, or take an invitation back. NotFound."""
    place, friend = _place(tx, me, project_id, person_id, role)
    # Who said no is not asked again by taking it back and asking anew.
    rows.change(tx, place.id, "shut" if place.state == "declined" else "removed")
    question_rows.close_questions_about(tx, friend.id, place.id, answer=None)
    if not friend.local:
        project = project_rows.many(tx, [project_id])[project_id]
        jobs.undo_invite(tx, me.id, friend.id, place.uri, project.uri)


def _place(tx: Tx, me: Member, project_id: int, person_id: int, role: str) -> tuple[Place, Person]:
    projects.own(tx, me.id, project_id, "change the people of")
    place = rows.of(tx, project_id, person_id, role)
    friend = people_rows.by_id(tx, person_id)
    if place is None or friend is None or place.state in GONE:
        raise NotFound
    return place, friend


def _now(tx: Tx, place: Place, person: Person, state: PlaceState) -> Seat:
    rows.change(tx, place.id, state)
    return _seat(msgspec.structs.replace(place, state=state), person)


def _seat(place: Place, person: Person) -> Seat:
    """As the owner may know it (RULES R8): a no looks like no answer."""
    state = "invited" if place.state == "declined" else place.state
    return Seat(person=person, role=place.role, state=state, plain=not person.speaks_fedi_aid)


def people(tx: Tx, me: PersonId, project_id: int) -> list[Seat]:
    """Who is there. The owner sees everybody, and whom they invited; the team sees the team; others nobody
    but themselves. Of a project elsewhere only one's own place is known. NotFound."""
    found = projects.visible(tx, me, [project_id])
    if project_id not in found:
        raise NotFound
    places = [one for one in rows.in_project(tx, project_id) if one.state not in GONE]
    if found[project_id] == "team":
        places = [one for one in places if one.person_id == me or _is_colleague(one)]
    elif found[project_id] != "owner":
        places = [one for one in places if one.person_id == me]
    known = people_rows.many(tx, {one.person_id for one in places})
    return [_seat(one, known[one.person_id]) for one in places if one.person_id in known]


def _is_colleague(place: Place) -> bool:
    return place.role == "team" and place.state in HERE


# -- the invited member's side


def received(tx: Tx, me: PersonId) -> list[Invitation]:
    """What a member was asked and has not answered, oldest first."""
    found = [_invitation(tx, one) for one in rows.of_person(tx, me, "invited")]
    return [one for one in found if one is not None and one.project.is_open]


def _invitation(tx: Tx, place: Place) -> Invitation | None:
    project = project_rows.by_id(tx, place.project_id)
    owner = people_rows.by_id(tx, project.owner_id) if project else None
    if project is None or owner is None or owner.suspended_at is not None:
        return None
    return Invitation(place=place, project=project, owner=owner)


def invitation(tx: Tx, me: PersonId, place_id: int) -> Invitation:
    """One invitation of a member, open or declined. NotFound for any other."""
    place = rows.by_id(tx, place_id)
    if place is None or place.person_id != me or place.state not in ("invited", "declined"):
        raise NotFound
    found = _invitation(tx, place)
    if found is None or not ties.are_friends(tx, me, found.owner.id):
        raise NotFound
    return found


def accept(tx: Tx, me: PersonId, place_id: int) -> Project:
    """Join; also after a no. The owner is told. NotFound; Refused where the project is closed."""
    found = invitation(tx, me, place_id)
    if not found.project.is_open:
        raise Refused("This project is closed", field="id")
    rows.change(tx, place_id, "accepted")
    question_rows.close_questions_about(tx, me, place_id, answer="yes")
    if found.owner.local:
        errands.butler_joined(tx, place_id)
    else:
        jobs.answer_invite(tx, place_id, "accept")
    return found.project


def decline(tx: Tx, me: PersonId, place_id: int) -> None:
    """Say no: nobody is told, and it can be changed into a yes later. NotFound."""
    invitation(tx, me, place_id)
    rows.change(tx, place_id, "declined")
    question_rows.close_questions_about(tx, me, place_id, answer="no")


def leave(tx: Tx, me: PersonId, project_id: int, role: str) -> None:
    """Give a place up. Nobody gets a letter; the owner sees who is there. NotFound."""
    place = rows.of(tx, project_id, me, role)
    if place is None or place.state not in HERE:
        raise NotFound
    rows.change(tx, place.id, "left")
    project = project_rows.many(tx, [project_id])[project_id]
    owner = people_rows.by_id(tx, project.owner_id)
    if owner is not None and not owner.local:
        jobs.answer_invite(tx, place.id, "leave")


# -- when a friendship ends


def part(tx: Tx, one: int, other: int) -> None:
    """Neither is in a project of the other any more. The other's server does the same by itself."""
    for place in rows.between(tx, one, other):
        question_rows.close_questions_about(tx, place.person_id, place.id, answer=None)
        project = project_rows.by_id(tx, place.project_id)
        owner = people_rows.by_id(tx, project.owner_id) if project else None
        if owner is not None and owner.local:
            rows.change(tx, place.id, "removed")
        else:
            _forget(tx, place)


def _forget(tx: Tx, place: Place) -> None:
    """Of a project elsewhere nothing is kept that nobody here is in."""
    rows.remove(tx, place.id)
    if not rows.is_anybody_in(tx, place.project_id):
        project_rows.remove(tx, place.project_id)


# -- what arrives from other servers


def filed_under(tx: Tx, author_id: PersonId, uri: str) -> int | None:
    """The project in whose logbook somebody elsewhere may write: one of a member here, if they are on its
    team; one elsewhere that is known here, if they own it or live on its server, which knows its team."""
    project = project_rows.by_uri(tx, uri)
    known = people_rows.many(tx, [author_id, project.owner_id]) if project is not None else {}
    author = known.get(author_id)
    owner = known.get(project.owner_id) if project is not None else None
    if project is None or author is None or owner is None:
        return None
    if not owner.local:
        return project.id if owner.domain == author.domain else None
    place = rows.of(tx, project.id, author_id, "team")
    if place is None or place.state != "accepted" or not project.is_open:
        return None
    project_rows.touch(tx, project.id)
    return project.id


def is_project(tx: Tx, uri: str) -> bool:
    """Whether this is the id of a project that is known here."""
    return project_rows.by_uri(tx, uri) is not None


def file_post(tx: Tx, author: Person, post_uri: str, project_uri: str) -> bool | None:
    """Somebody elsewhere files a post of their own in a project. None where they may not; False where the
    post is not here yet."""
    project_id = filed_under(tx, author.id, project_uri)
    if project_id is None:
        return None
    post = post_rows.by_uri_of_author(tx, post_uri, author.id)
    if post is None or post.reach != "chosen":
        return None if post is not None or post_rows.uri_is_taken(tx, post_uri) else False
    post_rows.change(tx, post.id, project_id=project_id)
    return True


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What another server says of a project: as much as its people there are told."""

    uri: str
    title: str
    description: str
    closed: bool


def invite_arrived(
    tx: Tx, owner: Person, member_id: PersonId, told: Told, *, uri: str, role: str, word: str
) -> bool:
    """A friend elsewhere invites a member here. False, and nothing done: by no friend, a replay, to something
    that is not theirs, or once more after a no."""
    if role not in ROLES or owner.local or not ties.are_friends(tx, member_id, owner.id):
        return False
    if rows.by_uri(tx, uri) is not None or not carry_rows.see_offer(tx, uri):
        return False
    project = _stored(tx, owner, told)
    if project is None or not project.is_open:
        return False
    known = rows.of(tx, project.id, member_id, role)
    if known is not None and known.state in ("declined", "accepted"):
        return False
    if len(_open_from(tx, owner, member_id)) >= FROM_ONE_MAX:
        return False
    place_id = rows.invite(tx, project.id, member_id, role, uri=uri, word=clean_name(word, WORD_MAX))
    errands.butler_invited(tx, place_id, tx.now)
    return True


def _open_from(tx: Tx, owner: Person, member_id: PersonId) -> list[Place]:
    return [
        one
        for one in rows.between(tx, owner.id, member_id)
        if one.state == "invited" and one.person_id == member_id
    ]


def _stored(tx: Tx, owner: Person, told: Told) -> Project | None:
    """The project as it is told now; None where its id belongs to somebody else's."""
    known = project_rows.by_uri(tx, told.uri)
    if known is not None:
        return _restated(tx, known, told) if known.owner_id == owner.id else None
    title, short = _titled(tx, owner, told, None)
    project_id = project_rows.insert(
        tx,
        uri=told.uri,
        owner_id=owner.id,
        title=title,
        slug=short,
        description=told.description[: projects.DESCRIPTION_MAX],
        state="closed" if told.closed else "open",
    )
    return project_rows.by_id(tx, project_id)


def _restated(tx: Tx, known: Project, told: Told) -> Project:
    title, short = _titled(tx, None, told, known)
    state = "closed" if told.closed else "open"
    description = told.description[: projects.DESCRIPTION_MAX]
    project_rows.change(tx, known.id, title=title, slug=short, description=description, state=state)
    found = project_rows.by_id(tx, known.id)
    assert found is not None
    return found


def _titled(tx: Tx, owner: Person | None, told: Told, known: Project | None) -> tuple[str, str]:
    """(title, slug). A slug is its owner's once: what would be a second gets a number behind."""
    title = clean_name(told.title, projects.TITLE_MAX) or "…"
    wanted = short = slug(title) or "project"
    owner_id = known.owner_id if known is not None else owner.id if owner is not None else 0
    number = 2
    while (known is None or short != known.slug) and project_rows.is_taken(tx, owner_id, short):
        short, number = f"{wanted}_{number}", number + 1
    return title, short


def project_changed(tx: Tx, owner: Person, told: Told) -> bool:
    """Its owner says anew what it is; for those here who were told of it. False for anything else."""
    known = project_rows.by_uri(tx, told.uri)
    if known is None or owner.local or known.owner_id != owner.id:
        return False
    _restated(tx, known, told)
    return True


def is_invite(tx: Tx, uri: str) -> bool:
    """Whether this is the id of an invitation that is known here, sent or received."""
    return rows.by_uri(tx, uri) is not None


def invite_undone(tx: Tx, owner: Person, uri: str) -> bool:
    """The owner takes an invitation back, or ends a place."""
    place = rows.by_uri(tx, uri)
    project = project_rows.by_id(tx, place.project_id) if place else None
    if place is None or project is None or owner.local or project.owner_id != owner.id:
        return False
    question_rows.close_questions_about(tx, place.person_id, place.id, answer=None)
    if place.state != "declined":  # a no is remembered, so that nobody asks by turns
        _forget(tx, place)
    return True


def invite_answered(tx: Tx, person: Person, uri: str, *, yes: bool) -> bool:
    """Somebody elsewhere answers what a member here sent to exactly them. A no changes nothing that the owner
    sees, unless they had agreed: then they leave. False for anything else, replays included."""
    place = rows.by_uri(tx, uri)
    project = project_rows.by_id(tx, place.project_id) if place else None
    owner = people_rows.by_id(tx, project.owner_id) if project else None
    if place is None or owner is None or not owner.local or place.person_id != person.id:
        return False
    if not ties.are_friends(tx, owner.id, person.id):
        return False
    if yes and place.state in ("invited", "declined"):
        rows.change(tx, place.id, "accepted")
        errands.butler_joined(tx, place.id)
        return True
    if not yes and place.state in ("invited", "accepted", "resting"):
        rows.change(tx, place.id, "declined" if place.state == "invited" else "left")
        return True
    return False
