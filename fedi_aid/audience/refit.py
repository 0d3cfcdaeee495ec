"""Learning from the instance's own outcomes: β0–β2 of the chance of help, fitted anew. Pure.

The chance that somebody helps is p = min(1, σ(β0 + β1·b + β2·aff)·f)·aim, with f how able they are times how
they respond (AUDIENCE, gate and score). Only the β are fitted: b0–b4, p̄ and θ are held by the worked cases
of RULES R9, which must be true whatever anybody did. Two things keep the fit honest: what is known beforehand
(the defaults, each with a standard deviation of 1) weighs against the data, and signs are fixed, so that
nobody is ever chosen because they are less kind or share less. Being shown a request quietly moves people
less than being asked; how much less is fitted beside the β and thrown away.
"""

import math
from collections.abc import Collection, Sequence
from typing import Final

import msgspec

from fedi_aid.audience.scores import DEFAULTS, Coefficients, sigmoid
from fedi_aid.errors import Refused
from fedi_aid.model.learning import Sample

LEAST: Final = 200
"""Settled outcomes below which nothing is fitted."""
LEAST_EACH: Final = 20
"""Of these, so many must have brought help, and so many not."""

QUIETER: Final = -0.8
"""What is assumed of a quiet showing beforehand: 35 % of posts in a timeline are read, 80 % of asks."""
SPREAD: Final = 1.0
BOUNDS: Final = ((-6.0, 0.0), (0.0, 8.0), (0.0, 4.0), (-6.0, 0.0))
STEPS: Final = 60
SHORTEST: Final = 1e-6  # of a step, as a part of Newton's
ENOUGH: Final = 1e-9  # gained: nothing more is to be had
_SMALL: Final = 1e-9

Vector = tuple[float, float, float, float]  # β0, β1, β2, and how much less a quiet showing moves people


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """What was learned. `loss_before`, `loss_after`: mean log-loss of an outcome in nats, less is better;
    before is with the coefficients that were in force."""

    help0: float
    help1: float
    help2: float
    samples: int
    helped: int
    loss_before: float
    loss_after: float


def fit(samples: Sequence[Sample], in_force: Coefficients = DEFAULTS, prior: Coefficients = DEFAULTS) -> Fit:
    """The most likely β0–β2 given the outcomes and the prior. Refused where there are too few outcomes."""
    helped = sum(one.helped for one in samples)
    if len(samples) < LEAST or min(helped, len(samples) - helped) < LEAST_EACH:
        raise Refused(
            f"There is too little to learn from yet: at least {LEAST} settled outcomes are needed, "
            f"{LEAST_EACH} with help and {LEAST_EACH} without. Nothing was changed."
        )
    known = _vector(prior)
    found = _climb(samples, known, known, free=(0, 1, 2, 3))
    before = _climb(samples, _vector(in_force), known, free=(3,))
    return Fit(
        help0=found[0],
        help1=found[1],
        help2=found[2],
        samples=len(samples),
        helped=helped,
        loss_before=_loss(samples, before) / len(samples),
        loss_after=_loss(samples, found) / len(samples),
    )


def applied(values: Fit | dict[str, float], to: Coefficients = DEFAULTS) -> Coefficients:
    """Coefficients with learned β in their places, each within its bounds: no sign is ever turned."""
    given = values if isinstance(values, dict) else msgspec.structs.asdict(values)
    names = ("help0", "help1", "help2")
    held = {
        name: min(high, max(low, float(given[name])))
        for name, (low, high) in zip(names, BOUNDS, strict=False)
    }
    return msgspec.structs.replace(to, **held)


def _vector(k: Coefficients) -> Vector:
    return (k.help0, k.help1, k.help2, QUIETER)


def _inputs(one: Sample) -> Vector:
    return (1.0, one.benevolence, one.affinity, 1.0 if one.quiet else 0.0)


