"""What the audience engine promises, over random circles: PRODUCT M2 and M3, RULES R1–R3, R9–R11, R25, P11, P12."""

import itertools
import random
from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from fedi_aid.audience.engine import (
    OPEN_ASKS,
    Ask,
    Candidate,
    Choice,
    Chosen,
    carriers,
    choose,
    choose_for_carry,
    eligible,
    next_asks,
    passes_gate,
    ranked,
    second_circle_allowed,
    shown,
)
from fedi_aid.audience.promises import BrokenPromise, check
from fedi_aid.audience.scores import Capability, Closeness, day_of
from fedi_aid.model.ids import PersonId
from fedi_aid.model.intimacy import LEVELS, Intimacy

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
TODAY = day_of(NOW)
CAUSES = st.frozensets(st.sampled_from(["river", "bread", "choir"]))
SKILLS = st.sampled_from(["french", "welding"])
LEVEL = st.sampled_from(list(Intimacy))
SEED = st.integers(0, 2**32)


def unit() -> st.SearchStrategy[float]:
    return st.floats(0, 1, allow_nan=False)


def people(ids: int = 30) -> st.SearchStrategy[tuple[PersonId, ...]]:
    return st.lists(st.integers(1, ids).map(PersonId), max_size=5, unique=True).map(tuple)


def anybody(number: int, dice: random.Random) -> Candidate:
    """Somebody in the first two circles, every signal drawn by the dice; one in four barred, pinned, unreachable."""
    circle = dice.choice([1, 1, 2])
    near = Closeness(
        strength=dice.random(),
        benevolence=dice.choice([dice.random(), 0.5, 0.7, 1.0]),
        se=dice.uniform(0, 0.28),
        author_days=dice.randint(0, 12),
        last_author_day=dice.choice([None, dice.randint(TODAY - 200, TODAY)]),
    )
    return Candidate(
        person=PersonId(number),
        circle=circle,
        closeness=near,
        carriers=tuple(PersonId(one) for one in dice.sample(range(1, 7), dice.randint(0, 3)))
        if circle == 2
        else (),
        pinned=dice.random() < 0.25,
        barred=dice.random() < 0.25,
        reachable=dice.random() < 0.75,
        capabilities=tuple(
            Capability(skill=skill, declared=True) for skill in ("french", "welding") if dice.random() < 0.5
        ),
        causes=frozenset(cause for cause in ("river", "bread", "choir") if dice.random() < 0.3),
        accepted=dice.randint(0, 9),
        silent=dice.randint(0, 9),
        asked=dice.randint(0, 20),
        used=dice.uniform(0, 4),
        budget=dice.uniform(1, 7),
        resting=dice.random() < 0.2,
        paused=dice.random() < 0.2,
        quiet_now=dice.random() < 0.2,
        willing=dice.random() < 0.8,
        can_carry=dice.random() < 0.5,
        sphere=dice.choice([None, 0, 1, 2]),
    )


@st.composite
def pools(draw: st.DrawFn, most: int = 30) -> list[Candidate]:
    """Random circles from one number: quick to draw, so that a busy machine fails no test."""
    dice = random.Random(draw(SEED))
    return [anybody(number, dice) for number in range(1, dice.randint(0, most) + 1)]


@st.composite
def asks(draw: st.DrawFn) -> Ask:
    return Ask(
        level=draw(LEVEL),
        flag_raised=draw(st.sampled_from([True, True, True, False])),
        wanted=tuple(draw(st.lists(SKILLS, max_size=2, unique=True))),
        causes=draw(CAUSES),
        team=frozenset(draw(people())),
        counsel=frozenset(draw(people())),
        launched=draw(st.none() | st.dictionaries(st.integers(1, 30).map(PersonId), unit(), max_size=8)),
        spheres=draw(st.frozensets(st.integers(0, 2), max_size=1)),
        urgency=draw(st.sampled_from(["low", "normal", "high"])),
        helpers_needed=draw(st.integers(1, 4)),
        named=draw(people()),
        excluded=frozenset(draw(people())),
    )


def friend(number: int, benevolence: float = 0.5, **fields: object) -> Candidate:
    near = Closeness(strength=benevolence, benevolence=benevolence, se=0.05, author_days=9)
    return Candidate(**{"person": PersonId(number), "circle": 1, "closeness": near, **fields})


def new_friend(number: int, **fields: object) -> Candidate:
    near = Closeness(strength=0.22, benevolence=0.19, se=0.28)
    return Candidate(**{"person": PersonId(number), "circle": 1, "closeness": near, **fields})


