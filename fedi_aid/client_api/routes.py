"""Everything a client can call: one table of method, path, handler, who may, and with which scope.

Every path also works with a slash at its end, without a redirect that would lose a body or a token. PUT and
PATCH are the same where Mastodon's router makes them so. `build` turns the table into Starlette's routes.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.routing import Route as HttpRoute
from starlette.websockets import WebSocket

from fedi_aid.actions.elsewhere import Signer
from fedi_aid.actions.instance import Instance
from fedi_aid.client_api import (
    accounts,
    admin_domains,
    admin_routes,
    aid,
    aid_requests,
    announcements,
    domain_blocks,
    filters,
    friends,
    instance,
    invitations,
    knowledge,
    lists,
    map,
    markers,
    media,
    moving,
    nearby,
    notifications,
    oembed,
    polls,
    projects,
    push,
    reports,
    scheduled,
    search,
    statuses,
    strangers,
    streaming,
    tags,
    timelines,
    tokens,
)
from fedi_aid.client_api.call import Api, Resolve, Route, serve
from fedi_aid.client_api.limits import APPS, DELETES, FILES, MEDIA, SIGN_UPS, TOKENS
from fedi_aid.client_api.oauth import apps, metadata, token

_EITHER: Final = "PUT PATCH"
_A, _S, _N = "/api/v1/accounts", "/api/v1/statuses", "/api/v1/notifications"
_L: Final = "/api/v1/scheduled_statuses"
_AID: Final = "/api/v1/fedi_aid"
_P: Final = "/api/v1/fedi_aid/projects"
_INVITED: Final = "/api/v1/fedi_aid/invitations"
_F, _I = "/api/v2/filters", "/api/v1/instance"

ROUTES: Final[tuple[Route, ...]] = (
    # OAuth
    Route("POST", "/api/v1/apps", apps.register, "public", limit=APPS),
    Route("GET", "/api/v1/apps/verify_credentials", apps.verify, "app"),
    Route("POST", "/oauth/token", token.issue, "public", limit=TOKENS),
    Route("POST", "/oauth/revoke", token.revoke, "public", limit=TOKENS),
    Route("GET POST", "/oauth/userinfo", metadata.userinfo, "user", ("profile", "read:accounts")),
    Route("GET", "/.well-known/oauth-authorization-server", metadata.server, "public"),
    # The instance
    Route("GET", "/api/v1/instance", instance.v1, "public"),
    Route("GET", "/api/v2/instance", instance.v2, "public"),
    Route("GET", "/api/v1/instance/rules", instance.charter, "public"),
    Route("GET", "/api/v1/instance/peers", instance.empty_list, "public"),
    Route("GET", f"{_I}/domain_blocks", admin_domains.public, "public"),
    Route("GET", f"{_I}/activity", instance.activity, "public"),
    Route("GET", f"{_I}/extended_description", instance.extended_description, "public"),
    Route("GET", f"{_I}/privacy_policy", instance.privacy_policy, "public"),
    Route("GET", f"{_I}/languages", instance.languages, "public"),
    Route("GET", f"{_I}/translation_languages", instance.translation_languages, "public"),
    Route("GET", "/api/oembed", oembed.show, "public"),
    Route("GET", "/api/v1/custom_emojis", instance.empty_list, "public"),
    Route("GET", "/api/v1/directory", accounts.directory, "public"),
    Route("GET", "/api/v1/announcements", announcements.index, "user"),
    Route("POST", "/api/v1/announcements/{id}/dismiss", announcements.dismiss, "user", ("write:accounts",)),
    Route(
        "PUT",
        "/api/v1/announcements/{id}/reactions/{name}",
        announcements.react,
        "user",
        ("write:favourites",),
    ),
    Route(
        "DELETE",
        "/api/v1/announcements/{id}/reactions/{name}",
        announcements.react_no_more,
        "user",
        ("write:favourites",),
    ),
    # Tags
    Route("GET", "/api/v1/followed_tags", tags.followed, "user", ("read:follows",)),
    Route("GET", "/api/v1/featured_tags", tags.featured, "user", ("read:accounts",)),
    Route("POST", "/api/v1/featured_tags", tags.add_featured, "user", ("write:accounts",)),
    Route("GET", "/api/v1/featured_tags/suggestions", tags.suggestions, "user", ("read:accounts",)),
    Route("DELETE", "/api/v1/featured_tags/{id}", tags.remove_featured, "user", ("write:accounts",)),
    Route("GET", "/api/v1/tags/{name}", tags.show, "public", ("read",)),
    Route("POST", "/api/v1/tags/{name}/follow", tags.follow, "user", ("write:follows",)),
    Route("POST", "/api/v1/tags/{name}/unfollow", tags.unfollow, "user", ("write:follows",)),
    Route("POST", "/api/v1/tags/{name}/feature", tags.feature, "user", ("write:accounts",)),
    Route("POST", "/api/v1/tags/{name}/unfeature", tags.unfeature, "user", ("write:accounts",)),
    # What there is none of
    Route("GET", "/api/v1/timelines/link", instance.empty_list, "public", ("read:statuses",)),
    Route("GET", f"{_A}/{{id}}/identity_proofs", instance.empty_list, "public", ("read:accounts",)),
    Route("GET", "/api/v1/trends", instance.empty_list, "public"),
    Route("GET", "/api/v1/trends/tags", instance.empty_list, "public"),
    Route("GET", "/api/v1/trends/statuses", instance.empty_list, "public"),
    Route("GET", "/api/v1/trends/links", instance.empty_list, "public"),
    # Whom one may come to know
    Route("GET", "/api/v1/suggestions", nearby.suggestions_v1, "user", ("read",)),
    Route("GET", "/api/v2/suggestions", nearby.suggestions, "user", ("read",)),
    Route("DELETE", "/api/v1/suggestions/{account_id}", nearby.pass_over, "user", ("write",)),
    Route("GET", "/api/v1/endorsements", nearby.endorsed, "user", ("read:accounts",)),
    # Accounts
    Route("GET", _A, accounts.many, "public", ("read:accounts",)),
    Route("POST", _A, accounts.sign_up, "app", ("write:accounts",), limit=SIGN_UPS),
    Route(
        "GET",
        f"{_A}/verify_credentials",
        accounts.verify_credentials,
        "user",
        ("profile", "read:accounts", "read:me"),
    ),
    Route(
        "PATCH",
        f"{_A}/update_credentials",
        accounts.update_credentials,
        "user",
        ("write:accounts",),
        takes_files=True,
    ),
    Route("GET", "/api/v1/profile", accounts.profile, "user", ("profile", "read:accounts")),
    Route("PATCH", "/api/v1/profile", accounts.update_profile, "user", ("write:accounts",), takes_files=True),
    Route("DELETE", "/api/v1/profile/avatar", accounts.remove_avatar, "user", ("write:accounts",)),
    Route("DELETE", "/api/v1/profile/header", accounts.remove_header, "user", ("write:accounts",)),
    Route("GET", f"{_A}/lookup", accounts.lookup, "public", ("read:accounts",)),
    Route("GET", f"{_A}/search", accounts.search, "user", ("read:accounts",)),
    Route("GET", f"{_A}/relationships", accounts.relations, "user", ("read:follows",)),
    Route("GET", f"{_A}/familiar_followers", nearby.familiar_followers, "user", ("read:follows",)),
    Route("GET", f"{_A}/{{id}}", accounts.show, "public", ("read:accounts",)),
    Route("GET", f"{_A}/{{id}}/statuses", accounts.written, "public", ("read:statuses",)),
    Route("GET", f"{_A}/{{id}}/followers", accounts.followers, "public", ("read:accounts",)),
    Route("GET", f"{_A}/{{id}}/following", accounts.following, "public", ("read:accounts",)),
    Route("GET", f"{_A}/{{id}}/featured_tags", tags.featured_by, "public", ("read:accounts",)),
    Route("GET", f"{_A}/{{id}}/endorsements", nearby.endorsed_by, "public", ("read:accounts",)),
    Route("POST", f"{_A}/{{id}}/endorse", nearby.endorse, "user", ("write:accounts",)),
    Route("POST", f"{_A}/{{id}}/unendorse", nearby.unendorse, "user", ("write:accounts",)),
    Route("POST", f"{_A}/{{id}}/pin", nearby.endorse, "user", ("write:accounts",)),
    Route("POST", f"{_A}/{{id}}/unpin", nearby.unendorse, "user", ("write:accounts",)),
    Route("GET", f"{_A}/{{id}}/lists", accounts.lists_with, "user", ("read:lists",)),
    Route("POST", f"{_A}/{{id}}/follow", accounts.follow, "user", ("write:follows",)),
    Route("POST", f"{_A}/{{id}}/unfollow", accounts.unfollow, "user", ("write:follows",)),
    Route(
        "POST",
        f"{_A}/{{id}}/remove_from_followers",
        accounts.remove_from_followers,
        "user",
        ("write:follows",),
    ),
    Route("POST", f"{_A}/{{id}}/block", accounts.block, "user", ("write:blocks",)),
    Route("POST", f"{_A}/{{id}}/unblock", accounts.unblock, "user", ("write:blocks",)),
    Route("POST", f"{_A}/{{id}}/mute", accounts.mute, "user", ("write:mutes",)),
    Route("POST", f"{_A}/{{id}}/unmute", accounts.unmute, "user", ("write:mutes",)),
    Route("POST", f"{_A}/{{id}}/note", accounts.note, "user", ("write:accounts",)),
    Route("GET", "/api/v1/blocks", accounts.blocks, "user", ("read:blocks",)),
    Route("GET", "/api/v1/mutes", accounts.mutes, "user", ("read:mutes",)),
    Route("GET", "/api/v1/domain_blocks", domain_blocks.index, "user", ("read:blocks",)),
    Route("POST", "/api/v1/domain_blocks", domain_blocks.create, "user", ("write:blocks",)),
    Route("DELETE", "/api/v1/domain_blocks", domain_blocks.remove, "user", ("write:blocks",)),
    Route("GET", "/api/v1/domain_blocks/preview", domain_blocks.preview, "user", ("read:blocks",)),
    Route("POST", "/api/v1/reports", reports.create, "user", ("write:reports",)),
    Route("GET", "/api/v1/follow_requests", accounts.follow_requests, "user", ("read:follows",)),
    Route("POST", "/api/v1/follow_requests/{id}/authorize", accounts.authorize, "user", ("write:follows",)),
    Route("POST", "/api/v1/follow_requests/{id}/reject", accounts.reject, "user", ("write:follows",)),
    Route("POST", "/api/v1/emails/confirmations", accounts.confirm_again, "user"),
    Route("GET", "/api/v1/emails/check_confirmation", accounts.is_confirmed, "user"),
    Route("GET", "/api/v1/preferences", accounts.preferences, "user", ("read:accounts",)),
    # Statuses
    Route("GET", _S, statuses.many, "public", ("read:statuses",)),
    Route("POST", _S, statuses.create, "user", ("write:statuses",)),
    Route("GET", _L, scheduled.index, "user", ("read:statuses",)),
    Route("GET", f"{_L}/{{id}}", scheduled.show, "user", ("read:statuses",)),
    Route(_EITHER, f"{_L}/{{id}}", scheduled.update, "user", ("write:statuses",)),
    Route("DELETE", f"{_L}/{{id}}", scheduled.remove, "user", ("write:statuses",)),
    Route("GET", f"{_S}/{{id}}", statuses.show, "public", ("read:statuses",)),
    Route(_EITHER, f"{_S}/{{id}}", statuses.edit, "user", ("write:statuses",)),
    Route("DELETE", f"{_S}/{{id}}", statuses.remove, "user", ("write:statuses",), limit=DELETES),
    Route("GET", f"{_S}/{{id}}/context", statuses.context, "public", ("read:statuses",)),
    Route("GET", f"{_S}/{{id}}/card", statuses.card, "public", ("read:statuses",)),
    Route("GET", f"{_S}/{{id}}/source", statuses.source, "user", ("read:statuses",)),
    Route("GET", f"{_S}/{{id}}/history", statuses.history, "public", ("read:statuses",)),
    Route(_EITHER, f"{_S}/{{id}}/interaction_policy", statuses.quote_policy, "user", ("write:statuses",)),
    Route("GET", f"{_S}/{{id}}/quotes", statuses.quotes, "public", ("read:statuses",)),
    Route("GET", f"{_S}/{{id}}/favourited_by", statuses.favourited_by, "public", ("read:accounts",)),
    Route("GET", f"{_S}/{{id}}/reblogged_by", statuses.reblogged_by, "public", ("read:accounts",)),
    Route("POST", f"{_S}/{{id}}/favourite", statuses.favourite, "user", ("write:favourites",)),
    Route("POST", f"{_S}/{{id}}/unfavourite", statuses.unfavourite, "user", ("write:favourites",)),
    Route("POST", f"{_S}/{{id}}/bookmark", statuses.bookmark, "user", ("write:bookmarks",)),
    Route("POST", f"{_S}/{{id}}/unbookmark", statuses.unbookmark, "user", ("write:bookmarks",)),
    Route("POST", f"{_S}/{{id}}/reblog", statuses.reblog, "user", ("write:statuses",)),
    Route("POST", f"{_S}/{{id}}/unreblog", statuses.unreblog, "user", ("write:statuses",)),
    Route("POST", f"{_S}/{{id}}/pin", statuses.pin, "user", ("write:accounts",)),
    Route("POST", f"{_S}/{{id}}/unpin", statuses.unpin, "user", ("write:accounts",)),
    Route("POST", f"{_S}/{{id}}/mute", statuses.mute, "user", ("write:mutes",)),
    Route("POST", f"{_S}/{{id}}/unmute", statuses.unmute, "user", ("write:mutes",)),
    Route("GET", "/api/v1/fedi_aid/statuses/{id}/why", aid.explain, "user", ("read:statuses",)),
    Route("POST", "/api/v1/fedi_aid/preview", aid.foresee, "user", ("write:statuses",)),
    Route(
        "POST", "/api/v1/fedi_aid/statuses/{id}/wrong_person", aid.wrong_person, "user", ("write:statuses",)
    ),
    Route("POST", "/api/v1/fedi_aid/statuses/{id}/add_reader", aid.add_reader, "user", ("write:statuses",)),
    Route(
        "POST",
        "/api/v1/fedi_aid/statuses/{id}/remove_reader",
        aid.remove_reader,
        "user",
        ("write:statuses",),
    ),
    Route("POST", "/api/v1/fedi_aid/accounts/{id}/close", aid.pin_as_close, "user", ("write:accounts",)),
    Route("POST", "/api/v1/fedi_aid/accounts/{id}/unclose", aid.unpin_as_close, "user", ("write:accounts",)),
    Route("GET", "/api/v1/fedi_aid/left_out", aid.left_out, "user", ("read:accounts",)),
    Route("POST", "/api/v1/fedi_aid/left_out/{id}", aid.leave_out, "user", ("write:accounts",)),
    Route("DELETE", "/api/v1/fedi_aid/left_out/{id}", aid.let_in, "user", ("write:accounts",)),
    Route("POST", "/api/v1/fedi_aid/statuses/{id}/lower", aid.lower, "user", ("write:statuses",)),
    Route("POST", "/api/v1/fedi_aid/statuses/{id}/offer", aid.offer, "user", ("write:statuses",)),
    Route("GET", "/api/v1/fedi_aid/statuses/{id}/offers", aid_requests.offers, "user", ("read:statuses",)),
    Route("GET", "/api/v1/fedi_aid/requests", aid_requests.mine, "user", ("read:statuses",)),
    Route("GET", "/api/v1/fedi_aid/requests/{id}", aid_requests.one, "user", ("read:statuses",)),
    Route(_EITHER, "/api/v1/fedi_aid/requests/{id}", aid_requests.change_one, "user", ("write:statuses",)),
    Route("POST", "/api/v1/fedi_aid/requests/{id}/pass", aid_requests.pass_on, "user", ("write:statuses",)),
    Route("GET", "/api/v1/fedi_aid/asks", aid_requests.asked, "user", ("read:statuses",)),
    Route("POST", "/api/v1/fedi_aid/asks/{id}/yes", aid_requests.say_yes, "user", ("write:statuses",)),
    Route("POST", "/api/v1/fedi_aid/asks/{id}/no", aid_requests.say_no, "user", ("write:statuses",)),
    Route("GET", f"{_AID}/abilities", friends.mine, "user", ("read:accounts",)),
    Route(_EITHER, f"{_AID}/abilities", friends.change, "user", ("write:accounts",)),
    Route("GET", f"{_AID}/accounts/{{id}}/abilities", friends.of_somebody, "user", ("read:accounts",)),
    Route("POST", f"{_AID}/accounts/{{id}}/endorse", friends.endorse, "user", ("write:accounts",)),
    Route("POST", f"{_AID}/accounts/{{id}}/thank", friends.thank, "user", ("write:accounts",)),
    Route("POST", f"{_AID}/accounts/{{id}}/introduce", friends.introduce, "user", ("write:follows",)),
    Route("GET", f"{_AID}/endorsements", friends.endorsed, "user", ("read:accounts",)),
    Route(
        "POST", f"{_AID}/endorsements/{{id}}/accept", friends.accept_endorsement, "user", ("write:accounts",)
    ),
    Route("POST", f"{_AID}/endorsements/{{id}}/hide", friends.hide_endorsement, "user", ("write:accounts",)),
    Route(
        "POST",
        f"{_AID}/endorsements/{{id}}/decline",
        friends.decline_endorsement,
        "user",
        ("write:accounts",),
    ),
    Route("DELETE", f"{_AID}/endorsements/{{id}}", friends.withdraw_endorsement, "user", ("write:accounts",)),
    Route("GET", f"{_AID}/thanks", friends.thanked, "user", ("read:accounts",)),
    Route("GET", f"{_AID}/introductions", friends.introductions_to_me, "user", ("read:follows",)),
    Route("POST", f"{_AID}/introductions/{{id}}/yes", friends.meet, "user", ("write:follows",)),
    Route("POST", f"{_AID}/introductions/{{id}}/no", friends.do_not_meet, "user", ("write:follows",)),
    Route("GET", f"{_AID}/counsel", friends.counsel, "user", ("read:accounts",)),
    Route("GET", "/api/v1/fedi_aid/move", moving.show, "user", ("read:accounts",)),
    Route("POST", "/api/v1/fedi_aid/move", moving.leave, "user", ("write:accounts",), limit=TOKENS),
    Route("DELETE", "/api/v1/fedi_aid/move", moving.stay, "user", ("write:accounts",)),
    Route("POST", "/api/v1/fedi_aid/move/from", moving.arrive, "user", ("write:accounts",), limit=TOKENS),
    Route(
        "POST", "/api/v1/fedi_aid/move/aliases", moving.add_alias, "user", ("write:accounts",), limit=TOKENS
    ),
    Route("DELETE", "/api/v1/fedi_aid/move/aliases/{id}", moving.drop_alias, "user", ("write:accounts",)),
    Route("GET", _P, projects.index, "user", ("read:accounts",)),
    Route("POST", _P, projects.create, "user", ("write:accounts",)),
    Route("GET", f"{_P}/{{id}}", projects.show, "user", ("read:accounts",)),
    Route(_EITHER, f"{_P}/{{id}}", projects.update, "user", ("write:accounts",)),
    Route("DELETE", f"{_P}/{{id}}", projects.remove, "user", ("write:accounts",)),
    Route("GET", f"{_P}/{{id}}/logbook", projects.logbook, "user", ("read:statuses",)),
    Route("POST", f"{_P}/{{id}}/goals", projects.add_goal, "user", ("write:accounts",)),
    Route("POST", f"{_P}/{{id}}/goals/order", projects.order_goals, "user", ("write:accounts",)),
    Route(_EITHER, f"{_P}/{{id}}/goals/{{goal_id}}", projects.change_goal, "user", ("write:accounts",)),
    Route("DELETE", f"{_P}/{{id}}/goals/{{goal_id}}", projects.remove_goal, "user", ("write:accounts",)),
    Route("GET", f"{_P}/{{id}}/people", invitations.people, "user", ("read:accounts",)),
    Route("POST", f"{_P}/{{id}}/people", invitations.invite, "user", ("write:accounts",)),
    Route(_EITHER, f"{_P}/{{id}}/people/{{account_id}}", invitations.change, "user", ("write:accounts",)),
    Route("DELETE", f"{_P}/{{id}}/people/{{account_id}}", invitations.remove, "user", ("write:accounts",)),
    Route("POST", f"{_P}/{{id}}/leave", invitations.leave, "user", ("write:accounts",)),
    Route("GET", _INVITED, invitations.received, "user", ("read:accounts",)),
    Route("POST", f"{_INVITED}/{{id}}/accept", invitations.accept, "user", ("write:accounts",)),
    Route("POST", f"{_INVITED}/{{id}}/decline", invitations.decline, "user", ("write:accounts",)),
    Route("GET", "/api/v1/fedi_aid/accounts/{id}/projects", projects.of_account, "user", ("read:accounts",)),
    Route("GET", "/api/v1/fedi_aid/causes", projects.search_causes, "user", ("read:accounts",)),
    Route("GET", "/api/v1/fedi_aid/today", projects.my_day, "user", ("read:statuses",)),
    Route("GET", "/api/v1/fedi_aid/butler", aid_requests.settings, "user", ("read:accounts",)),
    Route(_EITHER, "/api/v1/fedi_aid/butler", aid_requests.change_settings, "user", ("write:accounts",)),
    Route("GET", "/api/v1/fedi_aid/tokens", tokens.index, "user", ("read:accounts",)),
    Route("DELETE", "/api/v1/fedi_aid/tokens/{id}", tokens.revoke, "user", ("write:accounts",)),
    Route("GET", "/api/v1/fedi_aid/map", map.show, "user", ("read:accounts",)),
    Route("GET", "/api/v1/fedi_aid/spheres", map.spheres, "user", ("read:accounts",)),
    Route(_EITHER, "/api/v1/fedi_aid/spheres/{id}", map.change_sphere, "user", ("write:accounts",)),
    Route("POST", "/api/v1/fedi_aid/launch", map.launch, "user", ("write:statuses",)),
    Route("GET", "/api/v1/fedi_aid/knowledge", knowledge.show, "user", ("read:accounts",)),
    Route("GET", "/api/v1/fedi_aid/ration", timelines.ration, "user", ("read:statuses",)),
    Route("POST", "/api/v1/fedi_aid/ration", timelines.more, "user", ("write:accounts",)),
    Route("GET", "/api/v1/polls/{id}", polls.show, "public", ("read:statuses",)),
    Route("POST", "/api/v1/polls/{id}/votes", polls.vote, "user", ("write:statuses",)),
    # Media
    Route(
        "POST",
        "/api/v1/media",
        media.upload_and_wait,
        "user",
        ("write:media",),
        limit=MEDIA,
        takes_files=True,
        takes_recordings=True,
    ),
    Route(
        "POST",
        "/api/v2/media",
        media.upload,
        "user",
        ("write:media",),
        limit=MEDIA,
        takes_files=True,
        takes_recordings=True,
    ),
    Route("GET", "/api/v1/media/{id}", media.show, "user", ("write:media",)),
    Route(_EITHER, "/api/v1/media/{id}", media.update, "user", ("write:media",)),
    Route("DELETE", "/api/v1/media/{id}", media.remove, "user", ("write:media",)),
    Route("GET", "/media/{name}", media.fetch, "public", limit=FILES),
    Route("GET", "/proxy/{word}", media.proxy, "public", limit=FILES),
    Route("GET", "/headers/original/missing.png", instance.missing_header, "public"),
    Route("GET", "/api/v1/push/subscription", push.show, "user", ("push",)),
    Route("POST", "/api/v1/push/subscription", push.create, "user", ("push",)),
    Route(_EITHER, "/api/v1/push/subscription", push.update, "user", ("push",)),
    Route("DELETE", "/api/v1/push/subscription", push.remove, "user", ("push",)),
    # Timelines and shelves
    Route("GET", "/api/v1/timelines/home", timelines.home, "user", ("read:statuses",)),
    Route("GET", "/api/v1/timelines/public", timelines.public, "public", ("read:statuses",)),
    Route("GET", "/api/v1/timelines/tag/{hashtag}", timelines.tagged, "public", ("read:statuses",)),
    Route("GET", "/api/v1/timelines/list/{list_id}", timelines.listed, "user", ("read:lists",)),
    Route("GET", "/api/v1/favourites", timelines.favourites, "user", ("read:favourites",)),
    Route("GET", "/api/v1/bookmarks", timelines.bookmarks, "user", ("read:bookmarks",)),
    Route("GET", "/api/v1/markers", markers.show, "user", ("read:statuses",)),
    Route("POST", "/api/v1/markers", markers.save, "user", ("write:statuses",)),
    # Notifications and conversations
    Route("GET", "/api/v1/notifications", notifications.index, "user", ("read:notifications",)),
    Route("POST", "/api/v1/notifications/clear", notifications.clear, "user", ("write:notifications",)),
    Route(
        "GET",
        "/api/v1/notifications/unread_count",
        notifications.unread_count,
        "user",
        ("read:notifications",),
    ),
    Route("GET", f"{_N}/requests", strangers.index, "user", ("read:notifications",)),
    Route("GET", f"{_N}/requests/merged", strangers.merged, "user", ("read:notifications",)),
    Route("POST", f"{_N}/requests/accept", strangers.accept_many, "user", ("write:notifications",)),
    Route("POST", f"{_N}/requests/dismiss", strangers.dismiss_many, "user", ("write:notifications",)),
    Route("GET", f"{_N}/requests/{{id}}", strangers.show, "user", ("read:notifications",)),
    Route("POST", f"{_N}/requests/{{id}}/accept", strangers.accept, "user", ("write:notifications",)),
    Route("POST", f"{_N}/requests/{{id}}/dismiss", strangers.dismiss, "user", ("write:notifications",)),
    Route("GET", f"{_N}/policy", strangers.policy_v1, "user", ("read:notifications",)),
    Route(_EITHER, f"{_N}/policy", strangers.change_v1, "user", ("write:notifications",)),
    Route("DELETE", f"{_N}/destroy_multiple", notifications.dismiss_many, "user", ("write:notifications",)),
    Route("GET", "/api/v1/notifications/{id}", notifications.show, "user", ("read:notifications",)),
    Route("DELETE", f"{_N}/{{id}}", notifications.dismiss, "user", ("write:notifications",)),
    Route(
        "POST", "/api/v1/notifications/{id}/dismiss", notifications.dismiss, "user", ("write:notifications",)
    ),
    Route("GET", "/api/v2/notifications", notifications.index_grouped, "user", ("read:notifications",)),
    Route(
        "GET",
        "/api/v2/notifications/unread_count",
        notifications.unread_groups,
        "user",
        ("read:notifications",),
    ),
    Route("GET", "/api/v2/notifications/policy", strangers.policy_v2, "user", ("read:notifications",)),
    Route(_EITHER, "/api/v2/notifications/policy", strangers.change_v2, "user", ("write:notifications",)),
    Route(
        "GET", "/api/v2/notifications/{group_key}", notifications.show_group, "user", ("read:notifications",)
    ),
    Route(
        "GET",
        "/api/v2/notifications/{group_key}/accounts",
        notifications.group_accounts,
        "user",
        ("read:notifications",),
    ),
    Route(
        "POST",
        "/api/v2/notifications/{group_key}/dismiss",
        notifications.dismiss_group,
        "user",
        ("write:notifications",),
    ),
    Route("GET", "/api/v1/conversations", notifications.conversation_index, "user", ("read:statuses",)),
    Route(
        "DELETE",
        "/api/v1/conversations/{id}",
        notifications.forget_conversation,
        "user",
        ("write:conversations",),
    ),
    Route(
        "POST",
        "/api/v1/conversations/{id}/read",
        notifications.read_conversation,
        "user",
        ("write:conversations",),
    ),
    Route(
        "POST",
        "/api/v1/conversations/{id}/unread",
        notifications.unread_conversation,
        "user",
        ("write:conversations",),
    ),
    # Lists
    Route("GET", "/api/v1/lists", lists.index, "user", ("read:lists",)),
    Route("POST", "/api/v1/lists", lists.create, "user", ("write:lists",)),
    Route("GET", "/api/v1/lists/{id}", lists.show, "user", ("read:lists",)),
    Route(_EITHER, "/api/v1/lists/{id}", lists.update, "user", ("write:lists",)),
    Route("DELETE", "/api/v1/lists/{id}", lists.remove, "user", ("write:lists",)),
    Route("GET", "/api/v1/lists/{id}/accounts", lists.people, "user", ("read:lists",)),
    Route("POST", "/api/v1/lists/{id}/accounts", lists.add_people, "user", ("write:lists",)),
    Route("DELETE", "/api/v1/lists/{id}/accounts", lists.remove_people, "user", ("write:lists",)),
    # Filters
    Route("GET", "/api/v1/filters", filters.index_v1, "user", ("read:filters",)),
    Route("POST", "/api/v1/filters", filters.create_v1, "user", ("write:filters",)),
    Route("GET", "/api/v1/filters/{id}", filters.show_v1, "user", ("read:filters",)),
    Route(_EITHER, "/api/v1/filters/{id}", filters.update_v1, "user", ("write:filters",)),
    Route("DELETE", "/api/v1/filters/{id}", filters.remove_v1, "user", ("write:filters",)),
    Route("GET", _F, filters.index, "user", ("read:filters",)),
    Route("POST", _F, filters.create, "user", ("write:filters",)),
    Route("GET", f"{_F}/keywords/{{id}}", filters.show_keyword, "user", ("read:filters",)),
    Route(_EITHER, f"{_F}/keywords/{{id}}", filters.update_keyword, "user", ("write:filters",)),
    Route("DELETE", f"{_F}/keywords/{{id}}", filters.remove_keyword, "user", ("write:filters",)),
    Route("GET", f"{_F}/statuses/{{id}}", filters.show_post, "user", ("read:filters",)),
    Route("DELETE", f"{_F}/statuses/{{id}}", filters.remove_post, "user", ("write:filters",)),
    Route("GET", f"{_F}/{{id}}", filters.show, "user", ("read:filters",)),
    Route(_EITHER, f"{_F}/{{id}}", filters.update, "user", ("write:filters",)),
    Route("DELETE", f"{_F}/{{id}}", filters.remove, "user", ("write:filters",)),
    Route("GET", f"{_F}/{{id}}/keywords", filters.keywords, "user", ("read:filters",)),
    Route("POST", f"{_F}/{{id}}/keywords", filters.add_keyword, "user", ("write:filters",)),
    Route("GET", f"{_F}/{{id}}/statuses", filters.posts, "user", ("read:filters",)),
    Route("POST", f"{_F}/{{id}}/statuses", filters.add_post, "user", ("write:filters",)),
    # Search and streaming
    Route("GET", "/api/v1/search", search.search_v1, "user", ("read:search",)),
    Route("GET", "/api/v2/search", search.search, "public", ("read:search",)),
    Route("GET", "/api/v1/streaming/health", streaming.health, "public"),
    Route("GET", "/api/v1/streaming", streaming.server_sent, "user"),
    Route("GET", "/api/v1/streaming/{stream:path}", streaming.server_sent, "user"),
    *admin_routes.ROUTES,
    # The rest of /api
    Route("GET POST PUT PATCH DELETE", "/api/{rest:path}", instance.not_found, "public"),
)


def build(
    instance: Instance, resolve: Resolve | None = None, signer: Signer | None = None
) -> list[BaseRoute]:
    """Starlette's routes for one running instance.

    `resolve` looks somebody or something up on other servers for a member (app.py gives it): a URI or handle
    in, `("person", id)`, `("post", id)` or None out. `signer` signs what is fetched of hidden posts.
    """
    api = Api(instance, resolve, signer)
    by_path: dict[str, dict[str, Route]] = defaultdict(dict)
    for route in ROUTES:
        for method in route.methods.split():
            by_path[route.path][method] = route
    built: list[BaseRoute] = [WebSocketRoute(path, _socket(api)) for path in _twice("/api/v1/streaming")]
    for path, routes in by_path.items():
        built += [_http(api, each, routes) for each in _twice(path)]
    return built


def _twice(path: str) -> tuple[str, ...]:
    """With and without the slash; a path that takes everything needs no second form."""
    return (path,) if path.endswith(":path}") else (path, path + "/")


def _http(api: Api, path: str, routes: dict[str, Route]) -> HttpRoute:
    async def endpoint(request: Request) -> Response:
        return await serve(api, routes, request)

    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    return HttpRoute(path, endpoint, methods=methods)


def _socket(api: Api) -> Callable[[WebSocket], Awaitable[None]]:
    async def endpoint(socket: WebSocket) -> None:
        await streaming.websocket(api, socket)

    return endpoint
