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

- **who**: `anyone`; `app`, a token of the app itself will do; `member`, a member's token is needed.
- **scope**: the token needs one of them, or a wider one: `read` covers `read:accounts`. Without it a member's
  endpoint answers 403, and one that is open to anyone answers as to a visitor.
- **none here**: the answer is always an empty list, on purpose, because clients ask at start.
- A slash at the end changes nothing. What a viewer may not see answers exactly as what does not exist.

This page is made from the route table by `scripts/client_api_table.py`.
"""
WHO = {"public": "anyone", "app": "app", "user": "member"}
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
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(page())
