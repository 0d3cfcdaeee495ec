"""How posts leave: nobody waits for a server that does not answer, friends who can only be notified are spared,
and the author learns how far a post came, never to whom."""

import asyncio
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from fedi_aid.actions.ties import accept, follow
from fedi_aid.audience.candidates import PLAIN_PEER_BUDGET
from fedi_aid.client_api.entities import status
from fedi_aid.client_api.entities.look import Look
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.storage import deliveries, federation
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage.federation import Delivery
from fedi_aid.storage.numbers import Numbers
from fedi_aid.storage.tx import Tx
from tests.federation.conftest import Fediverse, Peer, Persona, Server, Who
from tests.federation.peers.neighbourhood import move_in
from tests.federation.peers.software import GoToSocial, Mastodon, Misskey, Mitra, Pleroma, Snac

pytestmark = pytest.mark.anyio

ONLY_NOTIFY = (GoToSocial, Misskey, Mitra, Snac)


# -- who can only be notified (RULES R21)


@pytest.mark.parametrize("software", ONLY_NOTIFY, ids=lambda one: one.software)
async def test_an_ordinary_post_spends_the_week_of_who_is_notified_of_it(
    fediverse: Fediverse, software: Any
) -> None:
    """RULES R21: as counted by us; on software that shows a post quietly nothing is spent. When it is spent,
    the next ordinary post is not sent there, a request still is, and the week after begins anew."""
    town = await move_in(fediverse, software, Mastodon)
    noticed, quiet = (double.resident("frank") for double in town.doubles)
    known = await town.one.amina.knows(noticed)
    since = fediverse.clock()
    for day in range(int(PLAIN_PEER_BUDGET) + 1):
        await town.write(f"Day {day} of the ramp.", 2, False)
        fediverse.clock.forward(hours=20)
    last = int(PLAIN_PEER_BUDGET)
    for day in range(last):
        assert "notified" in noticed.reads(f"Day {day} of")
        assert quiet.reads(f"Day {day} of") == {"home"}
    assert noticed.reads(f"Day {last} of") == set()
    assert quiet.reads(f"Day {last} of") == {"home"}
    spent = await town.one.instance.db.read(
        question_rows.interruptions_since, [known.id, (await town.one.amina.knows(quiet)).id], since
    )
    assert {who: len(when) for who, when in spent.items()} == {known.id: last}
    await town.write("Who has a ladder?", 1, True, noticed)
    assert "notified" in noticed.reads("Who has a ladder?")
    fediverse.clock.forward(days=8)
    await town.write("A new week.", 2, False)
    assert "notified" in noticed.reads("A new week.")


async def test_pleroma_shows_quietly_and_spends_nothing(fediverse: Fediverse) -> None:
    """RULES R21, the other side."""
    town = await move_in(fediverse, Pleroma)
    (frank,) = (double.resident("frank") for double in town.doubles)
    for day in range(int(PLAIN_PEER_BUDGET) + 2):
        await town.write(f"Day {day} of the ramp.", 2, False)
        assert frank.reads(f"Day {day} of") == {"home"}


# -- nobody waits for another


class SlowToSay(Peer):
    """A server whose NodeInfo takes as long as the test likes."""

    def __init__(self, fediverse: Fediverse, host: str) -> None:
        super().__init__(fediverse.internet, host, fediverse.clock, True)
        self.may_speak = asyncio.Event()
        self.has_post = asyncio.Event()

    async def _any(self, request: Request) -> Response:
        if request.url.path == "/.well-known/nodeinfo":
            await self.may_speak.wait()
            return JSONResponse({"links": []})
        answer = await super()._any(request)
        if self.said("Create"):
            self.has_post.set()
        return answer


async def befriended(one: Who, persona: Persona, fediverse: Fediverse) -> None:
    await one.does(follow, persona)
    await fediverse.settle()
    (asked,) = [each for each in persona.peer.said("Follow") if each["object"] == persona.uri]
    await persona.posts(one.inbox, persona.says("Accept", asked))
    await persona.posts(one.inbox, persona.says("Follow", one.uri))
    await fediverse.settle()
    await one.does(accept, persona)
    await fediverse.settle()


async def test_a_post_does_not_wait_for_a_server_that_does_not_say_what_it_runs(fediverse: Fediverse) -> None:
    one = await fediverse.server("one.example", "amina")
    slow, known = SlowToSay(fediverse, "slow.example"), SlowToSay(fediverse, "known.example")
    for peer in (slow, known):
        await befriended(one.amina, peer.persona("frank"), fediverse)
    await one.instance.db.write(federation.put_software, "known.example", "mastodon", "4")
    await one.amina.writes("The ramp is drawn.", intimacy=2)
    working = asyncio.create_task(fediverse.settle())
    async with asyncio.timeout(60):
        await known.has_post.wait()
    assert not slow.has_post.is_set()
    slow.may_speak.set()
    await working
    assert len(slow.said("Create")) == len(known.said("Create")) == 1


