"""Conversations: ours as collections for those who may read them, others' completed from their servers.

FEP-7888 and FEP-f228 (`context`), FEP-7458 (`replies`). What a collection of ours holds follows from who
asks; to all who may not read the post at its head it is as if there were none (P01, RULES R4).
"""

from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import Response

from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub import answers, documents, objects, remote
from fedi_aid.activitypub.collections import id_of, read_collection
from fedi_aid.activitypub.fetch import Budget, fetch_document
from fedi_aid.errors import NotFound, Refused, TryLater
from fedi_aid.model.people import Person
from fedi_aid.storage import threads
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.threads import Known
from fedi_aid.storage.tx import Tx
from fedi_aid.work.runner import Finish

FETCHES = 20  # documents, to complete one conversation
ITEMS = 50  # of a list that are looked at

log = structlog.get_logger()


# -- ours


async def thread(request: Request) -> Response:
    """GET /threads/{name}: the posts of a conversation that the asker may read."""
    return await _collection(request, f"/threads/{request.path_params['name']}", _thread_for)


async def replies(request: Request) -> Response:
    """GET /notes/{name}/replies: the answers to a post that the asker may read."""
    return await _collection(request, f"/notes/{request.path_params['name']}", _replies_for)


async def _collection(request: Request, path: str, question: Any) -> Response:
    instance: Instance = request.app.state.instance
    asker = await objects.asker_of(request)
    found = await instance.db.read(question, instance.house.base_url + path, asker)
    if found is None or not answers.wants_activity(request):
        return answers.not_found()
    return answers.document(found)


def _thread_for(tx: Tx, uri: str, asker: Person | None) -> dict[str, Any] | None:
    root = threads.root(tx, uri)
    if root is None or not _may_read(tx, root.uri, asker, chosen=root.reach == "chosen"):
        return None
    listed = threads.items(tx, thread_id=root.post_id, **_who(asker))
    return _document(uri, root.author_uri, listed)


def _replies_for(tx: Tx, uri: str, asker: Person | None) -> dict[str, Any] | None:
    access = objects.access_to(tx, uri, asker)
    if access is None or access[3] is not None or not _may_read(tx, uri, asker, chosen=access[2] == "whole"):
        return None
    listed = threads.items(tx, reply_to_id=access[0], **_who(asker))
    return _document(f"{uri}/replies", None, listed)


def _may_read(tx: Tx, uri: str, asker: Person | None, *, chosen: bool) -> bool:
    """By the post's own id, under which ordinary servers know no engine-chosen post (P10)."""
    if chosen and asker is not None and not asker.speaks_fedi_aid:
        return False
    return objects.access_to(tx, uri, asker) is not None


def _who(asker: Person | None) -> dict[str, Any]:
    if asker is None:
        return {"asker_id": None, "server": None}
    return {"asker_id": asker.id, "server": asker.domain if asker.kind == "application" else None}


def _document(uri: str, owner: str | None, listed: list[str]) -> dict[str, Any]:
    """Ids alone, and no total: it would be another number for everybody (RULES R7)."""
    found: dict[str, Any] = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": uri,
        "type": "OrderedCollection",
        "orderedItems": listed,
    }
    return found | {"attributedTo": owner} if owner else found


# -- theirs


async def complete_thread(instance: Instance, job: Job) -> Finish | None:
    """Job `complete_thread`: what stands above a public post of somebody elsewhere, and what its author's
    server lists around and below it. Public posts only, each asked for where it lives (F13, F14, F15)."""
    known = await instance.db.read(threads.to_complete, job.args["post_id"])
    if known is None:
        return None
    budget = Budget(FETCHES)
    await _above(instance, known, budget)
    for uri in dict.fromkeys((known.thread_uri, known.replies_uri)):
        if uri is not None and not instance.house.owns(uri):
            await _listed(instance, known, uri, budget)
    return None


async def _above(instance: Instance, known: Known, budget: Budget) -> None:
    been = {known.uri}
    following = known.reply_to_uri
    while following is not None and following not in been and not instance.house.owns(following):
        been.add(following)
        try:
            post_id = await remote.fetch_note(instance, following, budget)
        except (Refused, NotFound, TryLater) as refusal:
            log.info("parent_not_fetched", why=refusal.log[:200])
            return
        parent = await instance.db.read(threads.to_complete, post_id) if post_id is not None else None
        following = parent.reply_to_uri if parent is not None else None


async def _listed(instance: Instance, known: Known, uri: str, budget: Budget) -> None:
    try:
        found = await read_collection(instance, uri, budget, most=ITEMS)
    except (Refused, NotFound, TryLater) as refusal:
        log.info("thread_not_fetched", why=refusal.log[:200])
        return
    uris = list(dict.fromkeys(one for item in found.items if (one := id_of(item)) is not None))
    here = await instance.db.read(threads.among_known, uris)
    for one in uris:
        if budget.left <= 0:
            return
        if one not in here and not instance.house.owns(one):
            await _take(instance, known, one, budget)


async def _take(instance: Instance, known: Known, uri: str, budget: Budget) -> None:
    """One post of a list, if it says itself that it belongs there: a list cannot have us fetch anything else
    twice, nor show it as an answer."""
    try:
        found = await fetch_document(instance, uri, budget)
        answered = documents.link(found.plain, "inReplyTo")
        within = {answered} & await instance.db.read(threads.among_known, [answered]) if answered else set()
        own = known.thread_uri is not None and documents.link(found.plain, "context") == known.thread_uri
        if own or within:
            await remote.take_note(instance, found, budget)
    except (Refused, NotFound, TryLater) as refusal:
        log.info("post_not_fetched", why=refusal.log[:200])
