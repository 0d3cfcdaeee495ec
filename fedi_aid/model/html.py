"""HTML that came from elsewhere, made safe to show (B01-B03, B05, D03, D06, D07).

nh3 (html5ever) parses and throws out what is not allowed; its output is well formed, so that a second pass
can judge links, hide nothing that lies, fold white space and stop at the limit. Neither pass knows elements
in which text could turn into markup again (svg, math, style, noscript), hence no mutation helps (B06).
"""

import re
from collections.abc import Iterator
from html import escape
from html.parser import HTMLParser
from typing import Literal, NamedTuple
from urllib.parse import SplitResult, urlsplit

import nh3

from fedi_aid.model.names import domain_to_ascii

RAW_LIMIT = 100_000
TEXT_LIMIT = 20_000
TAG_COUNT_LIMIT = 3_000
DEPTH_LIMIT = 40
HREF_LIMIT = 4_096
WRITTEN_LIMIT = 200_000

# fmt: off
ALLOWED = frozenset({  # B01
    "p", "br", "span", "a", "del", "s", "pre", "blockquote", "code", "b", "strong", "u", "i", "em",
    "ul", "ol", "li", "ruby", "rt", "rp",
})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
# Not kept, but their border must stay visible as a line end.
_BORDERS = _HEADINGS | {"div", "section", "article", "header", "footer", "tr", "dt", "dd", "figcaption"}
_BLOCKS = frozenset({"p", "pre", "blockquote", "ul", "ol", "li"})
_SILENCED = frozenset({
    "script", "style", "template", "noscript", "noembed", "noframes", "iframe", "textarea", "title", "xmp",
    "svg", "math",
})
_SCHEMES = frozenset({  # B02
    "http", "https", "mailto", "xmpp", "matrix", "magnet", "dat", "dweb", "ipfs", "ipns", "ssb", "gopher",
    "gemini",
})
# fmt: on
_ATTRIBUTES: dict[str, set[str]] = {
    "a": {"href", "rel", "class", "translate"},
    "span": {"class", "translate"},
    "ol": {"start", "reversed"},
    "li": {"value"},
    "img": {"alt", "class"},  # not written: only the names of emoji are kept, as text
}
_SAFE_REL = "nofollow noopener noreferrer"  # B03
_KEPT_REL = ("tag", "me")
_CLASS = re.compile(r"(?:h|p|u|dt|e)-[a-z0-9-]{1,40}|mention|hashtag|ellipsis|invisible")
_BORDER = "\x01"  # stands for a line end unless there is one already; never in a text
_HIDING = frozenset({"ellipsis", "invisible"})

# html5ever reopens every unclosed formatting element in each new block. Without attributes it keeps three
# of a kind; with different ones it keeps all, and 40 KB of HTML grow into gigabytes. Hence: no attributes.
_FORMATTING = re.compile(r"<(b|code|em|i|s|strong|u)[\s/][^>]*(?:>|\Z)", re.IGNORECASE)
_FORMATTING_UNKNOWN = re.compile(r"<(?:big|font|nobr|small|strike|tt)(?=[\s/>])", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\r\n\f]+")
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_HAS_FILES = re.compile("<(?:img|audio|video)[ \t\n/>]", re.IGNORECASE)
_FILE_ELEMENTS = ("img", "audio", "video", "source")
_SHORTCODE = re.compile(r":[\w+-]{1,100}:")
_LOOKS_LIKE_ADDRESS = re.compile(
    r"\s*(?P<scheme>https?:/{1,2})?(?:[^\s/@]{1,200}@)?(?P<host>[\w-]+(?:[.。．][\w-]+)+)(?::\d+)?(?=[\s/?#]|$)",
    re.IGNORECASE,
)


class Inline(NamedTuple):
    """A file that HTML shows inside the text: `kind` is image, audio or video; `url` is as written there."""

    kind: str
    url: str
    alt: str


class _Token(NamedTuple):
    """One event of the clean HTML: `name` is the element, or the text itself."""

    kind: Literal["open", "close", "text"]
    name: str
    attributes: dict[str, str]


