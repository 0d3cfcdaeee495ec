"""The choice: who may see a post, who is asked, who is asked to carry. Pure; time and chance come in.

The author's engine chooses the first circle and the carriers, nobody else (RULES R1): hand `choose` the
author's friends. The carrier's engine chooses among the carrier's own friends: `choose_for_carry`. A friend
of a friend given to `choose` passes only with live carriers, on a raised flag, at level 0 or 1: the same
rule, for servers that hold all three people.

Hand in *all* friends, the barred and unreachable ones too: ranks are counted before anybody is left out, so
that nobody is promoted by an absence (RULES R11).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from random import Random
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from fedi_aid.audience import explain, scores
from fedi_aid.audience.explain import Reason
from fedi_aid.audience.scores import DEFAULTS, Capability, Closeness, Coefficients
from fedi_aid.model.ids import PersonId
from fedi_aid.model.intimacy import LEVELS, Intimacy

Urgency = Literal["low", "normal", "high"]
Empty = Literal["no_friends_yet", "no_one_close_enough", "no_one_plausible"]

OPEN_ASKS: Final[Mapping[Urgency, int]] = MappingProxyType({"low": 2, "normal": 3, "high": 8})
"""How many people are asked at once, by urgency."""

RECENT_DAYS: Final = 90
NEAREST: Final = 15
PEOPLE_A_CARRIER: Final = 2
RARELY_ASKED: Final = 1
HINTED_ASKED: Final = 0.3
HINTED_SHOWN: Final = 0.6
"""How able somebody counts at least, to be asked and to be shown a request whose hashtag names a skill."""
AIMED_AT: Final = 0.05
"""The least π at which an ordinary post that was launched somewhere is shown; nobody is let in by it."""
TICKET_SEATS: Final[Mapping[Intimacy, int]] = MappingProxyType({Intimacy.BOTTLE: 50, Intimacy.WIDE: 5})
"""Most seats a ticket may have, by level; other levels are never carried (FEDERATION_EXTENSION §4)."""


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """What is written and what is wanted; everything the engine needs to know of a post.

    `wanted`: skills asked for, any of which helps; `hinted`: by a hashtag alone, so that nobody is left out
    for it; `kinds` of help, none named meaning any. `idf`: weight of a cause, 1 when absent; where none is
    given, the engine takes how rare each is among the candidates. `team`, `counsel`: of the project.
    `launched`: π per person, 0–1, when the post was launched at spheres, and `launched_elsewhere` π of those
    it does not name; `spheres`: those it was launched at. `named`: people the author names; `excluded`:
    people the author leaves out of this post.
    """

    level: Intimacy
    flag_raised: bool = False
    wanted: tuple[str, ...] = ()
    hinted: bool = False
    kinds: frozenset[str] = frozenset()
    causes: frozenset[str] = frozenset()
    idf: dict[str, float] = {}
    languages: frozenset[str] = frozenset()
    team: frozenset[PersonId] = frozenset()
    counsel: frozenset[PersonId] = frozenset()
    launched: dict[PersonId, float] | None = None
    launched_elsewhere: float = 0.0
    spheres: frozenset[int] = frozenset()
    urgency: Urgency = "normal"
    helpers_needed: int = 1
    named: tuple[PersonId, ...] = ()
    excluded: frozenset[PersonId] = frozenset()


class Candidate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Somebody in the author's first two circles.

    `circle` is 1 for a friend of the author, else 2; `carriers`: friends of the author whose leases to this
    person are live (circle 2 only). `barred`: blocked, muted or reported by the author, or who blocked,
    muted or reported the author, as far as this server knows. `reachable`: a post can be delivered.
    `helped_before`: the author thanked them for help. `accepted`, `silent`, `asked`: asks they took, left
    unanswered, got in all. `used`/`budget`: interruptions of the week. `resting`, `paused`, `quiet_now`:
    not to be asked now, though shown. `willing`: they can be asked by this author; `accepts`: kinds of help
    they accept to be asked for, none meaning any.
    `can_carry`: their server understands carrying. `sphere`: the author's sphere they are in.
    """

    person: PersonId
    circle: Literal[1, 2]
    closeness: Closeness
    carriers: tuple[PersonId, ...] = ()
    pinned: bool = False
    barred: bool = False
    parted: bool = False  # no friend any more, by a block or a suspension; barred, and keeps their place
    reachable: bool = True
    capabilities: tuple[Capability, ...] = ()
    causes: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    helped_before: bool = False
    accepted: int = 0
    silent: int = 0
    asked: int = 0
    used: float = 0.0
    budget: float = 3.0
    resting: bool = False
    paused: bool = False
    quiet_now: bool = False
    willing: bool = True
    accepts: frozenset[str] = frozenset()
    can_carry: bool = True
    sphere: int | None = None


