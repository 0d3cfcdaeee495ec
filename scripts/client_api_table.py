"""Print docs/client-api.md from the route table: `python scripts/client_api_table.py > docs/client-api.md`.

A test compares the committed file with what this prints, so a new route cannot be forgotten.
"""

import inspect
import re
import sys
from collections.abc import Iterator
from itertools import groupby

from fedi_aid.client_api import instance
from fedi_aid.client_api.call import Route
from fedi_aid.client_api.routes import ROUTES

HEAD = """# The client API, endpoint by endpoint

Mastodon's API as this server speaks it, for whoever writes or debugs a client. What Mastodon has and this
page has not answers 404 with `{"error": "Not Found"}`; clients take that for "not here". What is added to
Mastodon's entities is on [its own page](api-extension.md).

- **who**: `anyone`; `app`, a token of the app itself will do; `member`, a member's token is needed;
  `moderator`, `admin`: of a member who looks after the instance. Anybody else is answered 403.
- **scope**: the token needs one of them, or a wider one: `read` covers `read:accounts`. Without it a member's
  endpoint answers 403, and one that is open to anyone answers as to a visitor.
- **none here**: the answer is always an empty list, on purpose, because clients ask at start.
- A slash at the end changes nothing. What a viewer may not see answers exactly as what does not exist.

This page is made from the route table by `scripts/client_api_table.py`.
"""
WHO = {
    "public": "anyone",
    "app": "app",
    "user": "member",
    "moderator": "moderator",
    "admin": "admin",
}
GROUPS = (
    # the first that fits names the part of the page
    (r"/api/v\d/fedi_aid/", "Our own"),
    (r"/oauth/|/api/v1/apps|/\.well-known/", "Logging in"),
    (r"/api/v\d/(instance|announcements|custom_emojis|directory)\b|/api/oembed", "The instance"),
    (r"/api/v\d/notifications\b", "Notifications"),
    (r"/api/v\d/(conversations|markers)\b", "Conversations and markers"),
    (r"/api/v\d/filters\b", "Filters"),
    (r"/api/v\d/(tags|followed_tags|featured_tags|trends|suggestions)\b", "Tags and suggestions"),
    (r"/api/v\d/(statuses|scheduled_statuses|polls)\b", "Statuses"),
    (r"/api/v\d/(timelines|favourites|bookmarks|streaming)\b", "Timelines and streams"),
    (r"/api/v\d/lists\b", "Lists"),
    (r"/api/v\d/(media|push)\b", "Media and push"),
    (r"/api/v\d/search\b", "Search"),
    (r"/api/v\d/admin\b", "Administration"),
    (r"/api/", "People"),
)

