"""How long a map takes to find and to draw, cold and warm, for 150 and 300 friends.

    .venv/bin/python benchmarks/map.py [--rounds 9]

Cold: no spheres and no places are known. Warm: yesterday's are, and one friend is new. The baseline, in the
same run, is igraph's own cold Fruchterman–Reingold layout and Leiden of the same graph: what the library
alone would take, with faces that jump. Drift is how far a face moved, on average, in radii of the last ring.
The graph is made up, from a seed.
"""

import argparse
import math
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

import igraph

from fedi_aid.audience.map import Drawing, Face, Seen, draw
from fedi_aid.audience.spheres import Found, Friend, Known, Tie, detect
from fedi_aid.model.ids import PersonId
from fedi_aid.model.intimacy import LEVELS, Intimacy

CIRCLES = 7


def community(number: int, dice: random.Random) -> tuple[list[Friend], list[Tie], list[Face]]:
    """Friends in circles of uneven size, tied within them and a little across."""
    circle = [min(int(dice.expovariate(0.4)), CIRCLES - 1) for _ in range(number)]
    friends = [
        Friend(
            person=PersonId(one + 1),
            domain=f"{dice.choice('abcdefgh')}.example",
            causes=frozenset({f"cause{circle[one]}"} if dice.random() < 0.3 else ()),
        )
        for one in range(number)
    ]
    ties = [
        (PersonId(one + 1), PersonId(other + 1), 1.0)
        for one in range(number)
        for other in range(one + 1, number)
        if dice.random() < (0.25 if circle[one] == circle[other] else 0.01)
    ]
    order = [PersonId(one + 1) for one in range(number)]
    dice.shuffle(order)
    faces = []
    for at, person in enumerate(order):
        level = max((one for one in Intimacy if at < LEVELS[one].ring), default=Intimacy.BOTTLE)
        faces.append(Face(person=person, level=level))
    return friends, ties, faces


def drawn(
    friends: list[Friend], ties: list[Tie], faces: list[Face], before: tuple[list[Known], list[Seen], Any]
) -> tuple[tuple[Found, ...], Drawing]:
    known, seen, places = before
    found = detect(friends, ties, known)
    keys = {one.label: one.key if one.key is not None else 1000 + at for at, one in enumerate(found)}
    of = {person: keys[one.label] for one in found for person in one.people}
    order = [*seen, *(Seen(sphere=key) for key in keys.values() if key not in {one.sphere for one in seen})]
    placed = [Face(person=one.person, level=one.level, sphere=of.get(one.person)) for one in faces]
    return found, draw(placed, order, places)


def timed(work: Callable[[], Any], rounds: int) -> tuple[float, Any]:
    """Median milliseconds of processor, so that other processes do not count, and the last result."""
    took = []
    result = None
    for _ in range(rounds):
        start = time.thread_time()
        result = work()
        took.append((time.thread_time() - start) * 1000)
    return statistics.median(took), result


def library(friends: list[Friend], ties: list[Tie]) -> Any:
    graph = igraph.Graph(n=len(friends), edges=[(one - 1, other - 1) for one, other, _ in ties])
    graph.community_leiden(objective_function="modularity", resolution=0.5, n_iterations=8)
    return graph.layout_fruchterman_reingold()


def drift(before: Drawing, after: Drawing) -> float:
    both = before.places.keys() & after.places.keys()
    return statistics.fmean(math.dist(before.places[one], after.places[one]) for one in both)


def measure(number: int, rounds: int) -> None:
    dice = random.Random(number)
    friends, ties, faces = community(number + 1, dice)
    newcomer = PersonId(number + 1)
    old = [friend for friend in friends if friend.person != newcomer]
    old_ties = [tie for tie in ties if newcomer not in tie[:2]]
    old_faces = [face for face in faces if face.person != newcomer]
    base, _ = timed(lambda: library(old, old_ties), rounds)
    finding, _ = timed(lambda: detect(old, old_ties), rounds)
    cold, (found, first) = timed(lambda: drawn(old, old_ties, old_faces, ([], [], {})), rounds)
    known = [Known(key=1000 + at, label=one.label, people=one.people) for at, one in enumerate(found)]
    seen = [Seen(sphere=one.sphere, angle=one.middle) for one in first.sectors if one.sphere is not None]
    before = (known, seen, first.places)
    warm, (_, second) = timed(lambda: drawn(friends, ties, faces, before), rounds)
    same, (_, third) = timed(lambda: drawn(old, old_ties, old_faces, before), rounds)
    print(f"{number} friends, {len(old_ties)} ties, {len(found)} spheres")
    print(f"  baseline: igraph alone    {base:7.1f} ms")
    print(f"  cold: find {finding:5.1f}, in all   {cold:7.1f} ms")
    print(f"  warm, one friend is new   {warm:7.1f} ms   drift {drift(first, second):.3f}")
    print(f"  nothing is new            {same:7.1f} ms   drift {drift(first, third):.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    for number in (150, 300):
        measure(number, rounds)


if __name__ == "__main__":
    main()
