"""A member who leaves, or whose suspension becomes final: their followers' servers are told, signed, and nothing
of theirs stays here."""

import pytest

from fedi_aid.actions import departing, judging
from fedi_aid.errors import Refused
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


async def test_a_suspension_that_becomes_final_is_told_like_a_departure(fediverse: Fediverse) -> None:
    """Until then the way back is open, and the actor only says `suspended`; from then on it is 410 and a Delete."""
    one = await fediverse.server("one.example", "amina")
    two = await fediverse.server("two.example", "bruno")
    await fediverse.befriend(one.amina, two.bruno)
    frank = await befriended(fediverse, one.amina, fediverse.peer("plain.example", "frank"), "frank")
    member = await one.amina.member()
    db = one.instance.db
    await db.write(judging.judge, None, member.id, "suspend", reason="Threats")
    await fediverse.settle()
    asked = await fediverse.asks(member.person.uri)
    assert (asked.status_code, asked.json()["suspended"]) == (200, True)
    assert frank.peer.said("Delete") == []
    await db.write(judging.make_final, None, member.id)
    await fediverse.settle()
    gone = [activity for activity in frank.peer.said("Delete") if activity["object"] == activity["actor"]]
    assert [activity["actor"] for activity in gone] == [member.person.uri]
    after = await fediverse.asks(member.person.uri)
    assert after.status_code == 410
    assert await two.instance.db.read(federation.has_departed, member.person.uri), "asked, and believed"
    assert [x for x in await two.instance.db.read(ties.friends_of, two.bruno.id) if not x.local] == []
    assert await db.read(people.is_purged, member.id)
    with pytest.raises(Refused):
        await db.write(judging.lift, None, member.id, "suspend")
    with pytest.raises(Refused):
        await db.write(judging.judge, None, member.id, "suspend", reason="Again")
    assert [kind for kind in await one.waiting() if kind.endswith(":buried")] == []