# What Mastodon has and this server has not: (methods and path, why). A test knocks at each.
_COLLECTIONS = "there are no collections of accounts"
_YEARS = "nobody's year is counted"
_TRENDS = "nothing trends here, so there is nothing to approve"
_GONE = "gone from Mastodon too"
_PAGES = "for Mastodon's own pages; no app calls it"
NOT_HERE = (
    ("POST /api/v1/statuses/{id}/translate", "nothing is sent to another service to be translated"),
    ("POST /api/v1/statuses/{id}/quotes/{quoting_id}/revoke", "what is written here cannot be quoted"),
    ("GET /api/v1/timelines/direct", f"{_GONE}: see conversations"),
    ("POST /api/v1/accounts/{id}/email_subscriptions", "posts are not sent by mail"),
    ("GET /api/v1_alpha/async_refreshes/{id}", "no answer promises a refresh to wait for"),
    ("GET /api/v1/instance/terms_of_service", "there is the charter: see the rules"),
    ("GET /api/v1/instance/terms_of_service/{date}", "there is the charter: see the rules"),
    ("GET /api/v1/donation_campaigns", "nobody is asked for money in an app"),
    ("GET /api/v1/peers/search", "which servers ours knows is not told"),
    ("POST /api/v1/notifications/dismiss", f"{_GONE}: the id stands in the path"),
    ("GET /api/v2_alpha/notifications", f"{_GONE}: see v2"),
    ("GET /api/v2_alpha/notifications/unread_count", f"{_GONE}: see v2"),
    ("GET /api/v2_alpha/notifications/{group_key}", f"{_GONE}: see v2"),
    ("POST /api/v2_alpha/notifications/{group_key}/dismiss", f"{_GONE}: see v2"),
    *(
        (f"{endpoint.replace('/', f'/api/{version}/', 1)}", _COLLECTIONS)
        for version in ("v1", "v1_alpha")
        for endpoint in (
            "POST /collections",
            "GET PATCH DELETE /collections/{id}",
            "POST /collections/{id}/items",
            "DELETE /collections/{id}/items/{item_id}",
            "POST /collections/{id}/items/{item_id}/revoke",
            "GET /accounts/{id}/collections",
            "GET /accounts/{id}/in_collections",
        )
    ),
    ("GET /api/v1/annual_reports", _YEARS),
    ("GET /api/v1/annual_reports/{year}", _YEARS),
    ("GET /api/v1/annual_reports/{year}/state", _YEARS),
    ("POST /api/v1/annual_reports/{year}/generate", _YEARS),
    ("POST /api/v1/annual_reports/{year}/read", _YEARS),
    ("GET /api/v1/admin/tags", "hashtags are not promoted, so none is reviewed"),
    ("GET PUT /api/v1/admin/tags/{id}", "hashtags are not promoted, so none is reviewed"),
    *(
        (f"POST /api/v1/admin/trends/{what}/{{id}}/{verb}", _TRENDS)
        for what in ("links", "links/publishers", "statuses", "tags")
        for verb in ("approve", "reject")
    ),
    ("GET /api/proofs", _GONE),
    ("GET /api/web/embeds/{id}", _PAGES),
    ("POST /api/web/push_subscriptions", _PAGES),
    ("PUT /api/web/push_subscriptions/{id}", _PAGES),
    ("PUT /api/web/settings", _PAGES),
)


def rows() -> Iterator[tuple[str, str, Route]]:
    """(part, method and path, route) of everything that is an endpoint of the API."""
    for route in ROUTES:
        part = next((name for pattern, name in GROUPS if re.match(pattern, route.path)), None)
        if part is not None and route.handler is not instance.not_found:
            yield part, f"{route.methods} {route.path.replace(':path', '')}", route


def remark(route: Route) -> str:
    """What the handler's docstring says after the address of the endpoint."""
    if route.handler is instance.empty_list:
        return "none here"
    said = " ".join((inspect.getdoc(route.handler) or "").split("\n\n")[0].split())
    found = re.match(r"[A-Z]{3,6} /(?:[^\s:;,.]|:[a-z_]|\.[a-z]|[…?]\S*)*[:;,.]?\s*(.*)", said)
    text = found[1].lstrip(": ") if found else ""
    return text.removesuffix(".").replace("|", "\\|")


def page() -> str:
    """The whole document."""
    names = [name for _, name in GROUPS]
    ordered = sorted(rows(), key=lambda row: (names.index(row[0]), row[2].path, row[1]))
    lines = [HEAD]
    for part, group in groupby(ordered, key=lambda row: row[0]):
        lines += [f"## {part}\n", "| endpoint | who | scope | |", "| --- | --- | --- | --- |"]
        for _, endpoint, route in group:
            scopes = " ".join(f"`{scope}`" for scope in route.scopes)
            lines.append(f"| `{endpoint}` | {WHO[route.need]} | {scopes} | {remark(route)} |")
        lines.append("")
    lines += ["## Not here\n", "Each answers 404.\n", "| endpoint | why |", "| --- | --- |"]
    lines += [f"| `{endpoint}` | {why} |" for endpoint, why in NOT_HERE]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.stdout.write(page())
