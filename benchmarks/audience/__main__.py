"""Runs the benchmark: see the package."""

import argparse
import os
import time
from pathlib import Path

from benchmarks.audience import chart, circles, decay, graphs, speed, trust, worlds
from benchmarks.audience.world import DAYS

TASKS = ("circles", "decay", "trust", "world")
MADE_UP = 1_200  # people


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
        processes = min(given.processes, seeds)
        points = worlds.tell(worlds.run(real, range(1, seeds + 1), days, size, processes))
        if given.chart:
            given.chart.write_text(chart.drawn(points), encoding="utf-8")
    print(f"\n{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
