"""News of a request: somebody offers help, the flag came down."""

from fedi_aid.butler import cards, letters, requests, speak, who_helped
from fedi_aid.model.hours import awake_from
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.storage import endorsements
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage import received_asks as received_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import errands


def offered(tx: Tx, post_id: PostId, person_id: PersonId) -> None:
    """Tell the author that somebody offers help."""
    found = requests.own(tx, post_id)
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
    """The flag came down: thank every member here who was asked, who carried, who answered or offered; who is
    asleep, when they are awake. Its author is asked who helped, unless they have said so."""
    post = post_rows.by_id_for_author(tx, post_id)
    if post is None:
        return
    request = help_rows.request(tx, post_id)
    author = people_rows.member(tx, post.author_id)
    said = any(one.state == "thanked" for one in help_rows.offers_of(tx, post_id))
    if author is not None and request is not None and request.outcome == "solved" and not said:
        who_helped.ask(tx, author, post)
    carriers, helpers = _carriers(tx, post_id), _helpers(tx, post_id)
    told = question_rows.told_about(tx, post_id)
    for person_id in sorted((carriers | helpers | told) - {post.author_id}):
        member = people_rows.member(tx, person_id)
        if member is None or post_rows.get(tx, member.id, post_id) is None:
            continue
        awake_at = tx.now if tx.house.fast_butler > 1 else awake_from(requests.hours_of(member), tx.now)
        if awake_at > tx.now:
            errands.butler_thank(tx, post_id, member.id, awake_at)
        else:
            thank(tx, post_id, member.id)


def thank(tx: Tx, post_id: PostId, person_id: PersonId) -> None:
    """Close the loop with one member, unless they do not care for that."""
    member = people_rows.member(tx, person_id)
    post = post_rows.get(tx, person_id, post_id) if member else None
    author = people_rows.by_id(tx, post.author_id) if post else None
    if member is None or post is None or author is None or not cards.wanted(tx, member.id)["thanks"]:
        return
    if _has_heard(tx, member.id, post_id):
        return
    letter: letters.Letter = "thanks"
    if person_id in _helpers(tx, post_id):
        letter = "thanks_helper"
    elif person_id in _carriers(tx, post_id):
        letter = "thanks_carrier"
    speak.say(tx, member, letter, author=author.name, excerpt=letters.excerpt(post.text))


def _has_heard(tx: Tx, member_id: PersonId, post_id: PostId) -> bool:
    """The author thanks them by name: that says it all."""
    request = help_rows.request(tx, post_id)
    down_at = request.lowered_at if request is not None else None
    said = [one.created_at for one in endorsements.thanks_to(tx, member_id) if one.post_id == post_id]
    return down_at is not None and any(one >= down_at for one in said)


def _carriers(tx: Tx, post_id: PostId) -> set[PersonId]:
    agreed = received_rows.received_for(tx, post_id, kind="carry")
    return {one.member_id for one in agreed if one.state == "accepted"}


def _helpers(tx: Tx, post_id: PostId) -> set[PersonId]:
    offered = {one.person_id for one in help_rows.offers_of(tx, post_id)}
    return offered | set(post_rows.members_who_answered(tx, post_id))
