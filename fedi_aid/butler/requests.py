"""Requests on their way: confirmation, waves, questions put to members here, news of offers, thanks."""

from datetime import timedelta

import msgspec

from fedi_aid.actions import audiences, carry, widening
from fedi_aid.actions import posts as writing
from fedi_aid.audience import candidates, engine
from fedi_aid.audience.explain import Reason, reasons, sentence
from fedi_aid.butler import letters, speak, waves
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.intimacy import LEVELS, Intimacy
from fedi_aid.model.people import Member, Person
from fedi_aid.model.posts import Post
from fedi_aid.storage import audience_rows, post_views
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs

LATER = timedelta(hours=1)


def _own(tx: Tx, post_id: PostId) -> tuple[Member, Post] | None:
    """The author here and their raised request, or None when there is nothing to do any more."""
    request = help_rows.request(tx, post_id)
    author = people_rows.member(tx, request.author_id) if request else None
    post = post_rows.get(tx, author.id, post_id) if author else None
    if author is None or post is None or not post.flag_is_up:
        return None
    return author, post


def confirm(tx: Tx, post_id: PostId) -> None:
    """Tell the author that the flag is up and how many may see it."""
    found = _own(tx, post_id)
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
    )


def approve(tx: Tx, post_id: PostId) -> None:
    """List to its author who would see a held post, and ask (RULES R14)."""
    post = post_rows.by_id_for_author(tx, post_id)
    author = people_rows.member(tx, post.author_id) if post else None
    if post is None or author is None or post.held_until is None:
        return
    people = people_rows.many(tx, audiences.foreseen(tx, author, post))
    letter: letters.Letter = "approve_close"
    if not people:
        letter = "approve_nobody"
    elif post.intimacy == Intimacy.CONFIDANTS:
        letter = "approve_confidants"
    speak.ask(
        tx,
        author,
        "approve",
        letter,
        post_id=post_id,
        excerpt=letters.excerpt(post.text),
        people=letters.listed([one.name for one in people.values()], author.locale),
    )


def ask_wider(tx: Tx, post_id: PostId, level: int) -> None:
    """An edited text asks for a wider level: nothing is shown to anybody new before a `yes` (RULES R15)."""
    post = post_rows.by_id_for_author(tx, post_id)
    author = people_rows.member(tx, post.author_id) if post else None
    if post is None or author is None or not widening.is_wider(post, level):
        return
    for question in help_rows.open_questions(tx, author.id):
        if question.post_id == post.id and question.kind == "level":
            help_rows.close_questions(tx, ids=[question.id])
    told = {"excerpt": letters.excerpt(post.text), "level": level}
    told["level_name"] = LEVELS[Intimacy(level)].name(author.locale)
    letter: letters.Letter = "level"
    if level >= Intimacy.CLOSE:  # vulnerable still: their author sees who may read it (RULES R14)
        wider = msgspec.structs.replace(post, intimacy=level)
        people = people_rows.many(tx, audiences.foreseen(tx, author, wider))
        told["people"] = letters.listed([one.name for one in people.values()], author.locale)
        letter = "level_close"
    speak.ask(tx, author, "level", letter, post_id=post_id, about_id=level, **told)


def release(tx: Tx, post_id: PostId) -> None:
    """The five minutes of a level 3 are over and its author did not object."""
    post = post_rows.by_id_for_author(tx, post_id)
    author = people_rows.member(tx, post.author_id) if post else None
    if author is not None and post is not None and post.held_until is not None:
        if post.held_until > tx.now:
            return  # kept back by its author
        help_rows.close_questions(tx, post_id=post_id)
        writing.release(tx, author, post_id)


def unknown_tags(tx: Tx, post_id: PostId, names: list[str]) -> None:
    """Say that a tag names no project or sphere of the author (RULES R13)."""
    post = post_rows.by_id_for_author(tx, post_id)
    author = people_rows.member(tx, post.author_id) if post else None
    if author is not None and not author.butler_silent:
        told = letters.listed([letters.excerpt(name) for name in names], author.locale)
        speak.say(tx, author, "unknown_tags", names=told)


