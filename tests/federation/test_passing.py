"""`pass @someone`: to the author at level 2 and above, over the carry, or by a page of the carrier's server (R22)."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from fedi_aid.actions import carry_consent, help, passing, people, readers, ties
from fedi_aid.errors import NotFound, Refused
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage.tables.help import asks, carried_to, leases, passed_on, received_asks
from fedi_aid.web.routes import routes
from tests.federation.conftest import Fediverse, Peer, Persona, Server, Who
from tests.federation.test_carry import LOOK_UP, Three

pytestmark = pytest.mark.anyio

RAMP = "My shop needs a ramp. #wood"


class Named(Three):
    """Amina – Bruno; Chloé and Zoé on a third server and Grace on an ordinary one are friends of Bruno."""

    plain: Peer
    grace: Persona

    async def asked_to_carry(self) -> int:
        """Bruno's id of the request that his server was asked to carry."""
        await self.ask()
        found: int = await self.two.instance.db.read(
            lambda tx: tx.scalar(select(received_asks.c.post_id).where(received_asks.c.kind == "carry"))
        )
        return found

    async def passes(self, post_id: int, to: Who | Persona, word: str = "") -> str:
        bruno = self.two.bruno
        person = await bruno.knows(to)
        how = await self.two.instance.db.write(
            passing.pass_on, await bruno.member(), post_id, person.id, word=word
        )
        await self.fediverse.settle()
        await self.fediverse.later(minutes=31)
        return str(how)

    def written(self) -> list[dict[str, Any]]:
        """Notes that Grace's server was sent, and their edits."""
        return [
            one["object"]
            for one in self.plain.got
            if one["type"] in ("Create", "Update") and one["object"]["type"] == "Note"
        ]

    def link(self) -> str:
        found = re.search(r"https://two\.example/introduced/[2-9a-z]{26}", self.written()[-1]["content"])
        assert found is not None
        return found.group()

    async def orders(self, text: str) -> list[str]:
        """Bruno writes to the butler; what it answers."""
        before = await self.two.bruno.told()
        await self.two.bruno.writes(f"@butler {text}", visibility="direct")
        await self.fediverse.settle()
        await self.fediverse.later(minutes=31)
        return [one for one in await self.two.bruno.told() if one not in before]


@pytest.fixture
async def named(fediverse: Fediverse) -> Named:
    one = await fediverse.server("one.example", "amina")
    two = await fediverse.server("two.example", "bruno")
    three = await fediverse.server("three.example", "chloe", "zoe")
    world = Named(fediverse, one, two, three)
    await fediverse.befriend(one.amina, two.bruno)
    for friend in (three.chloe, three.zoe):
        await fediverse.befriend(two.bruno, friend)
    world.plain = fediverse.peer("plain.example", "grace")
    world.grace = world.plain.persona("grace")
    await world.grace.posts(two.bruno.inbox, world.grace.says("Follow", two.bruno.uri))
    await fediverse.settle()
    await two.bruno.does(ties.accept, world.grace)
    await fediverse.settle()
    await world.grace.posts(two.bruno.inbox, world.grace.says("Accept", world.plain.said("Follow")[-1]))
    await fediverse.settle()
    return world


# -- over the carry


async def test_it_is_carried_to_the_one_friend_who_was_named(named: Named, fediverse: Fediverse) -> None:
    """R22, §4.4: the consent is for her alone; Bruno's own word stands beside the request, as his."""
    post_id = await named.asked_to_carry()
    assert await named.passes(post_id, named.three.chloe, "She is a carpenter.") == "carried"
    assert await named.seen_by_chloe() == [RAMP]
    await fediverse.later(**LOOK_UP)
    assert await named.three.zoe.reads() == []
    words = await named.three.instance.db.read(lambda tx: tx.column(select(leases.c.word)))
    assert words == ["She is a carpenter."]
    assert (await named.asked()).state == "passed"
    # He may still say yes to the others, and the renewal keeps hers.
    found = await named.two.instance.db.read(carry_consent.open_question, named.two.bruno.id, post_id)
    assert found is not None
    for _ in range(3):
        await fediverse.later(hours=30)
        await fediverse.later(minutes=31)
    assert await named.seen_by_chloe() == [RAMP]
    assert await named.three.zoe.reads() == []
    await named.two.instance.db.write(carry_consent.answer, named.two.bruno.id, found.id, yes=True)
    await fediverse.settle()
    await fediverse.later(minutes=31)
    assert await named.three.zoe.reads() == [RAMP]


