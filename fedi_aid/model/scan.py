"""What stands in a text that somebody wrote: mentions, hashtags, links.

Every function here takes time in proportion to the text (D06), whatever the text is.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence

import msgspec
from linkify_it import LinkifyIt

from fedi_aid.model.names import domain_to_ascii

LINK_COUNTS = 23
TAG_LIMIT = 100
_WORD_LIMIT = 4096  # a longer run without white space holds no link: keeps the link finder linear

# Mastodon's signs that may stand inside a hashtag but not at its end: middle dots and the non-joiner.
_INSIDE_TAG = frozenset("\u00b7\u30fb\u200c")
_MENTION = re.compile(
    r"(?<![\w=/@])@(?P<username>[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)(?![\w])"
    r"(?:@(?P<domain>\w(?:[\w.-]*\w)?(?::[0-9]{1,5})?))?"
)
_HASH = re.compile(r"(?<![\w=/)])[#＃]")
_WORD = re.compile(r"\S+")


class Mention(msgspec.Struct, frozen=True, kw_only=True):
    """`@username` or `@username@domain` at `text[start:end]`; `domain` is ASCII in lower case, or ""."""

    start: int
    end: int
    username: str
    domain: str

    @property
    def handle(self) -> str:
        """The key that `render` looks up: `user` or `user@domain[:port]`, in lower case."""
        return f"{self.username}@{self.domain}".lower() if self.domain else self.username.lower()


class Tag(msgspec.Struct, frozen=True, kw_only=True):
    """A hashtag at `text[start:end]`; `name` as written, without the sign."""

    start: int
    end: int
    name: str


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """An http or https address at `text[start:end]`, as written."""

    start: int
    end: int
    url: str


class Scanned(msgspec.Struct, frozen=True, kw_only=True):
    """What `scan` found, each in the order of the text. No two overlap."""

    mentions: tuple[Mention, ...]
    tags: tuple[Tag, ...]
    links: tuple[Link, ...]

    def pieces(self) -> list[Mention | Tag | Link]:
        """Everything found, in the order of the text."""
        return sorted((*self.mentions, *self.tags, *self.links), key=lambda piece: piece.start)


def scan(text: str) -> Scanned:
    """Find the mentions, hashtags and links of a plain text; never raises.

    Hashtags follow Mastodon: letters and marks of any script, digits and `_`, not digits alone, not glued
    to a word. Only `http://` and `https://` make a link. What touches a link is the link's.
    """
    links = tuple(_links(text))
    mentions = tuple(mention for mention in _mentions(text) if not _touches(links, mention))
    tags = tuple(tag for tag in _tags(text) if not _touches(links, tag))
    return Scanned(mentions=mentions, tags=tags, links=links)


def _finder() -> LinkifyIt:
    finder = LinkifyIt(options={"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
    for scheme in ("ftp:", "mailto:", "//"):
        finder.add(scheme, None)
    return finder


_FINDER = _finder()


def _links(text: str) -> Iterator[Link]:
    for word in _WORD.finditer(text):
        if "://" not in word[0] or len(word[0]) > _WORD_LIMIT:
            continue
        for found in _FINDER.match(word[0]) or ():
            start = word.start() + found.index
            yield Link(start=start, end=word.start() + found.last_index, url=found.raw)


def _mentions(text: str) -> Iterator[Mention]:
    for found in _MENTION.finditer(text):
        domain = domain_to_ascii(found["domain"]) if found["domain"] else ""
        if domain is not None:
            yield Mention(start=found.start(), end=found.end(), username=found["username"], domain=domain)


def _tags(text: str) -> Iterator[Tag]:
    for found in _HASH.finditer(text):
        end = tag_end(text, found.start())
        if end:
            yield Tag(start=found.start(), end=end, name=text[found.end() : end])


def tag_end(text: str, start: int) -> int:
    """Where the hashtag whose sign is at `start` ends; 0 if what follows the sign is no hashtag."""
    end = start + 1
    stop = min(len(text), end + TAG_LIMIT + 1)
    while end < stop and (_of_word(text[end]) or text[end] in _INSIDE_TAG):
        end += 1
    if end == start + TAG_LIMIT + 2:
        return 0
    while end > start + 1 and text[end - 1] in _INSIDE_TAG:
        end -= 1
    name = text[start + 1 : end]
    if name[:1] in _INSIDE_TAG or all(sign.isdigit() for sign in name):
        return 0
    return end if any(sign.isalnum() for sign in name) else 0


def tag_name(written: str) -> str:
    """A hashtag of others, with or without its sign, in the signs that hashtags have here.

    The rest is left out, as Mastodon does; "" when nothing is left, or only digits, or more than 100 signs.
    """
    name = "".join(sign for sign in written[: 4 * TAG_LIMIT] if _of_word(sign) or sign in _INSIDE_TAG)
    name = name.strip("".join(_INSIDE_TAG))
    return name if name and tag_end(f"#{name}", 0) == len(name) + 1 else ""


def _of_word(sign: str) -> bool:
    return sign.isalnum() or sign == "_" or unicodedata.category(sign)[0] == "M"


def _touches(links: Sequence[Link], piece: Mention | Tag) -> bool:
    """Whether a link, of those in the order of the text, shares a sign with the piece."""
    at = bisect_right(links, piece.end - 1, key=lambda link: link.start) - 1
    return at >= 0 and piece.start < links[at].end


def fold_tag(tag: str) -> str:
    """A hashtag as it is matched, stored and put in addresses: NFKC, case folded, without the sign."""
    folded = unicodedata.normalize("NFKC", tag.lstrip("#＃")).casefold()
    return unicodedata.normalize("NFKC", folded)


def count_chars(text: str) -> int:
    """The length of a post as Mastodon counts it: a link is 23, a mention only its local part.

    Signs are code points after composition (NFC); Mastodon counts graphemes, so that this is never less.
    """
    counted: list[str] = []
    at = 0
    for piece in scan(text).pieces():
        counted.append(text[at : piece.start])
        match piece:
            case Link():
                counted.append("x" * LINK_COUNTS)
            case Mention():
                counted.append("@" + piece.username)
            case Tag():
                counted.append(text[piece.start : piece.end])
        at = piece.end
    counted.append(text[at:])
    return len(unicodedata.normalize("NFC", "".join(counted)))
