"""The bus: whose announcements wake whom."""

import pytest

from fedi_aid.bus import QUEUE, Bus, Subscription
from fedi_aid.storage.tx import Announcement

pytestmark = pytest.mark.anyio


async def heard(subscription: Subscription) -> list[Announcement]:
    subscription.close()
    return [one async for one in subscription]


async def test_what_is_for_one_member_wakes_nobody_else() -> None:
    bus = Bus()
    one, other = bus.subscribe("home", "public", member_id=1), bus.subscribe("home", "public", member_id=2)
    everybody = bus.subscribe("home", "public")
    mine = Announcement("home", {"member_id": 1, "entry_id": 7})
    open_to_all = Announcement("public", {"post_id": 7})
    bus.publish([mine, open_to_all, Announcement("gone", {"member_id": 1, "entry_id": 7})])
    assert await heard(one) == [mine, open_to_all]
    assert await heard(other) == [open_to_all]
    assert await heard(everybody) == [mine, open_to_all]


async def test_who_left_is_told_nothing_more() -> None:
    bus = Bus()
    here, gone = bus.subscribe("home", member_id=1), bus.subscribe("home", member_id=1)
    gone.close()
    bus.publish([told := Announcement("home", {"member_id": 1})])
    assert await heard(gone) == []
    assert await heard(here) == [told]
    bus.close()  # also of nobody


async def test_the_end_is_told_to_who_is_just_not_too_far_behind() -> None:
    bus = Bus()
    behind = bus.subscribe("home")
    bus.publish(Announcement("home", {"entry_id": number}) for number in range(QUEUE))
    assert len(await heard(behind)) == QUEUE - 1