async def test_the_order_to_the_butler(named: Named, fediverse: Fediverse) -> None:
    """R22: in both languages, to the letter that asks or to the only request there is."""
    await named.ask()
    (said,) = await named.orders("pass it to @chloe@three.example, she has a van")
    assert "Chloe" in said
    await fediverse.later(**LOOK_UP)
    assert await named.seen_by_chloe() == [RAMP]
    assert await named.three.zoe.reads() == []
    assert len(await named.orders("pass @nobody@three.example")) == 1
    await named.two.instance.db.write(lambda tx: people.update_profile(tx, named.two.bruno.id, locale="fr"))
    answers = await named.orders("passe à @zoe")
    assert len(answers) == 1
    assert "quelle demande" in answers[0].lower()  # it was answered: a letter has to be answered to mean it


async def test_a_block_keeps_it_from_arriving_and_is_not_told(named: Named, fediverse: Fediverse) -> None:
    """C07, C12, P12: Amina barred Chloé; Bruno is answered as ever."""
    await named.one.amina.does(ties.block, named.three.chloe)
    await fediverse.settle()
    post_id = await named.asked_to_carry()
    assert await named.passes(post_id, named.three.chloe) == "carried"
    await fediverse.later(**LOOK_UP)
    assert await named.seen_by_chloe() == []
    rows = await named.two.instance.db.read(lambda tx: tx.column(select(carried_to.c.person_id)))
    assert rows == []
    assert not any(b"ramp" in given for given in fediverse.internet.received_by("three.example"))


async def test_what_came_through_a_friend_goes_no_further(named: Named, fediverse: Fediverse) -> None:
    """C16: Chloé may not pass it on."""
    await named.ask()
    await named.agree()
    await fediverse.later(**LOOK_UP)
    await fediverse.befriend(named.three.chloe, named.three.zoe)
    (view,) = [one for one in await named.three.chloe.home() if one.author.username == "amina"]
    db, chloe = named.three.instance.db, await named.three.chloe.member()
    with pytest.raises(Refused):
        await db.write(passing.pass_on, chloe, view.post.id, named.three.zoe.id)
    with pytest.raises(NotFound):
        await db.write(passing.pass_on, chloe, 1, named.three.zoe.id)


async def test_it_goes_to_friends_alone(named: Named) -> None:
    """R22."""
    post_id = await named.asked_to_carry()
    bruno = await named.two.bruno.member()
    amina = await named.two.bruno.knows(named.one.amina)
    for person_id in (amina.id, bruno.id, 12345):
        with pytest.raises(Refused):
            await named.two.instance.db.write(passing.pass_on, bruno, post_id, person_id)


# -- to the author


async def test_at_level_two_the_author_is_told_a_name(named: Named, fediverse: Fediverse) -> None:
    """R22, P11: on another server by Bruno's own answer, which mentions nobody; nothing leaves the circle."""
    await named.one.amina.asks("Between us: a ramp.", intimacy=2)
    await fediverse.later(minutes=1)
    (view,) = [one for one in await named.two.bruno.home() if one.author.username == "amina"]
    assert await named.passes(view.post.id, named.three.chloe) == "suggested"
    told = await named.one.amina.told()
    assert any("chloe" in one and "three.example" in one for one in told)
    assert await named.seen_by_chloe() == []
    assert not any(b"Between us" in given for given in fediverse.internet.received_by("three.example"))
    assert not any(b"Between us" in given for given in fediverse.internet.received_by("plain.example"))


