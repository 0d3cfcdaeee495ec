"""`pass @someone`: the order, the name put to an author, and what was answered on a page (RULES R22)."""

import re
from typing import Final

from fedi_aid.actions import passing, readers
from fedi_aid.actions.passing import How
from fedi_aid.butler import letters, meant, speak
from fedi_aid.butler.commands import Command
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.help import Question
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.people import Member, Person
from fedi_aid.model.posts import Post
from fedi_aid.storage import passing as passing_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage import received_asks as received_rows
from fedi_aid.storage import ties
from fedi_aid.storage.tx import Tx

HANDLE: Final = re.compile(r"(?<![\w.])@(?P<name>[\w.-]*\w)(?:@(?P<domain>[\w.:-]*\w))?")
NOTED: Final[dict[How, letters.Letter]] = {
    "carried": "noted_passed",
    "page": "noted_page",
    "suggested": "noted_suggested",
}


def pass_on(tx: Tx, member: Member, message: Post, command: Command) -> None:
    """`pass @grace, she has a van`: what follows the name is the member's own word to them."""
    found = HANDLE.search(command.rest)
    person = friend(tx, member, found["name"], found["domain"] or "") if found else None
    if found is None or person is None:
        speak.say(tx, member, "pass_whom", reply_to=message.id)
        return
    post_id = _request(tx, member, message)
    if post_id is None:
        speak.say(tx, member, "pass_what", reply_to=message.id)
        return
    word = command.rest[found.end() :].lstrip(" \t,;:.–—-")
    post = post_rows.get(tx, member.id, post_id)
    author = people_rows.by_id(tx, post.author_id) if post else None
    try:
        how = passing.pass_on(tx, member, post_id, person.id, word=word)
    except NotFound:
        speak.say(tx, member, "nothing_open", reply_to=message.id)
    except Refused as refusal:
        letter: letters.Letter = "pass_no_further" if refusal.field == "id" else "pass_whom"
        speak.say(tx, member, letter, reply_to=message.id)
    else:
        names = {"name": person.name, "author": author.name if author else ""}
        speak.say(tx, member, NOTED[how], reply_to=message.id, **names)


def friend(tx: Tx, member: Member, name: str, domain: str) -> Person | None:
    """Whom a handle means: here without a server's name, or the one friend elsewhere who is called so."""
    if domain.lower() == tx.house.domain.lower():
        domain = ""
    person = people_rows.by_handle(tx, name, domain)
    if person is not None and ties.are_friends(tx, member.id, person.id):
        return person
    if domain:
        return None
    called = [one for one in ties.friends_of(tx, member.id) if one.username.lower() == name.lower()]
    return called[0] if len(called) == 1 else None


def _request(tx: Tx, member: Member, message: Post) -> PostId | None:
    """The request a message answers a letter about; else the only one put to the member."""
    question = meant.question(tx, member, message)
    if question is not None and question.post_id is not None:
        return question.post_id
    put = {one.post_id for one in received_rows.waiting_for(tx, member.id)}
    return put.pop() if len(put) == 1 else None


# -- for the author


def suggested(tx: Tx, post_id: PostId, by_id: PersonId, person_id: PersonId) -> None:
    """Put a name to an author: only a friend of theirs may be added."""
    post = post_rows.by_id_for_author(tx, post_id)
    author = people_rows.member(tx, post.author_id) if post else None
    people = people_rows.many(tx, [by_id, person_id])
    if post is None or author is None or not post.flag_is_up or len(people) < 2:
        return
    by, person = people[by_id], people[person_id]
    handle, excerpt = person.handle.replace("@", "@\u200b"), letters.excerpt(post.text)
    if ties.are_friends(tx, author.id, person.id):
        speak.ask(
            tx,
            author,
            "suggested",
            "suggested",
            post_id=post_id,
            about_id=person.id,
            by=by.name,
            name=person.name,
            handle=handle,
            excerpt=excerpt,
        )
        return
    speak.tell_about(
        tx,
        author,
        "suggested_stranger",
        post_id=post_id,
        by=by.name,
        name=person.name,
        handle=handle,
        excerpt=excerpt,
    )


def on_suggested(tx: Tx, member: Member, message: Post, question: Question, yes: bool) -> None:
    """The author's yes or no to a name."""
    question_rows.close_questions(tx, ids=[question.id], state="answered", answer="yes" if yes else "no")
    person = people_rows.by_id(tx, question.about_id or 0)
    if not yes or person is None:
        speak.say(tx, member, "noted_no", reply_to=message.id)
        return
    try:
        readers.add(tx, member, question.post_id or 0, person.id)
    except (NotFound, Refused):
        speak.say(tx, member, "nothing_open", reply_to=message.id)
    else:
        speak.say(tx, member, "noted_added", reply_to=message.id, name=person.name)


# -- for who passed it on


def page_answered(tx: Tx, passed_id: int) -> None:
    """What was answered on a page, to the member who made it."""
    passed = passing_rows.by_id(tx, passed_id)
    member = people_rows.member(tx, passed.carrier_id) if passed else None
    if passed is None or member is None or passed.answer is None:
        return
    post = post_rows.get(tx, member.id, passed.post_id)
    people = people_rows.many(tx, [passed.person_id, *([post.author_id] if post else [])])
    if post is None or len(people) < 2:
        return
    speak.say(
        tx,
        member,
        "page_answered_told" if passed.may_be_named else "page_answered",
        name=people[passed.person_id].name,
        author=people[post.author_id].name,
        excerpt=letters.excerpt(post.text),
        answer=passed.answer.replace("@", "@\u200b"),
    )
