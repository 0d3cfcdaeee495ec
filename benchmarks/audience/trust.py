"""Second circle: will somebody trust a friend's friend entirely? By what the friends between them say."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from math import log
from typing import Final

from fedi_aid.audience.scores import DEFAULTS, Coefficients, second_circle_benevolence

ENTIRELY: Final = 1.0
SCALE: Final = 0.5  # a word of trust as benevolence; as closeness it counts in full


def measured(said: Mapping[tuple[int, int], float]) -> dict[str, float]:
    """AUC of foretelling the highest level of every pair that somebody is between; the pair's own word is not
    used."""
    by_whom: dict[int, dict[int, float]] = defaultdict(dict)
    for (one, other), level in said.items():
        by_whom[one][other] = level
    mean = Coefficients(mean_benevolence=SCALE * sum(said.values()) / len(said))
    found: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for (one, other), level in said.items():
        through = [
            (closeness, SCALE * by_whom[between][other])
            for between, closeness in by_whom[one].items()
            if between != other and other in by_whom[between]
        ]
        if not through:
            continue
        entirely = level == ENTIRELY
        found["paths counted"].append((len(through), entirely))
        found["noisy-or"].append((-sum(log(1 - c * b) for c, b in through), entirely))
        found["second_circle_benevolence"].append((second_circle_benevolence(through, k=DEFAULTS), entirely))
        found["the same, b̄ measured"].append((second_circle_benevolence(through, k=mean), entirely))
    return {name: auc(pairs) for name, pairs in found.items()}


def auc(pairs: Iterable[tuple[float, bool]]) -> float:
    """The chance that a pair that is true ranks above one that is not."""
    known = list(pairs)
    false = sorted(score for score, true in known if not true)
    true = [score for score, good in known if good]
    wins = sum(bisect_left(false, one) + bisect_right(false, one) for one in true)
    return wins / 2 / len(true) / len(false)


def tell(said: Mapping[tuple[int, int], float]) -> None:
    print("\nsecond circle, AUC of entire trust")
    for name, area in measured(said).items():
        print(f"  {name:<28} {area:.3f}")
