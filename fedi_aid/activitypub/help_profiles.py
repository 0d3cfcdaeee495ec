"""Help profiles: ours, for friends' servers that ask, signed; theirs, asked for and kept (RULES R23).

Who may not have one gets what they would get for a member who is not there: whether somebody shares it, and
with whom, is nobody else's to know.
"""

from functools import partial

import structlog
from starlette.requests import Request
from starlette.responses import Response

from fedi_aid.actions import abilities
from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub import actors, answers, documents
from fedi_aid.activitypub.builders import friends
from fedi_aid.activitypub.fetch import Budget, fetch_document
from fedi_aid.activitypub.objects import asker_of
from fedi_aid.errors import NotFound, Refused, TryLater
from fedi_aid.model.people import Person
from fedi_aid.storage import abilities as rows
from fedi_aid.storage import people, ties
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.tx import Tx
from fedi_aid.work.jobs import host_of
from fedi_aid.work.runner import Finish

MOST = 40  # values of a list that are read
CHARS = 200

log = structlog.get_logger()


# -- ours


async def help_profile(request: Request) -> Response:
    """GET /users/{name}/help: to a friend or the server of one, if the member lets them know."""
    instance: Instance = request.app.state.instance
    asker = await asker_of(request)
    found = await instance.db.read(_profile_for, request.path_params["name"], asker)
    if found is None or not answers.wants_activity(request):
        return answers.not_found()
    return answers.document(found)


def _profile_for(tx: Tx, name: str, asker: Person | None) -> dict[str, object] | None:
    member = actors.member_named(tx, name)
    if member is None or asker is None or asker.local or asker.suspended_at is not None:
        return None
    if not rows.profile_of(tx, member.id).shared_with_friends_servers or not _may_ask(tx, member.id, asker):
        return None
    said = abilities.show(tx, member.id)
    return friends.profile(
        actors.help_address(member.person.uri),
        member.person.uri,
        skills=list(said.skills),
        languages=list(said.languages),
        causes=list(said.causes),
        paused=said.paused,
    )


def _may_ask(tx: Tx, member_id: int, asker: Person) -> bool:
    if asker.kind == "application":
        return rows.is_friend_of_domain(tx, member_id, asker.domain)
    return ties.are_friends(tx, member_id, asker.id)


# -- theirs


async def fetch_abilities(instance: Instance, job: Job) -> Finish | None:
    """Job `fetch_abilities`: what a friend elsewhere can help with, as their server says; when it says
    nothing (any more), nothing is kept."""
    person_id = job.args["person_id"]
    uri = await instance.db.read(_to_ask, person_id)
    if uri is None:
        return partial(_keep, person_id, None)
    try:
        found = (await fetch_document(instance, uri, Budget())).plain
    except NotFound:
        return partial(_keep, person_id, None)  # they share none, or not with us
    except TryLater as later:
        # Who is asked about is nobody's to read in a log.
        raise TryLater(seconds=later.seconds, log=f"no help profile from {host_of(uri)} now") from None
    except Refused:
        log.info("help_profile_not_fetched", host=host_of(uri))
        return partial(_keep, person_id, None)
    return partial(_keep, person_id, found)


def _to_ask(tx: Tx, person_id: int) -> str | None:
    return rows.help_uri(tx, person_id) if rows.has_friend_here(tx, person_id) else None


def _keep(person_id: int, found: dict[str, object] | None, tx: Tx) -> None:
    person = people.by_id(tx, person_id)
    if person is None:
        return
    about = documents.link(found, "describes")
    told = read_profile(found) if found is not None and about == person.uri else None
    abilities.remember(tx, person.id, told)


def read_profile(found: object) -> abilities.Told | None:
    """What a document says somebody can help with; None for what is no help profile."""
    if not documents.is_type(found, "Profile"):
        return None
    return abilities.Told(
        skills=_texts(found, "skills"),
        languages=_texts(found, "languages"),
        causes=_texts(found, "causes"),
        paused=documents.flag(found, "paused") is True,
    )


def _texts(found: object, key: str) -> tuple[str, ...]:
    value = found.get(key) if isinstance(found, dict) else None
    several = value if isinstance(value, list) else [value]
    return tuple(one[:CHARS] for one in several[:MOST] if isinstance(one, str))
