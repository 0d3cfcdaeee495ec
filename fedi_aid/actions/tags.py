"""Hashtags: following brings public posts home, and nothing but public posts (P19); featuring shows one."""

from typing import Final

from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.posts import Tag
from fedi_aid.model.text import fold_tag, scan
from fedi_aid.storage import people, tags, timelines
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage.tags import KeptTag
from fedi_aid.storage.tx import Tx

FOLLOWED_MAX: Final = 200
FEATURED_MAX: Final = 10


def named(name: str) -> Tag:
    """The tag of this name, with or without `#`. NotFound for what cannot be one."""
    bare = name.strip().removeprefix("#")
    found = scan(f"#{bare}").tags
    if len(found) != 1 or found[0].name != bare:
        raise NotFound
    return Tag(fold_tag(bare), bare)


def follow(tx: Tx, me: PersonId, name: str) -> KeptTag:
    """From now on public posts with this tag come home. NotFound, Refused."""
    tag = named(name)
    known = tags.kept(tx, me, [tag.folded]).get(tag.folded)
    if (known is None or not known.followed) and tags.count(tx, me, "followed") >= FOLLOWED_MAX:
        raise Refused(f"At most {FOLLOWED_MAX} tags can be followed")
    return tags.put(tx, me, tag, followed=True)


def unfollow(tx: Tx, me: PersonId, name: str) -> KeptTag:
    """They stop coming, and what only this tag had brought leaves. NotFound."""
    tag = named(name)
    known = tags.kept(tx, me, [tag.folded]).get(tag.folded)
    if known is not None and known.followed:
        tags.forget_home(tx, me, tag.folded)
    return tags.put(tx, me, tag, followed=False)


def feature(tx: Tx, me: PersonId, name: str) -> KeptTag:
    """Show a tag on one's profile. NotFound, Refused."""
    tag = named(name)
    known = tags.kept(tx, me, [tag.folded]).get(tag.folded)
    if (known is None or not known.featured) and tags.count(tx, me, "featured") >= FEATURED_MAX:
        raise Refused(f"At most {FEATURED_MAX} tags can be featured")
    return tags.put(tx, me, tag, featured=True)


def unfeature(tx: Tx, me: PersonId, name: str) -> KeptTag:
    return tags.put(tx, me, named(name), featured=False)


def unfeature_row(tx: Tx, me: PersonId, row_id: int) -> None:
    """By the id under which it was featured. NotFound."""
    known = tags.featured_by_id(tx, me, row_id)
    if known is None:
        raise NotFound
    tags.put(tx, me, Tag(known.tag, known.name), featured=False)


def spread(tx: Tx, post_id: int, author_id: int) -> None:
    """Bring a public post home to those who follow one of its tags; any other post stays where it is, and so
    does what somebody limited wrote."""
    followers = tags.follower_ids(tx, post_id)
    author = people.by_id(tx, author_id) if followers else None
    if author is None or author.limited_at is not None:
        return
    for follower in followers:
        post = post_rows.get(tx, follower, post_id)
        if post is not None and post.reach == "public" and follower != author_id:
            timelines.add_home(tx, follower, PostId(post_id))
