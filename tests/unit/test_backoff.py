"""When a failed job is tried again: pure, over the whole range of inputs."""

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fedi_aid.work.backoff import FIRST, GROWTH, LONGEST, MAX_ATTEMPTS, PATIENT, SPREAD, next_try

BORN = datetime(2026, 1, 1, tzinfo=UTC)
WEEK = timedelta(days=7)
seeds = st.integers(0, 2**32)


def wait(
    attempt: int, seed: int, *, age: timedelta = timedelta(0), retry_after: float | None = None
) -> float | None:
    now = BORN + age
    due = next_try(attempt, BORN, now, retry_after, random.Random(seed), retry_for=WEEK)
    return None if due is None else (due - now).total_seconds()


@given(st.integers(1, MAX_ATTEMPTS - 1), seeds)
def test_waits_triple_from_seconds_to_six_hours(attempt: int, seed: int) -> None:
    plain = min(FIRST.total_seconds() * GROWTH ** (attempt - 1), LONGEST.total_seconds())
    waited = wait(attempt, seed)
    assert waited is not None
    assert plain * (1 - SPREAD) - 1e-3 <= waited <= plain * (1 + SPREAD) + 1e-3


def test_what_failed_together_does_not_come_back_together() -> None:
    assert len({wait(3, seed) for seed in range(50)}) > 40


@given(st.integers(1, 50), seeds, st.floats(1, 6 * 24 * 3600))
def test_retry_after_is_never_undercut(attempt: int, seed: int, seconds: float) -> None:
    waited = wait(attempt, seed, retry_after=seconds)
    assert waited is None or waited >= seconds - 1e-3


@given(st.integers(1, PATIENT), seeds, st.floats(1, 3600))
def test_a_short_wish_is_taken_at_its_word_at_first(attempt: int, seed: int, seconds: float) -> None:
    waited = wait(attempt, seed, retry_after=seconds)
    assert waited is not None and waited <= seconds * (1 + SPREAD / 2) + 1e-3


def test_a_peer_that_always_wants_a_second_does_not_get_a_try_every_second() -> None:
    assert (wait(12, 1, retry_after=1) or 0) > 3600


def test_a_peer_cannot_make_us_wait_longer_than_the_job_lives() -> None:
    assert wait(1, 1, retry_after=10 * 365 * 24 * 3600.0) is None


@given(st.integers(1, 200), seeds, st.floats(0, 30 * 24 * 3600))
def test_no_try_comes_after_the_end(attempt: int, seed: int, age: float) -> None:
    now = BORN + timedelta(seconds=age)
    due = next_try(attempt, BORN, now, None, random.Random(seed), retry_for=WEEK)
    assert due is None or now < due <= BORN + WEEK


@given(seeds)
def test_a_week_of_failures_ends(seed: int) -> None:
    dice = random.Random(seed)
    now, attempt = BORN, 0
    while True:
        attempt += 1
        due = next_try(attempt, BORN, now, None, dice, retry_for=WEEK)
        if due is None:
            break
        now = due
    assert 25 < attempt < 60
    assert now > BORN + WEEK - LONGEST * (1 + SPREAD)


def test_a_job_that_ends_its_worker_each_time_ends_too() -> None:
    assert wait(MAX_ATTEMPTS, 1) is None
