"""Asking with a poll and answering one: only who has the post may vote (RULES R16).

A poll belongs to its author's server: there the votes are counted, here what it says is shown (A17).
"""

from collections.abc import Sequence
from datetime import timedelta

from fedi_aid.actions import notices
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.ids import PersonId, PostId, opaque
from fedi_aid.model.people import Member
from fedi_aid.model.polls import (
    LONGEST,
    OPTION_CHARS,
    OPTIONS_MAX,
    OPTIONS_MIN,
    SHORTEST,
    IncomingPoll,
    Poll,
    PollWish,
)
from fedi_aid.model.posts import Post
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import polls as poll_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import errands, jobs

# Peers are told of new counts together, not vote by vote: nobody can time a vote by them.
TELL_COUNTS_AFTER = timedelta(minutes=3)


def check(wish: PollWish, *, with_files: bool) -> None:
    """Refused: too few or too many options, empty, doubled or long ones, an odd duration, files beside."""
    if not OPTIONS_MIN <= len(wish.options) <= OPTIONS_MAX:
        raise Refused(
            f"A poll needs {OPTIONS_MIN} to {OPTIONS_MAX} options", code="number", field="poll[options]"
        )
    if any(not option.strip() for option in wish.options):
        raise Refused("An option can't be blank", code="blank", field="poll[options]")
    if any(len(option) > OPTION_CHARS for option in wish.options):
        raise Refused(f"An option has at most {OPTION_CHARS} characters", code="long", field="poll[options]")
    if len(set(wish.options)) != len(wish.options):
        raise Refused("Two options are the same", code="doubled", field="poll[options]")
    if not SHORTEST <= wish.lasts <= LONGEST:
        raise Refused("A poll lasts from five minutes to thirty days", field="poll[expires_in]")
    if with_files:
        raise Refused("A post has a poll or files, not both", code="files", field="poll")


def begin(tx: Tx, post_id: PostId, wish: PollWish) -> None:
    """Add the poll to a post that is being written, and have its end looked after."""
    poll_id = poll_rows.add(tx, post_id, wish)
    jobs.poll_ended(tx, poll_id, tx.now + wish.lasts)


def seen(tx: Tx, me: PersonId | None, poll_id: int) -> tuple[Poll, Post]:
    """A poll and its post; NotFound for one that this viewer may not see, as for none."""
    post = post_rows.get(tx, me, poll_rows.post_of(tx, poll_id) or 0)
    poll = poll_rows.of_post(tx, me, post.id) if post else None
    if post is None or poll is None:
        raise NotFound
    return poll, post


def vote(tx: Tx, me: Member, poll_id: int, choices: Sequence[int]) -> None:
    """A member answers, once. Refused: one's own poll, ended, voted already, no such option, too many."""
    poll, post = seen(tx, me.id, poll_id)
    wanted = list(dict.fromkeys(choices))
    if poll.author_id == me.id:
        raise Refused("You can't vote in your own polls")
    if poll.has_ended(tx.now):
        raise Refused("The poll has already ended")
    if poll.own:
        raise Refused("You have already voted on this poll")
    if not wanted or any(not 0 <= choice < len(poll.options) for choice in wanted):
        raise Refused("The chosen vote option does not exist", field="choices")
    if len(wanted) > 1 and not poll.multiple:
        raise Refused("Only one option can be chosen in this poll", field="choices")
    author = people_rows.by_id(tx, post.author_id)
    for choice in wanted:
        uri = f"{me.person.uri}#votes/{opaque()}"
        poll_rows.put_vote(tx, poll.id, me.id, choice, uri)
    if post.reach == "butler":  # a question of the butler: the vote is the answer
        poll_rows.count_again(tx, poll)
        errands.butler_voted(tx, post.id, me.id, wanted[0])
        return
    if author is not None and author.local:
        _counted(tx, poll, post)
        return
    jobs.send_vote(tx, poll.id, me.id, post.id)
    if poll.ends_at is not None:
        jobs.poll_ended(tx, poll.id, poll.ends_at)


def receive_vote(tx: Tx, actor_id: int, post_uri: str, option: str, uri: str) -> bool:
    """A vote from elsewhere. It counts for who was given the post (R16), before the end, for an option that
    there is, once (A16); any other is ignored, and its sender cannot tell."""
    post = post_rows.by_uri_or_projection(tx, PersonId(actor_id), post_uri)
    poll = poll_rows.of_post(tx, PersonId(actor_id), post.id) if post else None
    author = people_rows.by_id(tx, post.author_id) if post else None
    if post is None or poll is None or author is None or not author.local or author.id == actor_id:
        return False
    if poll.has_ended(tx.now) or option not in poll.options or (poll.own and not poll.multiple):
        return False
    if not poll_rows.put_vote(tx, poll.id, actor_id, poll.options.index(option), uri):
        return False
    _counted(tx, poll, post)
    return True


def _counted(tx: Tx, poll: Poll, post: Post) -> None:
    poll_rows.count_again(tx, poll)
    if not poll.hide_totals:
        jobs.tell_counts(tx, post.id, tx.now + tx.house.soon(TELL_COUNTS_AFTER))


def refresh(tx: Tx, post: Post, found: IncomingPoll) -> None:
    """The owner's word about a poll elsewhere (A17). Its options stay what people voted for."""
    poll = poll_rows.of_post(tx, None, post.id)
    if poll is None or (poll.options, poll.multiple) != (found.options, found.multiple):
        return
    poll_rows.refresh(tx, poll.id, found)
    if found.closed_at is not None and poll.closed_at is None:
        jobs.poll_ended(tx, poll.id, tx.now)


def end(tx: Tx, poll_id: int) -> None:
    """The time of a poll is over: its author and the members here who voted are told; the author's server
    sends the result."""
    post = post_rows.by_id_for_author(tx, poll_rows.post_of(tx, poll_id) or 0)
    poll = poll_rows.of_post(tx, None, post.id) if post else None
    if post is None or poll is None:
        return
    if not poll.has_ended(tx.now):  # its author's server has given it more time
        if poll.ends_at is not None:
            jobs.poll_ended(tx, poll.id, poll.ends_at)
        return
    author = people_rows.by_id(tx, poll.author_id)
    assert author is not None
    for member_id in poll_rows.members_who_voted(tx, poll.id):
        notices.notify(tx, member_id, "poll", author.id, post_id=post.id)
    if author.local and poll.closed_at is None:
        poll_rows.close(tx, poll.id, tx.now)
        notices.notify(tx, author.id, "poll", author.id, post_id=post.id)
        jobs.fan_out(tx, post.id, "count")
    tx.announce("changed", post_id=post.id)
