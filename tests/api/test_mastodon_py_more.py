"""The same library on what lies around the main job: strangers, filters, tags, servers, reports."""

import asyncio
from typing import Any

import pytest
from mastodon import MastodonNotFoundError

from tests.api.conftest import World
from tests.api.test_mastodon_py import logged_in

pytestmark = pytest.mark.anyio


async def test_strangers_filters_tags_and_reports(served: World) -> None:
    amina, bruno = await served.member("amina"), await served.member("bruno")
    one, other = await logged_in(served, amina), await logged_in(served, bruno)

    def strangers() -> None:
        other.status_post("hello @amina", visibility="direct")
        assert one.notifications() == []
        (waiting,) = one.notification_requests()
        assert (waiting.account.acct, waiting.notifications_count) == ("bruno", "1")
        assert one.notifications_policy().summary.pending_requests_count == 1
        one.accept_notification_request(waiting.id)
        assert one.notifications_merged()
        assert [notice.type for notice in one.notifications()] == ["mention"]
        assert one.notifications_unread_count().count == 1
        assert one.update_notifications_policy(for_new_accounts="drop").for_new_accounts == "drop"
        other.status_post("hello again @amina", visibility="direct")
        one.notifications_clear()

    def filters() -> Any:
        made = one.create_filter_v2(
            "Not now", ["home"], "warn", keywords_attributes=[{"keyword": "onions", "whole_word": True}]
        )
        assert [word.keyword for word in one.filter_keywords_v2(made.id)] == ["onions"]
        word = one.add_filter_keyword_v2(made.id, "leeks", False)
        one.delete_filter_keyword_v2(word.id)
        assert one.update_filter_v2(made.id, title="Later").title == "Later"
        assert [old.phrase for old in one.filters()] == ["onions"]
        one.delete_filter_v2(made.id)
        assert one.filters_v2() == []

    def tags() -> None:
        assert one.tag_follow("garden").following
        made = other.status_post("my #garden", visibility="public")
        assert made.id in [post.id for post in one.timeline_home()]
        assert [tag.name for tag in one.followed_tags()] == ["garden"]
        assert not one.tag_unfollow("garden").following
        shown = one.featured_tag_create("bread")
        assert [tag.name for tag in other.account_featured_tags(one.me().id)] == ["bread"]
        one.featured_tag_delete(shown.id)
        assert one.featured_tag_suggestions() == []

    def apart() -> None:
        one.domain_block("far.example")
        assert one.domain_blocks() == ["far.example"]
        one.domain_unblock("far.example")
        made = one.report(other.me().id, comment="unkind", rule_ids=["4"], category="violation")
        assert made.target_account.acct == "bruno"
        assert one.directory() == one.announcements() == one.trending_tags() == one.suggestions() == []
        assert one.account_familiar_followers([other.me().id])[0].accounts == []
        assert one.instance_extended_description().content
        assert one.instance_activity()[0].statuses == 0
        assert one.account_note_set(other.me().id, "The baker").note == "The baker"
        with pytest.raises(MastodonNotFoundError):
            one.tag("not a tag")

    for play in (strangers, filters, tags, apart):
        await asyncio.to_thread(play)
