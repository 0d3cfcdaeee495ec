"""How many followers somebody elsewhere has, as their own server says it to everybody: a number a day, for a
careful word beside a suggestion (PRODUCT S4a). Asked by the instance, and of few people at a time."""

from functools import partial

import structlog

from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub import documents
from fedi_aid.activitypub.fetch import Budget, fetch_document
from fedi_aid.errors import NotFound, Refused, TryLater
from fedi_aid.storage import people, standing
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.tx import Tx
from fedi_aid.work.jobs import host_of
from fedi_aid.work.runner import Finish

MOST = 10**9
_FOLLOWERS, _FOLLOWING = "/followers", "/following"

log = structlog.get_logger()


async def fetch_figures(instance: Instance, job: Job) -> Finish | None:
    """Job `fetch_figures`: the totals of two collections. What cannot be had counts as not said today."""
    person = await instance.db.read(people.by_id, job.args["person_id"])
    if person is None or person.followers_uri is None:
        return None
    budget = Budget()
    followers = await _total(instance, person.followers_uri, budget)
    following = None
    # Actors name it, and everybody who says numbers names it alike.
    if followers is not None and person.followers_uri.endswith(_FOLLOWERS):
        beside = person.followers_uri.removesuffix(_FOLLOWERS) + _FOLLOWING
        following = await _total(instance, beside, budget)
    return partial(_keep, person.id, followers, following)


async def _total(instance: Instance, uri: str, budget: Budget) -> int | None:
    try:
        found = (await fetch_document(instance, uri, budget)).plain
    except (Refused, NotFound, TryLater):
        log.info("figures_not_fetched", host=host_of(uri))
        return None
    if not documents.is_type(found, "Collection", "OrderedCollection"):
        return None
    total = documents.strict_int(found, "totalItems")
    return total if total is not None and 0 <= total <= MOST else None


def _keep(person_id: int, followers: int | None, following: int | None, tx: Tx) -> None:
    standing.put_figure(tx, person_id, followers, following)
