"""How the butler writes to one person: a direct message that is for that person alone and never leaves."""

from collections.abc import Mapping
from typing import Any

from fedi_aid.actions import notices
from fedi_aid.actions.registration import butler
from fedi_aid.butler import choices
from fedi_aid.butler.letters import NECESSARY, Letter, compose, language
from fedi_aid.model.help import QuestionKind
from fedi_aid.model.ids import PersonId, PostId, opaque
from fedi_aid.model.people import Member
from fedi_aid.model.polls import PollWish
from fedi_aid.model.text import MentionTarget, render
from fedi_aid.storage import audience_rows, ties, timelines
from fedi_aid.storage import polls as poll_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage.tx import Tx


def say(
    tx: Tx, member: Member, letter: Letter, *, reply_to: PostId | None = None, **values: Any
) -> PostId | None:
    """Write a letter to one member: a mention notification and a conversation; in their home if they follow
    the butler. Where the letter offers a choice it has a poll, and a vote is the answer.

    Whoever told the butler to be silent gets answers, and what must be said; None for anything else.
    """
    if member.butler_silent and reply_to is None and letter not in NECESSARY:
        return None
    return _write(tx, member, letter, choices.poll(letter, language(member.locale)), reply_to, values)


def let_choose(
    tx: Tx,
    member: Member,
    letter: Letter,
    poll: PollWish | None,
    *,
    reply_to: PostId | None = None,
    **values: Any,
) -> PostId | None:
    """`say`, with choices that are not the same for everybody; the usual ones without a poll."""
    if poll is None:
        return say(tx, member, letter, reply_to=reply_to, **values)
    if member.butler_silent and reply_to is None and letter not in NECESSARY:
        return None
    return _write(tx, member, letter, poll, reply_to, values)


def _write(
    tx: Tx,
    member: Member,
    letter: Letter,
    poll: PollWish | None,
    reply_to: PostId | None,
    values: Mapping[str, Any],
) -> PostId:
    speaker = butler(tx)
    person = member.person
    text = f"@{person.username} {compose(letter, member.locale, **values)}"
    parent = post_rows.get(tx, member.id, reply_to) if reply_to is not None else None
    post_id = PostId(tx.new_id())
    uri = tx.house.new_note()
    target = MentionTarget(url=person.url, username=person.username)
    post_rows.insert(
        tx,
        id=post_id,
        uri=uri,
        url=uri,
        author_id=speaker.id,
        reach="butler",
        text=text,
        html=render(text, {person.username: target}, tx.house.tag_page),
        language=language(member.locale),
        reply_to_id=parent.id if parent else None,
        reply_to_uri=parent.uri if parent else None,
        reply_to_person_id=parent.author_id if parent else None,
        **({"thread_id": parent.thread_id} if parent else {}),
    )
    post_rows.put_mention(tx, post_id, person.id)
    if poll is not None:
        poll_rows.add(tx, post_id, poll)
    audience_rows.admit(tx, post_id, person.id, kind="butler", opaque=opaque())
    if ties.is_following(tx, person.id, speaker.id):  # as for any direct message
        timelines.add_home(tx, person.id, post_id)
    notices.notify(tx, person.id, "mention", speaker.id, post_id=post_id)
    thread = parent.thread_id if parent else post_id
    timelines.touch_conversation(tx, person.id, thread, post_id, unread=True)
    return post_id


def ask(
    tx: Tx,
    member: Member,
    kind: QuestionKind,
    letter: Letter,
    *,
    post_id: PostId,
    about_id: int | None = None,
    **values: Any,
) -> PostId | None:
    """Write a letter that waits for an answer."""
    message_id = say(tx, member, letter, **values)
    if message_id is None:
        return None
    question_rows.put_question(tx, member.id, kind, post_id=post_id, about_id=about_id, message_id=message_id)
    return message_id


def tell_about(
    tx: Tx, member: Member, letter: Letter, *, post_id: PostId, reply_to: PostId | None = None, **values: Any
) -> PostId | None:
    """Write a letter about a request, so that an answer to it is understood as meaning that request."""
    message_id = say(tx, member, letter, reply_to=reply_to, **values)
    if message_id is None:
        return None
    question = question_rows.put_question(tx, member.id, "confirm", post_id=post_id, message_id=message_id)
    question_rows.close_questions(tx, ids=[question])
    return message_id


def spend(tx: Tx, member_id: PersonId, kind: str, post_id: PostId) -> None:
    """Count an interruption against a member's budget."""
    question_rows.interrupt(tx, member_id, kind, post_id)