class Terms(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The terms of one score, kept for refitting; never shown to anyone. `aim`: what a launch leaves of p."""

    benevolence: float
    affinity: float
    able: float
    response: float
    price: float
    p: float
    aim: float = 1.0


class Chosen(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One person chosen: why, in words they may read; `p`, the chance of help, 0–1, for the engine alone."""

    person: PersonId
    reasons: tuple[Reason, ...]
    p: float
    terms: Terms
    via: tuple[PersonId, ...] = ()


class Refusals(msgspec.Struct, frozen=True, kw_only=True):
    """How many candidates were left out, by the first rule that did. For tests and the admin's `why`.

    The author is never told: `unavailable` holds people who blocked the author.
    """

    second_circle: int = 0
    not_close_enough: int = 0
    unavailable: int = 0
    not_plausible: int = 0


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """The audience. `shown`: who may see the post, closest first; `asked`: whom of these the first wave
    asks by name, in order. `empty`: what the butler says when `shown` is empty.
    """

    shown: tuple[Chosen, ...]
    asked: tuple[Chosen, ...]
    refused: Refusals
    empty: Empty | None = None


def second_circle_allowed(level: Intimacy, flag: bool, carriers_live: int, shared_cause: bool) -> bool:
    """Whether a friend of a friend may see it: never from level 2 on, nor without a raised flag, nor
    uncarried.
    """
    if not flag or carriers_live < 1:
        return False
    rule = LEVELS[level].second_circle
    if rule == "one_carrier":
        return True
    if rule == "two_carriers_or_cause":
        return carriers_live >= 2 or shared_cause
    return False


def ranked(candidates: Iterable[Candidate], named: Sequence[PersonId] = ()) -> list[Candidate]:
    """All candidates, closest first: friends named, then pinned, then by benevolence; then friends of
    friends.

    Nobody is left out here, so that a rank never depends on a block or on who can be reached (RULES R11).
    """
    place = {person: at for at, person in reversed(list(enumerate(named)))}

    def order(one: Candidate) -> tuple[int, int, bool, float, int]:
        called = place.get(one.person, len(named)) if one.circle == 1 else len(named)
        return (one.circle, called, not one.pinned, -one.closeness.benevolence, one.person)

    return sorted(candidates, key=order)


def passes_gate(one: Candidate, level: Intimacy) -> bool:
    """b − κ·se ≥ θ, and at levels 3–4 the author's acts on five days of the last year; or a pin (RULES
    R9).
    """
    rule = LEVELS[level]
    if one.pinned and one.circle == 1:
        return True
    near = one.closeness
    return near.benevolence - rule.kappa * near.se >= rule.theta and near.author_days >= rule.author_days


def eligible(
    candidates: Iterable[Candidate],
    level: Intimacy,
    *,
    flag: bool = False,
    causes: Collection[str] = (),
    named: Sequence[PersonId] = (),
    excluded: Collection[PersonId] = (),
) -> list[Candidate]:
    """Who may see a post of this level, closest first, at most the level's ring.

    A higher level's result is a subset of a lower one's, and adding a block or an exclusion never adds anyone
    (RULES R11). Named friends pass the gate and come first within the ring; a named stranger gains nothing
    (RULES R3).
    """
    ask = Ask(level=level, flag_raised=flag, causes=frozenset(causes), named=tuple(named))
    return [
        one
        for one in _inside(ask, ranked(candidates, named))
        if not one.barred and one.reachable and one.person not in excluded
    ]


def within(ask: Ask, candidates: Iterable[Candidate]) -> list[Candidate]:
    """Of everybody: those alone whom a post may be shown to, and whom the rest need be known of; the barred
    too, which `choose` leaves out. Needs no more than closeness, pins and causes (RULES R11)."""
    return _inside(ask, ranked(candidates, ask.named))


def _inside(ask: Ask, order: Sequence[Candidate]) -> list[Candidate]:
    """Of everybody, closest first: those within the ring who pass the gate, whoever is barred (RULES R11)."""
    rule = LEVELS[ask.level]
    return [
        one
        for one in order[: min(rule.ring, rule.hard_cap)]
        if _in_circle(one, ask.level, ask.flag_raised, ask.causes)
        and (passes_gate(one, ask.level) or _called(ask, one))
    ]


def _open_to(ask: Ask, order: Sequence[Candidate]) -> list[Candidate]:
    """Of everybody, closest first: who may see it."""
    return _left(ask, _inside(ask, order))


def _left(ask: Ask, inside: Iterable[Candidate]) -> list[Candidate]:
    return [one for one in inside if not one.barred and one.reachable and one.person not in ask.excluded]


def _in_circle(one: Candidate, level: Intimacy, flag: bool, causes: Collection[str]) -> bool:
    if one.circle == 1:
        return True
    return second_circle_allowed(level, flag, len(set(one.carriers)), bool(set(causes) & one.causes))


def _weighed(ask: Ask, candidates: Collection[Candidate]) -> Ask:
    """The ask with the weight of each of its causes among these people: what few of them share says more of
    who shares it. One cause alone weighs the same whatever it weighs."""
    if ask.idf or len(ask.causes) < 2:
        return ask
    holders = Counter(cause for one in candidates for cause in one.causes & ask.causes)
    idf = {cause: scores.idf(len(candidates), holders[cause]) for cause in ask.causes}
    return msgspec.structs.replace(ask, idf=idf)


def score(ask: Ask, one: Candidate, k: Coefficients = DEFAULTS) -> Terms:
    """The terms of p(u,i,q), the sphere's factor included; `price` is φ, not part of p."""
    return _scored(ask, one, _ability(ask, one, k), k)


def _scored(ask: Ask, one: Candidate, ability: float, k: Coefficients) -> Terms:
    aff = scores.affinity(ask.causes, one.causes, ask.idf)
    resp = scores.response(one.accepted, one.silent, k)
    p = scores.chance_of_help(one.closeness.benevolence, aff, ability, resp, k)
    aim = 1.0 if ask.launched is None else scores.launched(1.0, _nearness(ask, one), k)
    return Terms(
        benevolence=one.closeness.benevolence,
        affinity=aff,
        able=ability,
        response=resp,
        price=scores.price(one.used, one.budget),
        p=p * aim,
        aim=aim,
    )


def shown(
    ask: Ask, candidates: Sequence[Candidate], now: datetime, k: Coefficients = DEFAULTS
) -> tuple[Chosen, ...]:
    """Those eligible who quietly find the post in their timeline, closest first (RULES R25).

    A request: a plausible chance of help, whatever they left unanswered. An ordinary post: a shared cause,
    team, counsel, a pin, the author's contact within 90 days, or one of the 15 closest; of these, where it
    was launched at spheres, who is in or near them, and the team and counsel. Named friends always.
    """
    ask, order = _weighed(ask, candidates), ranked(candidates, ask.named)
    return tuple(_chosen(ask, *one) for one in _plausible(ask, order, _open_to(ask, order), now, k))


_Pick = tuple[Candidate, Terms]


def _plausible(
    ask: Ask, order: Sequence[Candidate], may: Sequence[Candidate], now: datetime, k: Coefficients
) -> list[_Pick]:
    """Of those who may see it: whom `shown` shows it, with the terms of their score. `order`: everybody,
    closest first."""
    if ask.flag_raised:
        least = LEVELS[ask.level].p_show
        able = [(one, _ability(ask, one, k)) for one in may]
        scored = [
            (one, _scored(ask, one, ability, k))
            for one, ability in able
            if not _hopeless(ask, ability, least) or _called(ask, one)
        ]
        return [
            (one, terms)
            for one, terms in scored
            if terms.p * _hint(ask, terms) * _unheard(one, terms, k) >= least or _called(ask, one)
        ]
    today = scores.day_of(now)
    closest = ranked(order)[:NEAREST] if ask.named else order[:NEAREST]
    nearest = {one.person for one in closest if one.circle == 1}
    return [
        (one, score(ask, one, k))
        for one in may
        if _called(ask, one)
        or (_aimed_at(ask, one) and (one.person in nearest or _concerned(ask, one, today)))
    ]


def _hopeless(ask: Ask, ability: float, least: float) -> bool:
    """What they can do is so little that no kindness brings p to `least`: the rest need not be worked out."""
    hint = HINTED_SHOWN / HINTED_ASKED if ask.hinted else 1.0
    return ability * scores.MOST_RESPONSE * hint < least


def _ability(ask: Ask, one: Candidate, k: Coefficients) -> float:
    ability = scores.able(ask.wanted, one.capabilities, ask.languages, one.languages, k)
    if not ask.hinted or ability >= HINTED_ASKED:
        return ability
    return max(ability, HINTED_ASKED * scores.able((), (), ask.languages, one.languages, k))


def _hint(ask: Ask, terms: Terms) -> float:
    """A hashtag may only look like a skill: who has it is asked first, and the others see the request."""
    if not ask.hinted or terms.able <= 0:
        return 1.0
    return max(1.0, min(HINTED_SHOWN / HINTED_ASKED, HINTED_SHOWN / terms.able))


def _likely(ask: Ask, found: Iterable[_Pick]) -> list[_Pick]:
    """Of those who are shown a request: who may be asked, p as it stands, with what they left unanswered."""
    least = LEVELS[ask.level].p_show
    return [
        (one, terms)
        for one, terms in found
        if terms.p * _hint(ask, terms) >= least or _called(ask, one) or not ask.flag_raised
    ]


def _unheard(one: Candidate, terms: Terms, k: Coefficients) -> float:
    """Takes what somebody left unanswered out of p again: it makes them less likely to be asked, of which the
    author learns nothing; but the author may read who would be shown a request (RULES R8)."""
    if not one.silent:
        return 1.0
    return scores.response(one.accepted, 0, k) / terms.response


def _nearness(ask: Ask, one: Candidate) -> float:
    """π of somebody, 0–1: 1 for everybody where nothing was launched."""
    if ask.launched is None:
        return 1.0
    return ask.launched.get(one.person, ask.launched_elsewhere)


def _aimed_at(ask: Ask, one: Candidate) -> bool:
    """A launch narrows an ordinary post to its direction; it never adds anyone (RULES R10, R11)."""
    return _nearness(ask, one) >= AIMED_AT or one.person in ask.team or one.person in ask.counsel


def _called(ask: Ask, one: Candidate) -> bool:
    """A friend whom the author names; naming a stranger has no effect (RULES R3)."""
    return one.circle == 1 and one.person in ask.named


def _concerned(ask: Ask, one: Candidate, today: int) -> bool:
    last = one.closeness.last_author_day
    return (
        bool(ask.causes & one.causes)
        or one.person in ask.team
        or one.person in ask.counsel
        or one.pinned
        or (last is not None and today - last <= RECENT_DAYS)
    )


def _chosen(ask: Ask, one: Candidate, terms: Terms) -> Chosen:
    why = explain.reasons(
        circle=one.circle,
        named=_called(ask, one),
        counsel=one.person in ask.counsel,
        team=one.person in ask.team,
        ask_causes=ask.causes,
        causes=one.causes,
        wanted=ask.wanted,
        capabilities=one.capabilities,
        helped_before=one.helped_before,
    )
    return Chosen(
        person=one.person,
        reasons=why,
        p=terms.p,
        terms=terms,
        via=one.carriers if one.circle == 2 else (),
    )


def choose(
    ask: Ask, candidates: Sequence[Candidate], now: datetime, dice: Random, k: Coefficients = DEFAULTS
) -> Choice:
    """The whole choice for a new post: who sees it, and for a request whom the first wave asks.

    Each person is given once. Where too few are close enough the audience is smaller: nothing here fills a
    quota.
    """
    ask, order = _weighed(ask, candidates), ranked(candidates, ask.named)
    inside = _inside(ask, order)
    may = _left(ask, inside)
    found = _plausible(ask, order, may, now, k)
    audience = {one.person: _chosen(ask, one, terms) for one, terms in found}
    size = max(OPEN_ASKS[ask.urgency], ask.helpers_needed)
    asked = _wave(ask, _likely(ask, found), size, dice, k)
    return Choice(
        shown=tuple(audience.values()),
        asked=tuple(audience[one.person] for one, _ in asked),
        refused=_refusals(ask, order, len(inside), len(may), len(audience)),
        empty=None if audience else _why_empty(order, may),
    )


def _refusals(ask: Ask, order: Sequence[Candidate], could: int, may: int, shown_to: int) -> Refusals:
    outside = sum(not _in_circle(one, ask.level, ask.flag_raised, ask.causes) for one in order)
    return Refusals(
        second_circle=outside,
        not_close_enough=len(order) - could - outside,
        unavailable=could - may,
        not_plausible=may - shown_to,
    )


def _why_empty(order: Sequence[Candidate], may: Sequence[Candidate]) -> Empty:
    """Says the same when the only close people are barred as when nobody is close: a block is never told."""
    if not any(one.circle == 1 and not one.parted for one in order):
        return "no_friends_yet"
    return "no_one_plausible" if may else "no_one_close_enough"


def next_asks(
    ask: Ask,
    candidates: Sequence[Candidate],
    already_asked: Collection[PersonId],
    m: int,
    now: datetime,
    dice: Random,
    k: Coefficients = DEFAULTS,
    *,
    least: int = 0,
) -> tuple[Chosen, ...]:
    """Up to `m` more people to ask by name, in order; nobody twice, none without a flag, nobody outside
    `shown` but one, where otherwise nobody would be asked.

    Named friends and the project's counsel first, then greedily by p·φ, those who share a cause before
    others while theirs is at least half the best outsider's. From one sphere at most half the wave (one
    person where half is less), unless the post was launched there; at most two people a carrier. In one
    wave of ten the last slot goes to somebody willing who is rarely asked. Stops when nobody left is worth
    an interruption, not before `least`. Where nobody is plausible and no carrier may look further, the
    likeliest is asked all the same: no request waits unseen because nobody has said that they can.
    """
    if not ask.flag_raised or m < 1:
        return ()
    ask, order = _weighed(ask, candidates), ranked(candidates, ask.named)
    likely = _likely(ask, _plausible(ask, order, _open_to(ask, order), now, k))
    fresh = [one for one in likely if one[0].person not in already_asked]
    wave = _wave(ask, fresh, m, dice, k)
    if len(wave) < min(least, m):
        taken = {one.person for one, _ in wave}
        left = [one for one in fresh if one[0].person not in taken]
        anybody = msgspec.structs.replace(k, worth_asking=0.0, explore=0.0)
        wave += _wave(ask, left, min(least, m) - len(wave), dice, anybody)
        if not wave and not already_asked and LEVELS[ask.level].second_circle == "never":
            wave = _likeliest(ask, order, k)
    return tuple(_chosen(ask, *one) for one in wave)


def _likeliest(ask: Ask, order: Sequence[Candidate], k: Coefficients) -> list[_Pick]:
    """Of friends who may see it and may be asked, the best by p·φ, however little that is."""
    left = [
        (one, terms)
        for one in _open_to(ask, order)
        if one.circle == 1 and accepts(ask, one) and _may_be_asked(one, terms := score(ask, one, k))
    ]
    return [max(left, key=_worth)] if left else []


def _wave(ask: Ask, audience: Sequence[_Pick], m: int, dice: Random, k: Coefficients) -> list[_Pick]:
    if not ask.flag_raised:
        return []
    left = [one for one in audience if _may_be_asked(*one) and accepts(ask, one[0])]
    exploring = dice.random() < k.explore
    wave = _Wave(ask, m)
    while left and len(wave.taken) < m:
        fitting = [one for one in left if wave.has_room(one[0])]
        rare = [one for one in fitting if one[0].asked <= RARELY_ASKED]
        if exploring and rare and len(wave.taken) == m - 1:
            best: _Pick | None = dice.choice(rare)
        else:
            best = _best(ask, fitting, k)
        if best is None:
            break
        wave.take(best)
        left.remove(best)
    return wave.taken


def accepts(ask: Ask, one: Candidate) -> bool:
    """Whether it is help of a kind that they accept to be asked for; where neither says, it is."""
    return not ask.kinds or not one.accepts or bool(ask.kinds & one.accepts)


def _may_be_asked(one: Candidate, terms: Terms) -> bool:
    free = one.willing and not (one.resting or one.paused or one.quiet_now)
    return free and terms.price > 0


def _best(ask: Ask, left: Sequence[_Pick], k: Coefficients) -> _Pick | None:
    named = [one for one in left if _called(ask, one[0])] if ask.named else []
    if first := named or [one for one in left if one[0].person in ask.counsel]:
        return max(first, key=_worth)
    worthy = [one for one in left if _worth(one) >= k.worth_asking]
    insiders = [one for one in worthy if one[1].affinity > 0]
    outsiders = [one for one in worthy if one[1].affinity <= 0]
    inside = max(insiders, key=_worth, default=None)
    outside = max(outsiders, key=_worth, default=None)
    if inside is None or outside is None:
        return inside or outside
    return inside if _worth(inside) >= _worth(outside) / 2 else outside


def _worth(one: _Pick) -> float:
    """p·φ. Greedy on it is greedy on 1 − Π(1 − p): the factor of those already taken is common to all."""
    return one[1].p * one[1].price


class _Wave:
    """One wave being filled, with its diversity bounds."""

    def __init__(self, ask: Ask, m: int) -> None:
        self.taken: list[_Pick] = []
        self._ask = ask
        self._most_of_a_sphere = max(1, m // 2)
        self._spheres: Counter[int] = Counter()
        self._carriers: Counter[PersonId] = Counter()

    def has_room(self, one: Candidate) -> bool:
        """Named people are the author's own word: no diversity rule holds them back."""
        if _called(self._ask, one):
            return True
        if one.circle == 2 and any(self._carriers[by] >= PEOPLE_A_CARRIER for by in one.carriers):
            return False
        if one.sphere is None or one.sphere in self._ask.spheres:
            return True
        return self._spheres[one.sphere] < self._most_of_a_sphere

    def take(self, best: _Pick) -> None:
        one = best[0]
        self.taken.append(best)
        if one.sphere is not None:
            self._spheres[one.sphere] += 1
        if one.circle == 2:
            self._carriers.update(set(one.carriers))


def carriers(
    ask: Ask,
    candidates: Sequence[Candidate],
    seats: int,
    now: datetime,
    already_asked: Collection[PersonId] = (),
    k: Coefficients = DEFAULTS,
) -> tuple[Chosen, ...]:
    """Up to `seats` friends best placed to carry a raised request of level 0–1; none at any other level.

    Only friends who may see it, whose server can carry, closest first, a shared cause breaking near ties:
    c·(1 + ½·aff). Who carries need not be able to help, so a small chance of help shuts nobody out; to be
    asked is to be shown it. Whether they carry is for them to say; "no", "never" and silence look the same.
    """
    if not ask.flag_raised or LEVELS[ask.level].second_circle == "never":
        return ()
    ask = _weighed(ask, candidates)
    ready = [
        (one, terms)
        for one in _open_to(ask, ranked(candidates, ask.named))
        if one.circle == 1
        and one.can_carry
        and one.person not in already_asked
        and _may_be_asked(one, terms := score(ask, one, k))
    ]

    def placed(pick: _Pick) -> tuple[float, int]:
        one, terms = pick
        return (-one.closeness.strength * (1 + terms.affinity / 2), one.person)

    return tuple(_chosen(ask, *one) for one in sorted(ready, key=placed)[: max(0, seats)])


def choose_for_carry(
    ticket_seats: int,
    ask: Ask,
    carrier: PersonId,
    candidates: Sequence[Candidate],
    *,
    left_today: int = 10,
    k: Coefficients = DEFAULTS,
) -> tuple[Chosen, ...]:
    """The carrier's server's choice: at most `ticket_seats` of the carrier's own friends, best first.

    Candidates are seen from the author: circle 2, with the carrier among their `carriers`. Friends of the
    author are left to the author (RULES R2); barred covers the ticket's exclusions too. Returns none unless
    the flag is raised at level 0 or 1. At level 1 the second carrier is awaited by the reader's server, so
    one is enough here. `left_today`: people this carrier may still reach today.
    """
    seats = min(ticket_seats, TICKET_SEATS.get(ask.level, 0), left_today)
    if not ask.flag_raised or seats < 1:
        return ()
    ask = _weighed(ask, candidates)
    found: list[_Pick] = []
    for one in candidates:
        ours = one.circle == 2 and carrier in one.carriers and one.person != carrier
        if not ours or one.barred or not one.reachable or one.person in ask.excluded:
            continue
        plain = msgspec.structs.replace(one, carriers=(carrier,))
        terms = score(ask, plain, k)
        if _may_be_asked(one, terms) and terms.p >= LEVELS[ask.level].p_show:
            found.append((plain, terms))
    ordered: list[_Pick] = []
    while found and len(ordered) < seats and (best := _best(ask, found, k)) is not None:
        ordered.append(best)
        found.remove(best)
    return tuple(_chosen(ask, *one) for one in ordered)
