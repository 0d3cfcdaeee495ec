"""Keeping followers the same on both servers (FEP-8fcf): what we say, what we are asked, what we hear.

A header of a delivery names a digest of those followers of the author who live where it goes, and of no one
else (P14). When it is not what that server knows, it fetches the list, of its own people alone.
"""

import re
from collections.abc import Collection
from functools import partial
from urllib.parse import urlsplit

import structlog

from fedi_aid.actions import drift
from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub import documents
from fedi_aid.activitypub.fetch import Budget, fetch_document
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.people import Person
from fedi_aid.storage import followers, people
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs
from fedi_aid.work.runner import Finish

HEADER = "Collection-Synchronization"
PATH = "followers_synchronization"
_PART = re.compile(r'\s*([A-Za-z]+)="([^"]*)"\s*(?:,|$)')
MAX_HEADER = 6_000

log = structlog.get_logger()


def root_of(uri: str) -> str:
    """`https://host/`: how every id of a server begins."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}/"


def headers_for(tx: Tx, wanted: Collection[tuple[int, str, str]]) -> dict[tuple[int, str], tuple[str, str]]:
    """What deliveries by members, each (member, actor, inbox), say about their followers where they go, by
    (member, inbox); nothing where a member has none."""
    said = {}
    for signer_id, actor_uri in {(signer_id, actor_uri) for signer_id, actor_uri, _ in wanted}:
        roots = {inbox: root_of(inbox) for signer, _, inbox in wanted if signer == signer_id}
        found = followers.followers_by_server(tx, signer_id, set(roots.values()))
        for inbox, root in roots.items():
            if root in found:
                digest, url = followers.digest(found[root]), f"{actor_uri}/{PATH}"
                value = f'collectionId="{actor_uri}/followers", digest="{digest}", url="{url}"'
                said[signer_id, inbox] = (HEADER, value)
    return said


def collection_for(tx: Tx, actor_uri: str, member_id: int, asker: Person) -> dict[str, object]:
    """The followers of a member on the asker's own server: what that server should know by itself."""
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{actor_uri}/{PATH}",
        "type": "OrderedCollection",
        "orderedItems": followers.followers_at(tx, member_id, root_of(asker.uri)),
    }


def read_header(value: str, signer: Person) -> tuple[str, str] | None:
    """(digest, url) of a header about the signer's own followers; None for any other.

    Whether it was covered by the signature does not matter: it only makes us ask the signer's own server.
    """
    if len(value) > MAX_HEADER:
        return None
    said = dict(_PART.findall(value))
    given, url = said.get("digest", "").lower(), said.get("url", "")
    if signer.followers_uri is None or said.get("collectionId") != signer.followers_uri:
        return None
    if not re.fullmatch(r"[0-9a-f]{64}", given) or not documents.same_origin(url, signer.uri):
        return None
    return given, url


async def heard(instance: Instance, value: str, signer: Person) -> None:
    """A signed delivery brought this header: when it differs from what is known here, it is looked into a
    little later, as an answer to a Follow may be under way."""
    found = read_header(value, signer)
    if found is not None and await instance.db.read(_differs, signer.id, found[0]):
        await instance.db.write(_look_later, signer.id, *found)


def _differs(tx: Tx, person_id: int, given: str) -> bool:
    return followers.digest(one.uri for one in followers.members_following(tx, person_id)) != given


def _look_later(tx: Tx, person_id: int, given: str, url: str) -> None:
    jobs.agree_followers(tx, person_id, given, url, tx.now + tx.house.soon(drift.SETTLED))


async def agree_followers(instance: Instance, job: Job) -> Finish | None:
    """Job `agree_followers`: fetch the list if the two still differ, and follow it. A list that is not whole
    counts for nothing."""
    person = await instance.db.read(people.by_id, job.args["person_id"])
    if person is None or not await instance.db.read(_differs, person.id, job.args["digest"]):
        return None
    url = job.args["url"]
    try:
        listed = await _whole_list(instance, url)
    except (Refused, NotFound) as refusal:
        log.info("followers_not_fetched", why=refusal.log[:200])
        return None
    return partial(_agree, person, frozenset(listed))


def _agree(person: Person, listed: frozenset[str], tx: Tx) -> None:
    drift.agree(tx, person.id, sorted(listed))


async def _whole_list(instance: Instance, url: str) -> list[str]:
    """Every item of a collection, over its pages; `Refused` when they are too many or lead elsewhere."""
    budget, listed = Budget(), list[str]()
    page: object = (await fetch_document(instance, url, budget)).plain
    while True:
        listed += _items(page)
        following = _next(page)
        if following is None:
            return listed
        if isinstance(following, dict):
            page = following
            continue
        if not documents.same_origin(following, url):
            raise Refused("This list goes on elsewhere.", log="followers page on another origin")
        page = (await fetch_document(instance, following, budget)).plain


def _items(page: object) -> list[str]:
    if not documents.is_type(
        page, "Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage"
    ):
        raise Refused("This is no list.", log="followers list is no collection")
    assert isinstance(page, dict)
    found = page.get("orderedItems", page.get("items", []))
    values = found if isinstance(found, list) else [found]
    uris = [one if isinstance(one, str) else documents.text(one, "id") for one in values]
    if any(uri is None for uri in uris):
        raise Refused("This list cannot be read.", log="followers list with odd items")
    return [uri for uri in uris if uri is not None]


def _next(page: object) -> dict[str, object] | str | None:
    """What follows: the first page of a collection that has its items there, or the next of a page."""
    for name in ("first", "next"):
        value = page.get(name) if isinstance(page, dict) else None
        if isinstance(value, dict):
            return value if "orderedItems" in value or "items" in value else documents.text(value, "id")
        if isinstance(value, str):
            return value
    return None
