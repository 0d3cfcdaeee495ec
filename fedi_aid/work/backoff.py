"""When a failed job is tried again. Pure: clock and dice are arguments."""

import random
from datetime import datetime, timedelta

FIRST = timedelta(seconds=3)  # most failures are a restart or a lost connection
GROWTH = 3
LONGEST = timedelta(hours=6)
SPREAD = 0.25  # so that what failed together does not come back together
PATIENT = 5  # attempts for which a short Retry-After is taken at its word
MAX_ATTEMPTS = 100  # whatever the clock says: a job that ends its worker each time must end too


def next_try(
    attempt: int,
    created_at: datetime,
    now: datetime,
    retry_after: float | None,
    dice: random.Random,
    *,
    retry_for: timedelta,
) -> datetime | None:
    """The moment of the next try after `attempt` tries have failed (1 = the first), or None to give up.

    Triples from about 3 seconds to about 6 hours. `retry_after` (seconds, the peer's wish) replaces the
    wait of the first tries and later only lengthens it; it is never undercut. A try that would come more
    than `retry_for` after `created_at` is not made.
    """
    if attempt >= MAX_ATTEMPTS:
        return None
    wait = min(LONGEST, FIRST * GROWTH ** min(attempt - 1, 20)).total_seconds()
    wait *= dice.uniform(1 - SPREAD, 1 + SPREAD)
    if retry_after:
        wished = retry_after * dice.uniform(1, 1 + SPREAD / 2)
        wait = wished if attempt <= PATIENT else max(wait, wished)
    left = (created_at + retry_for - now).total_seconds()
    return None if wait > left else now + timedelta(seconds=wait)
