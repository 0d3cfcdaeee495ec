"""Taking a post back: from everywhere it went, and out of this server."""

from fedi_aid.errors import NotFound
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import outcomes, timelines, withdrawal
from fedi_aid.storage import polls as poll_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage import spheres as sphere_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs


def delete(tx: Tx, me: int, post_id: int) -> None:
    """Remove a post everywhere it went; a carried request is withdrawn first (P06)."""
    post = post_rows.get(tx, PersonId(me), post_id)
    if post is None or post.author_id != me:
        raise NotFound
    take_back(tx, post.id, sent=post.held_until is None)


def take_back(tx: Tx, post_id: PostId, *, sent: bool) -> None:
    """Erase a member's post here, and everywhere it was `sent`; its request ends."""
    if help_rows.request(tx, post_id) is not None:
        details = {"outcome": "withdrawn"}
        help_rows.move(
            tx, post_id, "lowered", details=details, outcome="withdrawn", lowered_at=tx.now, due_at=None
        )
        question_rows.close_questions(tx, post_id=post_id)
    if sent:
        jobs.fan_out(tx, post_id, "delete")
    erase(tx, post_id)


def erase(tx: Tx, post_id: PostId) -> None:
    """Take a post out of this server: its rows stay only as a tombstone without words."""
    post = post_rows.by_id_for_author(tx, post_id)
    if post is not None and post.reach == "public" and post.held_until is None:
        tx.announce("erased", post_id=post_id, author_id=post.author_id)
    timelines.drop_home(tx, post_id=post_id)
    timelines.forget_post(tx, post_id)
    withdrawal.leases_between(tx, *withdrawal.lease_conditions(post_id=post_id))
    help_rows.forget_post(tx, post_id)
    outcomes.forget_post(tx, post_id)
    poll_rows.forget(tx, post_id)
    sphere_rows.forget_post(tx, post_id)
    post_rows.change(tx, post_id, deleted_at=tx.now, text="", html="", summary="", help_flag=None)
    post_rows.forget_signed(tx, post_id)
