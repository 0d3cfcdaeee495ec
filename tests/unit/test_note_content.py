"""What notes and works of other software say, in the forms that they are found in (B01, B02, D03, J10)."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedi_aid.activitypub import attached, content
from fedi_aid.model.html import inline_files, plain, sanitize
from fedi_aid.model.scan import tag_name

PAGE = "https://plain.example/watch/1"


def shown(note: dict[str, Any]) -> str:
    return plain(sanitize(content.read(note).html))


def files(note: dict[str, Any]) -> list[tuple[str, str, str]]:
    inline = content.read(note).inline
    return [(one.content_type, one.url, one.alt) for one in attached.files(note, inline)]


def test_an_event_says_when_and_where_in_its_own_time() -> None:
    event = {
        "type": "Event",
        "name": "Repair café",
        "content": "<p>Bring what is broken.</p>",
        "startTime": "2026-03-21T14:00:00+01:00",
        "endTime": "2026-03-21T18:00:00+01:00",
        "location": {
            "type": "Place",
            "name": "The old school",
            "address": {
                "type": "PostalAddress",
                "streetAddress": "1 Main Street",
                "addressLocality": "Bergen",
            },
        },
        "url": PAGE,
    }
    assert shown(event) == (
        "Repair café\n\n📅 2026-03-21 14:00–18:00 UTC+0100\n📍 The old school, 1 Main Street, Bergen\n\n"
        f"Bring what is broken.\n\n{PAGE}"
    )
    later = event | {"endTime": "2026-03-22T02:00:00+01:00", "location": "Online", "content": None}
    assert "📅 2026-03-21 14:00 – 2026-03-22 02:00 UTC+0100\n📍 Online" in shown(later)
    assert "📅" not in shown(event | {"startTime": "soon"})


def test_a_film_is_shown_with_its_file_and_the_way_to_its_page() -> None:
    film = {
        "type": "Video",
        "name": "How to mend a chair",
        "mediaType": "text/markdown",
        "content": "First, *glue*.\n\nThen wait: https://plain.example/glue",
        "summary": None,
        "icon": [{"type": "Image", "url": "https://plain.example/thumb.jpg", "mediaType": "image/jpeg"}],
        "attributedTo": [
            {"type": "Group", "id": "https://plain.example/channels/chairs"},
            {"type": "Person", "id": "https://plain.example/users/frank"},
        ],
        "url": [
            {"type": "Link", "mediaType": "text/html", "href": PAGE},
            {
                "type": "Link",
                "mediaType": "application/x-mpegURL",
                "href": "https://plain.example/1.m3u8",
                "tag": [
                    {"type": "Infohash", "name": "x"},
                    {"type": "Link", "mediaType": "video/mp4", "href": "https://plain.example/1-720.mp4"},
                ],
            },
        ],
    }
    assert shown(film) == (
        f"How to mend a chair\n\nFirst, *glue*.\n\nThen wait: https://plain.example/glue\n\n{PAGE}"
    )
    assert files(film) == [("video/mp4", "https://plain.example/1-720.mp4", "How to mend a chair")]
    streamed = film | {"url": film["url"][:1]}
    assert files(streamed) == [("image/jpeg", "https://plain.example/thumb.jpg", "")]


def test_a_page_shows_what_it_links_to() -> None:
    page = {
        "type": "Page",
        "name": "A library of tools",
        "attachment": [{"type": "Link", "href": "https://tools.example/"}],
        "url": PAGE,
    }
    assert shown(page) == f"A library of tools\n\nhttps://tools.example/\n\n{PAGE}"
    assert files(page) == []
    assert shown(page | {"content": 'See <a href="https://tools.example/">here</a>'}) == (
        "A library of tools\n\nSee here"
    )


def test_what_stands_before_an_article_hides_it_only_if_it_says_so() -> None:
    article = {"type": "Article", "name": "Chairs", "summary": "On <b>chairs</b>", "content": "<p>Long.</p>"}
    read = content.read(article)
    assert (plain(read.html), read.summary, read.sensitive) == ("Chairs\n\nOn chairs\n\nLong.", "", False)
    read = content.read(article | {"sensitive": True})
    assert (plain(read.html), read.summary, read.sensitive) == ("Chairs\n\nLong.", "On <b>chairs</b>", True)
    assert (
        shown(article | {"content": "<p>On chairs there is more.</p>"})
        == "Chairs\n\nOn chairs there is more."
    )


@pytest.mark.parametrize(
    ("note", "words"),
    [
        ({"content": "<p>Hi</p>"}, "Hi"),
        ({"contentMap": {"fr": "Salut", "en": "Hi"}}, "Salut"),
        ({"name": "A title", "content": "<p>Hi</p>"}, "A title\n\nHi"),
        ({"name": "Hi", "content": "<p>Hi there</p>"}, "Hi there"),
        ({"nameMap": {"fr": "Titre"}}, "Titre"),
        ({"summary": "Only this"}, "Only this"),
        ({"summaryMap": {"fr": "Ceci"}}, "Ceci"),
        ({"content": "a < b\nc & d", "mediaType": "text/plain"}, "a < b\nc & d"),
        ({"content": "<script>x</script>", "mediaType": "text/plain"}, "<script>x</script>"),
        (
            {"content": 'So <img class="custom-emoji" alt=":glad:" src="https://b.example/g.png">'},
            "So :glad:",
        ),
        ({"content": 'So <img alt=":glad:" src="https://b.example/g.png"> am I'}, "So :glad: am I"),
        ({"content": '<img alt="A <b>cat</b>" src="https://b.example/cat.png">'}, ""),
    ],
)
def test_words_are_found_wherever_they_stand(note: dict[str, Any], words: str) -> None:
    assert shown({"type": "Note", **note}) == words


def test_a_warning_stays_a_warning_when_there_is_something_behind_it() -> None:
    picture = {"type": "Image", "url": "https://b.example/cat.png"}
    for behind in ({"content": "x"}, {"attachment": [picture]}, {"oneOf": [{"name": "yes"}]}):
        read = content.read({"type": "Note", "summary": "Cats", **behind})
        assert (read.summary, read.sensitive) == ("Cats", True)
    assert content.read(
        {"type": "Note", "content": "x", "attachment": picture | {"sensitive": True}}
    ).sensitive
    assert not content.read({"type": "Note", "content": "x", "summary": "<script>x</script>"}).sensitive


@pytest.mark.parametrize(
    ("note", "language"),
    [
        ({"content": "x", "contentMap": {"de": "x"}}, "de"),
        ({"content": "x", "contentMap": {"de": "y", "fr": "x"}}, "fr"),
        ({"contentMap": {"de": "y", "fr": "x"}}, "de"),
        ({"content": "x", "contentMap": {"de": "y", "fr": "z"}}, None),
        ({"content": "x", "contentMap": {"und": "x"}}, None),
        ({"content": "x"}, None),
    ],
)
def test_the_language_is_that_of_the_words_shown(note: dict[str, Any], language: str | None) -> None:
    assert content.read({"type": "Note", **note}).language == language


def test_b13_pictures_in_a_text_hang_on_it_instead() -> None:
    note = {
        "type": "Note",
        "attachment": [{"type": "Document", "mediaType": "image/png", "url": "https://b.example/1.png"}],
        "content": (
            '<p>Look: <img src="https://b.example/1.png"><IMG alt="A <cat>" SRC="https://b.example/2.jpg?x=1&y=2">'
            '<img src="javascript:x"><img src="data:image/png;base64,AA=="><img src="/relative.png"><img>'
            '<img src="https://b.example/pixel.gif" width="1" height="1">'
            '<img class="emoji" src="https://b.example/emoji.png" alt=":x:">'
            '<video><source src="https://b.example/a.webm"><source src="https://b.example/a.mp4"></video></p>'
        ),
    }
    assert files(note) == [
        ("image/png", "https://b.example/1.png", ""),
        ("image/jpeg", "https://b.example/2.jpg?x=1&y=2", "A <cat>"),
        ("video/webm", "https://b.example/a.webm", ""),
    ]
    assert sanitize(note["content"]) == "<p>Look: :x:</p>"


def test_d03_many_pictures_are_cut() -> None:
    many = "".join(f'<img src="https://b.example/{n}.png">' for n in range(2_000))
    assert len(inline_files(many)) == 50
    assert len(files({"type": "Note", "content": many})) == 16
    assert inline_files("<img " * 100_000) == ()
    assert inline_files("<style><img src='https://b.example/1.png'></style>") == ()


def test_several_formats_and_no_formats() -> None:
    def file(**fields: Any) -> list[tuple[str, str, str]]:
        return files({"type": "Note", "content": "x", "attachment": fields})

    link = {"type": "Link", "href": "https://b.example/a.ogg", "mediaType": "audio/ogg"}
    page = {"type": "Link", "href": "https://b.example/a", "mediaType": "text/html"}
    assert file(type="Audio", name="Moo", url=[page, link]) == [
        ("audio/ogg", "https://b.example/a.ogg", "Moo")
    ]
    assert file(type="Image", url="https://b.example/a") == [("image/*", "https://b.example/a", "")]
    assert file(type="Image", url="https://b.example/a.mp4") == [("image/*", "https://b.example/a.mp4", "")]
    assert file(type="Document", url="https://b.example/a") == [("", "https://b.example/a", "")]
    assert file(type="Link", href="https://b.example/a.png", mediaType="image/png") == [
        ("image/png", "https://b.example/a.png", "")
    ]
    assert file(type="Image", url="data:image/png;base64,AA==") == []
    assert file(type="Image", url=[page]) == []


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("#CamelCase", "CamelCase"),
        ("nohash", "nohash"),
        ("＃牛", "牛"),
        ("#with white space", "withwhitespace"),
        ("#what's-up?", "whatsup"),
        ("#a·b", "a·b"),
        ("#·a·", "a"),
        ("#1234", ""),
        ("#❤️", ""),
        ("#", ""),
        ("#" + "x" * 101, ""),
    ],
)
def test_hashtags_are_kept_in_the_signs_that_hashtags_have(written: str, kept: str) -> None:
    assert tag_name(written) == kept


SHAPES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(
        ["https://b.example/1.png", "<img src='https://b.example/1.png'>", "Link", "text/html", PAGE]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "url", "href", "name", "mediaType", "tag", "width", "en"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
FIELDS = [
    *("type", "content", "contentMap", "name", "nameMap", "summary", "summaryMap", "mediaType", "sensitive"),
    *("attachment", "image", "icon", "url", "tag", "location", "startTime", "endTime", "oneOf"),
]


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from(FIELDS), SHAPES, max_size=8),
    st.sampled_from(["Note", "Event", "Video", "Page"]),
)
def test_j10_whatever_the_shapes_there_are_words_or_none(fields: dict[str, Any], kind: str) -> None:
    note = {"type": kind, **fields}
    read = content.read(note)
    assert isinstance(sanitize(read.html), str)
    assert len(attached.files(note, read.inline)) <= attached.MAX_FILES
    assert attached.page(note) is None or attached.web(attached.page(note))
    content.tags(note)
