"""The coefficients in force: the defaults, with what an operator has accepted in their places.

Read with every choice, so that all processes of an instance choose alike from the moment of the word.
"""

from fedi_aid.audience.refit import applied
from fedi_aid.audience.scores import DEFAULTS, Coefficients
from fedi_aid.storage import coefficients as rows
from fedi_aid.storage.tx import Tx


def coefficients(tx: Tx) -> Coefficients:
    found = rows.in_force(tx)
    return applied(found.values) if found is not None else DEFAULTS
