"""`with @someone`, `without @someone`: the author's word on who reads a post."""

from typing import Final

from fedi_aid.actions import readers
from fedi_aid.butler import commands, meant, own_posts, speak
from fedi_aid.butler.commands import Command
from fedi_aid.butler.letters import Letter
from fedi_aid.butler.passing import HANDLE, friend
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.ids import PostId
from fedi_aid.model.people import Member, Person
from fedi_aid.model.posts import Post
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage.tx import Tx

ALWAYS: Final = frozenset({"always", "from now on", "toujours", "desormais", "pour toujours"})


def add(tx: Tx, member: Member, message: Post, command: Command) -> None:
    """A friend may read it too; a post that waits is listed anew."""
    found = _meant(tx, member, message, command)
    if found is None:
        return
    post_id, person = found
    try:
        readers.add(tx, member, post_id, person.id)
    except (NotFound, Refused):
        speak.say(tx, member, "reader_whom", reply_to=message.id)
    else:
        _said(tx, member, message, post_id, person, "noted_added")


def leave_out(tx: Tx, member: Member, message: Post, command: Command) -> None:
    """Somebody does not read it, or nothing from now on; they are not told."""
    found = _meant(tx, member, message, command)
    if found is None:
        return
    post_id, person = found
    always = any(word in f" {commands.spelled(command.rest)} " for word in (f" {one} " for one in ALWAYS))
    try:
        readers.leave_out(tx, member, post_id, person.id, always=always)
    except NotFound:
        speak.say(tx, member, "reader_whom", reply_to=message.id)
    else:
        _said(tx, member, message, post_id, person, "noted_left_out_always" if always else "noted_left_out")


def _meant(tx: Tx, member: Member, message: Post, command: Command) -> tuple[PostId, Person] | None:
    """The friend who is named, and the post that the message answers a letter about, or the only one that
    waits or asks for help; says why when there is none."""
    handle = HANDLE.search(command.rest)
    person = friend(tx, member, handle["name"], handle["domain"] or "") if handle else None
    if person is None:
        speak.say(tx, member, "reader_whom", reply_to=message.id)
        return None
    question = meant.question(tx, member, message)
    if question is not None and question.post_id is not None:
        return question.post_id, person
    waiting = {
        one.post_id
        for one in question_rows.open_questions(tx, member.id)
        if one.kind in ("approve", "level") and one.post_id
    }
    if len(waiting) == 1:
        return waiting.pop(), person
    post_id = meant.one_request(tx, member, message)
    return (post_id, person) if post_id is not None else None


def _said(tx: Tx, member: Member, message: Post, post_id: PostId, person: Person, letter: Letter) -> None:
    post = post_rows.get(tx, member.id, post_id)
    if post is not None and post.held_until is not None:
        for one in question_rows.open_questions(tx, member.id):
            if one.kind == "approve" and one.post_id == post_id:
                question_rows.close_questions(tx, ids=[one.id])
        own_posts.approve(tx, post_id)
        return
    speak.say(tx, member, letter, reply_to=message.id, name=person.name)
