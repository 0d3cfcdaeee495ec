"""Invitations to projects on their way out, and what follows from them (RULES R23)."""

from functools import partial
from typing import Any

from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub.builders import projects as builders
from fedi_aid.activitypub.delivery import outbox
from fedi_aid.model.people import Person
from fedi_aid.storage import people, places, ties
from fedi_aid.storage import projects as rows
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.places import Place
from fedi_aid.storage.projects import Project
from fedi_aid.storage.tx import Tx
from fedi_aid.work.runner import Finish


def _found(tx: Tx, place_id: int) -> tuple[Place, Project, Person, Person] | None:
    """(place, project, owner, person), while all of them are there."""
    place = places.by_id(tx, place_id)
    project = rows.by_id(tx, place.project_id) if place else None
    owner = people.by_id(tx, project.owner_id) if project else None
    person = people.by_id(tx, place.person_id) if place else None
    if place is None or project is None or owner is None or person is None:
        return None
    return place, project, owner, person


async def send_invite(instance: Instance, job: Job) -> Finish | None:
    """Job `send_invite`: the Invite, while it stands and they are still friends."""
    return partial(_invite, job.args["place_id"])


def _invite(place_id: int, tx: Tx) -> None:
    found = _found(tx, place_id)
    if found is None or found[0].state != "invited":
        return
    place, project, owner, person = found
    if not ties.are_friends(tx, owner.id, person.id) or not outbox.may_tell(tx, owner.id, person):
        return
    activity = builders.invite(place, project, owner.uri, person.uri)
    _send(tx, activity, owner.id, person, f"place:{place.uri}")


async def answer_invite(instance: Instance, job: Job) -> Finish | None:
    """Job `answer_invite`: a member joined, or gave their place up."""
    return partial(_answer, job.args["place_id"], job.args["what"])


def _answer(place_id: int, what: str, tx: Tx) -> None:
    found = _found(tx, place_id)
    if found is None:
        return
    place, project, owner, person = found
    kind = "Accept" if what == "accept" else "Reject"
    activity = builders.answer(kind, tx.house.new_activity(), place, project.uri, owner.uri, person.uri)
    _send(tx, activity, person.id, owner, f"place:{place.uri}")


async def undo_invite(instance: Instance, job: Job) -> Finish | None:
    """Job `undo_invite`: an invitation is taken back, or a place ended. The rows may be gone."""
    return partial(_undo, job.args)


def _undo(args: dict[str, Any], tx: Tx) -> None:
    owner, person = people.by_id(tx, args["owner_id"]), people.by_id(tx, args["person_id"])
    if owner is None or person is None or not person.speaks_fedi_aid:
        return
    uri = tx.house.new_activity()
    activity = builders.undo(uri, args["uri"], args["project_uri"], owner.uri, person.uri)
    _send(tx, activity, owner.id, person, f"place:{args['uri']}")


async def tell_project(instance: Instance, job: Job) -> Finish | None:
    """Job `tell_project`: a project was described anew, to everybody elsewhere who was told of it."""
    return partial(_tell, job.args["project_id"])


def _tell(project_id: int, tx: Tx) -> None:
    project = rows.by_id(tx, project_id)
    owner = people.by_id(tx, project.owner_id) if project else None
    if project is None or owner is None or not owner.local:
        return
    told = {one.person_id: one for one in places.elsewhere(tx, project_id)}
    for person in people.many(tx, told).values():
        if person.speaks_fedi_aid and outbox.may_tell(tx, owner.id, person):
            uri = tx.house.new_activity()
            activity = builders.update(uri, project, owner.uri, person.uri, tx.now)
            _send(tx, activity, owner.id, person, f"place:{told[person.id].uri}")


def _send(tx: Tx, activity: dict[str, Any], signer_id: int, to: Person, order_key: str) -> None:
    kept = outbox.keep(tx, activity, signer_id, to.id)
    outbox.send(tx, kept, to, signer_id, order_key=order_key)
