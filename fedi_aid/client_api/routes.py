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

from fedi_aid.actions.instance import Instance
from fedi_aid.client_api import (
    accounts,
    aid,
    instance,
    lists,
    markers,
    media,
    notifications,
    search,
    statuses,
    streaming,
    timelines,
)
from fedi_aid.client_api.call import Api, Resolve, Route, serve
from fedi_aid.client_api.limits import APPS, DELETES, MEDIA, SIGN_UPS, TOKENS
from fedi_aid.client_api.oauth import apps, metadata, token

_EITHER: Final = "PUT PATCH"
_A, _S = "/api/v1/accounts", "/api/v1/statuses"

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
    Route("GET", "/api/v1/instance/activity", instance.empty_list, "public"),
    Route("GET", "/api/v1/custom_emojis", instance.empty_list, "public"),
    Route("GET", "/api/v1/directory", instance.empty_list, "public"),
    Route("GET", "/api/v1/announcements", instance.empty_list, "user"),
    Route("GET", "/api/v1/filters", instance.empty_list, "user", ("read:filters",)),
    Route("GET", "/api/v2/filters", instance.empty_list, "user", ("read:filters",)),
    Route("GET", "/api/v1/followed_tags", instance.empty_list, "user", ("read:follows",)),
    Route("GET", "/api/v1/featured_tags", instance.empty_list, "user", ("read:accounts",)),
    Route("GET", "/api/v1/endorsements", instance.empty_list, "user", ("read:accounts",)),
    Route("GET", "/api/v1/scheduled_statuses", instance.empty_list, "user", ("read:statuses",)),
    Route("GET", "/api/v1/suggestions", instance.empty_list, "user", ("read",)),
    Route("GET", "/api/v2/suggestions", instance.empty_list, "user", ("read",)),
    Route("GET", "/api/v1/trends", instance.empty_list, "public"),
    Route("GET", "/api/v1/trends/tags", instance.empty_list, "public"),
    Route("GET", "/api/v1/trends/statuses", instance.empty_list, "public"),
    Route("GET", "/api/v1/trends/links", instance.empty_list, "public"),
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
    Route("PATCH", f"{_A}/update_credentials", accounts.update_credentials, "user", ("write:accounts",)),
    Route("GET", f"{_A}/lookup", accounts.lookup, "public", ("read:accounts",)),
    Route("GET", f"{_A}/search", accounts.search, "user", ("read:accounts",)),
    Route("GET", f"{_A}/relationships", accounts.relations, "user", ("read:follows",)),
    Route("GET", f"{_A}/familiar_followers", accounts.familiar_followers, "user", ("read:follows",)),
    Route("GET", f"{_A}/{{id}}", accounts.show, "public", ("read:accounts",)),
    Route("GET", f"{_A}/{{id}}/statuses", accounts.written, "public", ("read:statuses",)),
    Route("GET", f"{_A}/{{id}}/followers", accounts.followers, "public", ("read:accounts",)),
    Route("GET", f"{_A}/{{id}}/following", accounts.following, "public", ("read:accounts",)),
    Route("GET", f"{_A}/{{id}}/featured_tags", instance.empty_list, "public", ("read:accounts",)),
    Route("GET", f"{_A}/{{id}}/endorsements", instance.empty_list, "public", ("read:accounts",)),
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
    Route("GET", "/api/v1/domain_blocks", instance.empty_list, "user", ("read:blocks",)),
    Route("GET", "/api/v1/follow_requests", accounts.follow_requests, "user", ("read:follows",)),
    Route("POST", "/api/v1/follow_requests/{id}/authorize", accounts.authorize, "user", ("write:follows",)),
    Route("POST", "/api/v1/follow_requests/{id}/reject", accounts.reject, "user", ("write:follows",)),
    Route("GET", "/api/v1/preferences", accounts.preferences, "user", ("read:accounts",)),
    # Statuses
    Route("GET", _S, statuses.many, "public", ("read:statuses",)),
    Route("POST", _S, statuses.create, "user", ("write:statuses",)),
    Route("GET", f"{_S}/{{id}}", statuses.show, "public", ("read:statuses",)),
    Route(_EITHER, f"{_S}/{{id}}", statuses.edit, "user", ("write:statuses",)),
    Route("DELETE", f"{_S}/{{id}}", statuses.remove, "user", ("write:statuses",), limit=DELETES),
    Route("GET", f"{_S}/{{id}}/context", statuses.context, "public", ("read:statuses",)),
    Route("GET", f"{_S}/{{id}}/source", statuses.source, "user", ("read:statuses",)),
    Route("GET", f"{_S}/{{id}}/history", statuses.history, "public", ("read:statuses",)),
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
    Route("POST", "/api/v1/fedi_aid/statuses/{id}/lower", aid.lower, "user", ("write:statuses",)),
    Route("POST", "/api/v1/fedi_aid/statuses/{id}/offer", aid.offer, "user", ("write:statuses",)),
    # Media
    Route("POST", "/api/v1/media", media.upload, "user", ("write:media",), limit=MEDIA, takes_files=True),
    Route("POST", "/api/v2/media", media.upload, "user", ("write:media",), limit=MEDIA, takes_files=True),
    Route("GET", "/api/v1/media/{id}", media.show, "user", ("write:media",)),
    Route(_EITHER, "/api/v1/media/{id}", media.update, "user", ("write:media",)),
    Route("GET", "/media/{name}", media.fetch, "public"),
    Route("GET", "/headers/original/missing.png", instance.missing_header, "public"),
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
    Route("GET", "/api/v1/notifications/{id}", notifications.show, "user", ("read:notifications",)),
    Route(
        "POST", "/api/v1/notifications/{id}/dismiss", notifications.dismiss, "user", ("write:notifications",)
    ),
    Route("GET", "/api/v2/notifications", notifications.index_grouped, "user", ("read:notifications",)),
    Route(
        "GET",
        "/api/v2/notifications/unread_count",
        notifications.unread_count,
        "user",
        ("read:notifications",),
    ),
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
    # Search and streaming
    Route("GET", "/api/v2/search", search.search, "public", ("read:search",)),
    Route("GET", "/api/v1/streaming/health", streaming.health, "public"),
    Route("GET", "/api/v1/streaming", streaming.server_sent, "user"),
    Route("GET", "/api/v1/streaming/{stream:path}", streaming.server_sent, "user"),
    # The rest of /api
    Route("GET POST PUT PATCH DELETE", "/api/{rest:path}", instance.not_found, "public"),
)


def build(instance: Instance, resolve: Resolve | None = None) -> list[BaseRoute]:
    """Starlette's routes for one running instance.

    `resolve` looks somebody or something up on other servers for a member (app.py gives it): a URI or handle
    in, `("person", id)`, `("post", id)` or None out.
    """
    api = Api(instance, resolve)
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
