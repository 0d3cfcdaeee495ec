"""Pictures of carried requests come through the carrier's server, checked by what their author signed (R17)."""

from typing import Any

import pytest
from sqlalchemy import select

from fedi_aid.actions import carry_consent, carry_tickets, files, people, ties
from fedi_aid.activitypub import carried_files
from fedi_aid.activitypub.signing import application_signer
from fedi_aid.media.store import Store
from fedi_aid.net.fake import Exchange
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage.tables.help import carried_files as rows
from tests.federation.conftest import Fediverse, fediverse
from tests.federation.test_carry import LOOK_UP, Three
from tests.media.conftest import picture, size_of
from tests.media.test_travelling import Api, with_picture

pytestmark = pytest.mark.anyio
__all__ = ["fediverse"]

WORDS = "My shop needs a ramp."


class Drawn(Three):
    """Amina – Bruno – Chloé, and a request with a drawing."""

    async def draw(self) -> None:
        """Amina asks, and her server asks Bruno's to carry."""
        self.post_id = await with_picture(self.one.amina, WORDS, intimacy=0, help=True)
        await self.fediverse.settle()
        bruno = await self.one.amina.knows(self.two.bruno)
        post = await self.one.instance.db.read(post_rows.get, self.one.amina.id, self.post_id)
        assert post is not None
        await self.one.instance.db.write(lambda tx: carry_tickets.ask_to_carry(tx, post, bruno, wave=1))
        await self.fediverse.settle()

    def fetched(self, host: str, by: str) -> list[Exchange]:
        """GETs that one server sent to another."""
        return [
            one
            for one in self.fediverse.internet.exchanges
            if one.host == host and one.sender == by and one.method == "GET"
        ]

    async def yes(self) -> None:
        found = await self.two.instance.db.read(
            carry_consent.open_question, self.two.bruno.id, await self._theirs()
        )
        assert found is not None
        await self.two.instance.db.write(carry_consent.answer, self.two.bruno.id, found.id, yes=True)
        await self.fediverse.settle()
        await self.fediverse.later(minutes=31)

    async def _theirs(self) -> int:
        (view,) = [one for one in await self.two.bruno.home() if one.author.username == "amina"]
        return view.post.id

    async def file(self) -> Any:
        (found,) = (await Api(self.three.chloe).home())["media_attachments"]
        return found


@pytest.fixture
async def drawn(fediverse: Fediverse) -> Drawn:
    one = await fediverse.server("one.example", "amina")
    two = await fediverse.server("two.example", "bruno")
    three = await fediverse.server("three.example", "chloe")
    await fediverse.befriend(one.amina, two.bruno)
    await fediverse.befriend(two.bruno, three.chloe)
    return Drawn(fediverse, one, two, three)


async def test_a_carried_picture_comes_through_the_carriers_server(
    drawn: Drawn, fediverse: Fediverse
) -> None:
    """R17, R20, P01: Chloé's app gets it from her server, her server from Bruno's, and Amina's hears nothing of
    either: neither before the look-up nor after."""
    await drawn.draw()
    early = drawn.fetched("one.example", "two.example")
    assert [one.url for one in early if "/files/" in one.url] != []  # before Bruno has said anything
    await drawn.yes()
    assert drawn.fetched("one.example", "two.example") == early  # his yes asks for nothing more
    assert drawn.fetched("one.example", "three.example") == []
    (through,) = drawn.fetched("two.example", "three.example")[-1:]
    assert through.url.startswith("https://two.example/carried/")
    assert b"chloe" not in through.request_bytes
    await fediverse.later(**LOOK_UP)
    file = await drawn.file()
    assert file["url"].startswith("https://three.example/media/")
    answer = await Api(drawn.three.chloe).fetch(file["url"])
    assert (answer.status_code, size_of(answer.content)) == (200, (60, 40))
    assert answer.headers["cache-control"] == "private, no-store"
    assert not [one for one in drawn.fetched("one.example", "three.example") if "/files/" in one.url]
    # Dead when her access ends.
    await drawn.three.chloe.does(ties.block, drawn.two.bruno)
    await fediverse.settle()
    assert (await Api(drawn.three.chloe).fetch(file["url"])).status_code == 404


