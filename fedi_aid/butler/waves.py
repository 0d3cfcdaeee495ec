"""What happens next to an open request: pure, so that whole histories can be tested (AUDIENCE, butler).

All delays are given at their true length; the caller shortens them on a fast clock (RULES R27) by handing in
`stretch` < 1, where nobody has quiet hours.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

import msgspec

from fedi_aid.audience.engine import OPEN_ASKS
from fedi_aid.model.carrying import TICKETS_OF_ONE
from fedi_aid.model.help import AskRow, Offer, Request
from fedi_aid.model.hours import ALWAYS_AWAKE, Hours, after_waking, awake_from
from fedi_aid.model.ids import PersonId

WAVE: Final = timedelta(hours=12)
GROWTH: Final = 1.5
GROWTH_WAVES: Final = 4
SILENCE: Final = timedelta(hours=20)  # of the asked person's waking hours
REOFFER_AFTER: Final = timedelta(hours=48)  # without an open ask
WIDEN_AFTER: Final = timedelta(hours=48)
CHECKINS: Final = (timedelta(hours=48), timedelta(days=4), timedelta(days=7))
CHECKIN_EVERY: Final = timedelta(days=7)  # after the third, while the author goes on answering
SLEEP: Final = timedelta(days=7)  # without a word of the author
SLEEP_AFTER_CHECKIN: Final = timedelta(hours=12)
FIRST_CARRIERS: Final = 5
MORE_CARRIERS: Final = 1  # a wave; with three of them helped was no more and asks were a third more
MAX_ASKS: Final = 40
LEAST_ASKED: Final = 3
"""Every request is put to so many people, if there are any, before the engine may find nobody worth it."""

_NO_HOURS: Final[Mapping[PersonId, Hours]] = MappingProxyType({})


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What the butler does now, and when it looks again.

    `free`: asks whose silence frees their slot. `asks`, `carriers`: how many more people to ask to help and
    to carry. `least`: how many of the asks are made even where the engine would stop. `reoffer`: silent asks
    to put once more, if nobody new is found. `check_in`: ask the author where they are. `ask_to_widen`: ask
    whether friends of friends may be reached (level 1); it stands for a check-in. `sleep`: let the request
    rest. `wake`: its pause is over.
    """

    free: tuple[int, ...] = ()
    asks: int = 0
    least: int = 0
    carriers: int = 0
    reoffer: tuple[int, ...] = ()
    check_in: bool = False
    ask_to_widen: bool = False
    sleep: bool = False
    wake: bool = False
    wave: int = 0
    due_at: datetime | None = None


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """A request with all that its next step depends on. `hours`: of people asked who are known; `author`: the
    author's own, which stand for the others. `away_until`: until when the author wants to hear nothing."""

    request: Request
    level: int
    asks: Sequence[AskRow]
    now: datetime
    offers: Sequence[Offer] = ()
    author: Hours = ALWAYS_AWAKE
    hours: Mapping[PersonId, Hours] = _NO_HOURS
    away_until: datetime | None = None
    stretch: float = 1.0

    @property
    def helping(self) -> list[AskRow]:
        return [one for one in self.asks if one.kind == "help"]

    @property
    def age(self) -> timedelta:
        return self.now - self.request.raised_at

    @property
    def wave(self) -> int:
        """How many periods of twelve hours have passed; a clock set back begins none anew."""
        return max(self.request.wave, int(self.age / (WAVE * self.stretch)), 0)

    @property
    def heard_at(self) -> datetime:
        """When the author last spoke of it, or came back."""
        words = [one for one in (self.request.heard_at, self.away_until) if one and one <= self.now]
        return max([self.request.raised_at, *words])

    def silent_at(self, ask: AskRow) -> datetime:
        """When an open ask has met twenty waking hours of silence."""
        put_at = ask.reoffered_at or ask.created_at
        if self.stretch != 1:
            return put_at + SILENCE * self.stretch
        return after_waking(self.hours.get(ask.person_id, self.author), put_at, SILENCE)

    def awake_at(self) -> datetime:
        """When the author may next be spoken to: now, after their quiet hours, or when they are back."""
        start = self.now if self.away_until is None else max(self.now, self.away_until)
        return start if self.stretch != 1 else awake_from(self.author, start)


def next_step(
    request: Request, level: int, asks: Iterable[AskRow], now: datetime, *, stretch: float = 1.0
) -> Plan:
    """`step` of a request of which no more is known: nobody has quiet hours, nobody offered."""
    return step(Situation(request=request, level=level, asks=tuple(asks), now=now, stretch=stretch))


def step(known: Situation) -> Plan:
    """The next step of one request.

    So many asks are open at once as its urgency says, or as many helpers as it needs; half as many more at
    each 12-hour wave, four times at most; none more once enough people have offered since the author last
    spoke. Twenty waking hours of silence free a slot. The best carriers of a message in a bottle are asked
    with the first wave, those of a level 1 after 48 hours if the author agreed. After 48 hours without an
    open ask the silent are asked once more. The author is asked at 48 hours, day 4 and day 7, then weekly,
    awake; a request whose author says nothing for seven days sleeps.
    """
    if known.request.state == "paused":
        return _rest(known)
    if known.request.state != "open":
        return Plan(wave=known.request.wave)
    if _sleeps_at(known) <= known.now and known.awake_at() <= known.now:
        return Plan(sleep=True, wave=known.wave)
    silent = tuple(
        one.id for one in known.helping if one.state == "open" and known.silent_at(one) <= known.now
    )
    asks = _asks(known, len(silent))
    widen, check_in = _widening_is_due(known), _check_in_is_due(known)
    return Plan(
        free=silent,
        asks=asks,
        least=min(asks, max(0, LEAST_ASKED - len(known.helping))),
        carriers=_carriers(known),
        reoffer=_reoffers(known, silent),
        check_in=check_in and not widen,
        ask_to_widen=widen,
        wave=known.wave,
        due_at=_look_again(known, spoke=widen or check_in),
    )