def far(number: int, *through: int, **fields: object) -> Candidate:
    near = Closeness(strength=0.2, benevolence=0.3, se=0.12)
    by = tuple(PersonId(one) for one in through)
    return Candidate(**{"person": PersonId(number), "circle": 2, "closeness": near, "carriers": by, **fields})


def ids(found: object) -> list[int]:
    return [one.person for one in found]


def eligible_ids(pool: list[Candidate], level: Intimacy, ask: Ask) -> set[int]:
    return set(
        ids(
            eligible(
                pool, level, flag=ask.flag_raised, causes=ask.causes, named=ask.named, excluded=ask.excluded
            )
        )
    )


@settings(deadline=None)
@given(asks(), pools(), SEED)
def test_every_choice_keeps_every_promise(ask, pool, seed):
    check(
        choose(
            ask,
            pool,
            NOW,
            random.Random(seed),
        ),
        ask,
        pool,
    )


def test_what_is_drawn_reaches_every_promise():
    """The properties below are about something: how many of a hundred examples each concerns."""
    reached: Counter[str] = Counter()

    @settings(deadline=None, database=None)
    @given(asks(), pools(), SEED)
    def draw(ask: Ask, pool: list[Candidate], seed: int) -> None:
        circle = {one.person: one.circle for one in pool}
        choice = choose(ask, pool, NOW, random.Random(seed))
        sets = [eligible_ids(pool, level, ask) for level in sorted(Intimacy)]
        would = [one for one in pool if one.barred and one.circle == 1 and passes_gate(one, ask.level)]
        reached["somebody is shown it"] += bool(choice.shown)
        reached["somebody is asked"] += bool(choice.asked)
        reached["a friend of a friend is shown it (P11)"] += any(
            circle[one.person] == 2 for one in choice.shown
        )
        reached["from level 2 on some are left out for it (P11)"] += ask.level >= 2 and 2 in circle.values()
        reached["somebody barred is close enough (P12)"] += bool(would)
        reached["a higher level has fewer, and some (R11)"] += len(sets[0]) > len(sets[3]) > 0
        reached["a carrier has somebody to carry to (R1)"] += any(
            choose_for_carry(50, ask, PersonId(carrier), pool) for carrier in range(1, 7)
        )

    draw()
    assert min(reached.values()) >= 5, reached


@settings(deadline=None)
@given(asks(), pools(), people(), st.integers(0, 9), SEED)
def test_the_same_dice_choose_the_same(ask, pool, already, m, seed):
    """In whatever order a database gives the candidates."""
    mixed = random.Random(seed).sample(pool, len(pool))
    for one in (pool, mixed):
        assert choose(ask, one, NOW, random.Random(seed)) == choose(ask, pool, NOW, random.Random(seed))
        assert next_asks(ask, one, already, m, NOW, random.Random(seed)) == next_asks(
            ask, pool, already, m, NOW, random.Random(seed)
        )
        assert choose_for_carry(50, ask, PersonId(1), one) == choose_for_carry(50, ask, PersonId(1), pool)


@settings(deadline=None)
@given(asks(), pools(), SEED)
def test_p11_from_level_2_on_nobody_outside_the_first_circle(ask, pool, seed):
    """P11, M2: whatever is launched, named, carried or raised."""
    by_id = {one.person: one for one in pool}
    choice = choose(ask, pool, NOW, random.Random(seed))
    outside = [one for one in choice.shown + choice.asked if by_id[one.person].circle == 2]
    if ask.level >= 2 or not ask.flag_raised:
        assert outside == []
    for one in outside:
        assert one.via, "a friend of a friend comes through a carrier"
        assert one.via == by_id[one.person].carriers


@settings(deadline=None)
@given(asks(), pools(), SEED)
def test_p12_nobody_barred_anywhere(ask, pool, seed):
    """P12: not shown, not asked in any wave, not asked to carry, not carried to, named or pinned though they be."""
    barred = {one.person for one in pool if one.barred}
    dice = random.Random(seed)
    choice = choose(ask, pool, NOW, dice)
    found = set(ids(choice.shown)) | set(ids(choice.asked))
    found |= set(ids(next_asks(ask, pool, (), 8, NOW, dice)))
    found |= set(ids(carriers(ask, pool, 60, NOW)))
    for carrier in range(1, 7):
        found |= set(ids(choose_for_carry(50, ask, PersonId(carrier), pool)))
    assert not found & barred
    assert not found & ask.excluded


