"""What a note from elsewhere says: its words, its warning, its language, its hashtags.

Other software publishes articles, events, recordings. They become posts as people know them from Mastodon: a
title, when and where, the words, and the way to the original.
"""

from datetime import datetime
from html import escape
from typing import Any

import msgspec

from fedi_aid.activitypub import attached, documents
from fedi_aid.activitypub.documents import objects, text
from fedi_aid.model.html import Inline, inline_files, plain
from fedi_aid.model.posts import Tag
from fedi_aid.model.scan import fold_tag, tag_name
from fedi_aid.model.text import render

# What is a work of its own, with a title and a page, rather than something said.
WORKS = ("Article", "Page", "Event", "Video", "Audio", "Image", "Document")
_ELSEWHERE = ("Event", "Video", "Audio")  # always with the way to the original: it does more there
MAX_TAGS = 100
MAX_HTML = 100_000
MAX_TITLE = 500
MAX_SUMMARY = 2_000
_UNWRITTEN = ("text/plain", "text/markdown", "text/x.misskeymarkdown")


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """`html` is raw; `inline` are the files it shows inside."""

    html: str
    summary: str
    sensitive: bool
    language: str | None
    inline: tuple[Inline, ...] = ()


def read(note: dict[str, Any]) -> Content:
    """Everything a note says; its `html` is empty when it says nothing."""
    title = (_words(note, "name") or "").strip()[:MAX_TITLE]
    summary = (_words(note, "summary") or "")[:MAX_SUMMARY]
    body = _body(note)
    work = documents.is_type(note, *WORKS)
    marked = documents.flag(note, "sensitive") is True
    parts = [f"<p><strong>{escape(title)}</strong></p>"] if title and _adds(title, body) else []
    warning = summary
    if work and not marked:
        # What stands before an article or a film is what it is about, and hides nothing.
        warning = ""
        if summary and _adds(summary, body):
            parts.append(f"<p>{escape(plain(summary))}</p>")
    elif not (
        body or title or objects(note, "attachment") or objects(note, "oneOf") or objects(note, "anyOf")
    ):
        warning, body = "", f"<p>{escape(plain(summary))}</p>" if summary else ""
    parts += _when_and_where(note)
    parts.append(body)
    parts += _ways(note, body, work=work)
    return Content(
        html="".join(parts)[:MAX_HTML],
        summary=warning,
        sensitive=marked or bool(plain(warning)) or attached.any_sensitive(note),
        language=_language(note),
        inline=inline_files(body),
    )


def tags(note: dict[str, Any]) -> tuple[Tag, ...]:
    """At most 100 hashtags, in the signs that hashtags have here."""
    found: dict[str, Tag] = {}
    for tag in objects(note, "tag")[:MAX_TAGS]:
        name = tag_name(text(tag, "name") or "") if documents.is_type(tag, "Hashtag") else ""
        if name:
            found.setdefault(fold_tag(name), Tag(fold_tag(name), name))
    return tuple(found.values())


def _adds(words: str, body: str) -> bool:
    """Whether the words are not already in the text."""
    return plain(words) not in plain(body)


# -- words in languages


def _by_language(note: dict[str, Any], key: str) -> list[tuple[str, str]]:
    several = note.get(f"{key}Map")
    if not isinstance(several, dict):
        return []
    return [(str(language), value) for language, value in several.items() if isinstance(value, str)]


def _words(note: dict[str, Any], key: str) -> str | None:
    """What stands under a property, or under its first language."""
    found = text(note, key)
    return found if found is not None else next((value for _, value in _by_language(note, key)), None)


def _body(note: dict[str, Any]) -> str:
    words = (_words(note, "content") or "")[:MAX_HTML]
    kind = (text(note, "mediaType") or "").partition(";")[0].strip().lower()
    if kind in _UNWRITTEN:
        # Hashtags lead nowhere here; the link without an address is dropped again when the HTML is cleaned.
        return render(words, {}, lambda _: "")
    return words


def _language(note: dict[str, Any]) -> str | None:
    """The language of the words that are shown; None when it is not said, or not known which it is."""
    named, shown = _by_language(note, "content"), _words(note, "content")
    if len(named) != 1:
        named = [one for one in named if one[1] == shown]
    language = named[0][0] if named else ""
    return language[:35] if language.isascii() and language not in ("", "und") else None


# -- events, and what is better seen where it is


def _when_and_where(note: dict[str, Any]) -> list[str]:
    if not documents.is_type(note, "Event"):
        return []
    lines = []
    start, end = _moment(note, "startTime"), _moment(note, "endTime")
    if start is not None:
        until = ""
        if end is not None and end.date() == start.date():
            until = f"–{end:%H:%M}"
        elif end is not None:
            until = f" – {end:%Y-%m-%d %H:%M}"
        lines.append(f"📅 {start:%Y-%m-%d %H:%M}{until}{_zone(start)}")
    places = [text(note, "location") or "", *map(_place, objects(note, "location"))]
    lines += [f"📍 {place}" for place in places if place]
    return [f"<p>{'<br>'.join(escape(line[:MAX_TITLE]) for line in lines)}</p>"] if lines else []


def _moment(note: dict[str, Any], key: str) -> datetime | None:
    """A time as it was written, in its own zone: an event is where it is."""
    if documents.moment(note, key) is None:
        return None
    return datetime.fromisoformat((text(note, key) or "").upper())


def _zone(moment: datetime) -> str:
    if moment.utcoffset() is None:
        return ""
    return f" UTC{moment:%z}".removesuffix("+0000")


def _place(place: dict[str, Any]) -> str:
    address = place.get("address")
    known = ("streetAddress", "postalCode", "addressLocality", "addressCountry")
    parts = [text(place, "name"), text(place, "address"), *(text(address, key) for key in known)]
    return ", ".join(dict.fromkeys(part.strip() for part in parts if part and part.strip()))


def _ways(note: dict[str, Any], body: str, *, work: bool) -> list[str]:
    """Links to what is attached as a page, and to the original of what is more than words."""
    wanted = [
        (url, name) for url, name in attached.linked(note) if escape(url) not in body and url not in body
    ]
    page = attached.page(note)
    if page and (documents.is_type(note, *_ELSEWHERE) or (work and not body)):
        wanted.append((page, ""))
    found = dict(reversed(wanted))
    return [f'<p><a href="{escape(url)}">{escape(found[url] or url)}</a></p>' for url in reversed(found)]