def _rest(known: Situation) -> Plan:
    """A pause with an end is over at it, or when its author wakes up after it."""
    until = known.request.rests_until
    if until is None:
        return Plan(wave=known.request.wave)
    back = max(until, known.awake_at())
    if back <= known.now:
        return Plan(wake=True, wave=known.request.wave, due_at=known.now)
    return Plan(wave=known.request.wave, due_at=back)


# -- whom to ask


def _asks(known: Situation, freed: int) -> int:
    rows, request = known.helping, known.request
    if _enough_offered(known):
        return 0
    target = int(_base(request) * GROWTH ** min(known.wave, GROWTH_WAVES))
    open_now = sum(one.state == "open" for one in rows) - freed
    return max(0, min(target - open_now, MAX_ASKS - len(rows)))


def _base(request: Request) -> int:
    return max(OPEN_ASKS[request.urgency], request.helpers_needed)


def _enough_offered(known: Situation) -> bool:
    """As many as are needed have offered since the author last said that it still stands."""
    heard = known.request.heard_at
    since = [one for one in known.offers if heard is None or one.created_at > heard]
    return len(since) >= known.request.helpers_needed


def _reoffers(known: Situation, just_freed: Sequence[int]) -> tuple[int, ...]:
    """Whom silence freed and who were asked once: once more, a target's worth at a time, the first after 48
    hours in which nobody had an open ask. Not while somebody has offered: "no one" would be untrue."""
    rows = known.helping
    if known.offers or any(one.state == "open" and one.id not in just_freed for one in rows):
        return ()
    silent = [one.id for one in rows if one.state == "freed" and one.reoffered_at is None]
    if not silent or _reoffer_at(known) > known.now:
        return ()
    return tuple(silent[: int(_base(known.request) * GROWTH ** min(known.wave, GROWTH_WAVES))])


def _reoffer_at(known: Situation) -> datetime:
    """48 hours after the last open ask was closed; the batches after the first follow at once."""
    last = max((one.closed_at or known.silent_at(one) for one in known.helping), default=known.now)
    return last if known.request.reoffered else last + REOFFER_AFTER * known.stretch


def _carriers(known: Situation) -> int:
    request, asked = known.request, sum(one.kind == "carry" for one in known.asks)
    if known.level == 0:
        wanted = FIRST_CARRIERS + MORE_CARRIERS * known.wave
    elif known.level == 1 and request.widening_agreed and known.age >= WIDEN_AFTER * known.stretch:
        wanted = FIRST_CARRIERS + MORE_CARRIERS * max(0, known.wave - 4)
    else:
        return 0
    return 0 if _enough_offered(known) else max(0, min(wanted, TICKETS_OF_ONE) - asked)


# -- the author


def _check_in_is_due(known: Situation) -> bool:
    return _check_in_at(known) <= known.now and known.awake_at() <= known.now


def _check_in_at(known: Situation, *, spoke: bool = False) -> datetime:
    """The next of the moments at which the author is asked, after they last spoke or were asked. `spoke`:
    they are being asked right now."""
    request = known.request
    last = max(known.heard_at, request.checked_in_at or request.raised_at)
    last = max(last, known.now) if spoke else last
    for moment in CHECKINS:
        if request.raised_at + moment * known.stretch > last:
            return request.raised_at + moment * known.stretch
    every = CHECKIN_EVERY * known.stretch
    return request.raised_at + every * (int((last - request.raised_at) / every) + 1)


def _sleeps_at(known: Situation) -> datetime:
    """Seven days after the author's last word, and not before they had half a day to answer a question."""
    asked = known.request.checked_in_at
    if asked is None or asked <= known.heard_at or _is_away(known):
        return datetime.max.replace(tzinfo=known.now.tzinfo)
    return max(
        known.heard_at + SLEEP * known.stretch + SLEEP_AFTER_CHECKIN * known.stretch,
        asked + SLEEP_AFTER_CHECKIN * known.stretch,
    )


def _is_away(known: Situation) -> bool:
    return known.away_until is not None and known.away_until > known.now


def _widening_is_due(known: Situation) -> bool:
    """At level 1 the author is asked once, after 48 hours, if nobody has come forward; choosing the bottle
    was the consent at level 0."""
    return (
        _widening_awaits(known) and known.age >= WIDEN_AFTER * known.stretch and known.awake_at() <= known.now
    )


def _widening_awaits(known: Situation) -> bool:
    return known.level == 1 and known.request.widening_agreed is None and not known.offers


def _look_again(known: Situation, *, spoke: bool) -> datetime:
    """The next moment at which anything could change: a wave, a silence, a question to the author."""
    request = known.request
    moments = [request.raised_at + WAVE * known.stretch * (known.wave + 1)]
    moments += [
        moment
        for one in known.helping
        if one.state == "open" and (moment := known.silent_at(one)) > known.now
    ]
    to_author = [_check_in_at(known, spoke=spoke), _sleeps_at(known)]
    if _widening_awaits(known) and not spoke:
        to_author.append(request.raised_at + WIDEN_AFTER * known.stretch)
    moments.append(max(min(to_author), known.awake_at()))
    if (reoffer := _reoffer_at(known)) > known.now:
        moments.append(reoffer)
    return max(known.now + timedelta(seconds=1), min(moments))
