"""What every page of ours holds to, checked on its HTML: for the templates and for the rooms of a member."""

import re
from html.parser import HTMLParser
from itertools import pairwise

import msgspec

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
ADDRESSES = ("href", "src", "action", "poster", "srcset", "formaction", "cite", "data")


class Element(msgspec.Struct):
    tag: str
    attributes: dict[str, str]
    parents: tuple[str, ...]
    text: str = ""


class Page(HTMLParser):
    """The elements of a page in order; anything left open or closed twice is an error."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.open: list[Element] = []
        self.feed(html)
        self.close()
        assert not self.open, f"left open: {[element.tag for element in self.open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> repeats an attribute: {names}"
        element = Element(tag, {name: value or "" for name, value in attrs}, tuple(e.tag for e in self.open))
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.elements if element.tag in tags]


def check_frame(page: Page, language: str) -> None:
    """One language, title, heading and main; the skip link first; every navigation has a name."""
    assert page.all("html")[0].attributes["lang"] == language
    assert len(page.all("h1")) == 1
    assert page.all("h1")[0].text.strip()
    assert re.fullmatch(r"\S.* · Les Voisins", page.all("title")[0].text, re.DOTALL)
    assert len(page.all("main")) == 1
    tops = [element.tag for element in page.elements if element.parents == ("html", "body")]
    assert tops == ["a", "header", "main", "footer"]
    assert page.all("a")[0].attributes["href"] == "#main", "the skip link comes first"
    assert all(nav.attributes.get("aria-label") for nav in page.all("nav"))
    levels = [int(element.tag[1]) for element in page.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def check_references(page: Page) -> None:
    """Ids are unique, and whatever refers to one finds it."""
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    for element in page.elements:
        wanted = [*element.attributes.get("aria-describedby", "").split()]
        wanted += element.attributes.get("aria-labelledby", "").split()
        wanted += [element.attributes["for"]] if "for" in element.attributes else []
        href = element.attributes.get("href", "")
        wanted += [href[1:]] if href.startswith("#") else []
        assert set(wanted) <= set(ids), element


def check_nothing_foreign(page: Page) -> None:
    """B11, B13: no inline script or style, no handler; what is loaded or posted to is on this server."""
    assert all(script.attributes.get("src") and not script.text for script in page.all("script"))
    assert not page.all("style", "iframe", "object", "embed", "base", "template")
    for element in page.elements:
        assert not [name for name in element.attributes if name == "style" or name.startswith("on")], element
        for name in set(ADDRESSES) & element.attributes.keys():
            address = element.attributes[name]
            if element.tag == "a" and address.startswith("https://"):
                rel = set(element.attributes["rel"].split())
                assert rel >= {"nofollow", "noopener", "noreferrer"}, (
                    "an address of a person's or the source code's"
                )
                continue
            if element.tag == "a" and address.startswith("otpauth://totp/"):
                continue  # opens the member's own authenticator app
            assert re.match(r"/(?![/\\])|#|\?", address), (element.tag, address)


def check_controls(page: Page, csrf: str = "c0ffee") -> None:
    """Controls have labels, pictures alternatives, links words; every posted form carries the token."""
    labelled = {element.attributes["for"] for element in page.all("label") if element.text.strip()}
    for control in page.all("input", "select", "textarea"):
        if control.attributes.get("type") != "hidden":
            assert control.attributes["id"] in labelled
    for button in page.all("button", "a", "summary"):
        assert button.text.strip() or button.attributes.get("aria-label") or button.tag == "a", button
    for image in page.all("img"):
        assert "alt" in image.attributes
    for link in page.all("a"):
        inside = [img for img in page.all("img") if img.attributes["alt"] and img.parents[-1:] == ("a",)]
        assert link.text.strip() or inside
    tokens = [field for field in page.all("input") if field.attributes.get("name") == "csrf"]
    posted = [form for form in page.all("form") if form.attributes.get("method") != "get"]
    assert len(tokens) == len(posted)
    assert all(form.attributes["method"] == "post" for form in posted)
    assert all(token.attributes == {"type": "hidden", "name": "csrf", "value": csrf} for token in tokens)