def _chance(one: Sample, at: Vector) -> tuple[float, float]:
    """(p, dp/dz), p kept away from 0 and 1; where p stands at its bound it does not move."""
    z = sum(weight * value for weight, value in zip(at, _inputs(one), strict=True))
    risen = sigmoid(z)
    p = risen * one.factor
    slope = p * (1 - risen) if p < 1 else 0.0
    return min(1 - _SMALL, max(_SMALL, min(1.0, p) * one.aim)), slope * one.aim


def _loss(samples: Sequence[Sample], at: Vector) -> float:
    total = 0.0
    for one in samples:
        p, _ = _chance(one, at)
        total -= math.log(p if one.helped else 1 - p)
    return total


def _held_back(at: Vector, prior: Vector) -> float:
    return sum((here - there) ** 2 for here, there in zip(at, prior, strict=True)) / (2 * SPREAD**2)


def _climb(samples: Sequence[Sample], start: Vector, prior: Vector, *, free: Collection[int]) -> Vector:
    """The minimum of log-loss plus prior within the bounds, over the `free` coordinates: Newton's method with
    expected curvature, each step cut at the bounds and halved until it goes down."""
    at = start
    value = _loss(samples, at) + _held_back(at, prior)
    for _ in range(STEPS):
        slope, curve = _shape(samples, at, prior)
        movable = [one for one in free if not _pressed(at[one], slope[one], BOUNDS[one])]
        if not movable:
            break
        step = _solved([[curve[r][c] for c in movable] for r in movable], [-slope[r] for r in movable])
        at, value, gained = _step(samples, at, value, dict(zip(movable, step, strict=True)), prior)
        if gained < ENOUGH:
            break
    return at


def _pressed(here: float, slope: float, bounds: tuple[float, float]) -> bool:
    """It stands at a bound, and downhill is behind it."""
    low, high = bounds
    return (here <= low and slope > 0) or (here >= high and slope < 0)


def _step(
    samples: Sequence[Sample], at: Vector, value: float, step: dict[int, float], prior: Vector
) -> tuple[Vector, float, float]:
    """(where, the value there, how much was gained)."""
    length = 1.0
    while length > SHORTEST:
        there = _moved(at, {one: length * by for one, by in step.items()})
        lower = _loss(samples, there) + _held_back(there, prior)
        if lower < value:
            return there, lower, value - lower
        length /= 2
    return at, value, 0.0


def _moved(at: Vector, by: dict[int, float]) -> Vector:
    def one(number: int) -> float:
        low, high = BOUNDS[number]
        return min(high, max(low, at[number] + by.get(number, 0.0)))

    return (one(0), one(1), one(2), one(3))


def _shape(samples: Sequence[Sample], at: Vector, prior: Vector) -> tuple[list[float], list[list[float]]]:
    """Gradient and expected curvature of log-loss plus prior."""
    slope = [(here - there) / SPREAD**2 for here, there in zip(at, prior, strict=True)]
    curve = [[1 / SPREAD**2 if row == column else 0.0 for column in range(4)] for row in range(4)]
    for one in samples:
        p, rise = _chance(one, at)
        push = -rise / p if one.helped else rise / (1 - p)
        weight = rise * rise / (p * (1 - p))
        given = _inputs(one)
        for row in range(4):
            slope[row] += push * given[row]
            for column in range(4):
                curve[row][column] += weight * given[row] * given[column]
    return slope, curve


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Elimination with pivots; the prior makes the matrix positive definite."""
    size = len(right)
    rows = [[*line, value] for line, value in zip(matrix, right, strict=True)]
    for at in range(size):
        best = max(range(at, size), key=lambda row: abs(rows[row][at]))
        rows[at], rows[best] = rows[best], rows[at]
        for below in range(at + 1, size):
            share = rows[below][at] / rows[at][at]
            rows[below] = [one - share * other for one, other in zip(rows[below], rows[at], strict=True)]
    found = [0.0] * size
    for at in reversed(range(size)):
        known = sum(rows[at][column] * found[column] for column in range(at + 1, size))
        found[at] = (rows[at][size] - known) / rows[at][at]
    return found
