"""Where a written post goes: its words with links to whom they name, and before those who get it.

For posts that are written here; a direct post from elsewhere comes before its readers the same way.
"""

from collections.abc import Iterable
from typing import Any, Literal

from fedi_aid.actions import bells, strangers, tags
from fedi_aid.model.ids import PersonId, PostId, opaque
from fedi_aid.model.leaving import is_theirs
from fedi_aid.model.people import BUTLER, Member, Person
from fedi_aid.model.posts import Post, Tag
from fedi_aid.model.text import MentionTarget, fold_tag, render, scan
from fedi_aid.storage import audience_rows, ties, timelines
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage.tx import Tx

MENTIONS_MAX = 50


# -- words


def html_of(tx: Tx, text: str, people: Iterable[Person]) -> str:
    """A text as it is shown: names of these people and hashtags become links, everything else plain text."""
    targets = {}
    for person in people:
        page = person.url if is_theirs(person.url, person) else person.uri
        target = MentionTarget(url=page or person.uri, username=person.username)
        targets[person.handle.lower()] = target
        if person.local:
            targets[f"{person.username}@{tx.house.domain}".lower()] = target
    return render(text, targets, tx.house.tag_page)


def tags_in(text: str) -> list[Tag]:
    """The hashtags of a text, each once."""
    found: dict[str, Tag] = {}
    for tag in scan(text).tags:
        found.setdefault(fold_tag(tag.name), Tag(fold_tag(tag.name), tag.name))
    return list(found.values())


def mentioned(tx: Tx, me: int, text: str) -> list[Person]:
    """The known people a text names, without the butler, oneself and those a block keeps apart."""
    found: dict[PersonId, Person] = {}
    for mention in scan(text).mentions[:MENTIONS_MAX]:
        domain = "" if mention.domain == tx.house.domain else mention.domain
        person = people_rows.by_handle(tx, mention.username, domain)
        if person is None or person.id == me or (person.local and person.username == BUTLER):
            continue
        if person.kind == "application" or ties.is_blocked_either_way(tx, me, person.id):
            continue
        found.setdefault(person.id, person)
    return list(found.values())


# -- readers


def admit(tx: Tx, post_id: int, person_id: int, *, kind: str, circle: int = 1, reasons: Any = None) -> None:
    """A row of the access list, with a new name for its reader."""
    audience_rows.admit(tx, post_id, person_id, kind=kind, circle=circle, reasons=reasons, opaque=opaque())


def show_at_home(tx: Tx, post_id: int, person_id: int) -> None:
    """Into a local reader's home; people elsewhere get theirs by delivery."""
    person = people_rows.by_id(tx, person_id)
    if person is not None and person.local:
        timelines.add_home(tx, person.id, post_id)


def address(
    tx: Tx, me: Member, post_id: PostId, people: Iterable[Person], *, kind: Literal["named", "reply"]
) -> None:
    """Give named people the post, and tell those who live here."""
    post = post_rows.get(tx, me.id, post_id)
    assert post is not None
    for person in people:
        admit(tx, post_id, person.id, kind=kind)
        ties.record_contact(tx, me.id, person.id, kind)
        if person.local:
            deliver_here(tx, post, person.id)
    timelines.touch_conversation(tx, me.id, post.thread_id, post_id, unread=False)


def deliver_here(tx: Tx, post: Post, member_id: PersonId) -> None:
    """A direct post reaches a member here: notification, conversation; home when they follow its author.

    Strangers wait in requests (PRODUCT S2), except who answers something the member showed them.
    """
    answered = post.reply_to_person_id == member_id and post.reply_to_id is not None
    expected = answered and _was_shown(tx, post.reply_to_id or 0, post.author_id)
    heard = strangers.tell(
        tx, member_id, "mention", post.author_id, post_id=post.id, private=True, expected=expected
    )
    if ties.is_following(tx, member_id, post.author_id):
        timelines.add_home(tx, member_id, post.id)
    if heard == "show":
        timelines.touch_conversation(tx, member_id, post.thread_id, post.id, unread=True)


def _was_shown(tx: Tx, parent_id: int, person_id: int) -> bool:
    """The parent was given to this person, now or before its flag came down."""
    return audience_rows.ever_held(tx, person_id, parent_id) or help_rows.has_offered(
        tx, parent_id, person_id
    )


def spread_publicly(tx: Tx, me: Member, post_id: PostId, people: Iterable[Person]) -> None:
    """A new public post comes home to the author's followers here and to those of its tags; who is named is
    told."""
    followers, people = ties.follower_ids_here(tx, me.id), list(people)
    timelines.add_home_to_all(tx, followers, post_id)
    for person in people:
        if person.local:
            strangers.tell(tx, person.id, "mention", me.id, post_id=post_id)
    post = post_rows.get(tx, me.id, post_id)
    assert post is not None
    bells.ring(tx, post, followers, named=[person.id for person in people])
    tags.spread(tx, post_id, me.id)
    tx.announce("public", post_id=post_id)
