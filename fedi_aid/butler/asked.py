"""Members here who are asked to help or to carry: when they may be disturbed, and why it is them."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from fedi_aid.audience.explain import Reason, reasons, sentence
from fedi_aid.butler import fairness, letters, speak, waves
from fedi_aid.butler.requests import hours_of
from fedi_aid.model.help import ReceivedAsk
from fedi_aid.model.hours import awake_from
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.intimacy import Intimacy
from fedi_aid.model.people import Member, Person
from fedi_aid.model.posts import Post
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import own_asks, places, post_views, stories
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage import received_asks as received_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import errands

LATER: Final = timedelta(hours=1)  # settings may change meanwhile: nobody waits longer for another look
TOMORROW: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)


def put_question(tx: Tx, received_id: int) -> None:
    """Ask a member here to help or to carry, when they may be disturbed; else look again later. Where several
    requests wait for them, the one whose turn it is goes first."""
    asked = received_rows.received(tx, received_id)
    if asked is None or asked.state != "waiting":
        return
    member = people_rows.member(tx, asked.member_id)
    if member is None or _standing(tx, asked) is None or _would_not_carry(tx, asked):
        received_rows.change_received(tx, received_id, state="closed", due_at=None)
        return
    if member.butler_silent:
        return  # until they call it again: `take_up`
    free_at = free_from(tx, member)
    first = _whose_turn(tx, member) if free_at <= tx.now else None
    if first is not None:
        _put(tx, member, first)
    if first is None or first.id != received_id:
        wait = tx.house.soon(TOMORROW if _rests(tx, asked.post_id) else LATER)
        again = max(free_at, asked.due_at or free_at) if free_at > tx.now else tx.now + wait
        errands.carry_received(tx, received_id, max(tx.now + timedelta(seconds=1), min(again, tx.now + wait)))


def take_up(tx: Tx, member_id: PersonId) -> None:
    """The butler speaks again: what waited for that gets its look."""
    for one in received_rows.waiting_to_be_put(tx, member_id):
        errands.carry_received(tx, one.id, tx.now)
    for place in places.of_person(tx, member_id, "invited"):
        errands.butler_invited(tx, place.id, tx.now)
    for story_id in {one.story_id for one in stories.consents_of(tx, member_id) if one.letter_id is None}:
        errands.butler_quoted(tx, story_id, member_id, tx.now)


def _standing(tx: Tx, asked: ReceivedAsk) -> Post | None:
    """The request of an ask, while its flag is up and the member may see it."""
    post = post_rows.get(tx, asked.member_id, asked.post_id)
    return post if post is not None and post.flag_is_up else None


def _would_not_carry(tx: Tx, asked: ReceivedAsk) -> bool:
    """They said no to carrying it: they are not asked to help as well."""
    if asked.kind == "carry":
        return False
    known = received_rows.received_for(tx, asked.post_id, asked.member_id, "carry")
    return any(one.state == "refused" for one in known)


def _rests(tx: Tx, post_id: PostId) -> bool:
    """A request of a member here that sleeps or is paused: nobody is asked until it goes on."""
    request = help_rows.request(tx, post_id)
    return request is not None and request.state != "open"


def _whose_turn(tx: Tx, member: Member) -> ReceivedAsk | None:
    """Of all that waits for one member: the request with the largest age/(1 + asks sent), and of one author
    one open ask at a time."""
    waiting = {
        one.id: one
        for one in received_rows.waiting_to_be_put(tx, member.id)
        if (one.due_at is None or one.due_at <= tx.now) and not _rests(tx, one.post_id)
    }
    busy = _authors_with_an_open_ask(tx, member)
    claims = [
        fairness.Waiting(one.id, post.created_at, received_rows.asks_known_of(tx, post.id))
        for one in waiting.values()
        if (post := _standing(tx, one)) is not None and post.author_id not in busy
    ]
    chosen = fairness.turn(claims, tx.now)
    return waiting[chosen] if chosen is not None else None


def _authors_with_an_open_ask(tx: Tx, member: Member) -> set[PersonId]:
    """Whose last ask this member may still be thinking about: silence frees it in time."""
    since = tx.now - tx.house.soon(waves.SILENCE)
    found = set()
    for question in question_rows.open_questions(tx, member.id):
        if question.kind in ("ask", "carry") and question.post_id and question.created_at > since:
            post = post_rows.get(tx, member.id, question.post_id)
            if post is not None:
                found.add(post.author_id)
    return found


def free_from(tx: Tx, member: Member) -> datetime:
    """From when on a member may be disturbed: now, after a pause and their quiet hours, or when the oldest
    interruption of a spent week is a week old. A fast clock has no quiet hours (RULES R27)."""
    at = max(tx.now, member.paused_until or tx.now)
    week = tx.house.soon(WEEK)
    spent = sorted(question_rows.interruptions_since(tx, [member.id], tx.now - week).get(member.id, []))
    if len(spent) >= member.weekly_budget:
        at = max(at, spent[len(spent) - member.weekly_budget] + week)
    return at if tx.house.fast_butler > 1 else awake_from(hours_of(member), at)


def _put(tx: Tx, member: Member, asked: ReceivedAsk) -> None:
    post = _standing(tx, asked)
    author = people_rows.by_id(tx, post.author_id) if post else None
    if post is None or author is None:
        return
    question_rows.close_questions_about(tx, member.id, asked.id, answer=None)
    received_rows.change_received(tx, asked.id, state="asked", due_at=None)
    speak.spend(tx, member.id, asked.kind, post.id)
    excerpt = letters.excerpt(post.text)
    if asked.kind == "carry":
        speak.ask(
            tx,
            member,
            "carry",
            "carry",
            post_id=post.id,
            about_id=asked.id,
            excerpt=excerpt,
            author=author.name,
        )
        return
    speak.ask(
        tx,
        member,
        "ask",
        "ask_again" if asked.reoffered_at else "ask_team" if _is_committed(tx, member, post) else "ask",
        post_id=post.id,
        about_id=asked.id,
        excerpt=excerpt,
        author=author.name,
        why=why(tx, member, post, author),
    )


def _is_committed(tx: Tx, member: Member, post: Post) -> bool:
    """On the team of the request's project (PRODUCT M11)."""
    return post.project_id is not None and "team" in places.roles_in(tx, member.id, [post.project_id]).get(
        post.project_id, ()
    )


