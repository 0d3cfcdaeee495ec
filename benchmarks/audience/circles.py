"""A: given one or three of a circle, who else is in it? And which circles are there, when nobody says?

The first is `audience.direction`, by which a post launched at some people is weighed for the others; the
second `audience.spheres`. R-precision: of the R best of the ranking, R being the rest of the circle, how many
are in it.
"""

import random
import statistics
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import igraph

from benchmarks.audience.graphs import Network
from fedi_aid.audience.direction import Field
from fedi_aid.audience.spheres import Friend, detect
from fedi_aid.model.ids import PersonId

LEAST: Final = 6  # people in a circle that counts
Rank = Callable[[Sequence[int]], Mapping[int, float]]


def with_seeds(networks: Sequence[Network], seeds: int, draws: int) -> dict[str, float]:
    """Mean R-precision over every circle and draw."""
    found: dict[str, list[float]] = defaultdict(list)
    for number, network in enumerate(networks):
        rankings = _rankings(network)
        for place, circle in enumerate(network.circles):
            if len(circle) < LEAST:
                continue
            for draw in range(draws):
                dice = random.Random(f"{number} {place} {draw} {seeds}")
                known = sorted(dice.sample(sorted(circle), seeds))
                for name, rank in rankings.items():
                    found[name].append(_precision(network, circle, known, rank(known), dice))
    return {name: statistics.fmean(shares) for name, shares in found.items()}


def _precision(
    network: Network,
    circle: frozenset[int],
    known: Sequence[int],
    score: Mapping[int, float],
    dice: random.Random,
) -> float:
    rest = circle - set(known)
    others = [one for one in network.friends if one not in known]
    dice.shuffle(others)
    others.sort(key=lambda one: -score.get(one, 0.0))
    return len(rest.intersection(others[: len(rest)])) / len(rest)


def _rankings(network: Network) -> dict[str, Rank]:
    places = {person: at for at, person in enumerate(network.friends)}
    graph = igraph.Graph(n=len(places), edges=[(places[one], places[other]) for one, other in network.ties])
    ties = [(PersonId(one), PersonId(other)) for one, other in network.ties]
    profiles = {PersonId(person): said for person, said in network.profiles.items()}
    plain, whole = Field(ties), Field(ties, profiles)

    def walk(known: Sequence[int]) -> Mapping[int, float]:
        met = graph.personalized_pagerank(reset_vertices=[places[one] for one in known])
        return dict(zip(network.friends, met, strict=True))

    def around(field: Field) -> Rank:
        return lambda known: field.around({PersonId(one): 1.0 for one in known})  # type: ignore[return-value]

    return {
        "broadcast (chance)": lambda known: {},
        "random walk (PageRank)": walk,
        "direction, ties alone": around(plain),
        "direction": around(whole),
    }


def without_seeds(networks: Sequence[Network]) -> dict[str, float]:
    """Mean over circles of the best F1 with anything found."""
    found: dict[str, list[float]] = defaultdict(list)
    for network in networks:
        groups = {"label propagation": _propagated(network), "spheres": _spheres(network)}
        for circle in network.circles:
            if len(circle) >= LEAST:
                for name, known in groups.items():
                    found[name].append(max((_f1(circle, group) for group in known), default=0.0))
    return {name: statistics.fmean(shares) for name, shares in found.items()}


def _f1(one: frozenset[int], other: frozenset[int]) -> float:
    return 2 * len(one & other) / (len(one) + len(other))


def _propagated(network: Network) -> list[frozenset[int]]:
    places = {person: at for at, person in enumerate(network.friends)}
    graph = igraph.Graph(n=len(places), edges=[(places[one], places[other]) for one, other in network.ties])
    igraph.set_random_number_generator(random.Random(1))
    groups = [frozenset(network.friends[at] for at in group) for group in graph.community_label_propagation()]
    igraph.set_random_number_generator(random)
    return groups


def _spheres(network: Network) -> list[frozenset[int]]:
    friends = [Friend(person=PersonId(one)) for one in network.friends]
    ties = [(PersonId(one), PersonId(other), 1.0) for one, other in network.ties]
    return [frozenset(map(int, one.people)) for one in detect(friends, ties)]


def tell(networks: Sequence[Network], draws: int) -> None:
    counted = sum(len(circle) >= LEAST for network in networks for circle in network.circles)
    one, three = (with_seeds(networks, seeds, draws) for seeds in (1, 3))
    print(f"\nA {counted} circles, R-precision with 1 and 3 seeds, {draws} draws each")
    for name in one:
        print(f"  {name:<28} {one[name]:.3f} / {three[name]:.3f}")
    print("\ncircles without seeds, matched F1")
    for name, share in without_seeds(networks).items():
        print(f"  {name:<28} {share:.3f}")
