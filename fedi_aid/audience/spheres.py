"""Spheres: which of a member's friends belong together, and what to call it. Pure.

Leiden (igraph) on the member's friends and what the member may know of ties among them; yesterday's spheres
are where today's begin, so that they stay what they were. What counts as a tie is the caller's to say: this
file must be handed nothing that the member may not know (RULES R1, R8).
"""

import math
import random
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Final, Literal

import msgspec

from fedi_aid.model.ids import PersonId

LabelKind = Literal["cause", "tag", "list", "server", "people"]
Tie = tuple[PersonId, PersonId, float]

RESOLUTION: Final = 0.4  # of modularity (AUDIENCE, benchmark: circles without seeds)
ITERATIONS: Final = 8  # until nothing changes can take for ever: rounding makes it go round in circles
LEAST: Final = 3  # people in a new sphere
LEAST_KEPT: Final = 2  # people in one that was there yesterday
MOST: Final = 12  # spheres of one member
BETTER: Final = 0.05  # modularity by which a fresh start must win to replace what people know
COVERED: Final = 0.4  # share of a sphere that a name must fit
LIFT: Final = 1.5  # how much rarer it must be outside
# A likeness of one kind links a friend to all who share it together as strongly as one tie does.
LIKENESS: Final[Mapping[str, float]] = {"list": 2.0, "cause": 1.0, "tag": 0.7, "server": 0.5}
# Of two names that fit as well, the one that says more.
TELLING: Final[Mapping[LabelKind, float]] = {"list": 1.2, "cause": 1.0, "tag": 0.9, "server": 0.6}
_SEED: Final = 1
_ONE_AT_A_TIME = threading.Lock()  # igraph has one source of chance for the whole process


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """What a sphere is called, before any language: a cause or hashtag by its folded tag, a list by its id, a
    server by its domain ("" is ours), or the ids of its two closest people, with a comma."""

    kind: LabelKind
    value: str


class Friend(msgspec.Struct, frozen=True, kw_only=True):
    """A friend, with what the member may know of them: server, causes, hashtags, the member's own lists."""

    person: PersonId
    domain: str = ""
    causes: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    lists: frozenset[int] = frozenset()


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A sphere as it was found before."""

    key: int
    label: Label
    people: frozenset[PersonId]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A sphere found today; `key` is that of the one it was before, None for a new one."""

    key: int | None
    label: Label
    people: frozenset[PersonId]


def detect(friends: Sequence[Friend], ties: Iterable[Tie], before: Sequence[Known] = ()) -> tuple[Found, ...]:
    """The spheres among these friends (given closest first), the largest first; nobody is in two, and who
    belongs nowhere is in none. The same input gives the same answer, whatever its order but the friends'.

    Started from `before`: a sphere keeps its key and its label while it keeps half of its people. Ties of
    strangers are passed over; weights must be positive.
    """
    places = {person: at for at, person in enumerate(sorted(friend.person for friend in friends))}
    weights = _weigh(friends, ties)
    if not weights:
        return ()
    groups = _groups(places, weights, before)
    kept = _recognised(groups, before)
    found = [
        (known, people) for people, known in kept if len(people) >= (LEAST if known is None else LEAST_KEPT)
    ]
    found.sort(key=lambda one: (one[0] is None, -len(one[1]), min(one[1])))
    taken = {known.label for known, _ in found if known is not None}
    spheres = []
    for known, people in found[:MOST]:
        label = known.label if known else name(friends, people, taken)
        taken.add(label)
        spheres.append(Found(key=known.key if known else None, label=label, people=people))
    return tuple(sorted(spheres, key=lambda one: (-len(one.people), min(one.people))))


def _weigh(friends: Sequence[Friend], ties: Iterable[Tie]) -> dict[tuple[PersonId, PersonId], float]:
    """Every pair that anything links, smaller id first."""
    known = {friend.person for friend in friends}
    weights: dict[tuple[PersonId, PersonId], float] = defaultdict(float)
    for one, other, weight in ties:
        if one != other and one in known and other in known and weight > 0:
            weights[min(one, other), max(one, other)] += weight
    for (kind, _), alike in sorted(_shared(friends).items()):
        # What more than half of one's friends share tells none of them apart.
        if len(alike) >= 2 and 2 * len(alike) <= len(friends) + 1:
            each = LIKENESS[kind] / (len(alike) - 1)
            for pair in combinations(sorted(alike), 2):
                weights[pair] += each
    return weights


