"""What hangs on a note from elsewhere: its files, the pictures inside its text, and the links beside it."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from fedi_aid.activitypub import documents
from fedi_aid.activitypub.builders.notes import SHA256
from fedi_aid.activitypub.documents import link, objects, text
from fedi_aid.activitypub.signatures import multibase
from fedi_aid.activitypub.signatures.refusals import BadSignature
from fedi_aid.model.html import Inline
from fedi_aid.model.posts import RemoteMedia

MAX_FILES = 16
# Objects that are a file themselves, when somebody publishes one as such.
FILE_TYPES = ("Image", "Video", "Audio", "Document")
_LOOKED_AT = 50  # addresses of one file
_SUFFIXES = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "svg": "image/svg+xml",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "mov": "video/quicktime",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "oga": "audio/ogg",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "wav": "audio/wav",
    "txt": "text/plain",
    "pdf": "application/pdf",
}
_SHOWN = ("image", "video", "audio")


def files(note: dict[str, Any], inline: tuple[Inline, ...] = ()) -> tuple[RemoteMedia, ...]:
    """At most 16 files (D03): those attached, those inside the text, and the note itself where it is one.

    Of a file in several formats the first that can be shown is taken.
    """
    wanted = [file for file in objects(note, "attachment") if not is_link(file)]
    if documents.is_type(note, *FILE_TYPES):
        wanted.append(note)
    found: dict[str, RemoteMedia] = {}
    for file in wanted:
        read = _file(file)
        if read is not None:
            found.setdefault(read.url, read)
    for one in inline:
        url = web(one.url)
        if url is not None:
            found.setdefault(
                url, RemoteMedia(url=url, content_type=_kind(url, one.kind), alt=one.alt[:1_500])
            )
    if not found and not documents.is_type(note, "Note", "Question"):
        preview = next(filter(None, map(_file, [*objects(note, "image"), *objects(note, "icon")])), None)
        if preview is not None:
            found[preview.url] = preview
    return tuple(found.values())[:MAX_FILES]


def is_link(file: dict[str, Any]) -> bool:
    """Whether an attachment is a page to go to rather than a file to show."""
    if _medium(text(file, "mediaType")) in _SHOWN:
        return False
    return documents.is_type(file, "Link", "Page") or text(file, "mediaType") == "text/html"


def linked(note: dict[str, Any]) -> list[tuple[str, str]]:
    """(address, name) of the pages attached to a note."""
    found = []
    for one in objects(note, "attachment")[:MAX_FILES]:
        url = web(link(one, "href") or link(one, "url")) if is_link(one) else None
        if url is not None:
            found.append((url, (text(one, "name") or "")[:200]))
    return found


def any_sensitive(note: dict[str, Any]) -> bool:
    return any(documents.flag(file, "sensitive") is True for file in objects(note, "attachment"))


def page(note: dict[str, Any]) -> str | None:
    """Where a browser reads it: of several addresses the first that is said to be HTML, else the first."""
    pages = [link(one, "href") for one in objects(note, "url") if text(one, "mediaType") == "text/html"]
    return next(filter(None, map(web, [*pages, *documents.links(note, "url")])), None)


def web(url: str | None) -> str | None:
    """An address a browser may open, or None (B02, O04: shown, never an identity)."""
    if url is None or len(url) > documents.MAX_URI:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("https", "http") and parts.netloc else None


# -- one file


def _file(file: dict[str, Any]) -> RemoteMedia | None:
    kind = next((one.lower() for one in documents.types(file) if one.lower() in _SHOWN), "")
    said = (text(file, "mediaType") or "")[:100].partition(";")[0].strip().lower()
    offered = [(url, medium or said or _kind(url, kind)) for url, medium in _addresses(file)]
    offered = [(url, medium) for url, medium in offered if medium != "text/html"]
    best = next((one for one in offered if _medium(one[1]) in _SHOWN), next(iter(offered), None))
    if best is None:
        return None
    blurhash = text(file, "blurhash")
    return RemoteMedia(
        url=best[0],
        content_type=best[1],
        alt=(text(file, "name") or text(file, "summary") or "")[:1_500],
        blurhash=blurhash if blurhash and len(blurhash) <= 100 else None,
        width=_side(file, "width"),
        height=_side(file, "height"),
        digest=digest_of(text(file, "digestMultibase")),
    )


def _addresses(file: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(address, media type said of it), in order; PeerTube lists the plain files inside one for streaming."""
    several = file.get("url")
    todo = list(several) if isinstance(several, list) else [several]
    todo.append(file.get("href"))
    for one in list(todo)[:_LOOKED_AT]:
        todo += objects(one, "tag")
    for one in todo[:_LOOKED_AT]:
        url = web(one if isinstance(one, str) else link(one, "href"))
        medium = (text(one, "mediaType") or "")[:100].partition(";")[0].strip().lower()
        if url is not None and medium not in ("application/x-mpegurl", "application/x-bittorrent"):
            yield url, medium


def _kind(url: str, kind: str) -> str:
    """The media type that an address looks like; else only what it is said to be: `image/*`."""
    found = _SUFFIXES.get(urlsplit(url).path.rpartition(".")[2].lower(), "")
    if kind and _medium(found) != kind:
        return f"{kind}/*"
    return found


def _medium(content_type: str | None) -> str:
    return (content_type or "").partition("/")[0].lower()


def digest_of(written: str | None) -> str | None:
    """The SHA-256 of a file, in hexadecimal, from a multihash; None for any other digest."""
    try:
        found = multibase.decode(written) if written else b""
    except BadSignature:
        return None
    return found[2:].hex() if len(found) == 34 and found.startswith(SHA256) else None


def _side(file: dict[str, Any], key: str) -> int | None:
    value = documents.strict_int(file, key)
    return value if value is not None and 0 < value <= 100_000 else None
