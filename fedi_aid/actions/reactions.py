"""Favourites, bookmarks, boosts, pins, muted threads.

Only a public post, or a request that one is asked to carry, can be boosted; for the latter the boost is the
`yes` to carrying and unboosting takes it back (RULES R16).
"""

from fedi_aid.actions import carry_consent, strangers
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.ids import PersonId
from fedi_aid.model.posts import Post
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import post_views, reactions, ties, timelines
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs

PINS_MAX = 5


def seen(tx: Tx, me: int, post_id: int) -> Post:
    """The post a member points at: by its id or by the id of a boost of it."""
    found = post_views.view(tx, PersonId(me), post_id)
    if found is None:
        raise NotFound
    return found.post


def favourite(tx: Tx, me: int, post_id: int) -> None:
    post = seen(tx, me, post_id)
    uri = tx.house.new_activity()
    if not reactions.put_favourite(tx, me, post.id, uri):
        return
    ties.record_contact(tx, me, post.author_id, "favourite")
    author = people_rows.by_id(tx, post.author_id)
    if author is None or author.id == me or post.reach == "butler":
        return
    if author.local:
        shown = strangers.was_shown(tx, post.id, me)
        strangers.tell(tx, author.id, "favourite", me, post_id=post.id, expected=shown)
    else:
        jobs.tell_reaction(tx, "like", PersonId(me), post.id, uri)


def unfavourite(tx: Tx, me: int, post_id: int) -> None:
    post = seen(tx, me, post_id)
    uri = reactions.favourite_uri(tx, me, post.id)
    if not reactions.drop_favourite(tx, me, post.id):
        return
    author = people_rows.by_id(tx, post.author_id)
    if author is not None and author.local:
        timelines.drop_notification(tx, author.id, "favourite", me, post_id=post.id)
    elif uri and post.reach != "butler":
        jobs.tell_reaction(tx, "undo_like", PersonId(me), post.id, uri)


def bookmark(tx: Tx, me: int, post_id: int) -> None:
    reactions.put_bookmark(tx, me, seen(tx, me, post_id).id)


def unbookmark(tx: Tx, me: int, post_id: int) -> None:
    reactions.drop_bookmark(tx, me, seen(tx, me, post_id).id)


def pin(tx: Tx, me: int, post_id: int) -> None:
    """Keep a post on top of one's profile, for those who may read it."""
    post = seen(tx, me, post_id)
    if post.author_id != me or post.reach not in ("public", "chosen"):
        raise Refused("Only a post of one's own can be pinned.", code="invalid")
    if reactions.count_pins(tx, me) >= PINS_MAX:
        raise Refused(f"At most {PINS_MAX} posts can be pinned.", code="invalid")
    if reactions.put_pin(tx, me, post.id) and post.reach == "public":
        jobs.tell_reaction(tx, "pin", PersonId(me), post.id, tx.house.new_activity())


def unpin(tx: Tx, me: int, post_id: int) -> None:
    post = seen(tx, me, post_id)
    if reactions.drop_pin(tx, me, post.id) and post.reach == "public":
        jobs.tell_reaction(tx, "unpin", PersonId(me), post.id, tx.house.new_activity())


def mute_thread(tx: Tx, me: int, post_id: int) -> None:
    reactions.mute_thread(tx, me, seen(tx, me, post_id).thread_id)


def unmute_thread(tx: Tx, me: int, post_id: int) -> None:
    reactions.unmute_thread(tx, me, seen(tx, me, post_id).thread_id)


def boost(tx: Tx, me: int, post_id: int) -> int:
    """Boost a public post, or say yes to carrying a request; the id to show: the boost's, or the post's own
    when it is carried (a carrier sees no wrapper of what they carry)."""
    post = seen(tx, me, post_id)
    if post.reach != "public":
        asked = carry_consent.open_question(tx, me, post.id)
        if asked is None:
            raise Refused("This action is not allowed", code="forbidden")
        carry_consent.answer(tx, me, asked.id, yes=True)
        return post.id
    known = reactions.boost_by(tx, me, post.id)
    if known is not None:
        return known.id
    uri = tx.house.new_activity()
    boost_id = reactions.put_boost(tx, me, post.id, uri=uri)
    assert boost_id is not None
    author = people_rows.by_id(tx, post.author_id)
    if author is not None and author.local:
        strangers.tell(tx, author.id, "reblog", me, post_id=post.id)
    for follower in ties.follower_ids_here(tx, me):
        timelines.add_home(tx, follower, post.id, boost_id=boost_id)
    jobs.tell_reaction(tx, "announce", PersonId(me), post.id, uri)
    return boost_id


def unboost(tx: Tx, me: int, post_id: int) -> int:
    """Take a boost, or a carry, back; the id of the post itself."""
    post = seen(tx, me, post_id)
    if post.reach != "public":
        carry_consent.withdraw(tx, me, post.id)
        return post.id
    known = reactions.boost_by(tx, me, post.id)
    if known is not None:
        reactions.end_boost(tx, known.id)
        author = people_rows.by_id(tx, post.author_id)
        if author is not None and author.local:
            timelines.drop_notification(tx, author.id, "reblog", me, post_id=post.id)
        jobs.tell_reaction(tx, "undo_announce", PersonId(me), post.id, known.uri)
    return post.id
