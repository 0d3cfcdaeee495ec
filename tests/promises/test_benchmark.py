"""The benchmark of the audience, small: the engine and the butler, on people whose kindness is known, beat a
broadcast (AUDIENCE, benchmark)."""

import random

import pytest

from benchmarks.audience import chart, circles, decay, graphs, trust, worlds
from benchmarks.audience.ours import Ours
from benchmarks.audience.policies import Aardvark, Broadcast, Clairvoyant, Outcome, Policy, gini
from benchmarks.audience.world import World

PEOPLE, DAYS = 200, 16


@pytest.fixture(scope="module")
def outcomes() -> dict[type[Policy], Outcome]:
    graph = graphs.people(None, size=PEOPLE)
    policies = (Broadcast, Aardvark, Clairvoyant, Ours)
    return {policy: policy(World(graph, 3, days=DAYS)).run() for policy in policies}


def test_the_engine_helps_more_than_a_broadcast_with_fewer_asks_and_less_leakage(outcomes):
    ours, broadcast = outcomes[Ours], outcomes[Broadcast]
    assert ours.helped > 1.3 * broadcast.helped
    assert ours.asks < broadcast.asks / 3
    assert ours.leak < broadcast.leak / 2
    assert ours.leak < outcomes[Aardvark].leak
    assert ours.muted <= broadcast.muted


def test_who_knows_the_truth_never_leaks_and_no_figure_is_impossible(outcomes):
    assert outcomes[Clairvoyant].leak == 0
    for outcome in outcomes.values():
        assert 0 < outcome.helped <= 1
        assert 0 <= outcome.gini <= 1
        assert outcome.levels[1].leak == outcome.levels[0].leak == 0


def test_the_same_seed_is_the_same_world(outcomes):
    graph = graphs.people(None, size=PEOPLE)
    assert Ours(World(graph, 3, days=DAYS)).run() == outcomes[Ours]


def test_direction_finds_the_rest_of_a_circle():
    found = circles.with_seeds(graphs.networks(None, number=2), 3, 1)
    assert found["direction"] > 2 * found["broadcast (chance)"]


def test_spheres_are_paired_with_circles_one_to_one():
    (network,) = graphs.networks(None, number=1)
    found = circles.without_seeds([network])["spheres"]
    assert 0 < found.pairs <= 1
    assert 0 < found.best <= 1
    assert circles.stayed([network]) > 0.5
    one, two = frozenset({1, 2, 3, 4}), frozenset({5, 6, 7, 8})
    assert circles._paired([one, two], [two, one]) == pytest.approx(1)
    assert circles._paired([one], [one, two]) == pytest.approx(0.5)
    assert circles._paired([one, frozenset({1, 2, 3})], [one, two]) == pytest.approx(0.5)


def test_days_with_decay_foretell_more_than_messages_counted():
    found = decay.measured(graphs.messages(None, size=120))
    assert found["contact_weight, τ=7"] > found["messages counted"]


def test_the_mean_of_friends_words_foretells_more_than_how_many_they_are():
    found = trust.measured(graphs.trust(None, size=200))
    assert found["second_circle_benevolence"] > found["noisy-or"] > 0.5
    assert found["second_circle_benevolence"] > 0.8


def test_measures_by_hand():
    assert trust.auc([(1, True), (0, False)]) == 1
    assert trust.auc([(1, True), (1, False), (0, False)]) == 0.75
    assert gini([1, 1, 1]) == pytest.approx(0)
    assert gini([0, 0, 3]) == pytest.approx(2 / 3)
    dice = random.Random(1)
    assert gini([dice.randint(0, 9) for _ in range(50)]) > 0


def test_the_picture_names_every_policy():
    picture = chart.drawn({"fedi_aid": (0.5, 0.07), "broadcast": (0.2, 0.6)})
    assert picture.startswith("<svg") and picture.count("<circle") == 2
    assert ">fedi_aid<" in picture and ">broadcast<" in picture


def test_worlds_side_by_side_are_those_one_after_the_other() -> None:
    """In processes of their own, as the command runs them."""
    apart, together = (worlds.run(None, [1, 2], 6, 60, processes) for processes in (2, 1))
    assert [{name: one.helped for name, one in found.items()} for found in apart] == [
        {name: one.helped for name, one in found.items()} for found in together
    ]