@settings(deadline=None)
@given(asks(), pools())
def test_r11_a_higher_level_is_a_subset_of_a_lower_one(ask, pool):
    """R11, M3."""
    sets = [eligible_ids(pool, level, ask) for level in sorted(Intimacy)]
    for lower, higher in itertools.pairwise(sets):
        assert higher <= lower


@st.composite
def crowds(draw: st.DrawFn) -> list[Candidate]:
    """More people than a ring holds, close enough for every level."""
    size = draw(st.integers(3, 60))
    chance = random.Random(draw(SEED))
    return [
        friend(number, chance.choice([0.6, 0.7, 0.7, 0.9]), barred=chance.random() < 0.2)
        for number in range(1, size + 1)
    ]


@settings(deadline=None)
@given(crowds(), LEVEL, st.booleans(), people(60), st.data())
def test_r11_adding_a_block_never_adds_anyone(pool, level, flag, named, data):
    """R11: nor does losing sight of somebody, nor excluding them."""
    ask = Ask(level=level, flag_raised=flag, named=named)
    before = set(ids(shown(ask, pool, NOW)))
    may = eligible_ids(pool, level, ask)
    at = data.draw(st.integers(0, len(pool) - 1))
    blocked = [replace(one, barred=True) if n == at else one for n, one in enumerate(pool)]
    lost = [replace(one, reachable=False) if n == at else one for n, one in enumerate(pool)]
    excluding = replace(ask, excluded=frozenset({pool[at].person}))
    for then, again in ((blocked, ask), (lost, ask), (pool, excluding)):
        gone = {pool[at].person}
        assert eligible_ids(then, level, again) == may - gone
        assert set(ids(shown(again, then, NOW))) == before - gone


@settings(deadline=None)
@given(asks(), pools(), st.data())
def test_r11_adding_a_block_adds_nobody_in_mixed_circles(ask, pool, data):
    if not pool:
        return
    at = data.draw(st.integers(0, len(pool) - 1))
    blocked = [replace(one, barred=True) if n == at else one for n, one in enumerate(pool)]
    gone = {pool[at].person}
    assert set(ids(shown(ask, blocked, NOW))) == set(ids(shown(ask, pool, NOW))) - gone


def test_r11_a_blocked_confidant_is_not_replaced_by_the_sixth():
    pool = [friend(number, 0.9 - number / 100) for number in range(1, 8)]
    assert ids(eligible(pool, Intimacy.CONFIDANTS)) == [1, 2, 3, 4, 5]
    pool[2] = replace(pool[2], barred=True)
    assert ids(eligible(pool, Intimacy.CONFIDANTS)) == [1, 2, 4, 5]


@pytest.mark.parametrize("level", list(Intimacy))
@pytest.mark.parametrize("flag", [True, False])
def test_m2_no_audience_passes_the_hard_cap(level, flag):
    """M2: everybody close, pinned, carried and named; the cap holds."""
    pool = [friend(n, 0.95, pinned=n % 2 == 0, causes=frozenset({"river"})) for n in range(1, 3200)]
    pool += [far(n, 1, 2, causes=frozenset({"river"})) for n in range(3200, 3300)]
    named = tuple(PersonId(n) for n in range(500, 700))
    ask = Ask(level=level, flag_raised=flag, causes=frozenset({"river"}), named=named)
    choice = choose(ask, pool, NOW, random.Random(1))
    check(choice, ask, pool)
    assert len(choice.shown) == LEVELS[level].hard_cap
    assert len(choice.shown) == {0: 3000, 1: 150, 2: 50, 3: 15, 4: 5}[level]


@settings(deadline=None)
@given(pools(), LEVEL)
def test_m3_nobody_shown_is_less_kind_than_a_closer_level_allows(pool, level):
    """M3: whoever passes without a pin has the kindness of that level, doubt taken off."""
    rule = LEVELS[level]
    for one in eligible(pool, level):
        near = one.closeness
        assert one.pinned or near.benevolence - rule.kappa * near.se >= rule.theta
        assert one.pinned or near.author_days >= (5 if level >= 3 else 0)


@settings(deadline=None)
@given(asks(), pools(), st.integers(1, 30))
def test_r3_naming_adds_a_friend_and_nobody_else(ask, pool, number):
    """R3: a named person joins when a friend, not barred, reachable and within the cap; a stranger does not."""
    named = replace(ask, named=(PersonId(number), *(one for one in ask.named if one != number)))
    one = next((one for one in pool if one.person == number), None)
    found = ids(shown(named, pool, NOW))
    if one is not None and one.circle == 1:
        free = not one.barred and one.reachable and number not in ask.excluded
        assert (number in found) == free
    without = set(ids(shown(replace(ask, named=()), pool, NOW)))
    callable_people = {one.person for one in pool if one.circle == 1} & set(named.named)
    assert set(found) - without <= callable_people


