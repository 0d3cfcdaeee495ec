"""The formulas of the audience engine, each a small pure function.

Two rules shape them. Kindness cannot be climbed (RULES R9): for the gate, a contact counts only on days when
the *author* acted towards the reader, so nothing a reader does alone ever raises their benevolence. And
thresholds are priors: every number that may be refitted stands in `Coefficients`, calibrated so that the
worked cases of RULES R9 hold.

Throughout, `u` is the author, `i` the possible reader; days are whole days since 1970.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Final

import msgspec

from fedi_aid.model.ids import PersonId

YEAR: Final = 365
"""Days after which a contact no longer vouches for closeness: a year of silence leads back to level 2."""

SHORT_MEMORY: Final = 14.0
LONG_MEMORY: Final = 180.0
INTERRUPTION_HALF_LIFE: Final = 3.5
REST_HOURS: Final = 48
"""Half-lives in days of contact (two of them) and of interruptions; hours of rest after helping."""

MOST_RESPONSE: Final = 2.5
_REMEMBERED: Final = 1024  # days


class Coefficients(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that outcomes may refit. Signs never change; the defaults are the prior.

    `strength`: b0–b4 of tie strength. `b3` and `b4` are kept small on purpose: where a person stands in the
    graph must not replace what passed between the two. `help`: β0–β2 of the chance of help.
    """

    b0: float = -1.25
    b1: float = 0.30
    b2: float = 0.05
    b3: float = 0.012
    b4: float = 0.01
    spread_floor: float = 1 / 150
    se: float = 0.28
    se_second: float = 0.12
    benevolence_base: float = 0.7
    initiative_weight: float = 0.3
    second_weight: float = 0.55
    second_kappa: float = 0.5
    counsel_weight: float = 0.25
    mean_benevolence: float = 0.3
    help0: float = -2.3
    help1: float = 2.8
    help2: float = 0.8
    answer_rate: float = 0.15
    capability_prior: float = 0.03
    no_common_language: float = 0.05
    sphere_floor: float = 0.3
    worth_asking: float = 0.02
    explore: float = 0.10


DEFAULTS: Final = Coefficients()


class Contact(msgspec.Struct, frozen=True, gc=False):
    """One day between two people: how often each acted towards the other (reply, message, thanks, pin).

    One row per day, as `SELECT day, SUM(count) FILTER (from=u), SUM(count) FILTER (from=i) … GROUP BY day`.
    """

    day: int
    by_author: int
    by_other: int


