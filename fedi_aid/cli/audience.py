"""`fedi_aid audience show`, `refit`, `reset`: how the engine counts, and what it has learned here.

An operator reads numbers about all outcomes together, and only once there are enough of them that no number
is a person (RULES R8).
"""

import getpass
from collections.abc import Callable
from typing import Any, Final

import click
import msgspec

from fedi_aid.actions import learning
from fedi_aid.actions.learning import Standing
from fedi_aid.audience import refit as refitting
from fedi_aid.audience import scores
from fedi_aid.audience.refit import LEAST, Fit
from fedi_aid.audience.scores import DEFAULTS, Coefficients
from fedi_aid.cli.output import answer, json_option
from fedi_aid.cli.running import instance, run
from fedi_aid.storage.tx import Tx

# coefficient → its name for a person, what it is said to do when it grows and when it shrinks
SPOKEN: Final = (
    ("help0", "readiness (β0)", "people help more readily than assumed", "people help less readily"),
    ("help1", "kindness (β1)", "who is close and kind to the author helps more", "closeness counts for less"),
    ("help2", "causes (β2)", "a shared cause counts for more", "a shared cause counts for less"),
)
SAME: Final = 0.005
# Whom the example is about: (what they are called, benevolence, affinity)
EXAMPLES: Final = (
    ("a new friend", 0.2, 0.0),
    ("a close friend", 0.6, 0.0),
    ("a close friend who shares the cause", 0.6, 1.0),
)


@click.group()
def audience() -> None:
    """The audience engine: how it counts, and what it learns from this instance's own outcomes."""


@audience.command()
@json_option
@click.pass_obj
def show(config: str | None, as_json: bool) -> None:
    """Say which coefficients are in force, since when, and by whose word."""
    found = _read(config, learning.standing)
    answer(as_json, in_sentences(found), shown(found))


@audience.command()
@click.option("--accept", is_flag=True, help="Put in force what the last refit proposed.")
@click.option("--by", "who", default=None, metavar="NAME", help="Who decides; you, unless said otherwise.")
@json_option
@click.pass_obj
def refit(config: str | None, accept: bool, who: str | None, as_json: bool) -> None:
    """Learn from the instance's own outcomes, and say what would change. Nothing changes before --accept."""
    if accept:
        before, after = _write(config, learning.accept, who or _me())
        sentence = "In force from now on, in every process:\n" + "\n".join(_changes(before, after))
        answer(as_json, sentence, {"before": _betas(before), "after": _betas(after), "accepted": True})
        return
    known, before = _read(config, learning.to_learn_from)
    fit = refitting.fit(known, before)
    _write(config, learning.propose, fit)
    after = refitting.applied(fit)
    data = {"before": _betas(before), "after": _betas(after), "accepted": False}
    answer(as_json, proposal(fit, before, after), data | msgspec.to_builtins(fit))


@audience.command()
@json_option
@click.pass_obj
def reset(config: str | None, as_json: bool) -> None:
    """Go back to the coefficients that the program came with."""
    changed = _write(config, learning.reset)
    sentence = (
        "The engine counts with its defaults again." if changed else "The defaults are in force already."
    )
    answer(as_json, sentence, {"in_force": _betas(DEFAULTS), "changed": changed})


def _me() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "the operator"


def _read(config: str | None, question: Callable[[Tx], Any]) -> Any:
    async def act() -> Any:
        async with instance(config) as running:
            return await running.instance.db.read(question)

    return run(act())


def _write(config: str | None, action: Callable[..., Any], *given: Any) -> Any:
    async def act() -> Any:
        async with instance(config) as running:
            return await running.instance.db.write(action, *given)

    return run(act())


# -- in words


def proposal(fit: Fit, before: Coefficients, after: Coefficients) -> str:
    """What a refit found, for a person who decides about it."""
    return "\n".join(
        [
            f"{fit.samples} settled outcomes, {fit.helped} of them with help.",
            *_changes(before, after),
            *(_example(*one, before, after) for one in EXAMPLES),
            f"Log-loss per outcome: {fit.loss_before:.4f} as it is, {fit.loss_after:.4f} as proposed (less is"
            " better).",
            "Nothing has changed yet. If you agree: fedi_aid audience refit --accept",
        ]
    )


def _changes(before: Coefficients, after: Coefficients) -> list[str]:
    lines = []
    for name, spoken, more, less in SPOKEN:
        old, new = getattr(before, name), getattr(after, name)
        moved = "as before" if abs(new - old) < SAME else more if new > old else less
        lines.append(f"{spoken:<14}  {old:>6.2f} → {new:>6.2f}  {moved}")
    return lines


def _example(who: str, kind: float, shared: float, before: Coefficients, after: Coefficients) -> str:
    old, new = (round(100 * scores.chance_of_help(kind, shared, 1, 1, k)) for k in (before, after))
    return f"Of 100 asks to {who}, {old} were expected to bring help, and {new} would be."


def in_sentences(found: Standing) -> str:
    """How the engine counts now."""
    lines = [
        f"{spoken:<14}  {getattr(found.in_force, name):>6.2f}  (default {getattr(DEFAULTS, name):.2f})"
        for name, spoken, _, _ in SPOKEN
    ]
    if found.accepted is None or found.accepted.decided_at is None:
        lines.append("These are the defaults: nothing learned here is in force.")
    else:
        lines.append(
            f"Learned here from {found.accepted.samples} outcomes; in force since "
            f"{found.accepted.decided_at:%Y-%m-%d}, by the word of {found.accepted.decided_by}."
        )
    if found.proposed is not None:
        lines.append(
            f"Proposed on {found.proposed.created_at:%Y-%m-%d}, and not accepted: `fedi_aid audience refit`."
        )
    if found.settled >= LEAST:
        lines.append(
            f"{found.settled} settled outcomes to learn from, {found.helped} of them with help. An author "
            f"took somebody out as the wrong person {found.wrong_people} times in two years."
        )
    else:
        lines.append(f"Fewer than {LEAST} settled outcomes: too little to learn from.")
    return "\n".join(lines)


def shown(found: Standing) -> dict[str, Any]:
    """The same for a program."""
    enough = found.settled >= LEAST
    return {
        "in_force": _betas(found.in_force),
        "defaults": _betas(DEFAULTS),
        "accepted": msgspec.to_builtins(found.accepted),
        "proposed": msgspec.to_builtins(found.proposed),
        "settled": found.settled if enough else None,
        "helped": found.helped if enough else None,
        "wrong_people": found.wrong_people if enough else None,
    }


def _betas(k: Coefficients) -> dict[str, float]:
    return {name: getattr(k, name) for name, _, _, _ in SPOKEN}
