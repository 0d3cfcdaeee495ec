"""Whole posts as their viewer may see them: `PostView`s, many at once, with a fixed number of queries.

Statements are made once, for a viewer who is bound when they run: making one takes longer than running it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Select, and_, bindparam, cast, func, literal_column, or_, select, union_all
from sqlalchemy.sql.selectable import CompoundSelect

from fedi_aid.model.causes import BY_KEY
from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import Person
from fedi_aid.model.posts import Access, Attachment, Boost, Post, PostView, Tag, Viewer
from fedi_aid.storage import causes
from fedi_aid.storage.among import VIEWER, among
from fedi_aid.storage.people import many as many_people
from fedi_aid.storage.posts import POST_COLUMNS, post_from, visible_to
from fedi_aid.storage.tables.help import leases, received_asks
from fedi_aid.storage.tables.people import members
from fedi_aid.storage.tables.posts import (
    audiences,
    bookmarks,
    boosts,
    favourites,
    media,
    pinned_posts,
    polls,
    post_mentions,
    post_tags,
    posts,
    thread_mutes,
)
from fedi_aid.storage.tx import Tx


def view(tx: Tx, viewer: Viewer, post_id: int) -> PostView | None:
    """One post with all that its viewer may know of it; `post_id` may also be the id of a boost they see."""
    found = views(tx, viewer, [post_id])
    if found:
        return found[0]
    boosted = boosted_entries(tx, viewer, [post_id])
    return boosted[0] if boosted else None


@cache
def _visible(anonymous: bool) -> Select[Any]:
    shown_to = visible_to(None if anonymous else VIEWER)
    return select(*POST_COLUMNS).where(among(posts.c.id, "ids"), shown_to)


def views(tx: Tx, viewer: Viewer, ids: Sequence[int]) -> list[PostView]:
    """The visible ones of these posts, in the order asked for."""
    if not ids:
        return []
    rows = tx.all(_visible(viewer is None), ids=set(ids), viewer=viewer)
    found = {row.id: post_from(row) for row in rows}
    ordered = [found[post_id] for post_id in ids if post_id in found]
    return _dress(tx, viewer, ordered)


def evidence(tx: Tx, moderator: PersonId, ids: Sequence[int], author_id: int) -> list[PostView]:
    """Posts that a report names, of whom it is about, whoever may read them otherwise: the one way to a post
    beside `visible_to`, for moderators. The caller checks the role and writes down who looked."""
    if not ids:
        return []
    rows = tx.all(
        select(*POST_COLUMNS).where(
            posts.c.id.in_(set(ids)), posts.c.author_id == author_id, posts.c.deleted_at.is_(None)
        )
    )
    found = {row.id: post_from(row) for row in rows}
    return _dress(tx, moderator, [found[post_id] for post_id in ids if post_id in found])


# A carried request is a boost for one reader; a boost of a public post is for everybody. Nobody is 0.
_BOOST_FOR = or_(boosts.c.for_id.is_(None), boosts.c.for_id == VIEWER)
_BOOSTS = select(boosts).where(among(boosts.c.id, "ids"), boosts.c.ended_at.is_(None), _BOOST_FOR)


def boosted_entries(tx: Tx, viewer: Viewer, boost_ids: Sequence[int]) -> list[PostView]:
    """Boosts by id as this viewer sees them: the boosted post must be visible to them too."""
    if not boost_ids:
        return []
    rows = tx.all(_BOOSTS, ids=set(boost_ids), viewer=viewer or 0)
    by_post = {seen.post.id: seen for seen in views(tx, viewer, [row.post_id for row in rows])}
    boosters = many_people(tx, [row.person_id for row in rows])
    dressed = {}
    for row in rows:
        seen, booster = by_post.get(row.post_id), boosters.get(row.person_id)
        if seen is None or booster is None:
            continue
        boost = Boost(
            id=row.id,
            uri=row.uri,
            person=booster,
            created_at=row.created_at,
            carried=row.for_id is not None,
        )
        dressed[row.id] = _with_boost(seen, boost)
    return [dressed[boost_id] for boost_id in boost_ids if boost_id in dressed]


def _with_boost(seen: PostView, boost: Boost) -> PostView:
    values = {name: getattr(seen, name) for name in PostView.__struct_fields__}
    return PostView(**(values | {"boost": boost}))


_POLLS = select(polls.c.post_id, polls.c.id).where(among(polls.c.post_id, "ids"))


def _dress(tx: Tx, viewer: Viewer, ordered: Sequence[Post]) -> list[PostView]:
    ids = [post.id for post in ordered]
    if not ids:
        return []
    tags = _tags(tx, ids)
    attachments = _attachments(tx, ids)
    mentioned = _mentions(tx, viewer, ordered)
    accesses = _accesses(tx, viewer, ids)
    marks, parents = _marks(tx, viewer, ordered)
    carriers = _carriers(tx, viewer, ids)
    authors = many_people(tx, [post.author_id for post in ordered])
    poll_ids = {row.post_id: row.id for row in tx.all(_POLLS, ids=ids)}
    return [
        PostView(
            post=post,
            author=authors[post.author_id],
            viewer=viewer,
            access=accesses.get(post.id),
            reply_to_visible=post.reply_to_id in parents,
            mentions=tuple(mentioned.get(post.id, ())),
            tags=tuple(tags.get(post.id, ())),
            media=tuple(attachments.get(post.id, ())),
            carriers=tuple(carriers.get(post.id, ())),
            poll_id=poll_ids.get(post.id),
            **marks.get(post.id, {}),
        )
        for post in ordered
        if post.author_id in authors
    ]


_TAGS = select(post_tags).where(among(post_tags.c.post_id, "ids")).order_by(post_tags.c.tag)


def _tags(tx: Tx, ids: Sequence[int]) -> dict[int, list[Tag]]:
    found: dict[int, list[Tag]] = defaultdict(list)
    for row in tx.all(_TAGS, ids=ids):
        found[row.post_id].append(Tag(row.tag, row.name))
    return found


_FILE = [name for name in Attachment.__struct_fields__ if name != "post_id"]
_FILES = (
    select(media.c.post_id, *(media.c[name] for name in _FILE))
    .where(among(media.c.post_id, "ids"))
    .order_by(media.c.position, media.c.id)
)


def _attachments(tx: Tx, ids: Sequence[int]) -> dict[int, list[Attachment]]:
    found: dict[int, list[Attachment]] = defaultdict(list)
    for row in tx.all(_FILES, ids=ids):
        found[row.post_id].append(Attachment(**{name: getattr(row, name) for name in _FILE}))
    return found


_MENTIONS = select(post_mentions).where(among(post_mentions.c.post_id, "ids"))


def _mentions(tx: Tx, viewer: Viewer, ordered: Sequence[Post]) -> dict[int, list[Person]]:
    """Whom a post names. A reader of an engine-chosen post sees only the author's and their own name there
    (RULES R3: recipients do not learn of each other)."""
    rows = tx.all(_MENTIONS, ids=[post.id for post in ordered])
    named = many_people(tx, [row.person_id for row in rows])
    posts_by_id = {post.id: post for post in ordered}
    found: dict[int, list[Person]] = defaultdict(list)
    for row in rows:
        post = posts_by_id[row.post_id]
        open_to_all = post.reach != "chosen" or viewer == post.author_id
        if row.person_id in named and (open_to_all or row.person_id == viewer):
            found[row.post_id].append(named[row.person_id])
    return found


_ACCESSES = select(
    audiences.c.post_id, audiences.c.kind, audiences.c.circle, audiences.c.reasons, audiences.c.opaque
).where(among(audiences.c.post_id, "ids"), audiences.c.person_id == VIEWER, audiences.c.ended_at.is_(None))


def _accesses(tx: Tx, viewer: Viewer, ids: Sequence[int]) -> dict[int, Access]:
    if viewer is None:
        return {}
    rows = tx.all(_ACCESSES, ids=ids, viewer=viewer)
    names = _causes_named(tx, [one for row in rows for one in row.reasons or ()])
    return {
        row.post_id: Access(
            kind=row.kind,
            circle=row.circle,
            reasons=tuple(_in_words(one, names) for one in row.reasons or ()),
            opaque=row.opaque,
        )
        for row in rows
    }


def _causes_named(tx: Tx, reasons: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Causes outside the vocabulary, as somebody here wrote them; `explain` has words for the rest."""
    shared = {key for one in reasons if one["kind"] == "shared_cause" for key in one["about"]}
    return causes.names(tx, shared - BY_KEY.keys(), "en") if shared - BY_KEY.keys() else {}