def test_r3_a_named_friend_of_a_friend_needs_the_same_chance_as_any_other():
    """R3: not shown past p_show, not asked first, not told "named you"."""
    pool = [friend(1), far(10, 1), far(11, 1)]
    named = Ask(level=Intimacy.BOTTLE, flag_raised=True, named=(PersonId(11),))
    assert shown(named, pool, NOW) == shown(replace(named, named=()), pool, NOW)
    assert ids(next_asks(named, pool, (), 3, NOW, no_exploring())) == [1, 10, 11]
    hard = replace(named, wanted=("welding",))
    assert shown(hard, pool, NOW) == ()


@settings(deadline=None)
@given(asks(), pools(), st.dictionaries(st.integers(1, 30).map(PersonId), unit()), SEED)
def test_r10_launching_never_adds_anyone(ask, pool, aim, seed):
    """R10: aiming at a sphere adds nobody, and changes nobody's closeness or rank."""
    plain = replace(ask, launched=None, spheres=frozenset())
    aimed = replace(plain, launched=aim, spheres=frozenset({1}))
    assert set(ids(shown(aimed, pool, NOW))) <= set(ids(shown(plain, pool, NOW)))
    assert eligible_ids(pool, ask.level, aimed) == eligible_ids(pool, ask.level, plain)
    moved = [replace(one, sphere=2) for one in pool]
    assert ids(shown(aimed, moved, NOW)) == ids(shown(aimed, pool, NOW))


@settings(deadline=None)
@given(asks(), pools())
def test_r25_a_request_is_shown_from_p_show_on(ask, pool):
    ask = replace(ask, flag_raised=True)
    start = {0: 0.05, 1: 0.05, 2: 0.08, 3: 0.10, 4: 0.10}[ask.level]
    heard = [replace(one, silent=0) for one in pool]  # silence takes nothing from anybody's home (R8)
    assert all(one.p >= start or one.person in ask.named for one in shown(ask, heard, NOW))


@given(asks(), pools(), SEED)
def test_r8_silence_changes_who_is_asked_and_nothing_that_its_author_reads(ask, pool, seed):
    """What somebody left unanswered takes no post from their home, so no preview tells it; and nobody is asked
    who would not be likely enough with it."""
    ask = replace(ask, flag_raised=True)
    heard = [replace(one, silent=0) for one in pool]
    assert [one.person for one in shown(ask, pool, NOW)] == [one.person for one in shown(ask, heard, NOW)]
    most = 2 if ask.hinted else 1
    for one in choose(ask, pool, NOW, random.Random(seed)).asked:
        assert one.person in ask.named or one.p * most >= LEVELS[ask.level].p_show - 1e-12


def test_a_rare_cause_says_more_than_a_common_one():
    """AUDIENCE §3, affinity: weighed by how few of the author's people share it, the barred counted too."""
    pool = [friend(n, 0.5, causes=frozenset({"river"})) for n in range(1, 10)]
    pool.append(friend(10, 0.5, causes=frozenset({"bread"})))
    ask = Ask(level=Intimacy.FRIENDS, flag_raised=True, causes=frozenset({"river", "bread"}))
    told = {one.person: one.terms.affinity for one in shown(ask, pool, NOW)}
    assert told[PersonId(10)] > 0.6 > 0.4 > told[PersonId(1)]
    assert told[PersonId(10)] + told[PersonId(1)] == pytest.approx(1)
    blocked = [replace(one, barred=one.person == 2) for one in pool]
    assert {one.person: one.terms.affinity for one in shown(ask, blocked, NOW)} == {
        person: known for person, known in told.items() if person != 2
    }
    alone = replace(ask, causes=frozenset({"river"}))
    assert {one.terms.affinity for one in shown(alone, pool, NOW)} == {0.0, 1.0}


def ordinary(**fields: object) -> Ask:
    return Ask(level=Intimacy.FRIENDS, causes=frozenset({"river"}), **fields)


