"""What is on a profile: ours as collections, others' pinned posts looked up within bounds (A13, F13, F14)."""

from functools import partial

import structlog
from starlette.requests import Request
from starlette.responses import Response

from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub import actors, answers, documents, extension, remote
from fedi_aid.activitypub.collections import id_of, read_collection
from fedi_aid.activitypub.delivery import fan_out
from fedi_aid.activitypub.fetch import Budget
from fedi_aid.errors import NotFound, Refused, TryLater
from fedi_aid.model.ids import PersonId
from fedi_aid.storage import people, pins, reactions, tags, timelines
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.timelines import Page
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs
from fedi_aid.work.runner import Finish

SHOWN = 20
FETCHES = 8  # documents, for the pins of one profile
PINS = 10  # of somebody elsewhere that are looked up

log = structlog.get_logger()


# -- ours


async def featured(request: Request) -> Response:
    """GET …/collections/featured: the pinned posts that everybody may read (P19), without any other."""
    instance: Instance = request.app.state.instance
    found = await instance.db.read(_featured, request.path_params["name"])
    return answers.document(found) if found is not None else answers.not_found()


def _featured(tx: Tx, name: str) -> dict[str, object] | None:
    member = actors.member_named(tx, name)
    if member is None:
        return None
    views = timelines.by_author(tx, None, member.id, Page(limit=SHOWN), pinned=True)
    return {
        "@context": extension.CONTEXT,
        "id": f"{member.person.uri}/collections/featured",
        "type": "OrderedCollection",
        "orderedItems": [fan_out.note_for(tx, view, None, "public", None) for view in views],
    }


async def featured_tags(request: Request) -> Response:
    """GET …/collections/tags: the hashtags a member shows on their profile, and no number."""
    instance: Instance = request.app.state.instance
    found = await instance.db.read(_tags, request.path_params["name"])
    return answers.document(found) if found is not None else answers.not_found()


def _tags(tx: Tx, name: str) -> dict[str, object] | None:
    member = actors.member_named(tx, name)
    if member is None:
        return None
    return {
        "@context": ["https://www.w3.org/ns/activitystreams", {"Hashtag": "as:Hashtag"}],
        "id": f"{member.person.uri}/collections/tags",
        "type": "Collection",
        "items": [
            {"type": "Hashtag", "name": f"#{one.name}", "href": tx.house.tag_page(one.tag)}
            for one in tags.featured(tx, member.id)
        ],
    }


# -- theirs


async def fetch_featured(instance: Instance, job: Job) -> Finish | None:
    """Job `fetch_featured`: the posts that somebody elsewhere has pinned, as their server lists them now.

    Each is known by its id and asked for where it lives; only their own public ones count.
    """
    person_id = PersonId(job.args["person_id"])
    uri = await instance.db.read(people.featured_uri, person_id)
    if uri is None:
        return None
    budget = Budget(FETCHES)
    try:
        found = await read_collection(instance, uri, budget, most=PINS)
    except (Refused, NotFound, TryLater) as refusal:
        log.info("pins_not_fetched", why=refusal.log[:200])
        return None
    uris = list(dict.fromkeys(one for item in found.items if (one := id_of(item)) is not None))
    for one in uris:
        if budget.left > 0 and not await instance.db.read(pins.is_known, one, person_id):
            await _fetch(instance, one, uri, budget)
    return partial(_agree, person_id, uris)


async def _fetch(instance: Instance, uri: str, at: str, budget: Budget) -> None:
    if instance.house.owns(uri) or not documents.same_origin(uri, at):
        return
    try:
        await remote.fetch_note(instance, uri, budget)
    except (Refused, NotFound, TryLater) as refusal:
        log.info("post_not_fetched", why=refusal.log[:200])


def _agree(person_id: PersonId, uris: list[str], tx: Tx) -> None:
    """What is known of the list is pinned, and nothing else of them."""
    pins.replace(tx, person_id, uris)


async def fetch_pin(instance: Instance, job: Job) -> Finish | None:
    """Job `fetch_pin`: a post that its author pinned before it was known here, or could be had: their Add may
    overtake their Create. Looked for again some hours long, unless they take the pin back."""
    person_id, uri = PersonId(job.args["person_id"]), job.args["uri"]
    try:
        await remote.fetch_note(instance, uri)
    except (Refused, NotFound, TryLater) as refusal:
        log.info("pin_not_fetched", why=refusal.log[:200])
    return partial(_pin, person_id, uri, job.args["tries"])


def _pin(person_id: PersonId, uri: str, tries: int, tx: Tx) -> None:
    if pins.is_known(tx, uri, person_id):
        if reactions.count_pins(tx, person_id) < pins.MOST:
            pins.add(tx, person_id, uri)
    else:
        jobs.fetch_pin(tx, person_id, uri, tries + 1)
