"""What the operator decides about the engine: which coefficients are in force.

Fitting looks at every outcome and takes its time: it is done between two transactions, and what is accepted
is what was proposed and read, not a fit of another day.
"""

from datetime import timedelta
from typing import Final

import msgspec

from fedi_aid.audience import learned, refit
from fedi_aid.audience.scores import Coefficients
from fedi_aid.errors import Refused
from fedi_aid.model.learning import Sample
from fedi_aid.storage import coefficients as rows
from fedi_aid.storage import outcomes
from fedi_aid.storage.coefficients import Learned
from fedi_aid.storage.tx import Tx

SETTLED: Final = timedelta(days=7)  # who helps, says so by then
MOST: Final = 20_000  # the newest outcomes


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How the engine counts now, and what it could learn from. `settled`: outcomes that count; `helped`: of
    these with help; `wrong_people`: how often an author took somebody out, in all."""

    in_force: Coefficients
    accepted: Learned | None
    proposed: Learned | None
    settled: int
    helped: int
    wrong_people: int


def settled(tx: Tx) -> list[Sample]:
    return outcomes.samples(tx, tx.now - tx.house.soon(SETTLED), limit=MOST)


def standing(tx: Tx) -> Standing:
    known = settled(tx)
    return Standing(
        in_force=learned.coefficients(tx),
        accepted=rows.in_force(tx),
        proposed=rows.proposed(tx),
        settled=len(known),
        helped=sum(one.helped for one in known),
        wrong_people=outcomes.wrong_people(tx),
    )


def to_learn_from(tx: Tx) -> tuple[list[Sample], Coefficients]:
    """What `refit.fit` needs: the outcomes, and what is in force."""
    return settled(tx), learned.coefficients(tx)


def propose(tx: Tx, fit: refit.Fit) -> None:
    """Keep a fit until it is accepted; the engine goes on as before."""
    rows.propose(
        tx,
        {"help0": fit.help0, "help1": fit.help1, "help2": fit.help2},
        samples=fit.samples,
        helped=fit.helped,
        loss_before=fit.loss_before,
        loss_after=fit.loss_after,
    )


def accept(tx: Tx, by: str) -> tuple[Coefficients, Coefficients]:
    """Put in force what was proposed last; (before, after). Refused when nothing was."""
    before, found = learned.coefficients(tx), rows.proposed(tx)
    if found is None:
        raise Refused("Nothing was proposed: run `fedi_aid audience refit` and read what it says first.")
    rows.put_in_force(tx, found.id, by)
    return before, learned.coefficients(tx)


def reset(tx: Tx) -> bool:
    """Back to the defaults; False when they were in force."""
    return rows.retire(tx)
