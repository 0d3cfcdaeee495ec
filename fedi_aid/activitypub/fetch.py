"""Fetching a document from the server it belongs to: as the instance, within a budget, believed only there.

`TryLater`: the server did not answer. `NotFound`: it says there is no such thing, for us. `Refused`: what it
gave is not acceptable.
"""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub import documents
from fedi_aid.activitypub.signing import FIRST, REFUSALS, application_signer, knocks_again, other
from fedi_aid.errors import NotFound, Refused, TryLater
from fedi_aid.net.client import Response
from fedi_aid.net.error import NetError
from fedi_aid.storage import federation
from fedi_aid.storage.federation import Dialect
from fedi_aid.storage.tx import Tx
from fedi_aid.work.jobs import host_of

FETCHES = 5
# Servers that are further apart than this are noted: from five minutes on they refuse each other (X04).
CLOCKS_AGREE = timedelta(minutes=2)
_FAR = 10**9
_NOBODY_THERE = frozenset({"dns", "connect", "timeout"})
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


class Gone(NotFound):
    """Its server says that it was and is no more (410)."""


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A document that its own server gave under its own id: `written` as it came, `plain` to be read."""

    uri: str
    body: bytes
    written: dict[str, Any]
    plain: dict[str, Any]


class Budget:
    """How many documents one activity may make us fetch (F13)."""

    def __init__(self, fetches: int = FETCHES) -> None:
        self.left = fetches

    def spend(self) -> None:
        """`Refused` when nothing is left."""
        if self.left <= 0:
            raise Refused("This leads to too many other documents.", log="fetch budget spent")
        self.left -= 1


async def fetch_document(instance: Instance, uri: str, budget: Budget) -> Document:
    """The document whose id is `uri`, or the one that its server says `uri` stands for.

    A document whose id is not the address that answered counts for nothing; its id is asked once, and has to
    answer for itself (F09). Our own addresses are never fetched (F18), nor those of suspended domains (H19).
    """
    found = await _get(instance, uri, budget)
    if documents.text(found.plain, "id") == found.uri:
        return found
    claimed = documents.text(found.plain, "id")
    if claimed is None or documents.origin(claimed) is None:
        raise Refused("This document has no id.", log=f"no id at {uri[:300]}")
    found = await _get(instance, claimed, budget)
    if documents.text(found.plain, "id") != claimed or not documents.same_origin(found.uri, claimed):
        raise Refused("This document is not where it says it is.", log=f"id mismatch at {uri[:300]}")
    return msgspec.structs.replace(found, uri=claimed)


async def _get(instance: Instance, uri: str, budget: Budget) -> Document:
    if documents.origin(uri) is None or instance.house.owns(uri):
        raise Refused("This address cannot be fetched.", log=f"not fetched: {uri[:300]}")
    suspended, known = await instance.db.read(_what_we_know_of, host_of(uri))
    if suspended:
        raise Refused("That server is suspended here.", log=f"suspended: {host_of(uri)}")
    budget.spend()
    answer = await _answer(instance, uri, known, budget)
    written = documents.parse(answer.body)
    return Document(uri=answer.url, body=answer.body, written=written, plain=documents.normalised(written))


def _what_we_know_of(tx: Tx, host: str) -> tuple[bool, Dialect | None]:
    return federation.is_suspended(tx, host), federation.dialect_of(tx, host)


async def _knock(instance: Instance, uri: str, known: Dialect | None, budget: Budget) -> Response:
    """The answer to one signed GET, or to a second one with the other kind of signature."""
    first = known or FIRST
    answer = await instance.net.get_json(uri, sign=await application_signer(instance, first))
    if not knocks_again(answer.status, known) or budget.left <= 0:
        return answer
    budget.spend()
    second = await instance.net.get_json(uri, sign=await application_signer(instance, other(first)))
    if 200 <= second.status < 300:
        await instance.db.write(federation.learn_dialect, host_of(second.url), other(first))
    return answer if second.status in REFUSALS else second


async def _answer(instance: Instance, uri: str, known: Dialect | None, budget: Budget) -> Response:
    try:
        answer = await _knock(instance, uri, known, budget)
    except NetError as problem:
        if problem.kind in _NOBODY_THERE or problem.ours:
            raise TryLater(problem.sentence, log=problem.log) from problem
        raise Refused(problem.sentence, log=problem.log) from problem
    ahead = clock_ahead(answer, instance.db.clock())
    if abs(ahead) > CLOCKS_AGREE.total_seconds():
        await instance.db.write(federation.note_clock, host_of(answer.url), ahead)
    if answer.status == 410:
        raise Gone(log=f"410 from {uri[:300]}")
    if answer.status in _PASSING:
        raise TryLater(seconds=retry_after(answer), log=f"{answer.status} from {uri[:300]}")
    if not 200 <= answer.status < 300:
        raise NotFound(log=f"{answer.status} from {uri[:300]}")
    return answer


def clock_ahead(answer: Response, now: datetime) -> int:
    """By how many seconds their clock is ahead of ours, by the answer's own date; 0 when it has none."""
    try:
        said = parsedate_to_datetime(answer.headers.get("date", ""))
        ahead = round((said.astimezone(UTC) - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return 0
    return max(-_FAR, min(ahead, _FAR))


def retry_after(answer: Response) -> float:
    """Seconds that a peer asked us to wait; 0 when it said nothing readable. At most a day."""
    wish = answer.headers.get("retry-after", "").strip()
    return min(float(wish), 86_400.0) if wish.isascii() and wish.isdigit() and len(wish) < 10 else 0.0
