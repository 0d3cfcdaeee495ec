"""What a member's message means: which question it answers, which of their requests it is about.

An answer to one of the butler's messages means what that message was about. Without that, it counts only
when exactly one thing could be meant; else the butler lists them (RULES R5).
"""

from collections.abc import Iterable

from fedi_aid.butler import letters, speak
from fedi_aid.model.help import Question
from fedi_aid.model.ids import PostId
from fedi_aid.model.people import Member
from fedi_aid.model.posts import Post
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage.tx import Tx


def question(tx: Tx, member: Member, message: Post) -> Question | None:
    """What the message answers: the question of the message it replies to, or one further up. The butler's
    own message stands for itself (a vote on it)."""
    above: PostId | None = message.id
    for _ in range(20):
        if above is None:
            return None
        found = help_rows.question_of_message(tx, member.id, above)
        if found is not None:
            return found
        parent = post_rows.get(tx, member.id, above)
        above = parent.reply_to_id if parent else None
    return None


def open_question(tx: Tx, member: Member, message: Post) -> Question | None:
    """The one open question that a bare answer means; says why when there is none or more than one."""
    found = question(tx, member, message)
    if found is not None and found.state == "open":
        return found
    waiting = help_rows.open_questions(tx, member.id)
    if found is not None and found.kind != "confirm":
        waiting = []  # it was answered, or the flag came down meanwhile
    if len(waiting) == 1:
        return waiting[0]
    if waiting:
        ask_which(tx, member, message, waiting)
    else:
        speak.say(tx, member, "nothing_open", reply_to=message.id)
    return None


def ask_which(tx: Tx, member: Member, message: Post, waiting: Iterable[Question]) -> None:
    """List what could be meant: by the post it is about, or by the words of the question."""
    lines = []
    for one in waiting:
        about = post_rows.get(tx, member.id, one.post_id) if one.post_id else None
        asked = post_rows.get(tx, member.id, one.message_id) if one.message_id else None
        shown = about or asked
        if shown is not None:
            text = shown.text if about else shown.text.partition(" ")[2]
            lines.append(f"– “{letters.excerpt(text)}”")
    speak.say(tx, member, "which", reply_to=message.id, choices="\n".join(lines))


def one_request(tx: Tx, member: Member, message: Post) -> PostId | None:
    """The request of their own that an order means; says why when there is none or more than one. An order
    about somebody else's request, or one that is closed, is never taken for another."""
    asked = question(tx, member, message)
    own = [one.post_id for one in help_rows.open_requests_of(tx, member.id)]
    if asked is not None and asked.post_id is not None:
        if asked.post_id in own:
            return asked.post_id
        request = help_rows.request(tx, asked.post_id)
        mine = request is not None and request.author_id == member.id
        speak.say(tx, member, "already_down" if mine else "not_yours", reply_to=message.id)
        return None
    if len(own) == 1:
        return own[0]
    if not own:
        speak.say(tx, member, "nothing_open", reply_to=message.id)
        return None
    posts = [post for one in own if (post := post_rows.get(tx, member.id, one)) is not None]
    lines = [f"– “{letters.excerpt(post.text)}”" for post in posts]
    speak.say(tx, member, "which", reply_to=message.id, choices="\n".join(lines))
    return None
