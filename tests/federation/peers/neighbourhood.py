"""One fedi_aid member and six servers of other software, where she has friends and people who are none."""

from typing import Any

from fedi_aid.actions import ties
from fedi_aid.model.ids import PostId
from fedi_aid.storage import asks as ask_rows
from fedi_aid.work import jobs
from tests.federation.conftest import Fediverse, Server
from tests.federation.peers.double import Double, Resident
from tests.federation.peers.software import SOFTWARE

FRIENDS = ("frank", "grace")
OTHERS = ("nina", "olga")  # Nina asked and was never answered; Amina ended it with Olga


class Neighbourhood:
    """Amina on one.example, and on every double: Frank and Grace, Nina and Olga."""

    def __init__(self, fediverse: Fediverse, one: Server, software: tuple[type[Double], ...]) -> None:
        self.fediverse, self.one = fediverse, one
        self.doubles = [kind(fediverse.internet, fediverse.clock) for kind in software]

    async def settle_in(self) -> None:
        amina = self.one.amina
        for double in self.doubles:
            for name in (*FRIENDS, *OTHERS):
                who = double.resident(name)
                assert (await who.posts(amina.inbox, who.says("Follow", amina.uri))).status_code == 202
        await self.fediverse.settle()
        for who in self.everybody(*FRIENDS, "olga"):
            await amina.does(ties.accept, who)
        await self.fediverse.settle()
        for who in self.everybody(*FRIENDS, "olga"):
            asked = next(one for one in who.peer.said("Follow") if one["object"] == who.uri)
            await who.posts(amina.inbox, who.says("Accept", asked))
        await self.fediverse.settle()
        for who in self.everybody("olga"):
            await amina.does(ties.unfollow, who)
        await self.fediverse.settle()
        for double in self.doubles:
            # Olga still follows on her side: that alone must give her nothing.
            assert {name for name, _ in double.follows} == {*FRIENDS, "olga"}
            double.got.clear()
            double.got_at.clear()

    def everybody(self, *names: str) -> list[Resident]:
        return [double.resident(name) for double in self.doubles for name in names]

    async def pin(self, *who: Resident) -> None:
        for one in who:
            await self.one.amina.does(ties.pin_as_close, one)

    async def write(self, text: str, intimacy: int, flag: bool, *asked: Resident) -> PostId:
        """Amina writes; with a flag, her butler asks these people by name."""
        if not flag:
            post_id = await self.one.amina.writes(text, intimacy=intimacy)
            await self.fediverse.settle()
            return post_id
        post_id = await self.one.amina.asks(text, intimacy=intimacy)
        await self.fediverse.settle()
        for one in asked:
            await self.ask(post_id, one)
        await self.fediverse.settle()
        return post_id

    async def ask(self, post_id: PostId, who: Resident) -> None:
        known = await self.one.amina.knows(who)

        def ask(tx: Any) -> None:
            ask_id = ask_rows.ask(tx, post_id, known.id, "help", uri=tx.house.new_activity())
            if ask_id is not None:
                jobs.send_ask(tx, ask_id, post_id)

        await self.one.instance.db.write(ask)


async def move_in(fediverse: Fediverse, *software: type[Double]) -> Neighbourhood:
    one = await fediverse.server("one.example", "amina")
    made = Neighbourhood(fediverse, one, software or SOFTWARE)
    await made.settle_in()
    return made
