"""Text of posts and names: the one import for what the layers above need.

`render` turns what a member wrote into HTML. `sanitize` and `plain` (html.py) treat HTML from elsewhere;
`scan` (scan.py) finds mentions, hashtags and links; names.py cleans names and hosts.
"""

import re
from collections.abc import Callable, Mapping
from html import escape

import msgspec

from fedi_aid.model.html import plain, sanitize
from fedi_aid.model.names import (
    clean_name,
    clean_username,
    domain_to_ascii,
    looks_spoofed,
    valid_local_username,
)
from fedi_aid.model.scan import Link, Mention, Scanned, Tag, count_chars, fold_tag, scan

__all__ = [
    "Link",
    "Mention",
    "MentionTarget",
    "Scanned",
    "Tag",
    "clean_name",
    "clean_username",
    "count_chars",
    "domain_to_ascii",
    "fold_tag",
    "looks_spoofed",
    "plain",
    "render",
    "sanitize",
    "scan",
    "valid_local_username",
]

_SHOWN_OF_LINK = 30
_LINK_PREFIX = re.compile(r"https?://(?:www\.)?", re.IGNORECASE)
_HOST_END = re.compile(r"[/?#]|$")
_LINE_ENDS = re.compile("\r\n?|[\n\x0b\x0c\x85\u2028]")
_INVALID = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")


class MentionTarget(msgspec.Struct, frozen=True, kw_only=True):
    """Who a mention means: the page of the person (the API's `account.url`) and the local part shown."""

    url: str
    username: str


def render(text: str, mentions: Mapping[str, MentionTarget], tag_url: Callable[[str], str]) -> str:
    """A member's plain text as HTML on one line, in the shape that Mastodon's clients know (CLIENT_API 4.11).

    `mentions` is keyed by `Mention.handle`; a mention that is not in it stays plain text (RULES R3).
    `tag_url` gets the folded name of a hashtag. An empty line makes a paragraph, a line end a `<br>`.
    Nothing the text contains becomes markup. "" stays "".
    """
    text = _INVALID.sub("", _LINE_ENDS.sub("\n", text.replace("\u2029", "\n\n"))).strip()
    if not text:
        return ""
    parts: list[str] = []
    at = 0
    for piece in scan(text).pieces():
        parts.append(escape(text[at : piece.start], quote=False))
        at = piece.end
        match piece:
            case Link():
                parts.append(_link(piece.url))
            case Tag():
                parts.append(_tag(piece.name, tag_url(fold_tag(piece.name))))
            case Mention():
                target = mentions.get(piece.handle)
                parts.append(
                    _mention(target) if target else escape(text[piece.start : piece.end], quote=False)
                )
    parts.append(escape(text[at:], quote=False))
    paragraphs = re.split(r"\n(?:[^\S\n]*\n)+", "".join(parts))
    return "".join(f"<p>{paragraph.replace(chr(10), '<br>')}</p>" for paragraph in paragraphs)


def _mention(target: MentionTarget) -> str:
    return (
        f'<span class="h-card" translate="no"><a href="{escape(target.url)}" class="u-url mention">'
        f"@<span>{escape(target.username)}</span></a></span>"
    )


def _tag(name: str, url: str) -> str:
    return f'<a href="{escape(url)}" class="mention hashtag" rel="tag">#<span>{escape(name)}</span></a>'


def _link(url: str) -> str:
    prefix = _LINK_PREFIX.match(url)
    hidden = prefix[0] if prefix else ""
    rest = url[len(hidden) :]
    host_end = _HOST_END.search(rest)
    # The whole host is always shown, or a long one could pass for another (B05).
    shown = rest[: max(_SHOWN_OF_LINK, host_end.start() if host_end else 0)]
    css = "ellipsis" if len(shown) < len(rest) else ""
    return (
        f'<a href="{escape(url)}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{escape(hidden)}</span><span class="{css}">{escape(shown)}</span>'
        f'<span class="invisible">{escape(rest[len(shown) :])}</span></a>'
    )
