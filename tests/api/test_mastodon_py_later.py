"""The same library on what comes later or comes by itself: pushes, posts at their hour, whom one may know."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from mastodon import MastodonAPIError, MastodonNotFoundError

from fedi_aid.actions import announcing
from tests.api.conftest import World
from tests.api.test_mastodon_py import logged_in
from tests.net.push_device import Device

pytestmark = pytest.mark.anyio


async def test_pushes_and_posts_at_their_hour(served: World) -> None:
    amina = await served.member("amina")
    one = await logged_in(served, amina)
    device = Device(standard=True)
    keys = {"pubkey": device.public, "auth": bytes(range(16))}

    def bells() -> None:
        with pytest.raises(MastodonNotFoundError):
            one.push_subscription()
        made = one.push_subscription_set(
            "https://push.example/device/1",
            keys,
            mention_events=True,
            admin_sign_up_events=True,
            policy="followed",
            standard=True,
        )
        assert made.alerts.mention
        assert not made.alerts.poll
        assert made.server_key == served.instance.house.vapid.public
        assert one.push_subscription().endpoint == "https://push.example/device/1"
        changed = one.push_subscription_update(poll_events=True)
        assert changed.alerts.poll
        one.push_subscription_delete()
        with pytest.raises(MastodonNotFoundError):
            one.push_subscription()

    def hours() -> None:
        soon = served.clock() + timedelta(hours=3)
        made = one.status_post("good evening", scheduled_at=soon, visibility="private", spoiler_text="late")
        assert made.scheduled_at == soon
        assert (made.params.text, made.params.spoiler_text) == ("good evening", "late")
        assert [found.id for found in one.scheduled_statuses()] == [made.id]
        assert one.scheduled_status(made.id).scheduled_at == soon
        moved = one.scheduled_status_update(made.id, soon + timedelta(days=1))
        assert moved.scheduled_at == soon + timedelta(days=1)
        one.scheduled_status_delete(made.id)
        assert one.scheduled_statuses() == []
        with pytest.raises(MastodonAPIError, match="5 minutes"):
            one.status_post("too soon", scheduled_at=datetime(2020, 1, 1, tzinfo=UTC))

    await asyncio.to_thread(bells)
    await asyncio.to_thread(hours)


async def test_whom_one_may_come_to_know(served: World) -> None:
    amina, bruno = await served.member("amina"), await served.member("bruno")
    chloe = await served.member("chloe")
    await served.befriend(amina, bruno)
    await served.befriend(bruno, chloe)
    shown = {"fedi_aid": {"show_friends": True}, "discoverable": True}
    for person in (bruno, chloe):
        await person.call("PATCH", "/api/v1/accounts/update_credentials", json=shown)
    told = await served.db.write(announcing.announce, "We move on Sunday")
    one = await logged_in(served, amina)

    def calls() -> None:
        assert [found.acct for found in one.suggestions()] == ["chloe"]
        (familiar,) = one.account_familiar_followers([chloe.id])
        assert [found.acct for found in familiar.accounts] == ["bruno"]
        one.suggestion_delete(chloe.id)
        assert one.suggestions() == []
        assert one.account_pin(bruno.id).endorsed
        assert [found.acct for found in one.endorsements()] == ["bruno"]
        assert not one.account_unpin(bruno.id).endorsed
        one.announcement_reaction_create(told, "🌻")
        assert [sign.name for sign in one.announcements()[0].reactions] == ["🌻"]
        one.announcement_reaction_delete(told, "🌻")
        one.announcement_dismiss(told)
        assert one.announcements() == []

    await asyncio.to_thread(calls)
