"""What happens next to an open request: pure, so that whole histories can be tested (AUDIENCE, butler).

All delays are given at their true length; the caller shortens them on a fast clock (RULES R27) by handing in
`stretch` < 1.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from fedi_aid.audience.engine import OPEN_ASKS
from fedi_aid.model.help import AskRow, Request

WAVE = timedelta(hours=12)
SILENCE = timedelta(hours=20)
CHECKINS = (timedelta(hours=48), timedelta(days=4), timedelta(days=7))
SLEEP = timedelta(days=7)
WIDEN_AFTER = timedelta(hours=48)
FIRST_CARRIERS = 5
MORE_CARRIERS = 3
MAX_TICKETS = 60
MAX_ASKS = 40
GROWTH = 1.5
GROWTH_WAVES = 4


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What the butler does now, and when it looks again.

    `free`: asks whose silence frees their slot. `asks`, `carriers`: how many more people to ask to help and
    to carry. `check_in`: ask the author where they are. `ask_to_widen`: ask whether friends of friends may
    be reached (level 1). `sleep`: let the request rest.
    """

    free: tuple[int, ...] = ()
    asks: int = 0
    carriers: int = 0
    check_in: bool = False
    ask_to_widen: bool = False
    sleep: bool = False
    wave: int = 0
    due_at: datetime | None = None


def next_step(
    request: Request, level: int, asks: Iterable[AskRow], now: datetime, *, stretch: float = 1.0
) -> Plan:
    """The next step of one request.

    The number of open asks grows by half at each 12-hour wave, four times at most; twenty hours of silence
    free a slot; the best carriers of a message in a bottle are asked with the first wave, those of a level 1
    after 48 hours if the author agreed; the author is asked at 48 hours, day 4 and day 7, and a request whose
    author stays silent past the last question sleeps.
    """
    if request.state != "open":
        return Plan(wave=request.wave)
    rows = list(asks)
    age = now - request.raised_at
    wave = int(age / (WAVE * stretch))
    help_rows = [one for one in rows if one.kind == "help"]
    silent = [
        one.id for one in help_rows if one.state == "open" and now - one.created_at >= SILENCE * stretch
    ]
    open_now = sum(one.state == "open" for one in help_rows) - len(silent)
    target = int(OPEN_ASKS[request.urgency] * GROWTH ** min(wave, GROWTH_WAVES))
    check_in = _check_in_due(request, age, stretch)
    if request.checkins >= len(CHECKINS) and age >= SLEEP * stretch + WAVE * stretch:
        return Plan(sleep=True, wave=wave)
    return Plan(
        free=tuple(silent),
        asks=max(0, min(target - open_now, MAX_ASKS - len(help_rows))),
        carriers=_carriers(request, level, rows, wave, age, stretch),
        check_in=check_in,
        ask_to_widen=_widening_due(request, level, age, stretch),
        wave=wave,
        due_at=_look_again(request, rows, age, now, wave, stretch, check_in=check_in),
    )


def _check_in_due(request: Request, age: timedelta, stretch: float) -> bool:
    return request.checkins < len(CHECKINS) and age >= CHECKINS[request.checkins] * stretch


def _widening_due(request: Request, level: int, age: timedelta, stretch: float) -> bool:
    """At level 1 the author is asked once, after 48 hours; choosing the bottle was the consent at level 0."""
    return level == 1 and request.widening_agreed is None and age >= WIDEN_AFTER * stretch


def _carriers(
    request: Request, level: int, rows: list[AskRow], wave: int, age: timedelta, stretch: float
) -> int:
    asked = sum(one.kind == "carry" for one in rows)
    if level == 0:
        wanted = FIRST_CARRIERS + MORE_CARRIERS * wave
    elif level == 1 and request.widening_agreed and age >= WIDEN_AFTER * stretch:
        wanted = FIRST_CARRIERS + MORE_CARRIERS * max(0, wave - 4)
    else:
        return 0
    return max(0, min(wanted, MAX_TICKETS) - asked)


def _look_again(
    request: Request,
    rows: list[AskRow],
    age: timedelta,
    now: datetime,
    wave: int,
    stretch: float,
    *,
    check_in: bool,
) -> datetime:
    """The next moment at which anything could change: a wave, a silence, a question to the author."""
    moments = [request.raised_at + WAVE * stretch * (wave + 1)]
    if request.widening_agreed is None and age < WIDEN_AFTER * stretch:
        moments.append(request.raised_at + WIDEN_AFTER * stretch)
    moments += [
        one.created_at + SILENCE * stretch
        for one in rows
        if one.kind == "help" and one.state == "open" and now - one.created_at < SILENCE * stretch
    ]
    pending = request.checkins + (1 if check_in else 0)
    if pending < len(CHECKINS):
        moments.append(request.raised_at + CHECKINS[pending] * stretch)
    return max(now + timedelta(seconds=1), min(moments))
