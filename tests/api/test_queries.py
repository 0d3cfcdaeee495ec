"""What a request asks of the database does not grow with the page, the thread or the audience."""

from collections.abc import Awaitable, Callable

import pytest

from fedi_aid.actions import posts, reactions
from fedi_aid.actions.posts import Draft
from fedi_aid.model.control_tags import Explicit
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.tx import Tx
from tests.api.conftest import Caller, World
from tests.queries import counted

pytestmark = pytest.mark.anyio

BOTTLE = Explicit(intimacy=0)


async def statements_of(act: Callable[[], Awaitable[object]]) -> list[str]:
    """Those of the second time: what is looked up once has been looked up."""
    await act()
    with counted() as found:
        await act()
    return found


async def both_sizes(caller: Caller, path: str) -> tuple[int, int]:
    """(statements of a page of 5, statements of a page of 40), and the pages are as long as that."""
    found = []
    for size in (5, 40):

        async def act(size: int = size) -> None:
            assert len(await caller.get(path, params={"limit": size})) == size

        found.append(len(await statements_of(act)))
    return found[0], found[1]


async def write(world: World, author: Caller, number: int, **how: object) -> list[int]:
    made = []
    for at in range(number):
        draft = Draft(text=f"Number {at} #garden", wish=BOTTLE, **how)  # type: ignore[arg-type]
        made.append(int(await world.db.write(posts.publish, author.member, draft)))
        world.tick()
    return made


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/timelines/home",
        "/api/v1/accounts/{bruno}/statuses",
        "/api/v1/favourites",
        "/api/v1/bookmarks",
        "/api/v1/notifications",
    ],
)
async def test_a_long_page_costs_as_many_queries_as_a_short_one(
    world: World, amina: Caller, bruno: Caller, path: str
) -> None:
    await world.befriend(amina, bruno)
    theirs = await write(world, bruno, 42)
    mine = await write(world, amina, 42)

    def react(tx: Tx) -> None:
        for post_id in theirs:
            reactions.favourite(tx, amina.member.id, post_id)
            reactions.bookmark(tx, amina.member.id, post_id)
        for post_id in mine:
            reactions.favourite(tx, bruno.member.id, post_id)

    await world.db.write(react)
    short, long = await both_sizes(amina, path.format(bruno=bruno.id))
    assert short == long


async def test_a_long_thread_costs_as_many_queries_as_a_short_one(
    world: World, amina: Caller, bruno: Caller
) -> None:
    await world.befriend(amina, bruno)
    found = []
    for number in (3, 60):
        (first,) = await write(world, amina, 1)
        await write(world, bruno, number, reply_to_id=first)

        async def act(first: int = first, number: int = number) -> None:
            thread = await amina.get(f"/api/v1/statuses/{first}/context")
            assert len(thread["descendants"]) == number

        found.append(len(await statements_of(act)))
    assert found[0] == found[1]


async def test_a_deep_thread_costs_as_many_queries_as_a_flat_one(
    world: World, amina: Caller, bruno: Caller
) -> None:
    await world.befriend(amina, bruno)
    found = []
    for depth in (7, 20):  # so that both halves have posts of both
        chain = await write(world, amina, 1)
        for at in range(depth):
            chain += await write(world, (bruno, amina)[at % 2], 1, reply_to_id=chain[-1])

        async def act(chain: list[int] = chain) -> None:
            middle = len(chain) // 2
            thread = await amina.get(f"/api/v1/statuses/{chain[middle]}/context")
            assert [int(one["id"]) for one in thread["ancestors"]] == chain[:middle]
            assert [int(one["id"]) for one in thread["descendants"]] == chain[middle + 1 :]

        found.append(len(await statements_of(act)))
    assert found[0] == found[1]


async def test_a_large_audience_costs_as_many_queries_as_a_small_one(world: World) -> None:
    """Each author's friends are among those to whom they turned lately, so that all of them are shown it."""
    found = []
    for number in (3, 40):
        author = await world.member(f"author{number}")
        friends = [await world.member(f"friend{number}_{at}") for at in range(number)]

        def befriend(tx: Tx, author: Caller = author, friends: list[Caller] = friends) -> None:
            for friend in friends:
                tie_rows.put_follow(tx, author.member.id, friend.member.id, state="accepted", uri=None)
                tie_rows.put_follow(tx, friend.member.id, author.member.id, state="accepted", uri=None)
                tie_rows.record_contact(tx, author.member.id, friend.member.id, "reply")

        await world.db.write(befriend)

        async def act(author: Caller = author, number: int = number) -> None:
            shown = await author.say("Who is awake?", fedi_aid={"intimacy": 0})
            assert shown["fedi_aid"]["audience"]["shown"] == number

        found.append(len(await statements_of(act)))
    assert found[0] == found[1]


async def test_a_statement_made_for_one_viewer_tells_another_nothing(
    world: World, amina: Caller, bruno: Caller
) -> None:
    """R1, R7: viewers take turns on the same statements, and each gets what is theirs."""
    eve = await world.member("eve")
    await world.befriend(amina, bruno)
    (post_id,) = await write(world, bruno, 1)
    await world.db.write(reactions.favourite, amina.member.id, post_id)
    path = f"/api/v1/statuses/{post_id}"
    for _ in range(2):
        mine = await bruno.get(path)
        assert (mine["favourites_count"], mine["favourited"]) == (1, False)
        assert mine["fedi_aid"]["audience"]["shown"] == 1
        theirs = await amina.get(path)
        assert (theirs["favourites_count"], theirs["favourited"]) == (1, True)
        assert "audience" not in theirs["fedi_aid"]
        hidden = await eve.call("GET", path)
        missing = await eve.call("GET", "/api/v1/statuses/1")
        nobody = await world.http.get(path)
        assert (hidden.status_code, hidden.content) == (missing.status_code, missing.content)
        assert nobody.status_code == hidden.status_code == 404
        assert len(await amina.get("/api/v1/timelines/home")) == 1
        assert await eve.get("/api/v1/timelines/home") == []
        assert await eve.get(f"/api/v1/accounts/{bruno.id}/statuses") == []
        assert len(await amina.get(f"/api/v1/accounts/{bruno.id}/statuses")) == 1