def test_r25_an_ordinary_post_is_for_those_it_concerns():
    """Twenty closer friends stand before the seven; each of the six has one reason, the seventh none."""
    closest = [friend(n, 0.9) for n in range(1, 21)]
    old, recent = TODAY - 91, TODAY - 90
    plain = Closeness(strength=0.3, benevolence=0.3, se=0.1, author_days=1, last_author_day=old)
    seven = [
        friend(30, closeness=plain, causes=frozenset({"river"})),
        friend(31, closeness=plain),
        friend(32, closeness=plain),
        friend(33, closeness=plain, pinned=True),
        friend(34, closeness=replace(plain, last_author_day=recent)),
        friend(35, closeness=plain),
        friend(36, closeness=replace(plain, last_author_day=None)),
    ]
    ask = ordinary(team=frozenset({PersonId(31)}), counsel=frozenset({PersonId(32)}))
    found = set(ids(shown(ask, closest + seven, NOW)))
    assert found == {*range(1, 15), 30, 31, 32, 33, 34}, "the pinned one is among the fifteen closest"


def test_r25_a_new_members_first_words_are_heard():
    pool = [new_friend(n) for n in range(1, 11)]
    assert ids(shown(ordinary(), pool, NOW)) == list(range(1, 11))
    request = Ask(level=Intimacy.FRIENDS, flag_raised=True)
    assert ids(shown(request, pool, NOW)) == list(range(1, 11))


def test_nobody_close_enough_is_said_and_nobody_is_reached_for():
    pool = [new_friend(n) for n in range(1, 11)]
    choice = choose(Ask(level=Intimacy.CLOSE, flag_raised=True), pool, NOW, random.Random(1))
    assert (choice.shown, choice.asked, choice.empty) == ((), (), "no_one_close_enough")
    assert choice.refused.not_close_enough == 10
    nobody = choose(Ask(level=Intimacy.FRIENDS), [], NOW, random.Random(1))
    assert nobody.empty == "no_friends_yet"
    hard = Ask(level=Intimacy.FRIENDS, flag_raised=True, wanted=("welding",))
    assert choose(hard, pool, NOW, random.Random(1)).empty == "no_one_plausible"


def test_p12_an_empty_audience_does_not_betray_a_block():
    """The only close friend blocked the author: the author reads what they would read without any close friend."""
    blocked = [friend(1, 0.9, barred=True), new_friend(2)]
    without = [new_friend(1), new_friend(2)]
    ask = Ask(level=Intimacy.CLOSE)
    first, second = (choose(ask, pool, NOW, random.Random(1)) for pool in (blocked, without))
    assert first.empty == second.empty == "no_one_close_enough"


@settings(deadline=None)
@given(asks(), pools(), SEED)
def test_refusals_and_audience_add_up(ask, pool, seed):
    choice = choose(ask, pool, NOW, random.Random(seed))
    out = choice.refused
    left_out = out.second_circle + out.not_close_enough + out.unavailable + out.not_plausible
    assert len(pool) == len(choice.shown) + left_out
    assert (choice.empty is None) == bool(choice.shown)


def test_second_circle_rule():
    for level in (Intimacy.FRIENDS, Intimacy.CLOSE, Intimacy.CONFIDANTS):
        assert not second_circle_allowed(level, True, 9, True)
    assert second_circle_allowed(Intimacy.BOTTLE, True, 1, False)
    assert not second_circle_allowed(Intimacy.BOTTLE, False, 9, True)
    assert not second_circle_allowed(Intimacy.BOTTLE, True, 0, True)
    assert second_circle_allowed(Intimacy.WIDE, True, 2, False)
    assert second_circle_allowed(Intimacy.WIDE, True, 1, True)
    assert not second_circle_allowed(Intimacy.WIDE, True, 1, False)
    assert not second_circle_allowed(Intimacy.WIDE, False, 2, True)


# Asking.


@settings(deadline=None)
@given(asks(), pools(), people(), st.integers(0, 9), SEED)
def test_asks_go_only_to_the_free_and_willing_who_see_the_post(ask, pool, already, m, seed):
    by_id = {one.person: one for one in pool}
    found = next_asks(ask, pool, already, m, NOW, random.Random(seed))
    assert len(found) <= m
    assert len(set(ids(found))) == len(found)
    assert set(ids(found)) <= set(ids(shown(ask, pool, NOW))) - set(already)
    assert ask.flag_raised or not found
    for one in (by_id[chosen.person] for chosen in found):
        assert one.willing
        assert not (one.resting or one.paused or one.quiet_now)
        assert one.used < one.budget
    assert found == next_asks(ask, pool, already, m, NOW, random.Random(seed)), (
        "chance is only what is passed in"
    )