async def test_what_a_peer_runs_is_asked_anew_after_a_week_and_kept_when_it_is_silent(
    fediverse: Fediverse,
) -> None:
    town = await move_in(fediverse, GoToSocial)
    (double,) = town.doubles
    db = town.one.instance.db
    await town.write("First.", 2, False)
    asked = double.asked.count("/.well-known/nodeinfo")
    await town.write("Second.", 2, False)
    assert double.asked.count("/.well-known/nodeinfo") == asked == 1
    fediverse.clock.forward(days=8)
    double._open = lambda path, resource: None  # type: ignore[method-assign]
    await town.write("Third.", 2, False)
    assert double.asked.count("/.well-known/nodeinfo") == 2
    assert (await db.read(federation.software_of, double.host)) == ("gotosocial", fediverse.clock())
    assert "notified" in double.resident("frank").reads("Third.")


# -- what the author is told


async def told(server: Server, viewer: Who, post_id: PostId) -> dict[str, Any]:
    seen = await viewer.sees(post_id)
    assert seen is not None

    def show(tx: Tx) -> dict[str, Any]:
        return status.status(tx, Look(viewer=viewer.id, house=tx.house, locale="en"), seen)

    return (await server.instance.db.read(show))["fedi_aid"]


async def test_the_author_is_told_how_far_a_post_came_and_nobody_else_is(fediverse: Fediverse) -> None:
    """P13: numbers of copies that other servers took; never who saw a post, never which person."""
    one = await fediverse.server("one.example", "amina", "bruno")
    await fediverse.befriend(one.amina, one.bruno)
    peer = fediverse.peer("plain.example", *(f"friend{at}" for at in range(6)))
    for at in range(6):
        await befriended(one.amina, peer.persona(f"friend{at}"), fediverse)
    peer.got.clear()
    post_id = await one.amina.writes("The ramp is drawn.", intimacy=1)
    await fediverse.settle()
    assert len(peer.said("Create")) == 6
    found = await told(one, one.amina, post_id)
    assert found["delivery"] == {"waiting": 0, "delivered": 5, "refused": 0}
    assert "friend" not in str(found["delivery"])
    assert not {"delivery", "audience"} & (await told(one, one.bruno, post_id)).keys()
    states = await one.instance.db.read(deliveries.states, [post_id])
    assert states == {post_id: {"delivered": 6}}


async def test_what_waits_longer_than_it_is_tried_counts_as_refused(fediverse: Fediverse) -> None:
    one = await fediverse.server("one.example", "amina")
    post_id = await one.amina.writes("The ramp is drawn.", intimacy=1)

    def put(tx: Tx) -> None:
        for at in range(3):
            federation.put_delivery(tx, post_id, PersonId(9_000 + at), "whole", None)
        federation.note_delivery(tx, post_id, 9_000, "delivered")

    await one.instance.db.write(put)
    assert await one.instance.db.read(deliveries.states, [post_id]) == {
        post_id: {"delivered": 1, "waiting": 2}
    }
    fediverse.clock.forward(days=9)
    assert await one.instance.db.read(deliveries.states, [post_id]) == {
        post_id: {"delivered": 1, "refused": 2}
    }
    fields = set(Delivery.__struct_fields__)
    assert not fields & {"seen", "read", "opened"}


@pytest.mark.parametrize(
    ("level", "waiting", "delivered", "refused", "said"),
    [
        (2, 0, 0, 0, None),
        (2, 1, 2, 1, None),  # four people: one of them would be a name
        (2, 0, 5, 0, (0, 5, 0)),
        (2, 0, 4, 1, (0, 0, 0)),  # the one who refused must not show
        (0, 7, 40, 4, (5, 40, 0)),
        (3, 0, 15, 0, None),  # whether and when it was shown is never told (R8)
        (4, 0, 5, 0, None),
    ],
)
def test_a_number_that_could_be_one_person_is_not_told(
    level: int, waiting: int, delivered: int, refused: int, said: tuple[int, ...] | None
) -> None:
    """RULES R8, P13."""
    found = status._delivery(level, Numbers(waiting=waiting, delivered=delivered, refused=refused))
    assert (tuple(found.values()) if found is not None else None) == said
