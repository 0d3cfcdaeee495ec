"""How somebody not followed may reach a member: shown, waiting apart, or not at all (PRODUCT S2).

Nobody can be approached unsolicited: by default strangers wait. Who answers something that the member showed
them is expected, and so is whoever the member once let in.
"""

from typing import Final, Literal

import msgspec

Treatment = Literal["show", "wait", "drop"]
TREATMENTS: Final[tuple[Treatment, ...]] = ("show", "wait", "drop")


class NoticePolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What a member wants; the defaults are those of everybody who never said."""

    not_following: Treatment = "wait"
    not_followers: Treatment = "show"
    new_accounts: Treatment = "show"
    private_mentions: Treatment = "wait"
    limited_accounts: Treatment = "wait"


DEFAULT: Final = NoticePolicy()


class Approach(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody did something that a member would hear of.

    `following`: the member follows them; `follows`: they follow the member; `new`: known for less than 30
    days; `private`: addressed to the member alone; `limited`: their server is limited here; `expected`: the
    member showed them what they answer; `welcome`: the member let them in.
    """

    following: bool = False
    follows: bool = False
    new: bool = False
    private: bool = False
    limited: bool = False
    expected: bool = False
    welcome: bool = False


def treatment(policy: NoticePolicy, approach: Approach) -> Treatment:
    """The strictest of what applies."""
    if approach.welcome:
        return "show"
    known = approach.following or approach.expected
    wished: list[Treatment] = [
        policy.not_following if not known else "show",
        policy.not_followers if not (approach.follows or approach.expected) else "show",
        policy.new_accounts if approach.new and not known else "show",
        policy.private_mentions if approach.private and not known else "show",
        policy.limited_accounts if approach.limited and not approach.following else "show",
    ]
    return max(wished, key=TREATMENTS.index)
