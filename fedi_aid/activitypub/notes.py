"""Reading a note from elsewhere into an `IncomingPost`: who it is for, and what it says."""

from html import escape
from typing import Any
from urllib.parse import urlsplit

from fedi_aid.actions.receiving import IncomingPost
from fedi_aid.activitypub import documents, extension, polls, quoted
from fedi_aid.activitypub.builders.notes import SHA256
from fedi_aid.activitypub.documents import PUBLIC, link, links, objects, text
from fedi_aid.activitypub.signatures import multibase
from fedi_aid.activitypub.signatures.refusals import BadSignature
from fedi_aid.errors import Refused
from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import Person
from fedi_aid.model.posts import Reach, RemoteMedia, Tag
from fedi_aid.model.scan import TAG_LIMIT, fold_tag
from fedi_aid.storage import people
from fedi_aid.storage.tx import Tx

# A poll is read as a post: its question is its text, its options stand beside (activitypub.polls).
NOTE_TYPES = ("Note", "Question", "Article")
MAX_TAGS = 100
MAX_MENTIONS = 50
MAX_FILES = 16
MAX_HTML = 100_000


def is_note(document: object) -> bool:
    return documents.is_type(document, *NOTE_TYPES)


def read_note(
    tx: Tx, note: dict[str, Any], author: Person, *, for_id: PersonId | None = None, raw: bytes | None = None
) -> IncomingPost:
    """What a note says; `Refused` unless it is by `author` and under an id on the author's origin (O01, O03).

    `for_id` owns the personal inbox it came to. The caller has established that the author said this.
    """
    uri, html = text(note, "id"), _html(note)
    if not is_note(note) or uri is None or not documents.same_origin(uri, author.uri):
        raise Refused("This is not a post of its author's server.", log=f"note id {str(uri)[:300]}")
    if _only(note, "attributedTo") != author.uri:
        raise Refused("This post is by somebody else.", log=f"attributedTo of {uri[:300]}")
    poll = polls.read_poll(note, tx.now)
    if html is None and poll is None and not objects(note, "attachment"):
        raise Refused("This post says nothing.", log=f"no content in {uri[:300]}")
    addressed = links(note, "to") + links(note, "cc")
    reach = reach_of(note, author, uri)
    return IncomingPost(
        uri=uri,
        author_id=author.id,
        reach=reach,
        html=html or "",
        created_at=documents.moment(note, "published") or tx.now,
        url=_page(note),
        summary=(text(note, "summary") or "")[:2_000],
        sensitive=documents.flag(note, "sensitive") is True or bool(text(note, "summary")),
        language=_language(note),
        reply_to_uri=_uri(_only(note, "inReplyTo")),
        tags=_tags(note),
        mention_ids=_mentions(tx, note, addressed, reach, for_id),
        intimacy=extension.intimacy_level(note),
        help_flag=extension.help_flag(note) if author.speaks_fedi_aid else None,
        revision=extension.revision(note) or 1,
        offers_help=extension.help_offer(note),
        project_name=_project(note),
        instrument=_uri(link(note, "instrument")),
        from_fedi_aid=author.speaks_fedi_aid,
        edited_at=documents.moment(note, "updated"),
        raw=raw,
        media=_files(note),
        poll=poll,
        quote=quoted.read_quote(note),
    )


def reach_of(note: dict[str, Any], author: Person, uri: str) -> Reach:
    """Who it is for, by its own addresses; what names nobody we understand is for the inbox's owner alone.

    Another actor's followers give nothing (O07).
    """
    to, cc = links(note, "to"), links(note, "cc")
    if PUBLIC in to:
        return "public"
    if PUBLIC in cc:
        return "unlisted"
    if author.speaks_fedi_aid and f"{uri}/audience" in to:
        return "chosen"
    if author.followers_uri and author.followers_uri in to + cc:
        return "followers"
    return "direct"


def _html(note: dict[str, Any]) -> str | None:
    """The content, or that of its first language; an article's title stands above it."""
    found = text(note, "content")
    if found is None:
        found = next((value for _, value in _by_language(note)), None)
    title = text(note, "name")
    if documents.is_type(note, "Article") and title:
        return f"<p><strong>{escape(title[:500])}</strong></p>{found or ''}"[:MAX_HTML]
    return found if found is None else found[:MAX_HTML]


