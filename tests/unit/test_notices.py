"""PRODUCT S2: who waits, and who is heard. A pure function."""

import itertools

import pytest

from fedi_aid.model.notices import DEFAULT, TREATMENTS, Approach, NoticePolicy, treatment


@pytest.mark.parametrize(
    "approach,found",
    [
        (Approach(), "wait"),
        (Approach(following=True), "show"),
        (Approach(follows=True), "wait"),  # following somebody does not open their door
        (Approach(expected=True, private=True), "show"),
        (Approach(private=True), "wait"),
        (Approach(welcome=True, private=True, new=True, limited=True), "show"),
        (Approach(expected=True, limited=True), "wait"),
        (Approach(following=True, limited=True, new=True), "show"),
    ],
)
def test_without_a_word_strangers_wait(approach: Approach, found: str) -> None:
    assert treatment(DEFAULT, approach) == found


def test_the_strictest_wish_that_applies_decides() -> None:
    policy = NoticePolicy(not_following="show", private_mentions="wait", new_accounts="drop")
    assert treatment(policy, Approach()) == "show"
    assert treatment(policy, Approach(private=True)) == "wait"
    assert treatment(policy, Approach(private=True, new=True)) == "drop"
    assert treatment(NoticePolicy(not_followers="drop"), Approach(following=True)) == "drop"


def test_being_better_known_never_makes_it_worse() -> None:
    for wishes in itertools.product(TREATMENTS, repeat=3):
        policy = NoticePolicy(not_following=wishes[0], not_followers=wishes[1], private_mentions=wishes[2])
        for follows, private in itertools.product((False, True), repeat=2):
            stranger = treatment(policy, Approach(follows=follows, private=private))
            friend = treatment(policy, Approach(follows=follows, private=private, following=True))
            assert TREATMENTS.index(friend) <= TREATMENTS.index(stranger)