def wave(tx: Tx, post_id: PostId) -> None:
    """One look at a request: free silent slots, ask the next people and carriers, check in with the author.

    The row of a person asked is unique per request and kind, so looking twice asks nobody twice.
    """
    found = _own(tx, post_id)
    request = help_rows.request(tx, post_id)
    if found is None or request is None:
        return
    author, post = found
    asked = help_rows.asks_of(tx, post_id)
    plan = waves.next_step(request, post.intimacy or 0, asked, tx.now, stretch=1 / tx.house.fast_butler)
    for ask_id in plan.free:
        help_rows.change_ask(tx, ask_id, state="freed", closed_at=tx.now)
    already = {one.person_id for one in asked} | {one.person_id for one in help_rows.offers_of(tx, post_id)}
    carriers = _ask_carriers(tx, author, post, plan, already) if plan.carriers else set()
    helpers = _ask_helpers(tx, author, post, plan, already | carriers) if plan.asks else set()
    if plan.check_in:
        speak.ask(tx, author, "checkin", "checkin", post_id=post_id, excerpt=letters.excerpt(post.text))
    if plan.ask_to_widen:
        speak.ask(tx, author, "widen", "widen", post_id=post_id, excerpt=letters.excerpt(post.text))
    if plan.sleep:
        speak.tell_about(tx, author, "asleep", post_id=post_id, excerpt=letters.excerpt(post.text))
        help_rows.log(tx, post_id, "asleep")
    if carriers or helpers:
        help_rows.log(tx, post_id, "wave", wave=plan.wave, asked=len(helpers), carriers=len(carriers))
    help_rows.change_request(
        tx,
        post_id,
        wave=plan.wave,
        state="asleep" if plan.sleep else request.state,
        due_at=plan.due_at,
        # False: asked, and not agreed so far
        widening_agreed=False if plan.ask_to_widen else request.widening_agreed,
        checkins=request.checkins + (1 if plan.check_in else 0),
        checked_in_at=tx.now if plan.check_in else request.checked_in_at,
    )


def _ask_carriers(
    tx: Tx, author: Member, post: Post, plan: waves.Plan, already: set[PersonId]
) -> set[PersonId]:
    ask = audiences.ask_of(tx, author, post)
    pool = audiences.pool_of(tx, author)
    chosen = engine.carriers(ask, pool, plan.carriers, tx.now, already)
    people = people_rows.many(tx, [one.person for one in chosen])
    found = set()
    for one in chosen:
        friend = people.get(one.person)
        if friend is not None and carry.ask_to_carry(tx, post, friend, wave=plan.wave):
            found.add(one.person)
    return found


def _ask_helpers(
    tx: Tx, author: Member, post: Post, plan: waves.Plan, already: set[PersonId]
) -> set[PersonId]:
    ask = audiences.ask_of(tx, author, post)
    pool = audiences.pool_of(tx, author)
    chosen = engine.next_asks(ask, pool, already, plan.asks, tx.now, tx.dice)
    people = people_rows.many(tx, [one.person for one in chosen])
    found = set()
    for one in chosen:
        friend = people.get(one.person)
        if friend is not None and _ask_to_help(tx, post, friend, one, plan.wave):
            found.add(one.person)
    return found


def _ask_to_help(tx: Tx, post: Post, friend: Person, chosen: engine.Chosen, wave_number: int) -> bool:
    ask_id = help_rows.ask(
        tx,
        post.id,
        friend.id,
        "help",
        uri=(uri := tx.house.new_activity()),
        wave=wave_number,
        reasons=msgspec.to_builtins(chosen.reasons),
        score_terms=msgspec.to_builtins(chosen.terms),
    )
    if ask_id is None:
        return False
    help_rows.record_outcome(tx, post.id, friend.id, "asked", msgspec.to_builtins(chosen.terms))
    audiences.admit(tx, post, chosen, kind="asked")
    if friend.local:
        carry.ask_arrived(tx, uri=uri, post_id=post.id, member_id=friend.id, kind="help")
    else:
        # The interruption of a friend on a plain server is counted by us (RULES R21).
        if not friend.speaks_fedi_aid:
            help_rows.interrupt(tx, friend.id, "ask", post.id)
        jobs.send_ask(tx, ask_id, post.id)
    return True


# -- members here who were asked