@pytest.mark.parametrize("friends", [True, False])
async def test_only_a_friend_of_the_author_is_added(fediverse: Fediverse, friends: bool) -> None:
    """R22: the butler puts the name to her, and her yes adds a friend of hers and nobody else."""
    one = await fediverse.server("one.example", "amina", "bruno", "grace")
    await fediverse.befriend(one.amina, one.bruno)
    await fediverse.befriend(one.bruno, one.grace)
    if friends:
        await fediverse.befriend(one.amina, one.grace)
    db = one.instance.db
    post_id = await one.amina.asks("Between us: a ramp.", intimacy=2, removed=(one.grace.id,))
    assert await one.grace.reads() == []
    how = await db.write(passing.pass_on, await one.bruno.member(), post_id, one.grace.id)
    assert how == "suggested"
    await fediverse.settle()
    open_ = await db.read(question_rows.open_questions, one.amina.id)
    assert [question.kind for question in open_] == (["suggested"] if friends else [])
    if friends:
        await db.write(readers.add, await one.amina.member(), post_id, one.grace.id)
    else:
        with pytest.raises(Refused):
            await db.write(readers.add, await one.amina.member(), post_id, one.grace.id)
    await fediverse.later(minutes=1)
    assert (await one.grace.reads() == ["Between us: a ramp."]) is friends
    asked = await db.read(
        lambda tx: tx.column(select(asks.c.id).where(asks.c.person_id == one.grace.id, asks.c.kind == "help"))
    )
    assert bool(asked) is friends


# -- the page


class Browser:
    """One browser on Bruno's server."""

    def __init__(self, server: Server) -> None:
        app = Starlette(routes=routes(server.instance))
        app.state.instance = server.instance
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url=server.instance.settings.base_url
        )

    async def get(self, url: str) -> httpx.Response:
        return await self.http.get(url)

    async def press(self, url: str, **fields: str) -> httpx.Response:
        """The button of the page that GET shows, or the form of the page that it led to."""
        shown = re.search(r'name="csrf" value="([^"]+)"', (await self.get(url)).text)
        csrf = shown.group(1) if shown is not None else ""
        return await self.http.post(url + fields.pop("_to", ""), data={"csrf": csrf, **fields})


@pytest.fixture
async def browsers(named: Named) -> AsyncIterator[tuple[Browser, Browser]]:
    both = Browser(named.two), Browser(named.two)
    yield both
    for one in both:
        await one.http.aclose()


def _same(one: httpx.Response, other: httpx.Response) -> bool:
    """Status, body and headers but for the date (R7)."""
    return (one.status_code, one.content, dict(one.headers)) == (
        other.status_code,
        other.content,
        dict(other.headers),
    )


async def test_a_plain_friend_is_written_to_and_reads_by_a_click(
    named: Named, fediverse: Fediverse, browsers: tuple[Browser, Browser]
) -> None:
    """C20, R22, §5: Bruno's own note names nobody and shows nothing; GET shows nothing; the first browser reads
    it, and is the only one."""
    post_id = await named.asked_to_carry()
    assert await named.passes(post_id, named.grace, "You have a van.") == "page"
    (note,) = named.written()
    assert "You have a van." in note["content"]
    for word in ("ramp", "amina", "Amina", "one.example"):
        assert word not in str(note)
    assert note["to"] == [named.grace.uri]
    assert note.get("attachment", []) == []
    link = named.link()
    first, other = browsers
    missing = await other.get("https://two.example/introduced/" + "a" * 26)
    for _ in range(3):  # previews
        preview = await first.get(link)
        assert preview.status_code == 200
        assert "ramp" not in preview.text
        assert "Amina" not in preview.text
        assert preview.headers["x-robots-tag"] == "noindex, nofollow"
        assert preview.headers["cache-control"] == "no-store"
    read = await first.press(link)
    assert read.status_code == 200
    assert "My shop needs a ramp." in read.text
    assert "Amina" in read.text
    assert "<img" not in read.text.partition("<main")[2].partition("</main")[0]
    assert "ramp" not in (await first.get(link)).text  # still a button alone
    assert "ramp" in (await first.press(link)).text
    assert _same(await other.get(link), missing)
    stolen = await other.press(link)
    assert stolen.status_code == 404
    assert _same(stolen, await other.press("https://two.example/introduced/" + "a" * 26))
    answered = await other.press(link, _to="/answer", words="I can help.", named="1")
    nowhere = "https://two.example/introduced/" + "a" * 26
    assert _same(answered, await other.press(nowhere, _to="/answer", words="I can help.", named="1"))
    assert (await first.http.post(link, data={"csrf": "x"})).status_code == 403  # no form of ours
    assert await named.one.amina.told() == [
        one for one in await named.one.amina.told() if "grace" not in one.lower()
    ]
    assert not any(b"grace" in given for given in fediverse.internet.received_by("one.example"))


