"""A member who leaves: their followers' servers are told, signed, and nothing of theirs stays here."""

import pytest

from fedi_aid.actions import departing
from fedi_aid.storage import federation, people, ties
from tests.federation.conftest import Fediverse
from tests.federation.test_polls import befriended

pytestmark = pytest.mark.anyio


async def test_friends_servers_hear_of_it_and_everything_goes(fediverse: Fediverse) -> None:
    one = await fediverse.server("one.example", "amina")
    frank = await befriended(fediverse, one.amina, fediverse.peer("plain.example", "frank"), "frank")
    await one.instance.db.write(departing.depart, await one.amina.member(), "amina")
    await fediverse.settle()
    gone = [activity for activity in frank.peer.said("Delete") if activity["object"] == activity["actor"]]
    assert len(gone) == 1
    left = await one.instance.db.read(people.by_id, one.amina.id)
    assert left is None or left.display_name == ""
    assert [kind for kind in await one.waiting() if kind.endswith(":buried")] == []


async def test_another_fedi_aid_forgets_who_left(fediverse: Fediverse) -> None:
    one = await fediverse.server("one.example", "amina")
    two = await fediverse.server("two.example", "bruno")
    await fediverse.befriend(one.amina, two.bruno)
    uri = (await one.amina.member()).person.uri
    await one.instance.db.write(departing.depart, await one.amina.member(), "amina")
    await fediverse.settle()
    assert await two.instance.db.read(federation.has_departed, uri), "asked, and answered with 410"
    assert [
        one_ for one_ in await two.instance.db.read(ties.friends_of, two.bruno.id) if not one_.local
    ] == []
