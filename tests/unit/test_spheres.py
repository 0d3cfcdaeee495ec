"""Spheres on graphs made by hand: what belongs together, what it is called, and that it stays so."""

import random
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from fedi_aid.audience.spheres import LEAST, Found, Friend, Known, Label, Tie, detect, name, observed
from fedi_aid.model.ids import PersonId


def friends(*ids: int, **known: object) -> list[Friend]:
    return [Friend(person=PersonId(one), **known) for one in ids]


def all_tied(*ids: int, weight: float = 1.0) -> list[Tie]:
    return [(PersonId(one), PersonId(other), weight) for one, other in combinations(ids, 2)]


CHOIR, CLUB = range(1, 7), range(11, 18)
TWO = friends(*CHOIR, *CLUB)
TIES = [*all_tied(*CHOIR), *all_tied(*CLUB), (PersonId(1), PersonId(11), 1.0)]


def people_of(found: tuple[Found, ...]) -> list[set[int]]:
    return [set(one.people) for one in found]


def known(found: tuple[Found, ...], first: int = 100) -> list[Known]:
    return [
        Known(key=one.key if one.key is not None else first + at, label=one.label, people=one.people)
        for at, one in enumerate(found)
    ]


def test_two_circles_with_a_bridge_are_two_spheres() -> None:
    assert people_of(detect(TWO, TIES)) == [set(CLUB), set(CHOIR)]


def test_who_is_tied_to_nobody_is_in_no_sphere() -> None:
    found = detect([*TWO, *friends(50, 51)], [*TIES, (PersonId(50), PersonId(51), 1.0)])
    assert {50, 51}.isdisjoint(set().union(*people_of(found)))
    assert detect(friends(1, 2, 3), []) == ()
    assert detect([], []) == ()


def test_ties_of_strangers_are_passed_over() -> None:
    strangers = all_tied(*range(900, 910), weight=50.0)
    mixed = [(PersonId(1), PersonId(900), 9.0), (PersonId(11), PersonId(900), 9.0)]
    assert detect(TWO, [*TIES, *strangers, *mixed]) == detect(TWO, TIES)


def test_likeness_is_enough_where_no_tie_is_seen() -> None:
    here = [*friends(1, 2, 3, causes=frozenset({"river"})), *friends(4, 5, 6, causes=frozenset({"bread"}))]
    found = detect(here, [])
    assert people_of(found) == [{1, 2, 3}, {4, 5, 6}]
    assert [one.label.value for one in found] == ["river", "bread"]


def test_what_nearly_everybody_shares_links_nobody() -> None:
    assert detect(friends(*range(1, 9), domain="big.example"), []) == ()


def test_a_name_is_what_is_rarer_outside() -> None:
    here = [
        *[Friend(person=PersonId(one), domain="choir.example", tags=frozenset({"garden"})) for one in CHOIR],
        *friends(*CLUB, tags=frozenset({"garden"})),
    ]
    found = {one.label for one in detect(here, TIES)}
    assert Label(kind="server", value="choir.example") in found
    assert not any(label.value == "garden" for label in found)


def test_without_anything_in_common_the_two_closest_give_their_names() -> None:
    assert name(TWO, {PersonId(3), PersonId(2), PersonId(5)}) == Label(kind="people", value="2,3")


def test_two_spheres_do_not_get_the_same_name() -> None:
    bread = Label(kind="cause", value="bread")
    here = [*friends(1, 2, 3, causes=frozenset({"bread"})), *friends(4, 5, 6, 7, 8)]
    three = [PersonId(1), PersonId(2), PersonId(3)]
    assert name(here, three) == bread
    assert name(here, three, [bread]).kind == "people"


def test_a_small_change_neither_moves_nor_renames() -> None:
    """The warm start: somebody comes, somebody goes, a tie is seen; keys and labels stay."""
    before = known(detect(TWO, TIES))
    now = [friend for friend in TWO if friend.person != 6] + friends(18)
    ties = [
        *TIES,
        *((PersonId(18), PersonId(one), 1.0) for one in (11, 12, 13)),
        (PersonId(2), PersonId(12), 1.0),
    ]
    after = detect(now, ties, before)
    assert [(one.key, one.label) for one in after] == [(one.key, one.label) for one in before]
    assert people_of(after) == [{*CLUB, 18}, set(CHOIR) - {6}]


def test_a_sphere_that_falls_apart_gives_its_name_to_the_larger_half() -> None:
    everybody = friends(*range(1, 11))
    before = known(
        detect([*everybody, *friends(*range(20, 26))], [*all_tied(*range(1, 11)), *all_tied(*range(20, 26))])
    )
    apart = [*all_tied(*range(1, 8)), *all_tied(8, 9, 10), *all_tied(*range(20, 26))]
    after = detect([*everybody, *friends(*range(20, 26))], apart, before)
    whole = next(one for one in before if 1 in one.people)
    assert next(one for one in after if 1 in one.people).key == whole.key
    assert next(one for one in after if 8 in one.people).key is None


def test_replies_count_once_for_each_pair_and_ever_less() -> None:
    one, two, three = PersonId(1), PersonId(2), PersonId(3)
    (first, second) = observed([(one, two), (two, one), (two, one), (three, two)])
    assert first[:2] == (1, 2)
    assert second[:2] == (2, 3)
    assert second[2] < first[2] < 3 * second[2]


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Friend], list[Tie]]:
    dice = random.Random(draw(st.integers(0, 2**32)))
    number = draw(st.integers(0, 25))
    here = [
        Friend(
            person=PersonId(one),
            domain=dice.choice(["", "a.example", "b.example"]),
            causes=frozenset(cause for cause in ("river", "bread") if dice.random() < 0.2),
            lists=frozenset(one for one in (5, 6) if dice.random() < 0.2),
        )
        for one in range(1, number + 1)
    ]
    ties = [tie for tie in all_tied(*range(1, number + 1)) if dice.random() < 0.2]
    return here, ties


@settings(deadline=None, max_examples=60)
@given(worlds(), st.randoms(use_true_random=False))
def test_a_partition_that_depends_on_nothing_but_the_graph(
    world: tuple[list[Friend], list[Tie]], dice: random.Random
) -> None:
    """Nobody in two spheres, none too small, every one named differently; the order of ties is nothing; what was
    found stays as it is when nothing changes."""
    here, ties = world
    found = detect(here, ties)
    everybody = [person for one in found for person in one.people]
    assert len(everybody) == len(set(everybody))
    assert set(everybody) <= {friend.person for friend in here}
    assert all(len(one.people) >= LEAST for one in found)
    assert len({one.label for one in found}) == len(found)
    shuffled = dice.sample(ties, len(ties))
    assert detect(here, shuffled) == found
    again = detect(here, ties, known(found))
    assert {one.key for one in known(found)} >= {one.key for one in again if one.key is not None}
    kept = {one.key: one.label for one in known(found)}
    assert all(kept[one.key] == one.label for one in again if one.key is not None)
