"""Thousands of spoiled activities, well signed or not: never an error of ours, never half a row.

`benchmarks/inbox.py --soak` does the same to a real process for as long as one likes, and watches its memory.
"""

import json
import random
from collections import Counter
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from fedi_aid.activitypub.signatures import cavage, keys, rfc9421
from fedi_aid.storage.tables.federation import received
from tests.federation import mutations
from tests.federation.conftest import Fediverse, Persona
from tests.federation.pasture import GOLDEN, adapted

pytestmark = pytest.mark.anyio

ROUNDS, EACH = 6, 200


def signed(dice: random.Random, who: Persona, url: str, body: bytes) -> list[tuple[str, str]]:
    """In either kind, with the cheaper key."""
    private, now = keys.load_private(who.keys.ed25519_private_pem), who.peer.clock()
    parts = httpx.URL(url)
    host = parts.netloc.decode()
    if dice.random() < 0.5:
        wanted = cavage.Outgoing(method="POST", host=host, target=parts.path, body=body)
        return cavage.sign(wanted, key_id=who.proof_key_id, private_key=private, now=now)
    fields = rfc9421.sign("POST", url, body, key_id=who.proof_key_id, private_key=private, now=now)
    return [("Host", host), *fields]


def golden_notes(author: str, reader: str) -> list[dict[str, Any]]:
    """What other people's software writes, as our golden file has kept it."""
    found: dict[str, Any] = json.loads(GOLDEN.read_text())
    plain = {"type": "Note", "attributedTo": author, "to": [mutations.PUBLIC]}
    return [
        plain | adapted(name.partition("/")[0], one["sent"], author=author, reader=reader)
        for name, one in found.items()
    ]


@pytest.mark.parametrize("seed", [1, 2])
async def test_no_activity_whatsoever_is_an_error_of_ours(fediverse: Fediverse, seed: int) -> None:
    one = await fediverse.server("one.example", "amina")
    frank = fediverse.peer("plain.example", "frank").persona("frank")
    await frank.posts(one.amina.inbox, frank.says("Follow", one.amina.uri))
    await fediverse.settle()
    dice = random.Random(seed)
    draw = mutations.real_activities(frank, one.amina.uri, golden_notes(frank.uri, one.amina.uri))
    statuses: Counter[int] = Counter()
    transport = fediverse.internet.seen_from("plain.example")
    async with httpx.AsyncClient(transport=transport) as client:
        with capture_logs() as lines:
            for _ in range(ROUNDS):
                for _ in range(EACH):
                    body = mutations.as_bytes(dice, mutations.spoil(dice, draw(dice)))
                    url = dice.choice((one.amina.inbox, "https://one.example/inbox"))
                    headers = mutations.spoil_headers(dice, signed(dice, frank, url, body))
                    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
                    answer = await client.post(url, content=body, headers=raw)
                    statuses[answer.status_code] += 1
                await fediverse.settle()
                fediverse.clock.forward(minutes=1)
    assert set(statuses) <= {202, 400, 401, 413, 415, 503}, statuses
    assert statuses[202] > ROUNDS * EACH / 4, "enough gets in to be understood"
    assert statuses[400] and statuses[401]
    # What is said of an unexpected exception names a place; what we refuse has words.
    broken = [
        line for line in lines if line["event"] in ("job_failed", "job_buried") and " at " in line["error"]
    ]
    assert broken == []
    waiting = select(func.count()).where(received.c.body.is_not(None))
    left = await one.instance.db.read(lambda tx: int(tx.scalar(waiting)))
    assert left <= sum(
        one for kind, one in (await one.waiting()).items() if kind.startswith("handle_activity")
    )