@pytest.mark.parametrize("shown", [True, False])
async def test_the_carrier_does_not_learn_whether_it_was_shown(
    drawn: Drawn, fediverse: Fediverse, shown: bool
) -> None:
    """C12, P13: her server asks for the picture the same way when Chloé takes no carried requests."""
    if not shown:
        chloe = drawn.three.chloe.id
        await drawn.three.instance.db.write(
            lambda tx: people.update_profile(tx, chloe, accepts_carried=False)
        )
    known = len(drawn.fetched("two.example", "three.example"))
    await drawn.draw()
    await drawn.yes()
    asked = drawn.fetched("two.example", "three.example")[known:]
    assert [one.url.startswith("https://two.example/carried/") for one in asked] == [True]
    assert (WORDS in await drawn.three.chloe.reads()) is shown
    await fediverse.later(**LOOK_UP)
    assert len(drawn.fetched("two.example", "three.example")[known:]) == 1


async def test_what_is_not_what_its_author_signed_is_not_shown(drawn: Drawn, fediverse: Fediverse) -> None:
    """R17, J13: Bruno's server has other bytes, with a digest that is Amina's."""
    await drawn.draw()
    name = await drawn.two.instance.db.read(lambda tx: tx.scalar(select(rows.c.raw)))
    path = Store(drawn.two.instance.settings.data_dir).path(name)
    assert path is not None
    path.write_bytes(picture("PNG"))
    await drawn.yes()
    await fediverse.later(**LOOK_UP)
    assert WORDS in await drawn.three.chloe.reads()
    assert (await Api(drawn.three.chloe).home())["media_attachments"] == [] or not (await drawn.file())["url"]
    assert await drawn.three.instance.db.read(lambda tx: tx.column(select(rows.c.url))) == []


async def test_the_address_opens_to_the_readers_server_alone(drawn: Drawn, fediverse: Fediverse) -> None:
    """R17, P01: not unsigned, not to another server that has it, not after Bruno took the request back; all as
    if it had never been."""
    await drawn.draw()
    await drawn.yes()
    url = drawn.fetched("two.example", "three.example")[-1].url
    sign = await application_signer(drawn.three.instance)
    assert (await drawn.three.instance.net.get(url, sign=sign)).status == 200
    never = await fediverse.asks("https://two.example/carried/" + "a" * 40)
    unsigned = await fediverse.asks(url)
    assert (unsigned.status_code, unsigned.content, unsigned.headers) == (404, never.content, never.headers)
    other = await application_signer(drawn.one.instance)
    theirs = await drawn.one.instance.net.get(url, sign=other)
    assert (theirs.status, theirs.body) == (404, never.content)
    await drawn.two.instance.db.write(carry_consent.withdraw, drawn.two.bruno.id, await drawn._theirs())
    assert (await drawn.three.instance.net.get(url, sign=sign)).status == 404


async def test_what_is_over_is_forgotten(drawn: Drawn, fediverse: Fediverse) -> None:
    """R17: a week after the end nothing is left of it on disk, at Bruno's and at Chloé's."""
    await drawn.draw()
    await drawn.yes()
    await fediverse.later(**LOOK_UP)
    await drawn.one.amina.deletes(drawn.post_id)
    await fediverse.settle()
    fediverse.clock.forward(days=8)
    for server in (drawn.two, drawn.three):
        assert await server.instance.db.read(lambda tx: tx.column(select(rows.c.url))) != []
        await server.instance.db.write(files.remove_loose)
        await server.instance.db.write(carried_files.forget_stale)
        assert await server.instance.db.read(lambda tx: tx.column(select(rows.c.url))) == []
        assert (await server.waiting()).get("drop_files:waiting")
