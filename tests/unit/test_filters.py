"""What a filter finds: a pure function."""

from hypothesis import given
from hypothesis import strategies as st

from fedi_aid.model.filters import Filter, FilteredPost, Keyword, matches


def found(keyword: str, text: str, *, whole: bool = True) -> bool:
    one = Filter(
        id=1,
        title="t",
        places=("home",),
        action="warn",
        expires_at=None,
        keywords=(Keyword(id=1, keyword=keyword, whole_word=whole),),
    )
    return bool(matches([one], post_id=5, texts=[text], place="home"))


def test_words_end_where_words_end() -> None:
    assert found("onion", "An ONION.")
    assert found("été", "L'Été !")
    assert not found("onion", "onions")
    assert found("onion", "onions", whole=False)
    assert found("#help", "please #help me")
    assert not found("#help", "#helpers")
    assert found("c++", "I like C++")
    assert found("red onion", "a red onion soup")
    assert not found("red onion", "a red  onion")
    assert found("straße", "STRASSE", whole=False)


def test_only_in_its_places_and_only_the_posts_it_names() -> None:
    one = Filter(
        id=1,
        title="t",
        places=("public",),
        action="hide",
        expires_at=None,
        posts=(FilteredPost(id=2, post_id=5),),
    )
    assert matches([one], post_id=5, texts=["x"], place="home") == []
    assert matches([one], post_id=6, texts=["x"], place="public") == []
    (match,) = matches([one], post_id=5, texts=["x"], place=None)
    assert match.post_ids == (5,)


@given(st.text(min_size=1).filter(lambda text: text.strip()), st.text())
def test_any_phrase_is_taken_as_it_is(keyword: str, text: str) -> None:
    """No phrase is a pattern: it is found exactly where it stands."""
    assert found(keyword, f"{text} {keyword} {text}", whole=False)
    assert found(keyword, f" {keyword} ")
