"""A: given one or three of a circle, who else is in it? And which circles are there, when nobody says?

The first is `audience.direction`, by which a post launched at some people is weighed for the others; the
second `audience.spheres`. R-precision: of the R best of the ranking, R being the rest of the circle, how many
are in it; among friends with a tie to another friend, since nothing leads to the rest. Matched F1 (McAuley &
Leskovec 2012): every group found is paired with a circle, one to one and as well as possible; the mean of the
groups, of which one without a circle counts 0, then of the networks.
"""

import random
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import igraph

from benchmarks.audience.graphs import Network
from fedi_aid.audience.direction import Field
from fedi_aid.audience.spheres import Friend, Known, detect
from fedi_aid.model.ids import PersonId

LEAST: Final = 6  # people in a circle that counts
LEAST_PAIRED: Final = 3  # people in what is paired, on either side
FORGOTTEN: Final = 0.05  # of ties
STARTS: Final = 10  # of what depends on luck
Cluster = Callable[[igraph.Graph], Iterable[Iterable[int]]]
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


class Matched(NamedTuple):
    """F1 of pairs; over circles the best F1 with anything found, and the same weighted by size; how many
    groups were found in a network. All means."""

    pairs: float
    best: float
    weighted: float
    groups: float


def without_seeds(networks: Sequence[Network]) -> dict[str, Matched]:
    """Of what depends on luck, the mean over its starts; `spheres` do not."""
    ways: dict[str, Cluster] = {
        "label propagation": lambda graph: graph.community_label_propagation(),
        "Leiden, resolution ½": lambda graph: graph.community_leiden(
            objective_function="modularity", resolution=0.5
        ),
    }
    found = {
        name: [
            _matched(networks, [_clustered(network, way, start) for network in networks])
            for start in range(STARTS)
        ]
        for name, way in ways.items()
    }
    found["spheres"] = [_matched(networks, [_spheres(network) for network in networks])]
    return {name: Matched(*map(statistics.fmean, zip(*each, strict=True))) for name, each in found.items()}


def _matched(networks: Sequence[Network], found: Sequence[Sequence[frozenset[int]]]) -> Matched:
    pairs, best, sizes, numbers = [], [], [], []
    for network, all_groups in zip(networks, found, strict=True):
        groups = [group for group in all_groups if len(group) >= LEAST_PAIRED]
        circles = [circle for circle in network.circles if len(circle) >= LEAST_PAIRED]
        if groups and circles:
            pairs.append(_paired(circles, groups))
        numbers.append(len(groups))
        for circle in circles:
            if len(circle) >= LEAST:
                best.append(max((_f1(circle, group) for group in groups), default=0.0))
                sizes.append(len(circle))
    weighted = sum(one * size for one, size in zip(best, sizes, strict=True)) / sum(sizes)
    return Matched(statistics.fmean(pairs), statistics.fmean(best), weighted, statistics.fmean(numbers))


def _paired(circles: Sequence[frozenset[int]], groups: Sequence[frozenset[int]]) -> float:
    """Mean F1 of the groups with the circles that the best one-to-one matching gives them; 0 without one."""
    edges = [(at, len(circles) + to) for at in range(len(circles)) for to in range(len(groups))]
    f1s = [_f1(circle, group) for circle in circles for group in groups]
    sides = [False] * len(circles) + [True] * len(groups)
    graph = igraph.Graph.Bipartite(sides, edges)
    of = dict(zip(edges, f1s, strict=True))
    found = graph.maximum_bipartite_matching(weights=f1s).edges()
    return sum(of[edge.tuple] for edge in found) / len(groups)


def stayed(networks: Sequence[Network]) -> float:
    """The share of people who are still in their sphere when one tie in twenty is no longer seen."""
    same = []
    for number, network in enumerate(networks):
        friends = [Friend(person=PersonId(one)) for one in network.friends]
        ties = [(PersonId(one), PersonId(other), 1.0) for one, other in network.ties]
        before = [
            Known(key=at, label=one.label, people=one.people) for at, one in enumerate(detect(friends, ties))
        ]
        dice = random.Random(f"stayed {number}")
        after = detect(friends, [tie for tie in ties if dice.random() >= FORGOTTEN], before)
        now = {person: one.key for one in after for person in one.people}
        same += [now.get(person) == one.key for one in before for person in one.people]
    return statistics.fmean(same)


def _f1(one: frozenset[int], other: frozenset[int]) -> float:
    return 2 * len(one & other) / (len(one) + len(other))


def _clustered(network: Network, cluster: Cluster, start: int) -> list[frozenset[int]]:
    places = {person: at for at, person in enumerate(network.friends)}
    graph = igraph.Graph(n=len(places), edges=[(places[one], places[other]) for one, other in network.ties])
    igraph.set_random_number_generator(random.Random(start))
    groups = [frozenset(network.friends[at] for at in group) for group in cluster(graph)]
    igraph.set_random_number_generator(random)
    return groups


def _spheres(network: Network) -> list[frozenset[int]]:
    friends = [Friend(person=PersonId(one)) for one in network.friends]
    ties = [(PersonId(one), PersonId(other), 1.0) for one, other in network.ties]
    return [frozenset(map(int, one.people)) for one in detect(friends, ties)]


def tied(network: Network) -> Network:
    """The network without those who have no tie to anybody in it, and its circles without them."""
    people = frozenset(person for tie in network.ties for person in tie)
    return network._replace(
        friends=tuple(one for one in network.friends if one in people),
        circles=tuple(circle & people for circle in network.circles),
    )


def tell(networks: Sequence[Network], draws: int) -> None:
    among = [tied(network) for network in networks]
    counted = sum(len(circle) >= LEAST for network in among for circle in network.circles)
    one, three = (with_seeds(among, seeds, draws) for seeds in (1, 3))
    print(f"\nA {counted} circles, R-precision with 1 and 3 seeds, {draws} draws each")
    for name in one:
        print(f"  {name:<28} {one[name]:.3f} / {three[name]:.3f}")
    print("\ncircles without seeds: matched F1; best F1 of each circle, the same weighted by size; groups")
    for name, found in without_seeds(networks).items():
        cells = f"{found.pairs:.3f}; {found.best:.3f}, {found.weighted:.3f}; {found.groups:.1f}"
        print(f"  {name:<28} {cells}")
    print(f"  {stayed(networks):.3f} stay in their sphere when {FORGOTTEN:.0%} of the ties are not seen")
