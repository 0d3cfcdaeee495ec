"""C14: what strangers ask through a friend opens nothing, and money is named."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedi_aid.model.caution import speaks_of_money, with_care, without_links
from fedi_aid.model.html import sanitize


@pytest.mark.parametrize(
    "text",
    [
        "Could you lend me 50 euros until Friday?",
        "Un VIREMENT rapide m'aiderait",
        "Il me faut un prêt, ou un don.",
        "J’ai besoin d’argent",
        "Send a gift   card, please",
        "Western\nUnion is best",
        "only 40€",
        "$100 would do",
        "FR76 3000 6000 0112 3456 7890 189",
        "pay-pal or PayPal",
        "des espèces",
        "ｅｕｒｏｓ",  # full width
    ],
)
def test_c14_money_is_noticed(text: str) -> None:
    assert speaks_of_money(text)


@pytest.mark.parametrize(
    "text",
    [
        "My shop needs a ramp. Who knows a carpenter?",
        "Qui peut m'aider à déménager samedi ? J'ai une camionnette.",
        "I need a hand with my garden, 10 to 12.",
        "Il est 14 h 30, rendez-vous au 7 rue des Lilas",
        "",
    ],
)
def test_c14_ordinary_requests_are_left_alone(text: str) -> None:
    assert not speaks_of_money(text)


def test_c14_links_become_words_and_hide_nothing() -> None:
    html = sanitize(
        '<p>See <a href="https://evil.example/very/long/path"><span class="invisible">https://</span>'
        '<span class="ellipsis">evil.example/very</span><span class="invisible">/long/path</span></a> '
        '<a href="https://evil.example/">bank.example</a> <strong>now</strong></p>'
    )
    shown = without_links(html)
    assert "<a" not in shown
    assert "href" not in shown
    assert "invisible" not in shown
    assert "evil.example/very" in shown
    assert "bank.example [evil.example]" in shown
    assert "<strong>now</strong>" in shown


class Tags(HTMLParser):
    """The elements of some HTML, closing ones too."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str | None]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, attrs))

    def handle_endtag(self, tag: str) -> None:
        self.found.append((tag, []))


@given(
    st.lists(
        st.sampled_from(
            '<a href="https://x.example/?q=%3E"> </a> <p> </p> <span class="invisible"> </span> <br> > < " word'
            " <a href='javascript:1'> <A HREF=https://y.example> <abbr> <a>".split()
        ),
        max_size=30,
    ).map(" ".join)
)
def test_c14_no_link_is_left_whatever_was_written(written: str) -> None:
    reader = Tags()
    reader.feed(without_links(sanitize(written)))
    reader.close()
    assert "a" not in {name for name, _ in reader.found}
    assert not {
        value for _, attributes in reader.found for name, value in attributes if name in ("href", "class")
    }


@pytest.mark.parametrize(("language", "word"), [("en", "money"), ("fr", "argent")])
def test_c14_a_line_of_ours_stands_below(language: str, word: str) -> None:
    evil, friend = "@<b>x</b>@evil.example", "Frank {author}"
    quiet = with_care("<p>Hi</p>", "Hi", author=evil, friend=friend, language=language)  # type: ignore[arg-type]
    loud = with_care("<p>50 €</p>", "50 €", author=evil, friend=friend, language=language)  # type: ignore[arg-type]
    assert quiet.startswith("<p>Hi</p><p>⚠ ")
    assert word not in quiet
    assert word in loud
    assert "<b>" not in loud
    assert "Frank {author}" in loud