def put_question(tx: Tx, received_id: int) -> None:
    """Ask a member here to help or to carry, when they may be disturbed; else look again later."""
    asked = help_rows.received(tx, received_id)
    if asked is None or asked.state != "waiting":
        return
    member = people_rows.member(tx, asked.member_id)
    post = post_rows.get(tx, asked.member_id, asked.post_id)
    author = people_rows.by_id(tx, post.author_id) if post else None
    if member is None or post is None or author is None or not post.flag_is_up:
        help_rows.change_received(tx, received_id, state="closed", due_at=None)
        return
    if member.butler_silent:
        return
    if _not_now(tx, member):
        later = tx.now + tx.house.soon(LATER)
        help_rows.change_received(tx, received_id, due_at=later)
        jobs.carry_received(tx, received_id, later)
        return
    help_rows.change_received(tx, received_id, state="asked", due_at=None)
    speak.spend(tx, member.id, asked.kind, post.id)
    if asked.kind == "carry":
        values = {"author": author.name}
        speak.ask(
            tx,
            member,
            "carry",
            "carry",
            post_id=post.id,
            about_id=asked.id,
            excerpt=letters.excerpt(post.text),
            **values,
        )
        return
    speak.ask(
        tx,
        member,
        "ask",
        "ask",
        post_id=post.id,
        about_id=asked.id,
        excerpt=letters.excerpt(post.text),
        why=why(tx, member, post, author),
    )


def _not_now(tx: Tx, member: Member) -> bool:
    """Quiet hours, a pause, or the week's budget is spent."""
    if member.paused_until is not None and member.paused_until > tx.now:
        return True
    if candidates.is_quiet(tx, member):
        return True
    week = tx.house.soon(timedelta(days=7))
    spent = help_rows.interruptions_since(tx, [member.id], tx.now - week).get(member.id, [])
    return len(spent) >= member.weekly_budget


def why(tx: Tx, member: Member, post: Post, author: Person) -> str:
    """Why this member sees or is asked, in their language: only what they may know (RULES R1, M1)."""
    seen = post_views.view(tx, member.id, post.id)
    stored = seen.access.reasons if seen and seen.access else ()
    told = [msgspec.convert(one, Reason) for one in stored]
    carrier = seen.carriers[0].name if seen and seen.carriers else None
    if not told:
        told = list(reasons(circle=2 if carrier else 1))
    return sentence(told, author.name, member.locale, carrier_name=carrier)


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
    for question in help_rows.open_questions(tx, member.id):
        if question.post_id == post.id and question.kind in ("ask", "offer"):
            help_rows.close_questions(tx, ids=[question.id])
    letter: letters.Letter = "offer" if post.vouched_at is None else "offer_waits"
    speak.ask(tx, member, "offer", letter, post_id=post.id, about_id=reply.id, author=author.name)


def overheard(tx: Tx, post_id: PostId, answer_id: PostId) -> None:
    """Warn the author that a hidden post was answered in public (RULES R4)."""
    post = post_rows.by_id_for_author(tx, post_id)
    answer = post_rows.get(tx, None, answer_id)
    member = people_rows.member(tx, post.author_id) if post else None
    who = people_rows.by_id(tx, answer.author_id) if answer else None
    if post is None or member is None or who is None:
        return
    excerpt = letters.excerpt(post.text)
    speak.say(tx, member, "overheard", name=who.name, handle=who.handle, excerpt=excerpt)


def offered(tx: Tx, post_id: PostId, person_id: PersonId) -> None:
    """Tell the author that somebody offers help."""
    found = _own(tx, post_id)
    helper = people_rows.by_id(tx, person_id)
    if found is None or helper is None:
        return
    author, post = found
    speak.tell_about(
        tx,
        author,
        "offered",
        post_id=post_id,
        name=f"{helper.name} ({helper.handle})" if not helper.local else helper.name,
        excerpt=letters.excerpt(post.text),
    )


def thanks(tx: Tx, post_id: PostId) -> None:
    """The flag came down: thank every member here who was asked, who carried, who answered or helped."""
    post = post_rows.by_id_for_author(tx, post_id)
    author = people_rows.by_id(tx, post.author_id) if post else None
    if post is None or author is None:
        return
    carriers = {
        one.member_id for one in help_rows.received_for(tx, post_id, kind="carry") if one.state == "accepted"
    }
    helpers = {one.person_id for one in help_rows.offers_of(tx, post_id)} | set(
        post_rows.members_who_answered(tx, post_id)
    )
    told = help_rows.told_about(tx, post_id)
    for person_id in sorted((carriers | helpers | told) - {post.author_id}):
        member = people_rows.member(tx, person_id)
        if member is None or member.butler_silent or post_rows.get(tx, member.id, post_id) is None:
            continue
        letter: letters.Letter = "thanks"
        if person_id in helpers:
            letter = "thanks_helper"
        elif person_id in carriers:
            letter = "thanks_carrier"
        speak.say(tx, member, letter, author=author.name, excerpt=letters.excerpt(post.text))


def tick(tx: Tx) -> None:
    """Every minute: whatever is due gets a look; never two waiting for one request."""
    for post_id in help_rows.due_requests(tx):
        jobs.butler_wave(tx, post_id, tx.now)