def _shared(friends: Iterable[Friend]) -> dict[tuple[LabelKind, str], list[PersonId]]:
    found: dict[tuple[LabelKind, str], list[PersonId]] = defaultdict(list)
    for friend in friends:
        found["server", friend.domain].append(friend.person)
        for cause in friend.causes:
            found["cause", cause].append(friend.person)
        for tag in friend.tags:
            found["tag", tag].append(friend.person)
        for list_id in friend.lists:
            found["list", str(list_id)].append(friend.person)
    return found


def _groups(
    places: Mapping[PersonId, int],
    weights: Mapping[tuple[PersonId, PersonId], float],
    before: Sequence[Known],
) -> list[frozenset[PersonId]]:
    import igraph  # takes 0.2 s, and not every process draws maps

    people = sorted(places)
    pairs = sorted(weights)
    edges = [(places[one], places[other]) for one, other in pairs]
    graph = igraph.Graph(n=len(people), edges=edges)
    strengths = [weights[pair] for pair in pairs]

    def leiden(start: list[int] | None) -> tuple[float, list[int]]:
        found = graph.community_leiden(
            objective_function="modularity",
            weights=strengths,
            resolution=RESOLUTION,
            initial_membership=start,
            n_iterations=ITERATIONS,
        )
        quality = graph.modularity(found.membership, weights=strengths, resolution=RESOLUTION)
        return quality, list(found.membership)

    with _ONE_AT_A_TIME:
        igraph.set_random_number_generator(random.Random(_SEED))  # noqa: S311 - no secret hangs on it
        try:
            best = leiden(None)
            if before:
                start = _start(people, before)
                # What is one sphere holds together: pieces of yesterday's begin apart.
                inner = [edge for edge in edges if start[edge[0]] == start[edge[1]]]
                pieces = igraph.Graph(n=len(people), edges=inner).connected_components()
                warm = leiden(list(pieces.membership))
                best = best if best[0] > warm[0] + BETTER else warm
        finally:
            igraph.set_random_number_generator(random)
    groups: dict[int, set[PersonId]] = defaultdict(set)
    for person, group in zip(people, best[1], strict=True):
        groups[group].add(person)
    return [frozenset(group) for group in groups.values()]


def _start(people: Sequence[PersonId], before: Sequence[Known]) -> list[int]:
    """Yesterday's groups, and everybody else alone, as numbers without holes."""
    was = {person: known.key for known in before for person in known.people}
    numbers: dict[tuple[bool, int], int] = {}
    return [numbers.setdefault((person in was, was.get(person, person)), len(numbers)) for person in people]


def _recognised(
    groups: Sequence[frozenset[PersonId]], before: Sequence[Known]
) -> list[tuple[frozenset[PersonId], Known | None]]:
    """Each group with the sphere that it was: the largest overlaps first, half of either of them at least."""
    here = frozenset().union(*groups)
    overlaps = sorted(
        (-len(both), known.key, min(group), at, known)
        for at, group in enumerate(groups)
        for known in before
        if (both := group & known.people)
        and (2 * len(both) >= len(group) or 2 * len(both) >= len(known.people & here))
    )
    matched: dict[int, Known] = {}
    taken: set[int] = set()
    for _, key, _, at, known in overlaps:
        if at not in matched and key not in taken:
            matched[at] = known
            taken.add(key)
    return [(group, matched.get(at)) for at, group in enumerate(groups)]


def name(friends: Sequence[Friend], people: Iterable[PersonId], taken: Iterable[Label] = ()) -> Label:
    """What is over-represented among these people, compared with the other friends; where nothing is, the two
    closest of them. `friends`: all, closest first; `taken`: labels of other spheres, not given twice."""
    inside = frozenset(people)
    used = set(taken)
    best: tuple[float, str, str] | None = None
    label: Label | None = None
    for (kind, value), alike in _shared(friends).items():
        count = len(inside & set(alike))
        share = count / len(inside)
        outside = (len(alike) - count + 0.5) / (len(friends) - len(inside) + 1)
        if count < 2 or share < COVERED or share < LIFT * outside:
            continue
        said = Label(kind=kind, value=value)
        fit = (-TELLING[kind] * share * math.log(share / outside), kind, value)
        if said not in used and (best is None or fit < best):
            best, label = fit, said
    if label is not None:
        return label
    closest = [friend.person for friend in friends if friend.person in inside][:2]
    return Label(kind="people", value=",".join(str(person) for person in closest))


def observed(replies: Iterable[tuple[PersonId, PersonId]]) -> list[Tie]:
    """Replies seen between two people as one tie each: ln(1 + how many), whoever answered whom."""
    counts = Counter((min(pair), max(pair)) for pair in replies)
    return [(one, other, math.log1p(number)) for (one, other), number in sorted(counts.items())]
