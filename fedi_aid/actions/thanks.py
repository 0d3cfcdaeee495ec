"""Thanking somebody for help: it reaches them wherever they live, and closes the loop (PRODUCT, the butler).

Only friends can be thanked, and whoever offered help with one's own request. Across servers it goes from
personal inbox to personal inbox (RULES R23); on servers that do not know of it, as a direct message.
"""

from typing import Final

from fedi_aid.actions import approaching, endorsements, help
from fedi_aid.actions import posts as writing
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model import abilities as words
from fedi_aid.model.ids import PersonId
from fedi_aid.model.names import clean_name
from fedi_aid.model.people import Member, Person
from fedi_aid.storage import endorsements as rows
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import ties
from fedi_aid.storage.endorsements import Thanks
from fedi_aid.storage.tx import Tx
from fedi_aid.work import errands, jobs

WORD_MAX: Final = 500
SAID: Final = {
    "en": ("Thank you for your help.", "Thank you for {label}."),
    "fr": ("Merci pour votre aide.", "Merci pour {label}."),
}


def thank(
    tx: Tx,
    me: Member,
    person_id: int,
    *,
    name: str = "",
    word: str = "",
    post_id: int | None = None,
    endorse: bool = False,
) -> Thanks:
    """Thank somebody, perhaps for a skill (`name`), perhaps for help with one's own post. `endorse`: the
    author vouches for that skill too.

    NotFound for a post of others; Refused for who is neither a friend nor offered help with that post, for a
    skill that is none, and beyond the day's.
    """
    other = people_rows.by_id(tx, person_id)
    if other is None or other.id == me.id or other.kind == "application" or other.suspended_at is not None:
        raise NotFound
    post = post_rows.get(tx, me.id, post_id) if post_id is not None else None
    if post_id is not None and (post is None or post.author_id != me.id):
        raise NotFound
    friends = ties.are_friends(tx, me.id, other.id)
    helped = post is not None and help_rows.has_offered(tx, post.id, other.id)
    if not (friends or helped) or ties.is_blocked_either_way(tx, me.id, other.id):
        raise Refused("You can thank your friends, and whoever offered you help.", code="forbidden")
    found = words.named([name], most=1, field="name") if name.strip() else {}
    folded, label = next(iter(found.items()), ("", ""))
    word = clean_name(word, WORD_MAX + 1)
    if len(word) > WORD_MAX:
        raise Refused(f"At most {WORD_MAX} characters", field="words")
    if endorse and not label:
        raise Refused("Say for what: that is what you vouch for.", field="name")
    approaching.approach(tx, me.id, "thanks")
    made = rows.put_thanks(
        tx,
        uri=tx.house.new_activity(),
        from_id=me.id,
        to_id=other.id,
        post_id=post.id if post else None,
        name=folded,
        label=label,
        word=word,
    )
    assert made is not None
    ties.record_contact(tx, me.id, other.id, "thanked")
    if helped and post is not None:
        help.confirm(tx, me.id, post.id, other.id)
    if endorse and friends and other.speaks_fedi_aid:
        endorsements.endorse(tx, me.id, other.id, name=label)
    _tell(tx, me, other, made, label, word)
    thanks = rows.thanks_by_id(tx, made)
    assert thanks is not None
    return thanks


def _tell(tx: Tx, me: Member, other: Person, thanks_id: int, label: str, word: str) -> None:
    if other.local:
        errands.butler_thanked(tx, thanks_id)
    elif other.speaks_fedi_aid:
        jobs.tell_friend(tx, "thanks", me.id, other.id, thanks_id)
    else:
        plain, named = SAID["fr" if me.locale.startswith("fr") else "en"]
        said = " ".join(filter(None, (named.format(label=label) if label else plain, word)))
        draft = writing.Draft(text=f"@{other.handle} {said}", visibility="direct", language=me.locale)
        writing.publish(tx, me, draft)


def received(tx: Tx, me: int) -> list[Thanks]:
    """Who thanked a member, newest first."""
    return rows.thanks_to(tx, me)


def arrived(
    tx: Tx, from_id: int, me: int, *, uri: str, name: str = "", word: str = "", post_uri: str | None = None
) -> bool:
    """Somebody elsewhere thanks a member: a friend, or the author of a post that the member answered.

    Refused for anybody else, and for what thanks for nothing that can be read; a replay changes nothing.
    """
    post = post_rows.by_uri(tx, PersonId(me), post_uri) if post_uri else None
    helped = (
        post is not None and post.author_id == from_id and me in post_rows.members_who_answered(tx, post.id)
    )
    if not helped and not ties.are_friends(tx, me, from_id):
        raise Refused("This is not said by a friend.", log="thanks by no friend, and for no help")
    if ties.is_blocked_either_way(tx, me, from_id):
        raise Refused("This is not said by a friend.", log="thanks by somebody blocked")
    label = clean_name(name.lstrip("#"), words.NAME_MAX)
    before = post is not None and any(one.post_id == post.id for one in rows.thanks_to(tx, me))
    made = rows.put_thanks(
        tx,
        uri=uri,
        from_id=from_id,
        to_id=me,
        post_id=post.id if post is not None and post.author_id == from_id else None,
        name=words.key(label),
        label=label if words.key(label) else "",
        word=clean_name(word, WORD_MAX),
    )
    if made is not None:
        ties.record_contact(tx, from_id, me, "thanked")
        if helped and not before:
            ties.record_contact(tx, me, from_id, "helped")
        errands.butler_thanked(tx, made)
    return made is not None
