"""Rows of the checklist on privacy that no other file reaches: caches, logs, and what an author is told of
deliveries."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from fedi_aid.actions import ties
from fedi_aid.storage import timelines
from fedi_aid.storage.timelines import Page
from tests.federation.conftest import Fediverse, Persona, Server
from tests.federation.test_carry import Smuggler
from tests.federation.test_posts import Puppet, uri_of

pytestmark = pytest.mark.anyio

SECRET = "Quagmire-of-marmalade"


@pytest.fixture
async def one(fediverse: Fediverse) -> Server:
    return await fediverse.server("one.example", "amina", "eve")


@pytest.fixture
async def two(fediverse: Fediverse, one: Server) -> Server:
    made = await fediverse.server("two.example", "bruno")
    await fediverse.befriend(one.amina, made.bruno)
    return made


@pytest.fixture
async def frank(fediverse: Fediverse, one: Server) -> Persona:
    """A friend of Amina's on another software."""
    peer = fediverse.peer("plain.example", "frank")
    found = peer.persona("frank")
    await found.posts(one.amina.inbox, found.says("Follow", one.amina.uri))
    await fediverse.settle()
    await one.amina.does(ties.accept, found)
    await fediverse.settle()
    await found.posts(one.amina.inbox, found.says("Accept", peer.said("Follow")[-1]))
    await fediverse.settle()
    return found


async def test_no_cache_may_give_one_readers_answer_to_another(
    fediverse: Fediverse, one: Server, two: Server, frank: Persona
) -> None:
    """P02: what is given to a signature is private, not stored, and varies by the signature; so is its absence."""
    post_id = await one.amina.writes("For friends.", intimacy=2)
    await fediverse.settle()
    uri = await uri_of(one, post_id)
    projection = frank.peer.said("Create")[-1]["object"]["id"]
    bruno = Puppet(fediverse, two.bruno)
    answers = [await bruno.peer.gets(bruno.persona, address) for address in (uri, f"{uri}/activity")]
    answers.append(await frank.peer.gets(frank, projection))
    assert [answer.status_code for answer in answers] == [200] * 3
    hidden = [await fediverse.asks(address) for address in (uri, f"{uri}/audience", projection)]
    assert [answer.status_code for answer in hidden] == [404] * 3
    for answer in (*answers, *hidden):
        control = answer.headers["cache-control"]
        assert "private" in control
        assert "no-store" in control
        assert "signature" in answer.headers["vary"].lower()


@pytest.mark.parametrize("trouble", [503, 401, 400, 0], ids=["busy", "unauthorized", "refused", "dead"])
async def test_an_author_is_not_told_whom_a_post_did_not_reach(
    fediverse: Fediverse, one: Server, two: Server, trouble: int
) -> None:
    """P13, P17, RULES R8: neither in what Amina sees, nor in the log, whose lines know hosts and no members."""
    delivered = await one.amina.writes(f"{SECRET} delivered.", intimacy=2)
    await fediverse.settle()
    letters = [item.post.text for item in await one.amina.home() if item.author.username == "butler"]
    if trouble:
        fediverse.internet.fail("two.example", trouble)
    else:
        fediverse.internet.kill("two.example")
    with capture_logs() as lines:
        lost = await one.amina.writes(f"{SECRET} lost.", intimacy=2)
        await fediverse.settle()
        await fediverse.later(hours=30)
    assert any("two.example" in str(line) for line in lines)
    for line in lines:
        for word in (SECRET, "bruno", "amina"):
            assert word not in str(line)
    first, second = await one.amina.sees(delivered), await one.amina.sees(lost)
    assert first is not None
    assert second is not None
    assert (first.favourites, first.replies, first.boosts) == (
        second.favourites,
        second.replies,
        second.boosts,
    )
    assert first.access == second.access or {first.access, second.access} <= {None}
    assert letters == [item.post.text for item in await one.amina.home() if item.author.username == "butler"]
    notices = await one.instance.db.read(timelines.notices, one.amina.id, Page(limit=40))
    assert not [item for item in notices if item.post is not None and item.post.post.id == lost]


async def test_the_log_has_no_words_of_what_was_refused(
    fediverse: Fediverse, one: Server, frank: Persona
) -> None:
    """P17: refused, bent, too long, for nobody, undecodable: the reason is logged and the text is not."""
    amina = one.amina.uri
    good = frank.note(SECRET, [amina], summary=SECRET)
    bent: list[Any] = [
        frank.says("Create", good | {"attributedTo": one.eve.uri}),
        frank.says("Create", good | {"id": "https://elsewhere.example/1"}),
        frank.says("Create", good | {"content": {"a": SECRET}}),
        frank.says("Create", good | {"content": SECRET * 60_000}),
        frank.says("Create", good) | {"actor": one.eve.uri},
        frank.says("Create", good) | {"id": None},
        frank.says("Update", good),
        frank.says("Announce", good),
        frank.says("Like", good | {"id": None}),
        frank.says("Follow", {"content": SECRET}),
        f'{{"content": "{SECRET}", "content": 1}}'.encode(),
        f'["{SECRET}"'.encode(),
    ]
    with capture_logs() as lines:
        for activity in bent:
            await frank.posts(one.amina.inbox, activity)
            await frank.posts("https://one.example/inbox", activity)
            await frank.posts(one.amina.inbox, activity, drop=("Signature",))
        await fediverse.settle()
    assert len(lines) > len(bent)
    for line in lines:
        assert SECRET not in str(line)


async def test_the_log_has_no_exclusions(fediverse: Fediverse) -> None:
    """P17: of a ticket that is dropped, neither its salt nor one of its numbers."""
    three = await fediverse.server("three.example", "chloe", "eve")
    smuggler = Smuggler(fediverse, three)
    await smuggler.befriend(smuggler.bruno)
    salt = "5aLt-of-the-test"
    bent: list[dict[str, Any]] = [
        {"seats": 900, "salt": salt},
        {"exclude": [99991] * 32},
        {"exclude": ["99992"], "salt": salt},
    ]
    with capture_logs() as lines:
        for number, change in enumerate(bent):
            offer = smuggler.offer(ticket=smuggler.ticket(**change), name=f"offers/{number}")
            await smuggler.bruno.posts(three.chloe.inbox, offer)
        await fediverse.settle()
        await fediverse.later(hours=14)
    assert await three.chloe.reads() == []
    assert lines
    for word in (salt, "99991", "99992"):
        assert all(word not in str(line) for line in lines)
