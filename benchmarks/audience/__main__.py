"""Runs the benchmark: see the package."""

import argparse
import math
import multiprocessing
import os
import statistics
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from benchmarks.audience import chart, circles, decay, graphs, speed, trust
from benchmarks.audience.ours import Ours
from benchmarks.audience.policies import BASELINES, Outcome, Policy
from benchmarks.audience.world import DAYS, World

TASKS = ("circles", "decay", "trust", "world")
FIGURES = ("helped", "asks", "leak", "median", "p90", "gini", "muted", "starved")
MADE_UP = 1_200  # people


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


def worlds(
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


def tell_world(found: Sequence[dict[str, Outcome]]) -> dict[str, tuple[float, float]]:
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


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.audience", description=__doc__)
    parser.add_argument("--only", default=",".join(TASKS), help="of " + ", ".join(TASKS))
    parser.add_argument("--graphs", default="", help="where the real ones are, or FEDI_AID_BENCH_DATA")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--draws", type=int, default=10, help="choices of seeds per circle")
    parser.add_argument("--quick", action="store_true", help="few people, few seeds: seconds")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--chart", type=Path, help="where to write the picture (SVG)")
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--people", type=int, nargs="*", default=list(speed.SIZES), help="with --speed")
    given = parser.parse_args()
    if given.speed:
        speed.run(given.people)
        return
    real = graphs.folder(given.graphs)
    print("graphs:", real or "made up")
    size, seeds, days, draws = MADE_UP, given.seeds, given.days, given.draws
    if given.quick:
        size, seeds, days, draws, real = 250, 2, 20, 1, None
    wanted = given.only.split(",")
    started = time.perf_counter()
    if "circles" in wanted:
        circles.tell(graphs.networks(real, number=3 if given.quick else 10), draws)
    if "decay" in wanted:
        decay.tell(graphs.messages(real))
    if "trust" in wanted:
        trust.tell(graphs.trust(real))
    if "world" in wanted:
        print(f"\nE the made-up world, {days} days, {seeds} seeds: mean ± half of the 95 % interval")
        processes = 1 if given.quick else min(given.processes, seeds)
        points = tell_world(worlds(real, range(1, seeds + 1), days, size, processes))
        if given.chart:
            given.chart.write_text(chart.drawn(points), encoding="utf-8")
    print(f"\n{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
