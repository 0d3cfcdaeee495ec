"""Showing a post that was written for few to more people: only by its author's own second word (RULES R15).

What was answered while it was for few stays with those who could see that: an answer has an access list of
its own, and nobody is added to one here.
"""

from fedi_aid.actions import audiences
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.intimacy import LEVELS, Intimacy
from fedi_aid.model.people import Member
from fedi_aid.model.posts import Post
from fedi_aid.storage import audience_rows, ties
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import errands, jobs

UNCONFIRMED = (
    "This would show the post to more people. If you mean it, send it again with fedi_aid[widen]=true; "
    "answers that it has stay with those who can see them now."
)


def is_wider(post: Post, level: Intimacy | int | None) -> bool:
    return level is not None and post.intimacy is not None and level < post.intimacy


def widen(tx: Tx, me: Member, post_id: int, level: Intimacy) -> int:
    """Lower the level of one's own post and let the engine choose whom it is shown to besides; how many more.

    Nobody who became a friend after it was written (RULES R6); no more in all than the level allows. Refused
    while it waits for a `yes` (RULES R14).
    """
    post = post_rows.get(tx, me.id, post_id)
    if post is None or post.author_id != me.id or post.reach != "chosen":
        raise NotFound
    if not is_wider(post, level):
        return 0
    if post.held_until is not None:
        raise Refused("Answer the butler first: this post has not gone anywhere yet.", field="intimacy")
    post_rows.change(tx, post.id, intimacy=int(level), revision=post.revision + 1, edited_at=tx.now)
    readers = _readers(tx, post.id)
    pool = ties.friends_before(tx, me.id, post.created_at) - readers
    audiences.choose_for(
        tx,
        me,
        post.id,
        named=audiences.named_by(tx, me.id, post.id),
        among=pool,
        most=max(0, LEVELS[level].hard_cap - len(readers)),
    )
    if help_rows.request(tx, post.id) is not None:
        help_rows.log(tx, post.id, "level_widened", by_id=me.id, level=int(level))
        help_rows.change_request(tx, post.id, due_at=tx.now)
        errands.butler_wave(tx, post.id, tx.now)
    tx.announce("changed", post_id=post.id)
    jobs.fan_out(tx, post.id, "update")  # to those who have it
    jobs.fan_out(tx, post.id, "create")  # to the others
    return len(_readers(tx, post.id) - readers)


def _readers(tx: Tx, post_id: PostId) -> set[PersonId]:
    return {person for person, _, circle in audience_rows.audience_of(tx, post_id) if circle == 1}
