"""How vulnerable a post makes its author, and what each level allows: one frozen table, `LEVELS`.

The higher the level, the fewer and the closer. Nothing else in the code holds a number of a level.
"""

from enum import IntEnum
from types import MappingProxyType
from typing import Final, Literal

import msgspec

SecondCircle = Literal["never", "two_carriers_or_cause", "one_carrier"]


class Intimacy(IntEnum):
    """The five levels. A post without a level is `FRIENDS`."""

    BOTTLE = 0
    WIDE = 1
    FRIENDS = 2
    CLOSE = 3
    CONFIDANTS = 4


DEFAULT_INTIMACY: Final = Intimacy.FRIENDS


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """What one level asks of a reader, and how far it may go.

    `theta`: benevolence needed, 0–1. `kappa`: how many standard errors of doubt are taken off first.
    `ring`: the last rank of closeness that may see the post, counted before blocks (RULES R11). `hard_cap`:
    no audience is ever larger. `p_show`: chance of help from which a request is shown (RULES R25).
    `author_days`: distinct days of the last year on which the author acted towards the reader (RULES R9).
    `typical`: what an author may expect, for the preview. `second_circle`: who beyond friends, while the
    flag is up.
    """

    name_en: str
    name_fr: str
    theta: float
    ring: int
    kappa: float
    p_show: float
    author_days: int
    second_circle: SecondCircle
    hard_cap: int
    typical: int

    def name(self, locale: str) -> str:
        """The level's name in French for `fr…` locales, in English for all others."""
        return self.name_fr if locale.lower().startswith("fr") else self.name_en


LEVELS: Final = MappingProxyType(
    {
        Intimacy.CONFIDANTS: Level(
            name_en="confidants",
            name_fr="confidents",
            theta=0.55,
            ring=5,
            kappa=1.5,
            p_show=0.10,
            author_days=5,
            second_circle="never",
            hard_cap=5,
            typical=5,
        ),
        Intimacy.CLOSE: Level(
            name_en="close friends",
            name_fr="proches",
            theta=0.45,
            ring=15,
            kappa=1.5,
            p_show=0.10,
            author_days=5,
            second_circle="never",
            hard_cap=15,
            typical=15,
        ),
        Intimacy.FRIENDS: Level(
            name_en="friends",
            name_fr="ami·es",
            theta=0.10,
            ring=50,
            kappa=0.25,
            p_show=0.08,
            author_days=0,
            second_circle="never",
            hard_cap=50,
            typical=50,
        ),
        Intimacy.WIDE: Level(
            name_en="wide",
            name_fr="large",
            theta=0.0,
            ring=150,
            kappa=0.0,
            p_show=0.05,
            author_days=0,
            second_circle="two_carriers_or_cause",
            hard_cap=150,
            typical=150,
        ),
        Intimacy.BOTTLE: Level(
            name_en="message in a bottle",
            name_fr="bouteille à la mer",
            theta=0.0,
            ring=3000,
            kappa=0.0,
            p_show=0.05,
            author_days=0,
            second_circle="one_carrier",
            hard_cap=3000,
            typical=300,
        ),
    }
)
