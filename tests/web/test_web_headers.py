"""The headers of a page, and the promises of the style sheet."""

import re
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedi_aid.web.render import SECURITY_HEADERS, form_source, headers, language_link, static_url

STATIC = resources.files("fedi_aid.web").joinpath("static")
STYLE = STATIC.joinpath("style.css").read_text("utf-8")


def directives(policy: str) -> dict[str, list[str]]:
    return {name: values for name, *values in (part.split() for part in policy.split(";"))}


def test_b11_policy() -> None:
    """B11: nothing but our own style, pictures and sounds; no frame, no base, no script."""
    policy = directives(headers()["Content-Security-Policy"])
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
    assert (
        policy["style-src"] == policy["img-src"] == policy["media-src"] == policy["form-action"] == ["'self'"]
    )
    assert "script-src" not in policy
    with_scripts = directives(headers(scripts=True)["Content-Security-Policy"])
    assert with_scripts == policy | {"script-src": ["'self'"], "connect-src": ["'self'"]}
    assert headers()["X-Content-Type-Options"] == "nosniff"
    assert headers()["Referrer-Policy"] == "same-origin"


def test_pages_are_not_indexed_unless_told() -> None:
    assert "noindex" in headers()["X-Robots-Tag"]
    assert "X-Robots-Tag" not in headers(index=True)
    assert "X-Robots-Tag" in SECURITY_HEADERS


@pytest.mark.parametrize(
    ("uri", "source"),
    [
        ("https://app.example/cb?x=1", "https://app.example"),
        ("https://App.Example:8443/cb", "https://app.example:8443"),
        ("http://localhost:3000/", "http://localhost:3000"),
        ("http://127.0.0.1:5000/x", "http://127.0.0.1:5000"),
        ("http://[::1]:5000/x", "http:"),
        ("https://é.example/", "https:"),
        ("tooot://instance-auth", "tooot:"),
        ("org.joinmastodon.android-auth://callback", "org.joinmastodon.android-auth:"),
        ("urn:ietf:wg:oauth:2.0:oob", ""),
        ("javascript:alert(1)", ""),
        ("DATA:text/html,x", ""),
        ("https://a.example;script-src *", ""),
        ("https://a.example, *", ""),
        ("https://", ""),
        ("https://a.example:99999/", ""),
        ("https://user@a.example/", "https://a.example"),
        ("*", ""),
        ("", ""),
    ],
)
def test_form_action_follows_the_redirect(uri: str, source: str) -> None:
    assert form_source(uri) == source
    policy = directives(headers(form_action_extra=uri)["Content-Security-Policy"])
    assert policy["form-action"] == ["'self'", *([source] if source else [])]


@given(
    st.text(max_size=60).map(lambda text: "https://" + text)
    | st.text(max_size=60)
    | st.from_regex(r"[a-z]+:[;,' *]+")
)
def test_no_redirect_uri_can_change_the_rest_of_the_policy(uri: str) -> None:
    plain, extended = directives(headers()["Content-Security-Policy"]), headers(form_action_extra=uri)
    policy = directives(extended["Content-Security-Policy"])
    assert policy | {"form-action": []} == plain | {"form-action": []}
    assert len(policy["form-action"]) <= 2
    assert extended["Content-Security-Policy"].isascii()


@given(st.text(max_size=200))
def test_language_link_takes_any_query(query: str) -> None:
    link = language_link(query, "fr")
    assert link.startswith("?")
    assert link.isascii()
    assert len(re.findall(r"[?&]lang=", link)) == 1


def test_language_link_gives_up_on_a_query_too_long_to_keep() -> None:
    assert language_link("&".join(f"a{n}=1" for n in range(41)), "en") == "?lang=en"


def test_static_addresses_change_with_the_file() -> None:
    assert re.fullmatch(r"/static/style\.css\?v=[0-9a-f]{8}", static_url("style.css"))
    assert static_url("mark.svg") != static_url("favicon.svg")


def test_style_is_small_and_loads_nothing() -> None:
    assert len(STYLE.encode()) < 30_000
    assert not re.search(r"url\(|@import|expression", STYLE)
    for need in ("prefers-color-scheme: dark", "prefers-reduced-motion", ":focus-visible", "@media print"):
        assert need in STYLE
    assert not re.search(r"outline:\s*(none|0)", re.sub(r"(main|\.summary):focus \{[^}]*\}", "", STYLE))


def test_drawings_are_inert() -> None:
    drawings = [entry for entry in STATIC.iterdir() if entry.name.endswith(".svg")]
    assert len(drawings) == 3
    for drawing in drawings:
        text = drawing.read_text("utf-8")
        assert not re.search(r"<script|<style|\bon\w+=|style=|href", text), drawing.name


def tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_is_aa_in_light_and_dark(scheme: str) -> None:
    """WCAG 2.2 §1.4.3 (text, 4.5:1) and §1.4.11 (edges and the pennant, 3:1), from the tokens themselves."""
    light, dark = STYLE.split("@media (prefers-color-scheme: dark)", 1)
    colours = tokens(light) if scheme == "light" else tokens(dark)
    for ink in ("ink", "soft", "act", "act-deep", "flag-ink"):
        for ground in ("paper", "sheet"):
            assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
    for ink, ground in (
        ("on-act", "act"),
        ("on-act", "act-deep"),
        ("flag-ink", "flag-wash"),
        ("ink", "flag-wash"),
    ):
        assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
    for mark in ("edge", "flag"):
        for ground in ("paper", "sheet"):
            assert contrast(colours[mark], colours[ground]) >= 3, (mark, ground)
