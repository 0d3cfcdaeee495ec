"""Reading what a note says it quotes, and the quoted author's leave for it (FEP-044f)."""

from typing import Any

from fedi_aid.activitypub import documents
from fedi_aid.activitypub.documents import link, objects, text
from fedi_aid.model.quotes import IncomingQuote

# FEP-044f, then what Fedibird, Pleroma and Misskey write.
SPELLINGS = ("quote", "quoteUrl", "quoteUri", "_misskey_quote")
LINK_TYPES = ("application/activity+json", "application/ld+json")


def read_quote(note: dict[str, Any]) -> IncomingQuote | None:
    """What a note says it quotes; also as an object link (FEP-e232)."""
    claims = [link(note, name) for name in SPELLINGS]
    claims += [
        link(tag, "href")
        for tag in objects(note, "tag")
        if documents.is_type(tag, "Link")
        and (text(tag, "mediaType") or "").partition(";")[0].strip().lower() in LINK_TYPES
    ]
    found = next((uri for uri in claims if uri is not None and documents.origin(uri) is not None), None)
    if found is None:
        return None
    stamp = link(note, "quoteAuthorization")
    return IncomingQuote(uri=found, stamp=stamp if documents.same_origin(stamp, found) else None)


def is_stamp(stamp: dict[str, Any] | None, author: str, quoting: str, quoted: str) -> bool:
    """The quoted author's leave for this very quote, on their own origin: it cannot be used for another."""
    return (
        documents.is_type(stamp, "QuoteAuthorization")
        and link(stamp, "attributedTo") == author
        and link(stamp, "interactingObject") == quoting
        and link(stamp, "interactionTarget") == quoted
        and documents.same_origin(text(stamp, "id"), author)
    )