def sanitize(html: str, limit: int = TEXT_LIMIT) -> str:
    """The safe part of a peer's HTML, on one line, with at most `limit` characters of text (D03).

    Never raises: what cannot be parsed comes back as escaped text (D07). Takes time and memory in
    proportion to the input, of which 100,000 characters and 3,000 tags are read (D06).
    Sanitizing twice gives the same as once for what `render` and ordinary servers write.
    """
    try:
        return "".join(_write(_judge_links(_tokens(html)), limit))
    except BaseException as error:
        _reraise_unless_expected(error)
        return f"<p>{escape(_SPACES.sub(' ', _NOT_TEXT.sub('', html[:limit])), quote=False)}</p>"


def plain(html: str, limit: int = TEXT_LIMIT) -> str:
    """The text of a peer's HTML or of our own, with line ends; at most `limit` characters; never raises."""
    if not html:
        return ""
    try:
        return _text_of(_tokens(html))[:limit].strip()
    except BaseException as error:
        _reraise_unless_expected(error)
        return _NOT_TEXT.sub("", html[:limit]).strip()


def inline_files(html: str) -> tuple[Inline, ...]:
    """The pictures and recordings inside a peer's HTML, which `sanitize` leaves out; never raises.

    Without what is only a sign in the text (custom emoji: `sanitize` writes their names) or cannot be seen.
    At most 50 are found.
    """
    if not _HAS_FILES.search(html, 0, RAW_LIMIT):
        return ()
    try:
        return tuple(_files_of(html))
    except BaseException as error:
        _reraise_unless_expected(error)
        return ()


def _files_of(html: str) -> list[Inline]:
    finder = _Finder()
    finder.feed(
        nh3.clean(
            _cut_tags(_NOT_TEXT.sub("", html[:RAW_LIMIT])),
            tags=set(_FILE_ELEMENTS),
            clean_content_tags=set(_SILENCED),
            attributes={name: {"src", "alt", "title", "class", "width", "height"} for name in _FILE_ELEMENTS},
            url_schemes={"http", "https"},
            url_relative="deny",
            link_rel=None,
        )
    )
    finder.close()
    return finder.found


class _Finder(HTMLParser):
    """Collects files; a recording in several formats counts once, as its first."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Inline] = []
        self.inside = ""  # a recording whose file has not been found yet

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("audio", "video"):
            self.inside = tag
        kind = self.inside if tag in ("audio", "video", "source") else "image"
        unseen = tag == "img" and (_is_emoji(given) or "1" in (given.get("width"), given.get("height")))
        if not kind or not given.get("src") or unseen or len(self.found) >= 50:
            return
        self.inside = ""
        self.found.append(Inline(kind, given["src"], given.get("alt") or given.get("title") or ""))

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""


def _is_emoji(given: dict[str, str]) -> bool:
    words = given.get("class", "").lower()
    return "emoji" in words or "smiley" in words or bool(_SHORTCODE.fullmatch(given.get("alt", "")))


def _reraise_unless_expected(error: BaseException) -> None:
    # A panic of the Rust parser is a BaseException of its own; an interrupt is one too and must pass.
    if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
        raise error


class _Reader(HTMLParser):
    """Turns nh3's well-formed output into tokens."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tokens: list[_Token] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag != "img":
            self.tokens.append(_Token("open", tag, given))
        elif _is_emoji(given):
            self.tokens.append(_Token("text", given.get("alt", ""), {}))

    def handle_endtag(self, tag: str) -> None:
        self.tokens.append(_Token("close", tag, {}))

    def handle_data(self, data: str) -> None:
        self.tokens.append(_Token("text", data, {}))


def _tokens(html: str) -> list[_Token]:
    html = _NOT_TEXT.sub("", html[:RAW_LIMIT])
    html = _FORMATTING_UNKNOWN.sub("<span", _FORMATTING.sub(r"<\1>", _cut_tags(html)))
    reader = _Reader()
    reader.feed(
        nh3.clean(
            html,
            tags=ALLOWED | _BORDERS | {"img"},
            clean_content_tags=set(_SILENCED),
            attributes=_ATTRIBUTES,
            url_schemes=set(_SCHEMES),
            url_relative="deny",
            link_rel=None,
        )
    )
    reader.close()
    return reader.tokens


def _cut_tags(html: str) -> str:
    """The part of the HTML before its 3,001st `<`."""
    at = -1
    for _ in range(TAG_COUNT_LIMIT + 1):
        at = html.find("<", at + 1)
        if at < 0:
            return html
    return html[:at]