def _by_language(note: dict[str, Any]) -> list[tuple[str, str]]:
    several = note.get("contentMap")
    if not isinstance(several, dict):
        return []
    return [(str(key), value) for key, value in several.items() if isinstance(value, str)]


def _language(note: dict[str, Any]) -> str | None:
    named = [key for key, _ in _by_language(note)]
    return named[0][:35] if len(named) == 1 and named[0].isascii() else None


def _tags(note: dict[str, Any]) -> tuple[Tag, ...]:
    found: dict[str, Tag] = {}
    for tag in objects(note, "tag")[:MAX_TAGS]:
        name = (text(tag, "name") or "").lstrip("#＃").strip()
        if documents.is_type(tag, "Hashtag") and 0 < len(name) <= TAG_LIMIT and not name.isspace():
            found.setdefault(fold_tag(name), Tag(fold_tag(name), name))
    return tuple(found.values())


def _mentions(
    tx: Tx, note: dict[str, Any], addressed: list[str], reach: Reach, for_id: PersonId | None
) -> tuple[PersonId, ...]:
    """Known people whom it names and is addressed to. Who is named without being addressed is not told."""
    hrefs = [link(tag, "href") for tag in objects(note, "tag") if documents.is_type(tag, "Mention")]
    if reach == "direct":
        hrefs += [uri for uri in addressed if tx.house.owns(uri)]
    found: dict[PersonId, None] = {}
    for href in dict.fromkeys(hrefs[: MAX_MENTIONS * 2]):
        person = people.by_uri(tx, href) if href else None
        if person is None or len(found) >= MAX_MENTIONS:
            continue
        if href in addressed or (reach == "chosen" and person.id == for_id):
            found[person.id] = None
    return tuple(found)


def _project(note: dict[str, Any]) -> str | None:
    project = note.get(extension.PROJECT)
    return text(project, "name") if isinstance(project, dict) else None


def _files(note: dict[str, Any]) -> tuple[RemoteMedia, ...]:
    found = []
    for file in objects(note, "attachment")[:MAX_FILES]:
        # A file may be offered in several formats: the first is taken.
        url = next(filter(None, map(_web, links(file, "url") + links(file, "href"))), None)
        if url is None:
            continue
        blurhash = text(file, "blurhash")
        found.append(
            RemoteMedia(
                url=url,
                content_type=(text(file, "mediaType") or "")[:100],
                alt=(text(file, "name") or text(file, "summary") or "")[:1_500],
                blurhash=blurhash if blurhash and len(blurhash) <= 100 else None,
                width=_side(file, "width"),
                height=_side(file, "height"),
                digest=_digest(text(file, "digestMultibase")),
            )
        )
    return tuple(found)


def _digest(written: str | None) -> str | None:
    """The SHA-256 of a file, in hexadecimal, from a multihash; None for any other digest."""
    try:
        found = multibase.decode(written) if written else b""
    except BadSignature:
        return None
    return found[2:].hex() if len(found) == 34 and found.startswith(SHA256) else None


def _side(file: dict[str, Any], key: str) -> int | None:
    value = documents.strict_int(file, key)
    return value if value is not None and 0 < value <= 100_000 else None


def _only(note: dict[str, Any], key: str) -> str | None:
    """The IRI of a property that names one thing; a list of one is that one, as in JSON-LD."""
    found = links(note, key)
    return found[0] if len(found) == 1 else None


def _page(note: dict[str, Any]) -> str | None:
    """Where a browser reads it: of several addresses the first that is said to be HTML, else the first."""
    pages = [link(one, "href") for one in objects(note, "url") if text(one, "mediaType") == "text/html"]
    return next(filter(None, map(_web, [*pages, *links(note, "url")])), None)


def _uri(uri: str | None) -> str | None:
    return uri if uri is not None and documents.origin(uri) is not None else None


def _web(url: str | None) -> str | None:
    """An address a browser may open, or None (B02, O04: shown, never an identity)."""
    if url is None or len(url) > documents.MAX_URI:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("https", "http") and parts.netloc else None
