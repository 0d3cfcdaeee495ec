"""Quotes from elsewhere. Engine-chosen posts are never quoted, and nobody here gives leave to (RULES R16)."""

from html import escape

from fedi_aid.model.posts import Post
from fedi_aid.model.quotes import IncomingQuote
from fedi_aid.storage import quotes
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs


def claim(tx: Tx, post: Post, found: IncomingQuote) -> None:
    """A post says that it quotes another. It is looked into for public posts only: what is not public makes
    this server ask nobody anything (F16)."""
    known = quotes.of_post(tx, post.id)
    if (
        known is not None
        and known.state == "accepted"
        and (known.uri, known.stamp) == (found.uri, found.stamp)
    ):
        return
    quotes.put(tx, post.id, found)
    if post.reach in ("public", "unlisted"):
        jobs.check_quote(tx, post.id)


def with_fallback(html: str, found: IncomingQuote | None) -> str:
    """The words of a post with a link to what it quotes, unless they have one; clients that show the quote
    itself hide a paragraph of this class."""
    if found is None or escape(found.uri) in html or found.uri in html:
        return html
    address = escape(found.uri)
    rel = "nofollow noopener noreferrer"
    link = f'<a href="{address}" rel="{rel}" target="_blank" translate="no">{address}</a>'
    return f'{html}<p class="quote-inline">RE: {link}</p>'


def revoked(tx: Tx, author_id: int, stamp: str) -> None:
    """The quoted author deleted their leave (A18): the quote is a link again."""
    for post_id in quotes.revoke(tx, author_id, stamp):
        tx.announce("changed", post_id=post_id)
