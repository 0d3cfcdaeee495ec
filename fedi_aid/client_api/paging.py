"""Pages: Mastodon's words in, a `Link` header out. A page that is not full is the last: timelines end."""

from collections.abc import Sequence
from urllib.parse import parse_qsl, quote, urlencode

from fedi_aid.client_api.forms import Form
from fedi_aid.storage.timelines import Page

_CURSORS = frozenset({"max_id", "since_id", "min_id", "limit", "access_token"})


def page_of(form: Form, *, default: int = 20, most: int = 40) -> Page:
    """The page a client asks for; `limit` is brought into its bounds."""
    return Page(
        max_id=form.cursor("max_id"),
        since_id=form.cursor("since_id"),
        min_id=form.cursor("min_id"),
        limit=form.number("limit", default, low=1, high=most),
    )


def link_header(
    base_url: str, path: str, query: str, page: Page, cursors: Sequence[int], *, full: bool | None = None
) -> dict[str, str]:
    """`Link` with absolute URLs on our own origin; nothing for an empty page, no `next` for a short one.

    `cursors` are the ids to page by, newest first. `full`: whether more may follow, where the number of
    cursors does not tell (rows that were filtered out afterwards).
    """
    if not cursors:
        return {}
    kept = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name not in _CURSORS]
    address = f"{base_url}{quote(path.rstrip('/'))}"

    def url(name: str, value: int) -> str:
        return f"{address}?{urlencode([*kept, ('limit', str(page.limit)), (name, str(value))])}"

    more = len(cursors) >= page.limit if full is None else full
    links = [f'<{url("max_id", cursors[-1])}>; rel="next"'] if more else []
    links.append(f'<{url("min_id", cursors[0])}>; rel="prev"')
    return {"Link": ", ".join(links)}
