"""The author's own word on who reads a post: a friend added by name, somebody left out, silently.

Adding is for friends alone, at any level, and never past a block (RULES R3). Nobody is told that they were
left out; what they had is gone as if it had never been.
"""

from fedi_aid.actions import audiences, carry_consent
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import Member, Person
from fedi_aid.model.posts import Post
from fedi_aid.storage import asks as ask_rows
from fedi_aid.storage import corrections, ties
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs


def add(tx: Tx, me: Member, post_id: int, person_id: int) -> Person:
    """Let a friend read a post of one's own that the engine shows; while its flag is up they are asked by
    name. While it waits for its author's yes, they stand on the list. NotFound; Refused for who is no friend.
    Somebody who is barred is not added, and nothing says so."""
    post, person = _own(tx, me, post_id), people_rows.by_id(tx, person_id)
    if person is None or not ties.are_friends(tx, me.id, person.id):
        raise Refused("Only a friend can be added.", field="account_id")
    corrections.put(tx, me.id, person.id, post.id, "added")
    if post.held_until is not None or ties.barred_ids(tx, me.id, [person.id]):
        return person
    audiences.choose_for(tx, me, post.id, named=[person.id], among={person.id}, most=1)
    if post.flag_is_up:
        _ask_by_name(tx, post, person)
    jobs.fan_out(tx, post.id, "create")
    return person


def _ask_by_name(tx: Tx, post: Post, person: Person) -> None:
    uri = tx.house.new_activity()
    ask_id = ask_rows.ask(tx, post.id, person.id, "help", uri=uri, wave=0)
    if ask_id is None:
        return
    if person.local:
        carry_consent.ask_arrived(tx, uri=uri, post_id=post.id, member_id=person.id, kind="help")
    else:
        jobs.send_ask(tx, ask_id, post.id)


def leave_out(tx: Tx, me: Member, post_id: int, person_id: int, *, always: bool = False) -> Person:
    """Keep somebody out of one post of one's own, or of all from now on. NotFound."""
    post, person = _own(tx, me, post_id), people_rows.by_id(tx, person_id)
    if person is None or person.id == me.id:
        raise NotFound
    corrections.put(tx, me.id, person.id, post.id, "removed")
    if always:
        leave_out_always(tx, me.id, person.id)
    audiences.withdraw_from(tx, post, [person.id])
    return person


def leave_out_always(tx: Tx, me: PersonId, person_id: int) -> Person:
    """Keep somebody out of all posts to come. NotFound."""
    person = people_rows.by_id(tx, person_id)
    if person is None or person.id == me:
        raise NotFound
    corrections.put(tx, me, person.id, corrections.ALWAYS, "removed")
    return person


def _own(tx: Tx, me: Member, post_id: int) -> Post:
    post = post_rows.get(tx, me.id, post_id)
    if post is None or post.author_id != me.id or post.reach != "chosen" or post.reply_to_id is not None:
        raise NotFound
    return post