def why(tx: Tx, member: Member, post: Post, author: Person) -> str:
    """Why this member sees or is asked, in their language: only what they may know (RULES R1, M1)."""
    seen = post_views.view(tx, member.id, post.id)
    stored = seen.access.reasons if seen and seen.access else ()
    told = [msgspec.convert(one, Reason) for one in stored]
    carrier = seen.carriers[0].name if seen and seen.carriers else None
    if not told:  # chosen elsewhere: what is known here (RULES R1)
        team = _is_committed(tx, member, post)
        told = list(reasons(circle=2 if carrier else 1, team=team))
    few = own_asks.asked_with(tx, post.id, member.id) if (post.intimacy or 0) < Intimacy.CLOSE else None
    return sentence(told, author.name, member.locale, carrier_name=carrier, asked_count=few)


def noticed(tx: Tx, reply_id: PostId) -> None:
    """A member here answered an open request: ask whether the author may be told that they can help (R24)."""
    reply = post_rows.by_id_for_author(tx, reply_id)
    member = people_rows.member(tx, reply.author_id) if reply else None
    if reply is None or member is None or reply.offers_help or reply.reply_to_id is None:
        return
    post = post_rows.get(tx, member.id, reply.reply_to_id)
    author = people_rows.by_id(tx, post.author_id) if post else None
    if post is None or author is None or not post.flag_is_up or member.butler_silent:
        return
    for question in question_rows.open_questions(tx, member.id):
        if question.post_id == post.id and question.kind in ("ask", "offer"):
            question_rows.close_questions(tx, ids=[question.id])
    letter: letters.Letter = "offer" if post.vouched_at is None else "offer_waits"
    speak.ask(tx, member, "offer", letter, post_id=post.id, about_id=reply.id, author=author.name)
