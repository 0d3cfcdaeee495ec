"""Invite to a project, what is answered to it, and what its owner says of it later (RULES R23).

To a personal inbox, from a friend, about a project of theirs; anything else is ignored, and its sender has
had the same 202.
"""

from typing import Any

from fedi_aid.actions import invitations
from fedi_aid.actions.invitations import Told
from fedi_aid.activitypub import documents, extension
from fedi_aid.activitypub.arrived import Arrived
from fedi_aid.errors import Refused, TryLater
from fedi_aid.model.people import Person
from fedi_aid.model.text import plain
from fedi_aid.storage.tx import Tx


def to_project(tx: Tx, arrived: Arrived) -> None:
    """By the project's owner, to the owner of this inbox and to nobody else."""
    owner, member = arrived.actor(), arrived.inbox_of
    if member is None or documents.links(arrived.activity, "to") != [member.uri]:
        raise Refused("An invitation is for one person.", log="invite to others than the inbox's owner")
    if documents.link(arrived.activity, "target") != member.uri:
        raise Refused("This invites somebody else.", log="invite with another target")
    done = invitations.invite_arrived(
        tx,
        owner,
        member.id,
        _told(arrived.object(), owner),
        uri=arrived.uri,
        role=documents.text(arrived.activity, extension.ROLE) or "",
        word=plain(documents.text(arrived.activity, "content") or ""),
    )
    if not done:
        raise Refused("This invitation is not open.", log="invite by no friend, or again")


def _told(project: dict[str, Any], owner: Person) -> Told:
    """`Refused` unless it is the sender's, under an id of the sender's server (O01)."""
    uri = documents.text(project, "id")
    if uri is None or not documents.same_origin(uri, owner.uri):
        raise Refused("This is no project of the sender's server.", log=f"project id {str(uri)[:300]}")
    if documents.links(project, "attributedTo") != [owner.uri]:
        raise Refused("This is somebody else's project.", log="invite to another's project")
    return Told(
        uri=uri,
        title=documents.text(project, "name") or "",
        description=plain(documents.text(project, "content") or ""),
        closed=documents.text(project, "endTime") is not None,
    )


def changed(tx: Tx, arrived: Arrived) -> None:
    """Update of a project by its owner."""
    if not invitations.project_changed(tx, arrived.actor(), _told(arrived.object(), arrived.actor())):
        raise Refused("This project is not known here.", log="update of an unknown project")


def accepted(tx: Tx, arrived: Arrived) -> None:
    if not invitations.invite_answered(tx, arrived.actor(), arrived.object_uri(), yes=True):
        raise Refused("This answers no invitation of ours.", log="accept of no open invite of ours")


def rejected(tx: Tx, arrived: Arrived) -> None:
    """A no, which its owner is not told; or somebody who had agreed leaves."""
    if not invitations.invite_answered(tx, arrived.actor(), arrived.object_uri(), yes=False):
        raise Refused("This answers no invitation of ours.", log="reject of no open invite of ours")


def undone(tx: Tx, arrived: Arrived) -> None:
    if not invitations.invite_undone(tx, arrived.actor(), arrived.object_uri()):
        raise Refused("There is no such invitation.", log="undo of an unknown invite")


def filed(tx: Tx, arrived: Arrived, project_uri: str) -> None:
    """Add of a post to a project: by its writer, who is on the team. The post comes on its own, and may come
    a little later."""
    found = invitations.file_post(tx, arrived.actor(), arrived.object_uri(), project_uri)
    if found is None:
        raise Refused("This belongs to no logbook.", log="add to a project by nobody of its team")
    if not found:
        raise TryLater(log="add of a post that is not here yet")
