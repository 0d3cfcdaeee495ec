"""X04: a clock that is wrong is noticed before its owner wonders why nobody hears them."""

import pytest

from fedi_aid.cli.examine import drift


@pytest.mark.parametrize(
    ("clocks", "expected"),
    [
        ((), 0),
        ((3_600, 3_601), 0),  # two may both be wrong
        ((3_590, 3_600, 3_610), 3_600),  # we are an hour behind
        ((-900, -880, -860, 4), -880),
        ((130, 150, 299), 0),  # not far enough to matter
        ((3_600, 3_600, 3_600, -900, -900, -900), 0),  # they contradict each other
        ((-7_200, 400, 410, 420), 410),
    ],
)
def test_x04_several_others_have_to_agree(clocks: tuple[int, ...], expected: int) -> None:
    assert drift(clocks) == expected
