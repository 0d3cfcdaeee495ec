"""Contacts with friends on other servers: each kind, on both servers, as with friends here (R9)."""

import pytest
from sqlalchemy import select

from fedi_aid.actions import carry_consent, endorsements, reactions, thanks, ties
from fedi_aid.actions import help as help_actions
from fedi_aid.storage import received_asks as received_rows
from fedi_aid.storage.tables.engine import outcomes
from fedi_aid.storage.tables.people import people
from fedi_aid.storage.tables.ties import contacts
from fedi_aid.storage.tx import Tx
from tests.federation.conftest import Fediverse, Server, Who

pytestmark = pytest.mark.anyio


@pytest.fixture
async def one(fediverse: Fediverse) -> Server:
    return await fediverse.server("one.example", "amina", allow_public_posts=True)


@pytest.fixture
async def two(fediverse: Fediverse, one: Server) -> Server:
    made = await fediverse.server("two.example", "bruno", allow_public_posts=True)
    await fediverse.befriend(one.amina, made.bruno)
    return made


async def kinds(server: Server, one: Who, other: Who) -> set[str]:
    """What `one` did towards `other`, as this server knows."""

    def work(tx: Tx) -> set[str]:
        ids = {row.uri: row.id for row in tx.all(select(people.c.uri, people.c.id))}
        towards = (contacts.c.from_id == ids[one.uri], contacts.c.to_id == ids[other.uri])
        return set(tx.column(select(contacts.c.kind).where(*towards)))

    return await server.instance.db.read(work)


async def both(one: Server, two: Server, who: Who, other: Who) -> set[str]:
    """What both servers know alike."""
    here, there = await kinds(one, who, other), await kinds(two, who, other)
    assert here == there
    return here


async def test_messages_answers_and_favourites_count_on_both_servers(
    fediverse: Fediverse, one: Server, two: Server
) -> None:
    amina, bruno = one.amina, two.bruno
    await amina.writes("@bruno@two.example hello", visibility="direct")
    await fediverse.settle()
    assert await both(one, two, amina, bruno) == {"named"}
    heard = (await bruno.home())[0].post.id
    await bruno.writes("Hello yourself.", reply_to_id=heard)
    await two.instance.db.write(reactions.favourite, bruno.id, heard)
    await fediverse.settle()
    assert await both(one, two, bruno, amina) == {"reply", "favourite"}
    await amina.writes("A good day with @bruno@two.example", intimacy=2)
    await fediverse.settle()
    assert await both(one, two, amina, bruno) == {"named", "mentioned"}


async def test_public_words_count_too_and_being_a_reader_does_not(
    fediverse: Fediverse, one: Server, two: Server
) -> None:
    amina, bruno = one.amina, two.bruno
    await amina.writes("A good day.", intimacy=2)
    await amina.writes("A good day for all.", visibility="public")
    await fediverse.settle()
    assert await both(one, two, amina, bruno) == set()
    public = next(view for view in await bruno.home() if view.post.reach == "public").post.id
    await bruno.writes("It was.", reply_to_id=public, visibility="public")
    await fediverse.settle()
    assert await both(one, two, bruno, amina) == {"reply"}


async def test_help_and_thanks_count_and_the_answer_is_learned_from(
    fediverse: Fediverse, one: Server, two: Server
) -> None:
    """The author's server learns who helped; what it learns it keeps."""
    amina, bruno = one.amina, two.bruno
    post_id = await amina.asks("Who has a ladder?", intimacy=2)
    await fediverse.settle()
    held = (await bruno.home())[0].post.id
    await two.instance.db.write(help_actions.offer, await bruno.member(), held, words="I have one.")
    await fediverse.settle()
    assert await kinds(one, bruno, amina) == {"reply", "offered"}
    await one.instance.db.write(help_actions.lower, amina.id, post_id, "solved")
    await fediverse.settle()
    assert await kinds(one, bruno, amina) == {"reply", "offered"}  # an offer alone earns nothing (R9)
    assert any("Did Bruno help you in the end?" in one for one in await amina.told())
    await amina.writes("@butler yes", visibility="direct")
    await fediverse.settle()
    assert await kinds(one, bruno, amina) == {"reply", "offered", "helped"}
    assert await kinds(one, amina, bruno) == {"thanked"}

    def learned(tx: Tx) -> list[str | None]:
        return tx.column(select(outcomes.c.came).where(outcomes.c.what == "asked"))

    assert await one.instance.db.read(learned) == ["helped"]
    assert await two.instance.db.read(learned) == []


async def test_a_no_from_elsewhere_is_kept_as_one(fediverse: Fediverse, one: Server, two: Server) -> None:
    await one.amina.asks("Who has a ladder?", intimacy=2)
    await fediverse.settle()
    waiting = await two.instance.db.read(received_rows.waiting_for, two.bruno.id)
    await two.instance.db.write(carry_consent.answer, two.bruno.id, waiting[0].id, yes=False)
    await fediverse.settle()
    rows = select(outcomes.c.came).where(outcomes.c.what == "asked")
    assert await one.instance.db.read(lambda tx: tx.column(rows)) == ["declined"]


async def test_a_pin_stays_where_it_was_set(fediverse: Fediverse, one: Server, two: Server) -> None:
    """R9, R8: it counts for the gate here, and nobody elsewhere hears of it."""
    await one.amina.does(ties.pin_as_close, two.bruno)
    await fediverse.settle()
    assert await kinds(one, one.amina, two.bruno) == {"pinned"}
    assert await kinds(two, one.amina, two.bruno) == set()


async def test_thanks_and_a_word_for_somebody_count_on_both_servers(
    fediverse: Fediverse, one: Server, two: Server
) -> None:
    """Help that is thanked counts as help, once, whatever else is said of the same request."""
    amina, bruno = one.amina, two.bruno
    post_id = await amina.asks("Who has a ladder?", intimacy=2)
    await fediverse.settle()
    held = next(view for view in await bruno.home() if view.author.username == "amina").post.id
    await two.instance.db.write(help_actions.offer, await bruno.member(), held, words="I have one.")
    await fediverse.settle()
    helper = (await amina.knows(bruno)).id
    for _ in range(2):
        await one.instance.db.write(thanks.thank, await amina.member(), helper, post_id=post_id)
        await fediverse.settle()
    await one.instance.db.write(help_actions.lower, amina.id, post_id, "solved")
    await one.instance.db.write(endorsements.endorse, amina.id, helper, name="Carpentry")
    await fediverse.settle()
    assert await both(one, two, amina, bruno) == {"thanked", "endorsed"}
    assert await both(one, two, bruno, amina) == {"reply", "offered", "helped"}

    def helps(tx: Tx) -> list[int]:
        return tx.column(select(contacts.c.count).where(contacts.c.kind == "helped"))

    assert await one.instance.db.read(helps) == [1]
    assert await two.instance.db.read(helps) == [1]