class Signals(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What lies between author `u` and friend `i`, as loaded.

    `help_given`: helps by i that u confirmed. `help_received`: helps by u towards i.
    `acknowledged`: u endorsed or thanked i. `pinned`: u pinned i as close.
    `spread_to`: T(u,i), `spread_from`: T(i,u), both 0–1 (`two_step_spread`).
    """

    contacts: tuple[Contact, ...] = ()
    help_given: int = 0
    help_received: int = 0
    acknowledged: bool = False
    pinned: bool = False
    spread_to: float = 0.0
    spread_from: float = 0.0


class Closeness(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the gate knows of one person; private to the engine, shown to nobody.

    `strength`: c(u,i) 0–1. `benevolence`: b(i→u) 0–1. `se`: its standard error. `author_days`: distinct
    days of the last year on which u acted towards i. `last_author_day`: the last of all such days.
    """

    strength: float
    benevolence: float
    se: float
    author_days: int = 0
    last_author_day: int | None = None


class Endorser(msgspec.Struct, frozen=True, gc=False):
    """Someone who vouches for a skill: the name as the endorsed person reads it, and c(u, endorser)."""

    name: str
    strength: float = 0.0


class Capability(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What speaks for one skill of one person. `thanked`: people who thanked them for help in it. `not_mine`:
    times they said "not my thing". `label`: the skill as it was written."""

    skill: str
    label: str = ""
    declared: bool = False
    endorsers: tuple[Endorser, ...] = ()
    thanked: int = 0
    not_mine: int = 0


def day_of(now: datetime) -> int:
    """Whole days since 1970 (UTC) of an aware moment."""
    if now.tzinfo is None:
        raise ValueError("an aware datetime is needed")
    return int(now.astimezone(UTC).timestamp() // 86_400)


def sigmoid(x: float) -> float:
    """σ(x) = 1/(1+e⁻ˣ), without overflow."""
    if x >= 0:
        return 1 / (1 + math.exp(-x))
    grown = math.exp(x)
    return grown / (1 + grown)


def contact_weight(contacts: Iterable[Contact], today: int, half_life: float) -> float:
    """D_τ(u,i) = Σ over days on which u acted towards i of w·2^(−age/τ); w = 1, or 2 when i acted too that
    day.

    In decayed contact days. Days on which only i acted weigh nothing (RULES R9). τ in days.
    """
    decay = _decay(half_life)
    weight = 0.0
    for one in contacts:
        if one.by_author:
            age = today - one.day
            fresh = decay[age if age > 0 else 0] if age < _REMEMBERED else 2 ** (-age / half_life)
            weight += 2 * fresh if one.by_other else fresh
    return weight


@cache
def _decay(half_life: float) -> tuple[float, ...]:
    """2^(−age/τ) by age in days: worked out once, read for every contact."""
    return tuple(2 ** (-age / half_life) for age in range(_REMEMBERED))


def closeness_sum(
    short: float, long: float, *, help_given: int = 0, acknowledged: bool = False, pinned: bool = False
) -> float:
    """x = ln(1+D₁₄) + 1.5·ln(1+D₁₈₀) + 2·ln(1+help) + 1·[endorsed or thanked] + 3·[pinned]; no unit, ≥ 0."""
    return (
        math.log1p(short)
        + 1.5 * math.log1p(long)
        + 2 * math.log1p(help_given)
        + (1 if acknowledged else 0)
        + (3 if pinned else 0)
    )


def outgoing(signals: Signals, today: int) -> float:
    """x(u,i): what the author did towards i, and said of i; no unit, ≥ 0. What i did counts on days when the
    author acted too."""
    return closeness_sum(
        contact_weight(signals.contacts, today, SHORT_MEMORY),
        contact_weight(signals.contacts, today, LONG_MEMORY),
        help_given=signals.help_given,
        acknowledged=signals.acknowledged,
        pinned=signals.pinned,
    )


def tie_weight(x: float) -> float:
    """e^x − 1: the unnormalised weight of a tie in the two-step spread; 0 without any contact."""
    return math.expm1(x)


def two_step_spread(
    weights: Mapping[PersonId, Mapping[PersonId, float]], u: PersonId
) -> dict[PersonId, float]:
    """T(u,·) = ½P(u,·) + ½Σ_v P(u,v)P(v,·), P the row-normalised tie weights; 0–1, sums to at most 1.

    The same as the SQL statement that storage runs; `weights[a][b]` must come from a's own acts.
    """
    spread: dict[PersonId, float] = {}
    for v, near in _normalised(weights.get(u, {})).items():
        spread[v] = spread.get(v, 0.0) + near / 2
        for i, far in _normalised(weights.get(v, {})).items():
            if i != u:
                spread[i] = spread.get(i, 0.0) + near * far / 2
    return spread


def _normalised(row: Mapping[PersonId, float]) -> dict[PersonId, float]:
    total = sum(row.values())
    return {one: weight / total for one, weight in row.items()} if total > 0 else {}


def tie_strength(
    x_to: float, x_from: float, spread_to: float = 0.0, spread_from: float = 0.0, k: Coefficients = DEFAULTS
) -> float:
    """c(u,i) = σ(b0 + b1·x(u,i) + b2·min(x(u,i), x(i,u)) + b3·ln T(u,i) + b4·ln T(i,u)), 0–1.

    T is taken relative to a floor (one tie among 150), so that a lone newcomer and a hub start alike: ln T
    runs from 0 to ln 150.
    """
    return sigmoid(
        k.b0
        + k.b1 * x_to
        + k.b2 * min(x_to, x_from)
        + k.b3 * _log_spread(spread_to, k)
        + k.b4 * _log_spread(spread_from, k)
    )


def _log_spread(spread: float, k: Coefficients) -> float:
    return math.log(min(1.0, max(spread, k.spread_floor)) / k.spread_floor)


def standard_error(contact_days: int, k: Coefficients = DEFAULTS) -> float:
    """se(u,i) = 0.28/√(1 + contact days): what is not known yet of a friend."""
    return k.se / math.sqrt(1 + contact_days)


def initiative(contacts: Iterable[Contact], today: int) -> float:
    """i's share of the initiative, 0–½, on days of the last year when u acted towards i; ½ when there is
    none.

    Counted in days, not acts: a hundred messages on one day are one day.
    """
    mine = [one for one in contacts if one.by_author and today - one.day < YEAR]
    if not mine:
        return 0.5
    theirs = sum(1 for one in mine if one.by_other)
    return theirs / (theirs + len(mine))


def measure(signals: Signals, today: int, k: Coefficients = DEFAULTS) -> Closeness:
    """Closeness of friend i to author u: c, b, se and the author's days.

    b(i→u) = c·(0.7 + 0.3·i's share of initiative). Nothing that i does alone enters: i's own direction counts
    only on days when u acted too, and T(i,u), which i could raise alone, is left out (RULES R9).
    """
    days = [one for one in signals.contacts if one.by_author]
    if not days and not (signals.help_given or signals.help_received or signals.acknowledged):
        return _without_contact(signals.pinned, signals.spread_to, signals.spread_from, k)
    both = [one for one in days if one.by_other]
    x_to = outgoing(signals, today)
    x_from = closeness_sum(
        contact_weight(both, today, SHORT_MEMORY),
        contact_weight(both, today, LONG_MEMORY),
        help_given=signals.help_received,
    )
    gate = tie_strength(x_to, x_from, signals.spread_to, 0.0, k)
    recent = len({one.day for one in days if today - one.day < YEAR})
    return Closeness(
        strength=tie_strength(x_to, x_from, signals.spread_to, signals.spread_from, k),
        benevolence=gate * (k.benevolence_base + k.initiative_weight * initiative(days, today)),
        se=standard_error(recent, k),
        author_days=recent,
        last_author_day=max((one.day for one in days), default=None),
    )


@lru_cache(maxsize=1024)
def _without_contact(pinned: bool, spread_to: float, spread_from: float, k: Coefficients) -> Closeness:
    """`measure` of a friend with whom nothing passed yet: most friends of most people, and all alike."""
    x_to = closeness_sum(0.0, 0.0, pinned=pinned)
    gate = tie_strength(x_to, 0.0, spread_to, 0.0, k)
    return Closeness(
        strength=tie_strength(x_to, 0.0, spread_to, spread_from, k),
        benevolence=gate * (k.benevolence_base + k.initiative_weight * initiative((), 0)),
        se=standard_error(0, k),
    )


def counsel(distinct_people: int) -> float:
    """counsel(i) = min(1, ln(1 + people other than u who endorse or thank i)/ln 50)."""
    return min(1.0, math.log1p(distinct_people) / math.log(50))


def second_circle_benevolence(
    through: Sequence[tuple[float, float]], advice: float = 0.0, k: Coefficients = DEFAULTS
) -> float:
    """b₂(u,i) = 0.55·(Σ_v c(u,v)·b(v,i) + κ·b̄)/(Σ_v c(u,v) + κ) + 0.25·counsel(i), 0–1.

    `through`: one pair (c(u,v), b(v,i)) per carrier v, as the carrier's server knows them. A trust-weighted
    mean, not a sum: two lukewarm friends do not make a warm one.
    """
    weight = sum(c for c, _ in through) + k.second_kappa
    mean = (sum(c * b for c, b in through) + k.second_kappa * k.mean_benevolence) / weight
    return k.second_weight * mean + k.counsel_weight * advice


def measure_second(
    through: Sequence[tuple[float, float]], distinct_people: int = 0, k: Coefficients = DEFAULTS
) -> Closeness:
    """Closeness of a friend of a friend: b₂ with se = .12; its strength is the best carrier's c·b."""
    return Closeness(
        strength=max((c * b for c, b in through), default=0.0),
        benevolence=second_circle_benevolence(through, counsel(distinct_people), k),
        se=k.se_second,
    )


def capability(one: Capability | None, k: Coefficients = DEFAULTS) -> float:
    """cap(i,s) = (α0 + 2·declared + Σ c(u,endorser) + 2·thanked)/(same + β0 + "not my thing"), 0–1.

    α0 + β0 = 1 and α0/(α0+β0) = .03, the chance that anybody can do a given thing.
    """
    if one is None:
        return k.capability_prior
    votes = (
        k.capability_prior
        + (2 if one.declared else 0)
        + sum(max(0.0, by.strength) for by in one.endorsers)
        + 2 * one.thanked
    )
    return votes / (votes + (1 - k.capability_prior) + one.not_mine)


def able(
    wanted: Collection[str],
    capabilities: Iterable[Capability],
    ask_languages: Collection[str] = (),
    languages: Collection[str] = (),
    k: Coefficients = DEFAULTS,
) -> float:
    """How able i is to do what is asked, 0–1: the best of the wanted skills; 1 if nothing special is needed.

    ×.05 without a common language; a side that named no language is not held to any.
    """
    skill = 1.0
    if wanted:
        known = {one.skill: one for one in capabilities}
        skill = max(capability(known.get(name), k) for name in wanted)
    apart = ask_languages and languages and set(ask_languages).isdisjoint(languages)
    return skill * (k.no_common_language if apart else 1.0)


def idf(people: int, holders: int) -> float:
    """ln((1+N)/(1+n)) + 1 ≥ 1: what a cause that n of N people share says about them."""
    return math.log((1 + people) / (1 + min(holders, people))) + 1


def affinity(wanted: Collection[str], shared_with: Collection[str], idfs: Mapping[str, float]) -> float:
    """aff = Σ idf over shared causes / Σ idf over the request's causes, 0–1; 0 when the request has none."""
    if not wanted or not shared_with or not (shared := set(wanted) & set(shared_with)):
        return 0.0
    total = sum(idfs.get(cause, 1.0) for cause in wanted)
    common = sum(idfs.get(cause, 1.0) for cause in shared)
    return common / total if total > 0 else 0.0


def response(accepted: int, silent: int, k: Coefficients = DEFAULTS) -> float:
    """resp_i = clip((accepted+2)/(asked+2/p̄)/p̄, .3, 2.5); 1 for a newcomer.

    `asked` = accepted + ½·silent: declining never counts against anyone, so it is not even a parameter.
    """
    rate = (accepted + 2) / (accepted + silent / 2 + 2 / k.answer_rate)
    return min(MOST_RESPONSE, max(0.3, rate / k.answer_rate))


def used_budget(ages: Iterable[float]) -> float:
    """used_i = Σ 2^(−age/3.5 d) over the interruptions of i; ages in days."""
    return sum(2 ** (-max(0.0, age) / INTERRUPTION_HALF_LIFE) for age in ages)


def price(used: float, budget: float) -> float:
    """φ(f) = (1−e^(f−1))/(1−e^(−1)) with f = used/budget: 1 for the rested, 0 once the week's budget is
    spent.
    """
    if budget <= 0 or used >= budget:
        return 0.0
    if used <= 0:
        return 1.0
    return (1 - math.exp(used / budget - 1)) / (1 - math.exp(-1))


def rests_until(helped_at: datetime) -> float:
    """The POSIX time, in seconds, until which somebody who helped is left in peace (48 h)."""
    return helped_at.timestamp() + REST_HOURS * 3600


def chance_of_help(
    benevolence: float, aff: float, ability: float, resp: float, k: Coefficients = DEFAULTS
) -> float:
    """p(u,i,q) = σ(β0 + β1·b + β2·aff)·able·resp, clipped to 0–1."""
    return min(1.0, sigmoid(k.help0 + k.help1 * benevolence + k.help2 * aff) * ability * resp)


def launched(p: float, nearness: float, k: Coefficients = DEFAULTS) -> float:
    """p·(0.3 + 0.7·π(i)) for a post launched at a sphere; π is 0–1, so a launch never adds anyone (RULES
    R10).
    """
    return p * (k.sphere_floor + (1 - k.sphere_floor) * min(1.0, max(0.0, nearness)))
