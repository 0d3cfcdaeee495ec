"""What the engine learns from: one choice, the terms of its score, and what came of it."""

from typing import Literal

import msgspec

Came = Literal["accepted", "helped", "declined", "wrong_person", "asked", "moot"]


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One settled choice, without anybody's name.

    `benevolence` and `affinity`: 0–1, as they were then. `factor`: how able times how responsive, ≥ 0; `aim`:
    what a launch left of the chance, 0–1. `quiet`: shown without being asked. `helped`: said "I can help".
    """

    benevolence: float
    affinity: float
    factor: float
    aim: float = 1.0
    quiet: bool = False
    helped: bool = False