@pytest.mark.parametrize("named_", [True, False])
async def test_an_answer_goes_to_the_friend_and_by_leave_to_the_author(
    named: Named, fediverse: Fediverse, browsers: tuple[Browser, Browser], named_: bool
) -> None:
    """R22, §5, §4.10: "may I tell Amina who you are?"; without that she hears nothing at all."""
    post_id = await named.asked_to_carry()
    await named.passes(post_id, named.grace)
    link, (first, _) = named.link(), browsers
    await first.press(link)
    empty = await first.press(link, _to="/answer", words=" ")
    assert empty.status_code == 422
    sent = await first.press(
        link,
        _to="/answer",
        words="I have planks, 06 12 @amina@x.example",
        **({"named": "1"} if named_ else {}),
    )
    assert sent.status_code == 200
    await first.press(link, _to="/answer", words="again")
    await fediverse.settle()
    assert any("I have planks" in one for one in await named.two.bruno.told())
    assert not any("again" in one for one in await named.two.bruno.told())
    heard = [one for one in await named.one.amina.told() if "I have planks" in one]
    assert bool(heard) is named_
    assert any(b"grace" in given for given in fediverse.internet.received_by("one.example")) is named_
    offers = await named.one.instance.db.read(help_rows.offers_of, named.post_id)
    assert len(offers) == (1 if named_ else 0)


@pytest.mark.parametrize("end", ["lowered", "72 h", "raised to 2", "the friendship", "a block", "deleted"])
async def test_the_page_dies(
    named: Named, fediverse: Fediverse, browsers: tuple[Browser, Browser], end: str
) -> None:
    """C20, R22, P12: and the note that brought the link says that it is over."""
    post_id = await named.asked_to_carry()
    await named.passes(post_id, named.grace)
    link, (first, other) = named.link(), browsers
    await first.press(link)
    amina, db = named.one.amina, named.one.instance.db
    if end == "lowered":
        await db.write(help.lower, amina.id, named.post_id)
    elif end == "72 h":
        fediverse.clock.forward(hours=73)
    elif end == "raised to 2":
        from fedi_aid.actions import editing
        from fedi_aid.actions.posts import Draft
        from fedi_aid.model.control_tags import Explicit

        draft = Draft(text="Between us.", wish=Explicit(intimacy=2))
        await db.write(editing.edit, await amina.member(), named.post_id, draft)
    elif end == "the friendship":
        await named.two.bruno.does(ties.unfollow, named.grace)
    elif end == "a block":
        await amina.does(ties.block, named.two.bruno)
    else:
        await amina.deletes(named.post_id)
    await fediverse.settle()
    missing = await other.get("https://two.example/introduced/" + "a" * 26)
    assert _same(await first.get(link), missing)
    assert (await first.press(link)).status_code == 404
    await fediverse.later(minutes=11)
    closed = await named.two.instance.db.read(lambda tx: tx.column(select(passed_on.c.closed_at)))
    assert closed != [None]
    last = named.written()[-1]["content"]
    if end in ("lowered", "72 h", "raised to 2", "deleted"):
        assert "introduced" not in last
        assert "closed" in last


async def test_no_page_for_a_block_nor_beyond_three_a_day(named: Named, fediverse: Fediverse) -> None:
    """C15, P12: Grace was barred by Amina; then Bruno's own budget."""
    await named.one.amina.does(ties.block, named.grace)
    await fediverse.settle()
    post_id = await named.asked_to_carry()
    assert await named.passes(post_id, named.grace) == "page"  # nothing tells that it did not go
    assert named.written() == []
    assert await named.two.instance.db.read(passing_pages, named.two.bruno.id) == 0


def passing_pages(tx: Any, carrier_id: int) -> int:
    return len(tx.column(select(passed_on.c.page).where(passed_on.c.page.is_not(None))))
