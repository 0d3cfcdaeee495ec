"""Invitations to projects, between friends on different servers (RULES R23): to personal inboxes alone.

Of a project its people elsewhere are told the title, the description, whether it goes on, and what they are
asked to be in it; nothing of its goals, its other people, its level or its picture.
"""

from datetime import datetime
from html import escape
from typing import Any

from fedi_aid.activitypub import extension
from fedi_aid.activitypub.builders.stamps import stamp
from fedi_aid.storage.places import Place
from fedi_aid.storage.projects import Project

_CONTEXT: Any = [
    extension.CONTEXT[0],
    {
        "fa": extension.NAMESPACE,
        extension.PROJECT_TYPE: f"fa:{extension.PROJECT_TYPE}",
        extension.ROLE: f"fa:{extension.ROLE}",
    },
]
_PLAIN: Any = extension.CONTEXT[0]


def described(project: Project, owner: str) -> dict[str, Any]:
    """A project as its people elsewhere know it."""
    told: dict[str, Any] = {
        "id": project.uri,
        "type": extension.PROJECT_TYPE,
        "attributedTo": owner,
        "name": project.title,
        "content": _html(project.description),
    }
    return told | ({"endTime": stamp(project.closed_at)} if project.closed_at is not None else {})


def _html(text: str) -> str:
    paragraphs = [escape(one, quote=False).replace("\n", "<br>") for one in text.split("\n\n") if one.strip()]
    return "".join(f"<p>{one}</p>" for one in paragraphs)


def invite(place: Place, project: Project, owner: str, person: str) -> dict[str, Any]:
    """To a friend: the team or the counsel, with the owner's own word as `content`."""
    activity: dict[str, Any] = {
        "@context": _CONTEXT,
        "id": place.uri,
        "type": "Invite",
        "actor": owner,
        "to": [person],
        "target": person,
        "object": described(project, owner),
        extension.ROLE: place.role,
        "published": stamp(place.created_at),
    }
    return activity | ({"content": _html(place.word)} if place.word else {})


def answer(kind: str, uri: str, place: Place, project_uri: str, owner: str, person: str) -> dict[str, Any]:
    """Accept, or Reject by somebody who had accepted and leaves. A no is never sent."""
    return {
        "@context": _PLAIN,
        "id": uri,
        "type": kind,
        "actor": person,
        "to": [owner],
        "object": _named(place.uri, project_uri, owner, person),
    }


def undo(uri: str, invite_uri: str, project_uri: str, owner: str, person: str) -> dict[str, Any]:
    """The owner takes an invitation back, or ends the place that came of it."""
    return {
        "@context": _PLAIN,
        "id": uri,
        "type": "Undo",
        "actor": owner,
        "to": [person],
        "object": _named(invite_uri, project_uri, owner, person),
    }


def update(uri: str, project: Project, owner: str, person: str, now: datetime) -> dict[str, Any]:
    """The project described anew, to somebody who was told of it."""
    return {
        "@context": _CONTEXT,
        "id": uri,
        "type": "Update",
        "actor": owner,
        "to": [person],
        "object": described(project, owner) | {"updated": stamp(now)},
    }


def file_post(uri: str, author: str, note_uri: str, project_uri: str, owner: str) -> dict[str, Any]:
    """A post of somebody on the team belongs in the logbook: to the project's owner alone, so that nobody
    else learns on which server the writer is in a project."""
    return {
        "@context": _PLAIN,
        "id": uri,
        "type": "Add",
        "actor": author,
        "to": [owner],
        "object": note_uri,
        "target": project_uri,
    }


def _named(invite_uri: str, project_uri: str, owner: str, person: str) -> dict[str, Any]:
    return {"id": invite_uri, "type": "Invite", "actor": owner, "target": person, "object": project_uri}
