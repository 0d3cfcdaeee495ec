"""Polls as pages show them: what can be chosen, and the results as far as their reader may know them."""

from datetime import datetime

import msgspec

from fedi_aid.model.polls import Poll
from fedi_aid.model.posts import PostView, Viewer
from fedi_aid.storage import polls as poll_rows
from fedi_aid.storage.tx import Tx


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One option of a poll; `share` in percent, None where the results are not told yet."""

    place: int
    text: str
    share: int | None
    mine: bool


class ShownPoll(msgspec.Struct, frozen=True, kw_only=True):
    """A poll of a post; `open_`: this reader may answer. `ends_at` None: it says no hour, or it is over."""

    choices: tuple[Choice, ...]
    multiple: bool
    open_: bool
    ends_at: datetime | None


def poll_of(tx: Tx, viewer: Viewer, view: PostView) -> ShownPoll | None:
    """The poll of a post that this viewer sees. Results are for who has answered, its author, and everybody
    when it is over; a visitor only reads."""
    poll = poll_rows.of_post(tx, viewer, view.post.id) if view.poll_id else None
    if poll is None:
        return None
    over = poll.has_ended(tx.now)
    mine = viewer is not None and poll.author_id == viewer
    told = poll.totals_are_shown(tx.now) and (over or bool(poll.own) or mine)
    return ShownPoll(
        choices=tuple(
            Choice(
                place=place,
                text=option,
                share=_share(poll, place) if told else None,
                mine=place in poll.own,
            )
            for place, option in enumerate(poll.options)
        ),
        multiple=poll.multiple,
        open_=viewer is not None and not over and not poll.own and not mine,
        ends_at=None if over else poll.ends_at,
    )


def _share(poll: Poll, place: int) -> int:
    whole = sum(poll.counts)
    return round(100 * poll.counts[place] / whole) if whole else 0
