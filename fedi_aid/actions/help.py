"""The flag: it comes down by its author's word alone (PRODUCT M6), and offers of help to others' flags."""

from typing import get_args

from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.help import Outcome
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.people import Member
from fedi_aid.model.posts import Post
from fedi_aid.storage import audience_rows, ties, withdrawal
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs


def lower(tx: Tx, me: int, post_id: int, outcome: str = "solved") -> Post:
    """Lower one's flag, everywhere: open asks are withdrawn, copies elsewhere follow, helpers are thanked."""
    if outcome not in get_args(Outcome):
        raise Refused("The outcome is solved, withdrawn or no_longer_needed.", field="outcome")
    post = post_rows.get(tx, PersonId(me), post_id)
    request = help_rows.request(tx, post_id)
    if post is None or post.author_id != me or request is None:
        raise NotFound
    if request.state == "lowered":
        return post
    post_rows.change(tx, post.id, help_flag=False, revision=post.revision + 1, edited_at=post.edited_at)
    help_rows.change_request(tx, post.id, state="lowered", outcome=outcome, lowered_at=tx.now, due_at=None)
    help_rows.log(tx, post.id, "lowered", by_id=me, outcome=outcome)
    for ask in help_rows.asks_of(tx, post.id):
        if ask.state == "open":
            help_rows.change_ask(tx, ask.id, state="withdrawn", closed_at=tx.now)
            if ask.kind == "help":
                jobs.undo_ask(tx, ask.id, post.id)
    for offered in help_rows.offers_of(tx, post.id):
        ties.record_contact(tx, me, offered.person_id, "thanked")
        ties.record_contact(tx, offered.person_id, me, "helped")
        help_rows.record_outcome(tx, post.id, offered.person_id, "helped")
    help_rows.change_offers(tx, post.id, state="thanked")
    lowered = post_rows.get(tx, PersonId(me), post.id)
    assert lowered is not None
    flag_came_down(tx, lowered)
    if post.held_until is None:
        jobs.fan_out(tx, post.id, "update")
    tx.announce("changed", post_id=post.id)
    return lowered


def flag_came_down(tx: Tx, post: Post) -> None:
    """Nothing circulates here any more. Who took part keeps the post, to read the thanks; friends of friends
    who did not lose it (PRODUCT: they may see it while the flag is up)."""
    jobs.butler_thanks(tx, post.id)
    help_rows.close_received(tx, post.id)
    help_rows.close_questions(tx, post_id=post.id)
    silent = audience_rows.carried_readers_without_answer(tx, post.id)
    withdrawal.leases_between(tx, *withdrawal.lease_conditions(post_id=post.id))
    withdrawal.from_post(tx, post.id, silent)


def offer(tx: Tx, me: Member, post_id: int, *, words: str, reply_id: int | None = None) -> PostId:
    """Tell an author "I can help": on the member's own answer if they wrote one, else as a new answer with
    these words. The author's server hears it from that answer (`helpOffer`)."""
    post = post_rows.get(tx, me.id, post_id)
    if post is None or not post.flag_is_up or post.author_id == me.id:
        raise NotFound
    author = people_rows.by_id(tx, post.author_id)
    assert author is not None
    known = post_rows.get(tx, me.id, reply_id) if reply_id is not None else None
    if known is not None and known.author_id == me.id:
        answer_id = known.id
        post_rows.change(tx, answer_id, offers_help=True, revision=known.revision + 1)
        jobs.fan_out(tx, answer_id, "update")
    else:
        answer_id = _say(tx, me, post, words)
    if author.local:
        note_offer(tx, post, me.id, reply_id=answer_id)
    ties.record_contact(tx, me.id, author.id, "offered")
    return answer_id


def _say(tx: Tx, me: Member, post: Post, words: str) -> PostId:
    """A direct answer in the member's name that carries the offer."""
    from fedi_aid.actions import posts as writing

    answer_id = writing.publish(
        tx,
        me,
        writing.Draft(text=words, visibility="direct", reply_to_id=post.id, language=me.locale),
        notice=False,
    )
    post_rows.change(tx, answer_id, offers_help=True)
    return answer_id


def note_offer(tx: Tx, post: Post, person_id: int, *, reply_id: int | None) -> None:
    """Somebody offers to help a member here; the butler tells the author."""
    if help_rows.request(tx, post.id) is None or not post.flag_is_up:
        return
    if help_rows.offer(tx, post.id, person_id, reply_id=reply_id):
        help_rows.log(tx, post.id, "offered", by_id=person_id)
        help_rows.record_outcome(tx, post.id, person_id, "answered")
        for ask in help_rows.asks_of(tx, post.id):
            if ask.person_id == person_id and ask.kind == "help":
                help_rows.change_ask(tx, ask.id, state="accepted", closed_at=tx.now)
        jobs.butler_offered(tx, post.id, PersonId(person_id))
