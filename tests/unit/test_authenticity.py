"""A careful word from what was seen: facts with their numbers, and nothing where too little is known (S4a)."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from fedi_aid.audience import authenticity
from fedi_aid.audience.authenticity import Day, Finding, Known, findings, sentence

START = (date(2026, 2, 1) - date(1970, 1, 1)).days


def days(*followers: int, following: int | None = 200) -> tuple[Day, ...]:
    return tuple(Day(START + at, one, following) for at, one in enumerate(followers))


def steady(number: int = 20, first: int = 1_000) -> list[int]:
    return [first + 3 * at for at in range(number)]


def kinds(known: Known) -> list[str]:
    return [one.kind for one in findings(known)]


def test_too_little_says_nothing() -> None:
    assert kinds(Known()) == []
    assert kinds(Known(posts=9, reactions=50, readers=50)) == []
    assert kinds(Known(posts=50, reactions=50, readers=4)) == []
    assert kinds(Known(days=days(10, 500, 500))) == []  # three days are no history
    assert kinds(Known(days=days(*range(1, 20), 99, following=90))) == []  # nor are a few followers
    assert sentence((), "en") == ""


def test_engagement_is_reactions_per_post_and_reader() -> None:
    known = Known(posts=20, reactions=30, readers=10)
    assert authenticity.engagement_rate(known) == 0.15
    assert findings(known) == (Finding(kind="engagement", numbers=(20, 30, 10)),)
    assert authenticity.engagement_rate(Known(posts=9, readers=10)) is None


def test_a_spike_stands_out_from_the_usual() -> None:
    jump = [*steady(15), 2_500, 2_503]
    assert findings(Known(days=days(*jump, following=None))) == (
        Finding(kind="spike", numbers=(1_042, 2_500, START + 15)),
    )
    assert kinds(Known(days=days(*steady(), following=None))) == []
    # Growth that is usual for them is no spike, nor is one after days that nobody counted.
    assert kinds(Known(days=days(*range(1_000, 9_000, 500), following=None))) == []
    gap = (*days(*steady(15), following=None), Day(START + 40, 2_500))
    assert kinds(Known(days=gap)) == []


def test_ratios_are_said_with_both_numbers() -> None:
    assert findings(Known(days=days(5_000, following=10)))[0].numbers == (5_000, 10)
    assert kinds(Known(days=days(120, following=5_000))) == ["ratio_few"]
    assert kinds(Known(days=days(120, following=100))) == []
    assert kinds(Known(days=days(120, following=None))) == []


def test_the_sentence_in_both_languages() -> None:
    """Golden: read it for tone. No judgement, all numbers."""
    found = findings(Known(posts=20, reactions=30, readers=10, days=days(*steady(15), 2_500, following=10)))
    assert sentence(found, "en") == (
        "Seen from this server: 30 reactions to the last 20 public posts that came by, which 10 members here "
        "could read; from 1,042 to 2,500 followers around February 16, 2026, far more than on other days; "
        "followed by 2,500, following 10. There may be good reasons for it; it is for you to weigh."
    )
    assert sentence(found, "fr") == (
        "Vu depuis ce serveur : 30 réactions aux 20 derniers messages publics passés par ici, que 10 membres "
        "pouvaient lire ; de 1 042 à 2 500 abonnés vers le 16 février 2026, bien plus que les autres "
        "jours ; suivi par 2 500 personnes, en suit 10. Il peut y avoir de bonnes raisons ; à vous d’en "
        "juger."
    )


@given(
    posts=st.integers(0, 200),
    reactions=st.integers(0, 5_000),
    readers=st.integers(0, 500),
    followers=st.lists(st.integers(0, 10**7), max_size=40),
    following=st.none() | st.integers(0, 10**6),
)
def test_whatever_was_seen_can_be_said(
    posts: int, reactions: int, readers: int, followers: list[int], following: int | None
) -> None:
    known = Known(
        posts=posts, reactions=reactions, readers=readers, days=days(*followers, following=following)
    )
    for locale in ("en", "fr"):
        said = sentence(findings(known), locale)
        assert "{" not in said
        assert bool(said) == bool(findings(known))