@settings(deadline=None)
@given(asks(), pools(), st.integers(1, 9), SEED)
def test_a_wave_is_drawn_from_several_spheres_and_carriers(ask, pool, m, seed):
    by_id = {one.person: one for one in pool}
    wave = [by_id[one.person] for one in next_asks(ask, pool, (), m, NOW, random.Random(seed))]
    chosen = [one for one in wave if one.person not in ask.named or one.circle == 2]
    for sphere in range(3):
        if sphere not in ask.spheres:
            assert sum(1 for one in chosen if one.sphere == sphere) <= max(1, m // 2)
    for carrier in range(1, 7):
        assert sum(1 for one in wave if carrier in one.carriers) <= 2


def no_exploring() -> random.Random:
    """Dice whose first throw is above one in ten."""
    return next(random.Random(seed) for seed in range(99) if random.Random(seed).random() >= 0.1)


def exploring() -> random.Random:
    return next(random.Random(seed) for seed in range(99) if random.Random(seed).random() < 0.1)


def test_a_wave_may_be_all_of_one_sphere_only_when_launched_there():
    pool = [friend(n, 0.5, sphere=7) for n in range(1, 9)]
    ask = Ask(level=Intimacy.FRIENDS, flag_raised=True)
    assert len(next_asks(ask, pool, (), 6, NOW, no_exploring())) == 3
    there = replace(ask, spheres=frozenset({7}))
    assert len(next_asks(there, pool, (), 6, NOW, no_exploring())) == 6


def test_shared_causes_come_first_while_at_least_half_as_likely():
    river = frozenset({"river"})
    ask = Ask(level=Intimacy.FRIENDS, flag_raised=True, causes=river)
    near = [friend(1, 0.6), friend(2, 0.3, causes=river)]
    assert ids(next_asks(ask, near, (), 2, NOW, no_exploring())) == [2, 1]
    able_one = friend(1, 0.9, accepted=40, asked=40)
    shy = friend(2, 0.2, causes=river, silent=60, asked=60)
    assert ids(
        next_asks(replace(ask, level=Intimacy.BOTTLE), [able_one, shy], (), 2, NOW, no_exploring())
    ) == [1, 2]


def test_counsel_is_asked_before_others_and_named_people_before_counsel():
    pool = [friend(1, 0.9), friend(2, 0.3), friend(3, 0.25)]
    ask = Ask(
        level=Intimacy.FRIENDS, flag_raised=True, counsel=frozenset({PersonId(2)}), named=(PersonId(3),)
    )
    assert ids(next_asks(ask, pool, (), 3, NOW, no_exploring())) == [3, 2, 1]


def test_the_tired_are_spared():
    """M8: between equals the one with budget left is asked; a spent budget is never asked."""
    pool = [friend(1, 0.5, used=2.5), friend(2, 0.5), friend(3, 0.9, used=3.0)]
    ask = Ask(level=Intimacy.FRIENDS, flag_raised=True)
    assert ids(next_asks(ask, pool, (), 1, NOW, no_exploring())) == [2]
    assert ids(shown(ask, pool, NOW)) == [3, 1, 2], "they still see it"
    assert 3 not in ids(next_asks(ask, pool, (), 3, NOW, no_exploring()))


def test_one_wave_in_ten_ends_with_somebody_rarely_asked():
    pool = [friend(n, 0.8, asked=30) for n in range(1, 6)] + [friend(9, 0.2, asked=0)]
    ask = Ask(level=Intimacy.FRIENDS, flag_raised=True)
    assert 9 not in ids(next_asks(ask, pool, (), 3, NOW, no_exploring()))
    assert ids(next_asks(ask, pool, (), 3, NOW, exploring()))[-1] == 9
    dice = random.Random(5)
    times = sum(9 in ids(next_asks(ask, pool, (), 3, NOW, dice)) for _ in range(1000))
    assert 60 <= times <= 140


def test_asking_stops_when_nobody_left_is_worth_an_interruption():
    pool = [friend(1, 0.5), friend(2, 0.3, used=2.9)]
    ask = Ask(level=Intimacy.BOTTLE, flag_raised=True)
    assert ids(next_asks(ask, pool, (), 5, NOW, no_exploring())) == [1]


@pytest.mark.parametrize(("urgency", "most"), list(OPEN_ASKS.items()))
def test_the_first_wave_has_the_size_of_the_urgency(urgency, most):
    pool = [friend(n, 0.5) for n in range(1, 21)]
    ask = Ask(level=Intimacy.FRIENDS, flag_raised=True, urgency=urgency)
    assert len(choose(ask, pool, NOW, no_exploring()).asked) == most
    assert len(choose(replace(ask, helpers_needed=10), pool, NOW, no_exploring()).asked) == 10
    assert choose(replace(ask, flag_raised=False), pool, NOW, no_exploring()).asked == ()


# Carrying.


@settings(deadline=None)
@given(asks(), pools(), st.integers(0, 60))
def test_r1_carriers_are_friends_who_may_see_the_request(ask, pool, seats):
    by_id = {one.person: one for one in pool}
    found = carriers(ask, pool, seats, NOW)
    assert len(found) <= seats
    if ask.level >= 2 or not ask.flag_raised:
        assert found == ()
    assert set(ids(found)) <= eligible_ids(pool, ask.level, ask)
    assert all(by_id[one.person].circle == 1 and by_id[one.person].can_carry for one in found)


@settings(deadline=None)
@given(asks(), pools(), st.integers(1, 6), st.integers(-1, 60), st.integers(0, 12))
def test_r1_r2_a_carrier_carries_to_its_own_friends_who_are_not_the_authors(ask, pool, carrier, seats, left):
    by_id = {one.person: one for one in pool}
    found = choose_for_carry(seats, ask, PersonId(carrier), pool, left_today=left)
    most = {0: 50, 1: 5}.get(ask.level, 0) if ask.flag_raised else 0
    assert len(found) <= max(0, min(seats, left, most))
    assert len(set(ids(found))) == len(found)
    for one in found:
        person = by_id[one.person]
        assert person.circle == 2, "R2"
        assert carrier in person.carriers
        assert one.via == (carrier,), "the other carriers are not this one's to tell"
        assert person.reachable and person.willing and person.used < person.budget
        assert not (person.resting or person.paused or person.quiet_now)
        assert one.p >= LEVELS[ask.level].p_show


def test_a_bottle_reaches_friends_of_friends_through_live_carriers_only():
    """M4."""
    pool = [friend(1), far(10, 1), far(11), far(12, 1, barred=True)]
    ask = Ask(level=Intimacy.BOTTLE, flag_raised=True)
    assert ids(shown(ask, pool, NOW)) == [1, 10]
    assert ids(choose_for_carry(5, ask, PersonId(1), pool)) == [10]
    assert ids(shown(replace(ask, flag_raised=False), pool, NOW)) == [1]
    assert ids(shown(replace(ask, level=Intimacy.WIDE), pool, NOW)) == [1]


def test_a_ticket_has_fifty_seats_in_a_bottle_five_when_wide_and_none_above():
    pool = [far(n, 1) for n in range(10, 90)]
    for level, most in ((0, 50), (1, 5), (2, 0), (3, 0), (4, 0)):
        ask = Ask(level=Intimacy(level), flag_raised=True)
        assert len(choose_for_carry(60, ask, PersonId(1), pool, left_today=60)) == most
        assert len(choose_for_carry(3, ask, PersonId(1), pool, left_today=60)) == min(3, most)
        assert len(choose_for_carry(60, ask, PersonId(1), pool, left_today=2)) == min(2, most)
        assert choose_for_carry(60, replace(ask, flag_raised=False), PersonId(1), pool) == ()


def test_a_wave_asks_two_people_a_carrier():
    pool = [far(n, 1) for n in range(10, 20)] + [far(n, 2) for n in range(20, 30)]
    ask = Ask(level=Intimacy.BOTTLE, flag_raised=True)
    assert sorted(ids(next_asks(ask, pool, (), 8, NOW, no_exploring()))) == [10, 11, 20, 21]


def test_the_closest_carrier_is_asked_first():
    pool = [friend(1, 0.4), friend(2, 0.8), friend(3, 0.9, can_carry=False), friend(4, 0.7)]
    ask = Ask(level=Intimacy.BOTTLE, flag_raised=True)
    assert ids(carriers(ask, pool, 2, NOW)) == [2, 4]
    assert ids(carriers(ask, pool, 2, NOW, already_asked=(PersonId(2),))) == [4, 1]


def test_who_carries_need_not_be_able_to_help():
    """A friend who cannot do it may know somebody who can: not shown quietly, and asked to carry."""
    ask = Ask(level=Intimacy.BOTTLE, flag_raised=True, wanted=("welding",))
    pool = [friend(1), friend(2, barred=True), friend(3, reachable=False), friend(4, 0.4)]
    assert shown(ask, pool, NOW) == ()
    assert ids(carriers(ask, pool, 5, NOW)) == [1, 4]
    assert ids(carriers(replace(ask, excluded=frozenset({PersonId(1)})), pool, 5, NOW)) == [4]


# The check itself must be able to fail.


def tampered(*people: Candidate, asked: tuple[Candidate, ...] = ()) -> Choice:
    ask = Ask(level=Intimacy.BOTTLE, flag_raised=True)
    template = choose(ask, [friend(1)], NOW, random.Random(1))

    def chosen(one: Candidate) -> Chosen:
        return replace(template.shown[0], person=one.person)

    return replace(
        template,
        shown=tuple(chosen(one) for one in people),
        asked=tuple(chosen(one) for one in asked),
    )


BOTTLE = Ask(level=Intimacy.BOTTLE, flag_raised=True)
BROKEN = {
    "barred": (BOTTLE, [friend(1, barred=True)]),
    "pinned and barred": (BOTTLE, [friend(1, pinned=True, barred=True)]),
    "named and barred": (replace(BOTTLE, named=(PersonId(1),)), [friend(1, barred=True)]),
    "excluded": (replace(BOTTLE, excluded=frozenset({PersonId(1)})), [friend(1)]),
    "unreachable": (BOTTLE, [friend(1, reachable=False)]),
    "outside at level 2": (replace(BOTTLE, level=Intimacy.FRIENDS), [far(1, 2, 3)]),
    "outside, pinned": (replace(BOTTLE, level=Intimacy.CLOSE), [far(1, 2, 3, pinned=True)]),
    "outside, named": (replace(BOTTLE, level=Intimacy.FRIENDS, named=(PersonId(1),)), [far(1, 2, 3)]),
    "outside, flag down": (replace(BOTTLE, flag_raised=False), [far(1, 2)]),
    "outside, uncarried": (BOTTLE, [far(1)]),
    "outside, one carrier at level 1": (replace(BOTTLE, level=Intimacy.WIDE), [far(1, 2)]),
    "outside, the same carrier twice": (replace(BOTTLE, level=Intimacy.WIDE), [far(1, 2, 2)]),
    "not close": (replace(BOTTLE, level=Intimacy.CLOSE), [friend(1, 0.5)]),
    "five days": (replace(BOTTLE, level=Intimacy.CLOSE), [new_friend(1)]),
    "cap": (replace(BOTTLE, level=Intimacy.CONFIDANTS), [friend(n, 0.9) for n in range(1, 7)]),
}


@pytest.mark.parametrize("name", list(BROKEN))
def test_the_check_raises(name):
    ask, pool = BROKEN[name]
    with pytest.raises(BrokenPromise):
        check(tampered(*pool), ask, pool)


def test_the_check_raises_for_strangers_doubles_strays_and_asks_without_a_flag():
    one, two = friend(1), friend(2)
    check(tampered(one, asked=(one,)), BOTTLE, [one])
    with pytest.raises(BrokenPromise, match="not a candidate"):
        check(tampered(two), BOTTLE, [one])
    with pytest.raises(BrokenPromise, match="shown twice"):
        check(tampered(one, one), BOTTLE, [one])
    with pytest.raises(BrokenPromise, match="asked twice"):
        check(tampered(one, asked=(one, one)), BOTTLE, [one])
    with pytest.raises(BrokenPromise, match="asked but not shown"):
        check(tampered(one, asked=(two,)), BOTTLE, [one, two])
    with pytest.raises(BrokenPromise, match="without a flag"):
        check(tampered(one, asked=(one,)), replace(BOTTLE, flag_raised=False), [one])
    with pytest.raises(BrokenPromise, match="given twice"):
        check(tampered(one), BOTTLE, [one, one])


def test_the_check_sees_a_promotion_past_a_blocked_confidant():
    """R11: the sixth closest took the place of somebody blocked."""
    pool = [friend(n, 0.95 - n / 100, barred=n == 1) for n in range(1, 7)]
    ask = Ask(level=Intimacy.CONFIDANTS)
    check(tampered(*pool[1:5]), ask, pool)
    with pytest.raises(BrokenPromise, match="outside the ring"):
        check(tampered(*pool[2:6]), ask, pool)


@settings(deadline=None)
@given(asks(), pools())
def test_ranks_do_not_depend_on_who_is_barred_or_reachable(ask, pool):
    cleared = [replace(one, barred=False, reachable=True) for one in pool]
    assert ids(ranked(pool, ask.named)) == ids(ranked(cleared, ask.named))
    assert ids(ranked(pool)) == ids(ranked(list(reversed(pool))))
