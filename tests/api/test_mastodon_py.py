"""A real client library, used as its documentation says, against a real socket."""

import asyncio
import io
from typing import Any

import pytest
from mastodon import Mastodon, MastodonNotFoundError, MastodonUnauthorizedError
from mastodon.errors import MastodonDeprecationWarning

from fedi_aid.actions import access
from tests.api.conftest import Caller, World
from tests.api.test_media_api import picture
from tests.api.test_oauth_api import OOB

pytestmark = pytest.mark.anyio
SCOPES = ["read", "write", "follow", "push"]


async def logged_in(world: World, caller: Caller) -> Mastodon:
    """Register, authorize as the pages do, exchange the code: what `log_in` does after the browser."""
    base = world.settings.base_url
    client_id, secret = await asyncio.to_thread(
        Mastodon.create_app, "A client", api_base_url=base, scopes=SCOPES, redirect_uris=OOB
    )
    client = await asyncio.to_thread(
        lambda: Mastodon(
            client_id=client_id, client_secret=secret, api_base_url=base, ratelimit_method="throw"
        )
    )
    asked = {"response_type": "code", "client_id": client_id, "redirect_uri": OOB, "scope": " ".join(SCOPES)}
    request = await world.db.read(access.prepare_authorization, asked)
    granted = await world.db.write(access.grant_code, request, caller.member.id)
    await asyncio.to_thread(
        client.log_in, code=granted.code, redirect_uri=OOB, scopes=SCOPES, allow_http=True
    )
    return client


async def test_the_main_job_with_an_ordinary_library(served: World) -> None:
    amina, bruno = await served.member("amina"), await served.member("bruno")
    one, other = await logged_in(served, amina), await logged_in(served, bruno)

    def play() -> Any:
        asked = one.account_follow(other.me().id)
        assert asked.requested
        assert [person.acct for person in other.follow_requests()] == ["amina"]
        assert other.follow_request_authorize(one.me().id).following
        made = one.status_post(
            "My shop needs a ramp. Who knows a carpenter? #help #bottle", idempotency_key="k"
        )
        assert made.visibility == "private"
        assert made["fedi_aid"]["intimacy"] == 0
        assert made.id == one.status_post("again", idempotency_key="k").id
        seen = other.timeline_home()
        assert seen[0].id == made.id
        other.status_favourite(made.id)
        answer = other.status_reply(to_status=seen[0], status="my cousin does")
        assert answer.visibility == "direct"
        notices = one.notifications(types=["mention"])
        assert notices[0].status.id == answer.id
        context = one.status_context(made.id)
        assert [post.id for post in context.descendants] == [answer.id]
        return made

    made = await asyncio.to_thread(play)

    def more() -> None:
        media = one.media_post(
            io.BytesIO(picture()), mime_type="image/jpeg", description="a gradient", focus=(0.5, 0)
        )
        with_picture = one.status_post("look", media_ids=[media.id])
        assert with_picture.media_attachments[0].description == "a gradient"
        edited = one.status_update(with_picture.id, "look again")
        assert edited.edited_at is not None
        assert len(one.status_history(with_picture.id)) == 2
        assert one.status_source(with_picture.id).text == "look again"
        one.status_delete(with_picture.id)
        for number in range(25):
            one.status_post(f"thought {number}")
        page = one.timeline_home(limit=20)
        assert len(one.fetch_next(page)) == 7  # 25 thoughts, the request and the answer to it
        sphere = one.list_create("Choir")
        one.list_accounts_add(sphere.id, [other.me().id])
        assert [person.acct for person in one.list_accounts(sphere.id)] == ["bruno"]
        one.markers_set(["home"], [made.id])
        assert str(one.markers_get(["home"]).home.last_read_id) == str(made.id)
        assert (
            one.account_update_credentials(display_name="Amina B.", note="baker").display_name == "Amina B."
        )
        assert one.account_lookup("bruno").id == other.me().id
        assert one.search("bruno").accounts[0].acct == "bruno"
        assert one.instance_v2().domain in served.settings.base_url
        with pytest.warns(MastodonDeprecationWarning):  # the header says so, as on every server
            assert one.instance_v1().uri in served.settings.base_url
        assert one.preferences()["posting:default:visibility"] == "private"
        assert (one.filters(), one.filters_v2(), one.followed_tags(), one.custom_emojis()) == ([], [], [], [])
        with pytest.raises(MastodonNotFoundError):
            other.status(int(made.id) + 1)
        one.revoke_access_token(allow_http=True)
        with pytest.raises(MastodonUnauthorizedError):
            one.timeline_home()

    await asyncio.to_thread(more)
