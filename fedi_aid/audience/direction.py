"""Who stands near whom among a member's friends: what a post that is launched at some of them means for the
others. Pure.

Knows only what it is handed: ties that the member may know of (RULES R1, R8). The result weighs people
against each other; it lets nobody in (RULES R10).
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from fedi_aid.audience.scores import idf
from fedi_aid.model.ids import PersonId

# Fitted on the circles of ten people (`benchmarks.audience.circles`): round numbers near the best of some 200
# settings. Chosen without one of the ten, in turn, they find as much of the circles of that one.
STEPS: Final = (0.3, 1.0, 1.0)
"""What the first, second and third step of the walk count for: who has much in common with those aimed at
counts for more than who merely knows one of them."""
SHARED: Final = 1.0  # of a tie: having all friends in common
LIKENESS: Final = 2.0  # how much more a tie counts between people with the same profile
KNOWN_TO_ALL: Final = 0.15  # power of their number of ties: who knows everybody is met from everywhere
Ties = Mapping[PersonId, Mapping[PersonId, float]]


class Field:
    """One member's friends and the ties among them, made ready to be walked on.

    The walk is symmetric: w_ij/√(d_i·d_j), d the sum of a row. w_ij is 1 for a tie, times 1 + 2·cos of what
    both profiles say (weighted by rarity), plus (friends in common)/√(ties of i · ties of j); everybody also
    stays where they are with the mean of these, so that a step need not be taken. What is met of somebody is
    divided by (their ties)^0.15.
    """

    def __init__(
        self,
        ties: Iterable[tuple[PersonId, PersonId]],
        profiles: Mapping[PersonId, frozenset[str]] | None = None,
    ) -> None:
        near: dict[PersonId, set[PersonId]] = defaultdict(set)
        for one, other in ties:
            if one != other:
                near[one].add(other)
                near[other].add(one)
        self._near = near
        self._root = {person: 1 / math.sqrt(len(friends)) for person, friends in near.items()}
        self._tied = _likened(near, profiles or {})
        sums = self._raw(dict.fromkeys(near, 1.0))
        self._stay = sum(sums.values()) / max(1, sum(len(friends) for friends in near.values()))
        self._norm = {person: 1 / math.sqrt(total + self._stay) for person, total in sums.items()}

    def around(self, seeds: Mapping[PersonId, float]) -> dict[PersonId, float]:
        """π of everybody whom a walk of three steps from these people meets, 0–1, the nearest at 1. Seeds
        without a tie, or without weight, lead nowhere; the seeds themselves are met like anybody else."""
        total = sum(weight for person, weight in seeds.items() if person in self._near)
        if total <= 0:
            return {}
        at = {person: weight / total for person, weight in seeds.items() if person in self._near}
        met: dict[PersonId, float] = defaultdict(float)
        for share in STEPS:
            at = self._step(at)
            for person, weight in at.items():
                met[person] += share * weight
        found = {person: weight / len(self._near[person]) ** KNOWN_TO_ALL for person, weight in met.items()}
        most = max(found.values())
        return {person: weight / most for person, weight in found.items()}

    def _step(self, at: Mapping[PersonId, float]) -> dict[PersonId, float]:
        """One step from `at` with the normalised weights, staying included."""
        gone = self._raw({person: weight * self._norm[person] for person, weight in at.items()})
        for person, weight in at.items():
            gone[person] = gone.get(person, 0.0) + self._stay * weight * self._norm[person]
        return {person: weight * self._norm[person] for person, weight in gone.items()}

    def _raw(self, at: Mapping[PersonId, float]) -> dict[PersonId, float]:
        """Along every tie, and along every two of them, weighed by how many friends are in common."""
        found: dict[PersonId, float] = defaultdict(float)
        middle: dict[PersonId, float] = defaultdict(float)
        for person, weight in at.items():
            for other, tie in self._tied[person].items():
                found[other] += weight * tie
            rooted = SHARED * weight * self._root[person]
            for other in self._near[person]:
                middle[other] += rooted
        for between, weight in middle.items():
            for other in self._near[between]:
                found[other] += weight * self._root[other]
        for person, weight in at.items():  # nobody has friends in common with themselves
            found[person] -= SHARED * weight * self._root[person] ** 2 * len(self._near[person])
        return found


def _likened(near: Mapping[PersonId, set[PersonId]], profiles: Mapping[PersonId, frozenset[str]]) -> Ties:
    holders: dict[str, int] = defaultdict(int)
    for said in profiles.values():
        for word in said:
            holders[word] += 1
    rarity = {word: idf(len(profiles), number) - 1 for word, number in holders.items()}
    length = {person: math.sqrt(sum(rarity[word] ** 2 for word in said)) for person, said in profiles.items()}
    empty: frozenset[str] = frozenset()

    def alike(one: PersonId, other: PersonId) -> float:
        both = length.get(one, 0.0) * length.get(other, 0.0)
        shared = profiles.get(one, empty) & profiles.get(other, empty)
        return sum(rarity[word] ** 2 for word in shared) / both if both > 0 else 0.0

    return {
        person: {other: 1 + LIKENESS * alike(person, other) for other in sorted(friends)}
        for person, friends in near.items()
    }