def _judge_links(tokens: list[_Token]) -> Iterator[_Token]:
    """Clean the links; classes that hide text stay only where they hide nothing but an address (B05)."""
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.kind != "open" or token.name != "a":
            yield _without_hiding(token)
            at += 1
            continue
        end = next(
            (i for i in range(at + 1, len(tokens)) if tokens[i].kind == "close" and tokens[i].name == "a"),
            len(tokens),
        )
        yield from _judge_link(token, tokens[at + 1 : end])
        at = end + 1


def _judge_link(link: _Token, inside: list[_Token]) -> Iterator[_Token]:
    href, parts = _clean_href(link.attributes.get("href", ""))
    if parts is None:
        yield from (_without_hiding(token) for token in inside)
        return
    hides_honestly = _is_shortened_address(href, parts, inside)
    yield link._replace(attributes=link.attributes | {"href": href})
    yield from inside if hides_honestly else (_without_hiding(token) for token in inside)
    if not hides_honestly:
        warning = _true_host(parts, "".join(token.name for token in inside if token.kind == "text"))
        if warning:
            yield _Token("text", warning, {})
    yield _Token("close", "a", {})


def _without_hiding(token: _Token) -> _Token:
    classes = token.attributes.get("class", "").split()
    if _HIDING.isdisjoint(classes):
        return token
    kept = " ".join(name for name in classes if name not in _HIDING)
    return token._replace(attributes=token.attributes | {"class": kept})


def _clean_href(href: str) -> tuple[str, SplitResult | None]:
    """The address as a browser reads it, and its parts; None if it is no address that we let through."""
    href = re.sub(r"[\x00-\x1f\x7f]", "", href).strip().replace(" ", "%20")
    if re.match(r"https?:", href, re.IGNORECASE):
        head, mark, query = href.partition("?")
        href = head.replace("\\", "/") + mark + query
    if len(href) > HREF_LIMIT:
        return "", None
    try:
        parts = urlsplit(href)
        host = parts.hostname
    except ValueError:
        return "", None
    if parts.scheme not in _SCHEMES or (parts.scheme in ("http", "https") and not host):
        return "", None
    return href, parts


def _is_shortened_address(href: str, parts: SplitResult, inside: list[_Token]) -> bool:
    """Whether the link's text is its own address, hidden in part, with the whole host left visible."""
    visible: list[str] = []
    hidden_at: list[bool] = []
    everything: list[str] = []
    for token in inside:
        match token.kind:
            case "open" if token.name != "br":
                hidden_at.append("invisible" in token.attributes.get("class", "").split())
            case "close" if hidden_at:
                hidden_at.pop()
            case "text":
                everything.append(token.name)
                if not any(hidden_at[:DEPTH_LIMIT]):
                    visible.append(token.name)
    whole, shown = "".join(everything).strip(), "".join(visible).strip()
    if whole.rstrip("/") not in (href.rstrip("/"), href.partition("://")[2].rstrip("/")):
        return False
    if "@" in parts.netloc:
        return False
    return shown.removeprefix(f"{parts.scheme}://").startswith(
        (parts.netloc, parts.netloc.removeprefix("www."))
    )


def _true_host(parts: SplitResult, text: str) -> str:
    """` [host]` where a link's text names another host than the one it leads to; else ""."""
    looks = _LOOKS_LIKE_ADDRESS.match(_UNSEEN.sub("", text)[:1_000])
    if not looks:
        return ""
    host = parts.hostname if parts.scheme in ("http", "https") else None
    if host is None:
        true = f" [{parts.scheme}:]" if looks["scheme"] else ""
    elif _bare(looks["host"]) == _bare(host):
        true = ""
    else:
        true = f" [{domain_to_ascii(host) or host}]"
    return "" if true and text.rstrip().endswith(true) else true


def _bare(host: str) -> str:
    return (domain_to_ascii(host) or host.lower()).removeprefix("www.")


