"""Requests on their way: the butler looks at one, does what `waves` says, and knows when to look again.

A look is one transaction, and everything it does is unique in its rows: looking twice asks nobody twice.
"""

from datetime import timedelta
from typing import Final

from fedi_aid.butler import asking, letters, speak, waves
from fedi_aid.model.help import QuestionKind
from fedi_aid.model.hours import Hours
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.intimacy import LEVELS, Intimacy
from fedi_aid.model.people import Member
from fedi_aid.model.posts import Post
from fedi_aid.storage import asks as ask_rows
from fedi_aid.storage import audience_rows
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage.people import Availability
from fedi_aid.storage.tx import Tx
from fedi_aid.work import errands

OUT_OF_REACH: Final = timedelta(days=1)  # then another look at a request whose author or post is not there


def own(tx: Tx, post_id: PostId) -> tuple[Member, Post] | None:
    """The author here and their raised request, or None when there is nothing to do any more."""
    request = help_rows.request(tx, post_id)
    author = people_rows.member(tx, request.author_id) if request else None
    post = post_rows.get(tx, author.id, post_id) if author else None
    if author is None or post is None or not post.flag_is_up:
        return None
    return author, post


def confirm(tx: Tx, post_id: PostId) -> None:
    """Tell the author that the flag is up and how many may see it."""
    found = own(tx, post_id)
    if found is None:
        return
    author, post = found
    level = Intimacy(post.intimacy or 0)
    people = sum(1 for _, kind, circle in audience_rows.audience_of(tx, post_id) if circle == 1)
    speak.tell_about(
        tx,
        author,
        "confirm" if people else "confirm_alone",
        post_id=post_id,
        excerpt=letters.excerpt(post.text),
        level=int(level),
        level_name=LEVELS[level].name(author.locale),
        seen=letters.seen_by(people, author.locale),
        advice=letters.seen_by_nobody(level, author.locale),
        beforehand=letters.beforehand(level, author.locale),
    )


def wave(tx: Tx, post_id: PostId) -> None:
    """One look at a request: free silent slots, ask the next people and carriers, speak with the author."""
    request = help_rows.request(tx, post_id)
    if request is None or request.state not in ("open", "paused"):
        return
    found = own(tx, post_id)
    if found is None:
        help_rows.change_request(tx, post_id, due_at=tx.now + tx.house.soon(OUT_OF_REACH))
        return
    author, post = found
    if post.held_until is not None:  # it has not gone anywhere yet (RULES R14)
        help_rows.change_request(tx, post_id, due_at=None)
        return
    known = situation(tx, author, post)
    plan = waves.step(known)
    if plan.wake:
        _wake(tx, author, post)
    elif plan.sleep:
        _put_to_sleep(tx, author, post)
    elif request.state == "open":
        _go_on(tx, author, post, known, plan)


def situation(tx: Tx, author: Member, post: Post) -> waves.Situation:
    """Everything that the next step of a request depends on."""
    request = help_rows.request(tx, post.id)
    assert request is not None
    asks = ask_rows.asks_of(tx, post.id)
    known = people_rows.availabilities(tx, {one.person_id for one in asks if one.state == "open"})
    return waves.Situation(
        request=request,
        level=post.intimacy or 0,
        asks=asks,
        now=tx.now,
        offers=help_rows.offers_of(tx, post.id),
        author=hours_of(author),
        hours={person: hours_of(one) for person, one in known.items()},
        away_until=author.paused_until,
        stretch=1 / tx.house.fast_butler,
    )


def hours_of(member: Member | Availability) -> Hours:
    return Hours(member.quiet_from, member.quiet_until, member.time_zone)


def _wake(tx: Tx, author: Member, post: Post) -> None:
    help_rows.move(tx, post.id, "woken", rests_until=None, due_at=tx.now)
    speak.tell_about(tx, author, "woken", post_id=post.id, excerpt=letters.excerpt(post.text))
    errands.butler_wave(tx, post.id, tx.now)


def _put_to_sleep(tx: Tx, author: Member, post: Post) -> None:
    help_rows.move(tx, post.id, "asleep", due_at=None)
    ask_rows.free_asks(tx, post.id)
    speak.tell_about(tx, author, "asleep", post_id=post.id, excerpt=letters.excerpt(post.text))


def _go_on(tx: Tx, author: Member, post: Post, known: waves.Situation, plan: waves.Plan) -> None:
    for ask_id in plan.free:
        ask_rows.change_ask(tx, ask_id, state="freed", closed_at=tx.now)
    helpers, carriers = asking.put(tx, author, post, plan, known)
    others = [one for one in known.asks if one.person_id not in carriers]
    again: set[PersonId] = set() if helpers else asking.once_more(tx, post, others, plan.reoffer)
    if plan.check_in or plan.ask_to_widen:
        letter: letters.Letter = "widen" if plan.ask_to_widen else "checkin"
        kind: QuestionKind = "widen" if plan.ask_to_widen else "checkin"
        _replace_question(tx, author, post)
        speak.ask(tx, author, kind, letter, post_id=post.id, excerpt=letters.excerpt(post.text))
        help_rows.log(tx, post.id, "asked_author")
    if carriers or helpers:
        help_rows.log(tx, post.id, "wave", wave=plan.wave, asked=len(helpers), carriers=len(carriers))
    if again:
        help_rows.log(tx, post.id, "reoffered", asked=len(again))
    spoke = plan.check_in or plan.ask_to_widen
    request = known.request
    help_rows.change_request(
        tx,
        post.id,
        wave=plan.wave,
        due_at=plan.due_at,
        reoffered=request.reoffered or bool(again),
        # False: asked, and not agreed so far
        widening_agreed=False if plan.ask_to_widen else request.widening_agreed,
        checkins=request.checkins + spoke,
        checked_in_at=tx.now if spoke else request.checked_in_at,
    )


def _replace_question(tx: Tx, author: Member, post: Post) -> None:
    """One question about a request at a time: a bare answer means the last."""
    old = [
        one.id
        for one in question_rows.open_questions(tx, author.id)
        if one.post_id == post.id and one.kind in ("checkin", "widen")
    ]
    question_rows.close_questions(tx, ids=old)


def tick(tx: Tx) -> None:
    """Every minute: whatever is due gets a look; never two waiting for one request."""
    for post_id in help_rows.due_requests(tx):
        errands.butler_wave(tx, post_id, tx.now)
