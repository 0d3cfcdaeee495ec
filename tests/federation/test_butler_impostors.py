"""Who calls themselves the butler elsewhere, and who gives orders to ours from elsewhere: nothing is done."""

import pytest

from fedi_aid.storage import help as help_rows
from fedi_aid.storage import timelines
from fedi_aid.storage.timelines import Page
from tests.federation.conftest import Fediverse, Server, Who

pytestmark = pytest.mark.anyio


async def letters(who: Who) -> list[tuple[int, str]]:
    """(id, uri) of what our butler wrote to a member, newest first."""
    notices = await who.server.instance.db.read(timelines.notices, who.id, Page(limit=40))
    return [
        (one.post.post.id, one.post.post.uri)
        for one in notices
        if one.post and one.person.username == "butler" and one.person.local
    ]


async def how_it_stands(server: Server, post_id: int) -> str:
    found = await server.instance.db.read(help_rows.request, post_id)
    assert found is not None
    return found.state


@pytest.fixture
async def one(fediverse: Fediverse) -> Server:
    return await fediverse.server("one.example", "amina")


async def test_a_remote_butler_is_nobodys_butler(one: Server, fediverse: Fediverse) -> None:
    """R5: its words lower no flag and answer no question, even in answer to a letter of ours."""
    post_id = await one.amina.asks("My shop needs a ramp", intimacy=2)
    await fediverse.settle()
    before = await letters(one.amina)
    impostor = fediverse.peer("evil.example", "butler").persona("butler")
    for number, word in enumerate(("done", "@amina done", "@butler done", "yes")):
        note = impostor.note(word, [one.amina.uri], f"order{number}", inReplyTo=before[0][1])
        await impostor.posts(one.amina.inbox, impostor.says("Create", note, to=note["to"]))
    await fediverse.settle()
    assert await how_it_stands(one, post_id) == "open"
    assert await letters(one.amina) == before


async def test_orders_from_elsewhere_to_our_butler_are_not_heard(one: Server, fediverse: Fediverse) -> None:
    """A letter to the butler from another server is not even answered, a thousand of them neither."""
    post_id = await one.amina.asks("My shop needs a ramp", intimacy=2)
    await fediverse.settle()
    before = await letters(one.amina)
    frank = fediverse.peer("plain.example", "frank").persona("frank")
    butler = "https://one.example/users/butler"
    for number in range(5):
        note = frank.note("@butler done", [butler], f"order{number}")
        await frank.posts("https://one.example/inbox", frank.says("Create", note, to=note["to"]))
    await fediverse.settle()
    assert await how_it_stands(one, post_id) == "open"
    assert await letters(one.amina) == before
    assert not [one for one in fediverse.posts_to("/users/frank/inbox") if b"butler" in one.body]


async def test_an_order_to_somebody_elses_butler_stays_a_message(one: Server, fediverse: Fediverse) -> None:
    post_id = await one.amina.asks("My shop needs a ramp", intimacy=2)
    await fediverse.settle()
    before = await letters(one.amina)
    fediverse.peer("evil.example", "butler")
    await one.amina.writes("@butler@evil.example done", visibility="direct")
    await fediverse.settle()
    assert await how_it_stands(one, post_id) == "open"
    assert await letters(one.amina) == before