class _Writer:
    """Writes tokens as HTML until the limit; what was opened is always closed."""

    def __init__(self, limit: int) -> None:
        self.left = limit
        self.written = 0
        self.out: list[str] = []
        self.opened: list[str] = []  # "" for an element that was not written
        self.depth = 0  # elements written and not closed yet
        self.inside_pre = 0
        self.line_started = False  # something stands on the current line
        self.break_due = False  # a border was passed since

    def open(self, name: str, attributes: dict[str, str]) -> None:
        if name == "br":
            if self.left > 0:
                self.out.append("<br>")
                self.line_started = self.break_due = False
            return
        if name in _BORDERS:
            self._border()
            name = "strong" if name in _HEADINGS else ""
        elif name in _BLOCKS:
            self.line_started = self.break_due = False
        written = name if self.left > 0 and self.depth < DEPTH_LIMIT else ""
        self.opened.append(written)
        if written:
            self._break()
            self.depth += 1
            self.inside_pre += written == "pre"
            self.out.append(f"<{written}{_attributes(written, attributes)}>")
            self.written += len(self.out[-1])
            if self.written > WRITTEN_LIMIT:
                self.left = 0  # many reopened elements around little text

    def close(self, name: str) -> None:
        if name == "br" or not self.opened:
            return
        written = self.opened.pop()
        if written:
            self.depth -= 1
            self.inside_pre -= written == "pre"
            self.out.append(f"</{written}>")
        if name in _BORDERS:
            self._border()
        elif name in _BLOCKS:
            self.line_started = self.break_due = False

    def text(self, text: str) -> None:
        if not self.inside_pre:
            text = _SPACES.sub(" ", text)
            if not self.line_started or self.break_due:
                text = text.lstrip(" ")
        if not text or self.left <= 0:
            return
        if not (self.break_due and text.isspace()):
            self._break()
        shown = text[: self.left]
        self.left -= len(shown)
        self.out.append(re.sub(r"\r\n?|\n|\f", "<br>", escape(shown, quote=False)))
        self.line_started = True

    def _border(self) -> None:
        self.break_due = self.break_due or self.line_started

    def _break(self) -> None:
        if self.break_due:
            self.out.append("<br>")
            self.break_due = self.line_started = False


def _write(tokens: Iterator[_Token], limit: int) -> list[str]:
    writer = _Writer(limit)
    for token in tokens:
        match token.kind:
            case "open":
                writer.open(token.name, token.attributes)
            case "close":
                writer.close(token.name)
            case "text":
                writer.text(token.name)
    for _ in range(len(writer.opened)):
        writer.close("")
    return writer.out


def _attributes(name: str, given: dict[str, str]) -> str:
    match name:
        case "a":
            kept = [word for word in given.get("rel", "").lower().split() if word in _KEPT_REL]
            rel = " ".join([*dict.fromkeys(kept), _SAFE_REL])
            written = {"href": given["href"], "class": _classes(given), "rel": rel, "target": "_blank"}
        case "span":
            written = {"class": _classes(given)}
        case "ol":
            written = {"start": _number(given.get("start", ""))}
        case "li":
            written = {"value": _number(given.get("value", ""))}
        case _:
            return ""
    if given.get("translate") == "no":
        written["translate"] = "no"
    flags = " reversed" if name == "ol" and "reversed" in given else ""
    return "".join(f' {key}="{escape(value)}"' for key, value in written.items() if value) + flags


def _classes(given: dict[str, str]) -> str:
    return " ".join(name for name in given.get("class", "").split() if _CLASS.fullmatch(name))


def _number(text: str) -> str:
    return text if re.fullmatch(r"-?[0-9]{1,6}", text) else ""


def _text_of(tokens: list[_Token]) -> str:
    parts: list[str] = []
    inside_pre = 0
    for token in tokens:
        if token.kind == "text":
            parts.append(token.name if inside_pre else _SPACES.sub(" ", token.name))
        elif token.name == "br":
            parts.append("\n")
        elif token.name in ("p", "pre", "blockquote", "ul", "ol"):
            parts.append("\n\n")
            inside_pre += (token.name == "pre") * (1 if token.kind == "open" else -1)
        elif token.name in _BORDERS or token.name == "li":
            parts.append(_BORDER)
    lines = re.sub(r"[ \t\r\f]+", " ", "".join(parts))
    return re.sub(rf" ?(?:[\n{_BORDER}] ?)+", _line_ends, lines).strip()


def _line_ends(found: re.Match[str]) -> str:
    return "\n" * max(1, min(2, found[0].count("\n")))
