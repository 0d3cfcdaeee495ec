"""The flag: it comes down by its author's word alone (PRODUCT M6), and offers of help to others' flags."""

from datetime import datetime, timedelta
from typing import Any, Final, get_args

from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.help import Outcome, Request, Urgency
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.people import Member
from fedi_aid.model.posts import Post
from fedi_aid.storage import asks as ask_rows
from fedi_aid.storage import audience_rows, outcomes, ties, withdrawal
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage import received_asks as received_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import errands, jobs

NO_TIME_TO_ANSWER: Final = timedelta(hours=20)  # after which the butler takes silence for an answer


def lower(tx: Tx, me: int, post_id: int, outcome: str = "solved") -> Post:
    """Lower one's flag, everywhere: open asks are withdrawn, copies elsewhere follow, and all are thanked.

    An offer alone earns nothing: who helped is for the author to say, by `thanks.thank` (RULES R9).
    """
    if outcome not in get_args(Outcome):
        raise Refused("The outcome is solved, withdrawn or no_longer_needed.", field="outcome")
    post = post_rows.get(tx, PersonId(me), post_id)
    request = help_rows.request(tx, post_id)
    if post is None or post.author_id != me or request is None:
        raise NotFound
    if request.state == "lowered":
        return post
    post_rows.change(tx, post.id, help_flag=False, revision=post.revision + 1, edited_at=post.edited_at)
    down = {"outcome": outcome, "lowered_at": tx.now, "due_at": None, "rests_until": None}
    help_rows.move(tx, post.id, "lowered", by_id=me, details={"outcome": outcome}, **down)
    for ask in ask_rows.asks_of(tx, post.id):
        if ask.state == "open":
            ask_rows.change_ask(tx, ask.id, state="withdrawn", closed_at=tx.now)
            if ask.kind == "help":
                jobs.undo_ask(tx, ask.id, post.id)
    outcomes.moot(tx, post.id, tx.now - tx.house.soon(NO_TIME_TO_ANSWER))
    lowered = post_rows.get(tx, PersonId(me), post.id)
    assert lowered is not None
    flag_came_down(tx, lowered)
    if post.held_until is None:
        jobs.fan_out(tx, post.id, "update")
    tx.announce("changed", post_id=post.id)
    return lowered


def confirm(tx: Tx, author_id: int, post_id: int, helper_id: int) -> None:
    """The author says that who offered did help, by thanking them: remembered once for each request."""
    for offered in help_rows.offers_of(tx, post_id):
        if offered.person_id == helper_id and offered.state == "offered":
            ties.record_contact(tx, author_id, helper_id, "thanked")
            ties.record_contact(tx, helper_id, author_id, "helped")
            outcomes.came_of(tx, post_id, helper_id, "helped")
            help_rows.change_offers(tx, post_id, state="thanked", person_id=helper_id)


def _mine(tx: Tx, me: int, post_id: int) -> Request:
    """A raised request of one's own; NotFound, and Refused when its flag is down."""
    request = help_rows.request(tx, post_id)
    if request is None or request.author_id != me:
        raise NotFound
    if request.state == "lowered":
        raise Refused("This flag is down: please write a new post.", field="state")
    return request


def keep(tx: Tx, me: int, post_id: int) -> None:
    """ "It still stands": the request goes on, from a rest too, and what the butler asked about it is
    answered."""
    request = _mine(tx, me, post_id)
    help_rows.move(tx, request.post_id, "still", by_id=me, heard_at=tx.now, due_at=tx.now, rests_until=None)
    _answered(tx, request, "still")
    errands.butler_wave(tx, request.post_id, tx.now)


def rest(tx: Tx, me: int, post_id: int, *, until: datetime | None = None) -> None:
    """Nobody is asked until then, or until the author takes it up again; the flag stays up."""
    request = _mine(tx, me, post_id)
    if until is not None and until <= tx.now:
        raise Refused("This is past.", field="rests_until")
    details = {"until": until.date().isoformat()} if until is not None else {}
    help_rows.move(
        tx,
        request.post_id,
        "paused",
        by_id=me,
        details=details,
        heard_at=tx.now,
        rests_until=until,
        due_at=until,
    )
    ask_rows.free_asks(tx, request.post_id)
    _answered(tx, request, "pause")


def adjust(
    tx: Tx, me: int, post_id: int, *, urgency: str | None = None, helpers_needed: int | None = None
) -> Request:
    """Change how urgent one's request is, or how many it needs. NotFound, Refused."""
    request = _mine(tx, me, post_id)
    changes: dict[str, Any] = {}
    if urgency is not None:
        if urgency not in get_args(Urgency):
            raise Refused("The urgency is low, normal or high.", field="urgency")
        changes["urgency"] = urgency
    if helpers_needed is not None:
        if not 1 <= helpers_needed <= 20:
            raise Refused("From 1 to 20 helpers can be asked for.", field="helpers_needed")
        changes["helpers_needed"] = helpers_needed
    if changes:
        help_rows.change_request(tx, request.post_id, **changes, heard_at=tx.now)
        help_rows.log(tx, request.post_id, "adjusted", by_id=me, **changes)
        if request.state == "open":
            help_rows.change_request(tx, request.post_id, due_at=tx.now)
            errands.butler_wave(tx, request.post_id, tx.now)
    found = help_rows.request(tx, request.post_id)
    assert found is not None
    return found


def _answered(tx: Tx, request: Request, word: str) -> None:
    for question in question_rows.open_questions(tx, request.author_id):
        if question.post_id == request.post_id and question.kind == "checkin":
            question_rows.close_questions(tx, ids=[question.id], state="answered", answer=word)


def flag_came_down(tx: Tx, post: Post) -> None:
    """Nothing circulates here any more. Who took part keeps the post, to read the thanks; friends of friends
    who did not lose it (PRODUCT: they may see it while the flag is up)."""
    errands.butler_thanks(tx, post.id)
    received_rows.close_received(tx, post.id)
    question_rows.close_questions(tx, post_id=post.id)
    silent = audience_rows.carried_readers_without_answer(tx, post.id)
    withdrawal.leases_between(tx, *withdrawal.lease_conditions(post_id=post.id))
    withdrawal.from_post(tx, post.id, silent)
    _close_pages(tx, post)


def _close_pages(tx: Tx, post: Post) -> None:
    from fedi_aid.actions import passing

    passing.close(tx, post.id)


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
    else:
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
        outcomes.came_of(tx, post.id, person_id, "accepted")
        ties.record_contact(tx, person_id, post.author_id, "offered")
        for ask in ask_rows.asks_of(tx, post.id):
            if ask.person_id == person_id and ask.kind == "help":
                ask_rows.change_ask(tx, ask.id, state="accepted", closed_at=tx.now)
        errands.butler_offered(tx, post.id, PersonId(person_id))


def ask_refused(tx: Tx, uri: str, by_id: int) -> bool:
    """A friend's explicit no: the butler asks somebody else; the author is never told, nor can read it off
    the moment at which the butler looks again."""
    ask = ask_rows.ask_by_uri(tx, uri)
    if ask is None or ask.person_id != by_id or ask.state != "open":
        return False
    ask_rows.change_ask(tx, ask.id, state="refused", closed_at=tx.now)
    if ask.kind == "help":
        outcomes.came_of(tx, ask.post_id, by_id, "declined")
    errands.butler_wave(tx, ask.post_id, tx.now)
    return True
