"""Few a day: wishes for friendship, introductions, endorsements and thanks are made one at a time, never in
bulk (PRODUCT S2). What answers somebody else's wish is not counted."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from fedi_aid.errors import Refused
from fedi_aid.storage import approaches
from fedi_aid.storage.approaches import Approach
from fedi_aid.storage.tx import Tx

DAY: Final = timedelta(days=1)
KEPT: Final = timedelta(days=2)
# Of wishes for friendship the house says how many (`friend_requests_a_day`).
A_DAY: Final[Mapping[Approach, int]] = MappingProxyType({"introduction": 5, "endorsement": 12, "thanks": 20})
_SENTENCES: Final[Mapping[Approach, str]] = MappingProxyType(
    {
        "friendship": "You can ask {most} people a day to become friends. Please come back tomorrow.",
        "introduction": "You can introduce people {most} times a day. Please come back tomorrow.",
        "endorsement": "You can vouch for {most} things a day. Please come back tomorrow.",
        "thanks": "You can thank {most} times a day here. Please come back tomorrow.",
    }
)


def approach(tx: Tx, me: int, kind: Approach) -> None:
    """Count one more; Refused (429) where the day's are used up."""
    most = tx.house.friend_requests_a_day if kind == "friendship" else A_DAY[kind]
    if most and approaches.since(tx, me, kind, tx.now - DAY) >= most:
        raise Refused(_SENTENCES[kind].format(most=most), code="too_many")
    approaches.note(tx, me, kind)


def forget(tx: Tx) -> None:
    """What no limit counts any more; by the hour."""
    approaches.forget(tx, tx.now - KEPT)