def _in_words(reason: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    if reason["kind"] != "shared_cause" or not names:
        return reason
    return reason | {"about": [names.get(key, key) for key in reason["about"]]}


# -- marks and counts: one statement

_PARENT = "parent"
_MARKS = frozenset({"favourited", "bookmarked", "pinned", "boosted", "asked_to_carry", "thread_muted"})


def _line(what: str, post_id: Any, number: Any = None) -> Select[Any]:
    number = number if number is not None else literal_column("1", BigInteger())
    return select(literal_column(f"'{what}'").label("what"), post_id.label("post_id"), number.label("number"))


@cache
def _about(anonymous: bool) -> CompoundSelect[Any]:
    """What this viewer did with posts, what they may count of them (see `_marks`), and which of the parents
    they may see: rows of (what, post, number)."""
    shown_to = visible_to(None if anonymous else VIEWER)
    likes = (
        _line("favourites", favourites.c.post_id, func.count())
        .join(posts, posts.c.id == favourites.c.post_id)
        .outerjoin(members, members.c.person_id == posts.c.author_id)
        .where(
            among(favourites.c.post_id, "ids"),
            or_(
                posts.c.author_id == VIEWER,
                members.c.show_counts.is_(True),
                favourites.c.person_id == VIEWER,
            ),
        )
        .group_by(favourites.c.post_id)
    )
    answers = (
        _line("replies", posts.c.reply_to_id, func.count())
        .where(among(posts.c.reply_to_id, "ids"), shown_to)
        .group_by(posts.c.reply_to_id)
    )
    living = and_(among(boosts.c.post_id, "ids"), boosts.c.ended_at.is_(None))
    shares = _line("boosts", boosts.c.post_id, func.count()).where(living, _BOOST_FOR)
    parents = _line(_PARENT, posts.c.id).where(among(posts.c.id, "parents"), shown_to)
    lines = [likes, answers, shares.group_by(boosts.c.post_id), parents]
    if not anonymous:
        lines += [
            _line(name, table.c.post_id).where(among(table.c.post_id, "ids"), table.c.person_id == VIEWER)
            for name, table in (
                ("favourited", favourites),
                ("bookmarked", bookmarks),
                ("pinned", pinned_posts),
            )
        ]
        own = _line("boosted", boosts.c.post_id)
        lines.append(own.where(living, boosts.c.for_id.is_(None), boosts.c.person_id == VIEWER))
        lines += [
            _line(name, received_asks.c.post_id).where(
                among(received_asks.c.post_id, "ids"),
                received_asks.c.member_id == VIEWER,
                received_asks.c.kind == "carry",
                received_asks.c.state.in_(states),
            )
            for name, states in (("asked_to_carry", ("asked", "waiting")), ("boosted", ("accepted",)))
        ]
        muted = _line("thread_muted", posts.c.id).join(
            thread_mutes, thread_mutes.c.thread_id == posts.c.thread_id
        )
        lines.append(muted.where(among(posts.c.id, "ids"), thread_mutes.c.person_id == VIEWER))
    return union_all(*lines)


def _marks(tx: Tx, viewer: Viewer, ordered: Sequence[Post]) -> tuple[dict[int, dict[str, Any]], set[int]]:
    """(marks and counts by post, visible parents). Counts as this viewer may know them: the author sees all;
    others see their own favourite, unless the author shows numbers, and the replies and boosts that are
    visible to them (RULES R7, PRODUCT S1)."""
    ids = [post.id for post in ordered]
    above = {post.reply_to_id for post in ordered if post.reply_to_id}
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    parents = set()
    for row in tx.all(_about(viewer is None), ids=ids, parents=above, viewer=viewer or 0):
        if row.what == _PARENT:
            parents.add(row.post_id)
        else:
            found[row.post_id][row.what] = row.what in _MARKS or row.number
    return found, parents


_CARRIERS = (
    select(leases.c.post_id, leases.c.carrier_id)
    .where(among(leases.c.post_id, "ids"), leases.c.person_id == VIEWER, leases.c.state == "shown")
    .order_by(leases.c.created_at)
)


def _carriers(tx: Tx, viewer: Viewer, ids: Sequence[int]) -> dict[int, list[Person]]:
    """Through whom a request reached this viewer: only those who carried it to them (RULES R7)."""
    found: dict[int, list[Person]] = defaultdict(list)
    if viewer is None:
        return found
    rows = tx.all(_CARRIERS, ids=ids, viewer=viewer)
    carriers = many_people(tx, [row.carrier_id for row in rows])
    for row in rows:
        if row.carrier_id in carriers:
            found[row.post_id].append(carriers[row.carrier_id])
    return found


# -- threads

_STEP = cast(literal_column("1"), BigInteger()).label("step")
_FROM = bindparam("post_id", type_=BigInteger())
_MOST = bindparam("most", type_=BigInteger())


@cache
def _above(anonymous: bool) -> Select[Any]:
    """A post and the chain above it, nearest first, as far as it can be seen without a gap."""
    shown_to = visible_to(None if anonymous else VIEWER)
    first = select(posts.c.id, posts.c.reply_to_id, _STEP).where(posts.c.id == _FROM, shown_to)
    chain = first.cte("chain", recursive=True)
    more = select(posts.c.id, posts.c.reply_to_id, chain.c.step + 1).join(
        chain, posts.c.id == chain.c.reply_to_id
    )
    chain = chain.union_all(more.where(shown_to, chain.c.step < _MOST))
    return select(chain.c.id).order_by(chain.c.step)


@cache
def _below(anonymous: bool) -> Select[Any]:
    """The answers to a post, the answers to these, and so on, as far as each can be seen."""
    shown_to = visible_to(None if anonymous else VIEWER)
    first = select(posts.c.id, _STEP).where(posts.c.reply_to_id == _FROM, shown_to)
    tree = first.cte("tree", recursive=True)
    more = select(posts.c.id, tree.c.step + 1).join(tree, posts.c.reply_to_id == tree.c.id)
    tree = tree.union_all(more.where(shown_to, tree.c.step < _MOST))
    return select(tree.c.id).order_by(tree.c.step, tree.c.id).limit(_MOST)


def ancestors(tx: Tx, viewer: Viewer, post: Post, *, limit: int = 40) -> list[PostView]:
    """The posts above, as far as the viewer may see without a gap."""
    if not post.reply_to_id:
        return []
    ids = tx.column(_above(viewer is None), post_id=post.reply_to_id, viewer=viewer, most=limit)
    return views(tx, viewer, list(reversed(dict.fromkeys(ids))))


def descendants(tx: Tx, viewer: Viewer, post: Post, *, limit: int = 60) -> list[PostView]:
    """The posts below that the viewer may see, oldest first, children after parents."""
    ids = tx.column(_below(viewer is None), post_id=post.id, viewer=viewer, most=limit)
    return views(tx, viewer, list(dict.fromkeys(ids)))
