"""What one person does towards another, by day: the engine's only raw material."""

from typing import Final, Literal

# A direct message, or a name in any other post; "helped" and "thanked" are confirmed help, on either side.
ContactKind = Literal[
    "reply",
    "named",
    "mentioned",
    "favourite",
    "offered",
    "helped",
    "thanked",
    "endorsed",
    "pinned",
]

# An author's acts that say something about closeness (RULES R9: reply, message, thanks, pin, and what takes
# as much of a person). A favourite or a name in a post costs nothing, and says nothing of confidence.
OF_CONFIDENCE: Final[frozenset[str]] = frozenset(
    {"reply", "named", "offered", "helped", "thanked", "endorsed", "pinned"}
)
# Kinds that are remembered one by one, beside the days: help given, thanks, a word for somebody.
LASTING: Final[frozenset[str]] = frozenset({"helped", "thanked", "endorsed"})

HALF_LIVES_KEPT: Final = 3
CONTACT_DAYS: Final = HALF_LIVES_KEPT * 180
"""Days after which a contact is forgotten: it weighs an eighth by then, and the gate counts one year."""
LASTING_DAYS: Final = 730
