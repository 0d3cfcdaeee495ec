"""The worlds of several seeds, each with every policy, side by side in processes of their own."""

import math
import multiprocessing
import statistics
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from benchmarks.audience import graphs
from benchmarks.audience.ours import Ours
from benchmarks.audience.policies import BASELINES, Outcome, Policy
from benchmarks.audience.world import World

FIGURES: Final = ("helped", "asks", "leak", "median", "p90", "gini", "muted", "starved")


def outcomes(job: tuple[str, int, int, int]) -> dict[str, Outcome]:
    """Every policy in the world of one seed; each begins with people who are rested."""
    path, seed, days, size = job
    world = World(_people(path, size), seed, days=days)
    found: dict[str, Outcome] = {}
    policies: tuple[type[Policy], ...] = (*BASELINES, Ours)
    for policy in policies:
        found[policy.name] = policy(world.rested()).run()
    return found


@cache
def _people(path: str, size: int) -> graphs.Graph:
    return graphs.people(Path(path) if path else None, size=size)


def run(
    real: Path | None, seeds: Sequence[int], days: int, size: int, processes: int
) -> list[dict[str, Outcome]]:
    jobs = [(str(real or ""), seed, days, size) for seed in seeds]
    if processes == 1:
        return [_told(at, outcomes(job)) for at, job in enumerate(jobs, 1)]
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        each = pool.imap(outcomes, jobs, chunksize=max(1, len(jobs) // processes))
        return [_told(at, one) for at, one in enumerate(each, 1)]


def _told(at: int, found: dict[str, Outcome]) -> dict[str, Outcome]:
    """The same; a line for whoever waits."""
    ours, broadcast = found[Ours.name], found["broadcast"]
    print(f"  seed {at}: helped {ours.helped:.3f}, of a broadcast {broadcast.helped:.3f}", flush=True)
    return found


def interval(numbers: Sequence[float]) -> tuple[float, float]:
    """Mean, and half the width of its 95 % interval (Student)."""
    known = [one for one in numbers if not math.isnan(one)]
    if len(known) < 2:
        return (known[0] if known else math.nan), math.nan
    t = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78, 6: 2.57, 7: 2.45, 8: 2.36, 9: 2.31, 10: 2.26}.get(
        len(known), 2.2
    )
    return statistics.fmean(known), t * statistics.stdev(known) / math.sqrt(len(known))


def tell(found: Sequence[dict[str, Outcome]]) -> dict[str, tuple[float, float]]:
    """Prints the table; returns (helped, leak) of each policy, for the chart."""
    print(f"{'':<22}" + "".join(f"{name:>15}" for name in FIGURES))
    points = {}
    for name in found[0]:
        cells = [interval([getattr(one[name], figure) for one in found]) for figure in FIGURES]
        print(f"{name:<22}" + "".join(_cell(*cell) for cell in cells))
        points[name] = (cells[0][0], cells[2][0])
    print("\nfedi_aid by level (4 confidants … 0 bottle)")
    for level in (4, 3, 2, 1, 0):
        cells = [
            interval([getattr(one[Ours.name].levels[level], figure) for one in found]) for figure in FIGURES
        ]
        print(f"  level {level:<14}" + "".join(_cell(*cell) for cell in cells))
    ratios = [
        interval([one[Ours.name].helped / one[other].helped for one in found])
        for other in ("broadcast", "Aardvark-style", "clairvoyant")
    ]
    print(
        "\nhelped, as a multiple of: broadcast {:.2f} ± {:.2f}, Aardvark-style {:.2f} ± {:.2f}, "
        "clairvoyant {:.2f} ± {:.2f}".format(*(number for pair in ratios for number in pair))
    )
    return points


def _cell(mean: float, half: float) -> str:
    if math.isnan(mean):
        return f"{'–':>15}"
    digits = 3 if abs(mean) < 1 else 1
    return f"{mean:.{digits}f} ± {half:.{digits}f}".rjust(15)
