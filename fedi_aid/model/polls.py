"""Polls: what an author asks, what others answered, and what one viewer may know of it."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from fedi_aid.model.ids import PersonId, PostId

OPTIONS_MIN: Final = 2
OPTIONS_MAX: Final = 4  # in a poll that is made here
OPTION_CHARS: Final = 50
SHORTEST: Final = timedelta(minutes=5)
LONGEST: Final = timedelta(days=30)
KEPT_OPTIONS: Final = 20  # of a poll from elsewhere (D04)
KEPT_CHARS: Final = 500
MAX_COUNT: Final = 1_000_000_000  # what another server may claim (D12)


class PollWish(msgspec.Struct, frozen=True, kw_only=True):
    """A poll that a member wants to add to a new post."""

    options: tuple[str, ...]
    lasts: timedelta
    multiple: bool = False
    hide_totals: bool = False


class IncomingPoll(msgspec.Struct, frozen=True, kw_only=True):
    """A poll as its author's server tells it: options, with the count of each beside it."""

    options: tuple[str, ...]
    counts: tuple[int, ...]
    multiple: bool
    voters: int = 0
    ends_at: datetime | None = None
    closed_at: datetime | None = None


class Poll(msgspec.Struct, frozen=True, kw_only=True):
    """A poll with its results. `own` holds the viewer's choices, as places in `options`."""

    id: int
    post_id: PostId
    author_id: PersonId
    options: tuple[str, ...]
    counts: tuple[int, ...]
    multiple: bool
    hide_totals: bool
    voters: int
    ends_at: datetime | None
    closed_at: datetime | None
    own: tuple[int, ...] = ()

    def has_ended(self, now: datetime) -> bool:
        return self.closed_at is not None or (self.ends_at is not None and self.ends_at <= now)

    def totals_are_shown(self, now: datetime) -> bool:
        """Its author may want nobody to be swayed by the others before it is over."""
        return not self.hide_totals or self.has_ended(now)
