"""What waits for a member: home entries, notifications, conversations, marks."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Select, and_, bindparam, delete, not_, or_, select, update

from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.people import Person
from fedi_aid.model.posts import PostView, Viewer
from fedi_aid.storage.among import VIEWER, among_words
from fedi_aid.storage.people import many as many_people
from fedi_aid.storage.post_views import boosted_entries, views
from fedi_aid.storage.posts import page_ids, page_rows, visible_to
from fedi_aid.storage.tables.base import Moment
from fedi_aid.storage.tables.people import people
from fedi_aid.storage.tables.posts import boosts, media, pinned_posts, post_tags, posts, thread_mutes
from fedi_aid.storage.tables.ties import list_people
from fedi_aid.storage.tables.timelines import conversations, home_entries, markers, notifications
from fedi_aid.storage.ties import blocked_either_way, muted_ids
from fedi_aid.storage.tx import Tx

TOLD_AT_ONCE = 200  # members whom one announcement names: it has to fit into a message to other processes


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page stands, in Mastodon's words; ids are post, boost or notification ids."""

    max_id: int | None = None
    since_id: int | None = None
    min_id: int | None = None
    limit: int = 20
    depth: int | None = None  # a timeline ends so many entries below its newest (PRODUCT S1)


def _bounds(page: Page) -> dict[str, Any]:
    return {"max_id": page.max_id, "since_id": page.since_id, "min_id": page.min_id, "limit": page.limit}


# -- home


def add_home(tx: Tx, member_id: int, post_id: int, *, boost_id: int | None = None) -> bool:
    """Put a post (or a boost of it) into a member's home, once."""
    written = tx.insert_new(
        home_entries,
        member_id=member_id,
        entry_id=boost_id or post_id,
        post_id=post_id,
        boost_id=boost_id,
        created_at=tx.now,
    )
    if written:
        tx.announce("home", member_id=member_id, entry_id=boost_id or post_id)
    return written


def add_home_to_all(tx: Tx, member_ids: Sequence[int], post_id: int) -> None:
    """Put a new post into many homes in one statement, and tell all their owners at once."""
    rows = [{"member_id": member_id} for member_id in member_ids]
    tx.insert_many(home_entries, rows, entry_id=post_id, post_id=post_id, boost_id=None, created_at=tx.now)
    for start in range(0, len(member_ids), TOLD_AT_ONCE):
        some = list(member_ids[start : start + TOLD_AT_ONCE])
        tx.announce("home", member_ids=some, entry_id=post_id)


def drop_home(tx: Tx, *, post_id: int, member_id: int | None = None) -> None:
    """Take a post, and every boost of it, out of one home or all; their owners are told (`delete`)."""
    where = [home_entries.c.post_id == post_id]
    if member_id is not None:
        where.append(home_entries.c.member_id == member_id)
    for row in tx.all(select(home_entries.c.member_id, home_entries.c.entry_id).where(*where)):
        tx.announce("gone", member_id=row.member_id, entry_id=row.entry_id)
    tx.run(delete(home_entries).where(*where))


_SILENT = muted_ids(bindparam("now", type_=Moment()), VIEWER)
_LIVE_BOOST = or_(
    home_entries.c.boost_id.is_(None),
    select(boosts.c.id)
    .where(
        boosts.c.id == home_entries.c.boost_id,
        boosts.c.ended_at.is_(None),
        boosts.c.person_id.not_in(_SILENT),
    )
    .exists(),
)
_HOME = (
    select(home_entries.c.entry_id)
    .join(posts, posts.c.id == home_entries.c.post_id)
    .where(
        home_entries.c.member_id == VIEWER,
        visible_to(VIEWER),
        posts.c.author_id.not_in(_SILENT),
        _LIVE_BOOST,
    )
)


def home(tx: Tx, member_id: int, page: Page) -> list[PostView]:
    """A member's home, newest first: only what they may see now, without people they muted."""
    binds = {"viewer": member_id, "now": tx.now}
    ids = _reached(tx, _HOME, home_entries.c.entry_id, page, **binds)
    return entries(tx, PersonId(member_id), ids)


def _reached(
    tx: Tx, statement: Select[Any], cursor: ColumnElement[Any], page: Page, **binds: Any
) -> list[int]:
    """The ids of a page of a timeline that ends: nothing below its newest `page.depth`. `binds`: those of a
    statement that was made once."""
    limit, made_once = page.limit, bool(binds)
    if page.depth is not None:
        if page.max_id is None and page.since_id is None and page.min_id is None:
            limit = min(limit, page.depth)  # they are the newest: nothing else has to be asked
        else:
            last = tx.scalar(statement.order_by(cursor.desc()).offset(page.depth - 1).limit(1), **binds)
            statement, made_once = statement.where(cursor >= bindparam("last")), False
            binds = {**binds, "last": last or 0}
    return page_ids(
        tx, statement, cursor, **{**_bounds(page), "limit": limit}, binds=binds, made_once=made_once
    )


def entries(tx: Tx, viewer: Viewer, ids: Sequence[int]) -> list[PostView]:
    """Posts and boosts by entry id, in order, as far as the viewer may see them."""
    plain = {seen.post.id: seen for seen in views(tx, viewer, ids)}
    wrapped = {
        seen.boost.id: seen
        for seen in boosted_entries(tx, viewer, [one for one in ids if one not in plain])
        if seen.boost
    }
    found = [plain.get(PostId(one)) or wrapped.get(one) for one in ids]
    return [seen for seen in found if seen is not None]


def public(
    tx: Tx, viewer: Viewer, page: Page, *, local: bool = False, remote: bool = False
) -> list[PostView]:
    """Public posts known here, without replies."""
    where: list[ColumnElement[bool]] = [posts.c.reach == "public", posts.c.reply_to_uri.is_(None)]
    return _open_timeline(tx, viewer, page, where, local=local, remote=remote)


def tagged(
    tx: Tx,
    viewer: Viewer,
    folded: str,
    page: Page,
    *,
    also: Sequence[str] = (),
    every: Sequence[str] = (),
    without: Sequence[str] = (),
    local: bool = False,
    remote: bool = False,
    only_media: bool = False,
) -> list[PostView]:
    """Public posts with a hashtag, or one of `also`; with all of `every`, with none of `without`. Selected
    posts never appear on tag pages (P19)."""

    def has(tags: Sequence[str]) -> ColumnElement[bool]:
        return posts.c.id.in_(select(post_tags.c.post_id).where(post_tags.c.tag.in_(tags)))

    where = [posts.c.reach == "public", has([folded, *also])]
    where += [has([tag]) for tag in every]
    if without:
        where.append(~has(without))
    if only_media:
        where.append(select(media.c.id).where(media.c.post_id == posts.c.id).exists())
    return _open_timeline(tx, viewer, page, where, local=local, remote=remote)


def _open_timeline(
    tx: Tx, viewer: Viewer, page: Page, where: list[ColumnElement[bool]], *, local: bool, remote: bool
) -> list[PostView]:
    here = select(people.c.id).where(people.c.id == posts.c.author_id, people.c.domain == "").exists()
    if local:
        where = [*where, here]
    if remote:
        where = [*where, ~here]
    if viewer is not None:
        where = [*where, posts.c.author_id.not_in(muted_ids(tx.now, viewer))]
    limited = select(people.c.id).where(people.c.id == posts.c.author_id, people.c.limited_at.is_not(None))
    where = [*where, ~limited.exists()]
    statement = select(posts.c.id).where(visible_to(viewer), *where)
    return views(tx, viewer, _reached(tx, statement, posts.c.id, page))


def listed(tx: Tx, member_id: int, list_id: int, page: Page) -> list[PostView]:
    """The part of a member's home written by the people of one of their lists."""
    authors = select(list_people.c.person_id).where(list_people.c.list_id == list_id)
    statement = (
        select(home_entries.c.entry_id)
        .join(posts, posts.c.id == home_entries.c.post_id)
        .where(
            home_entries.c.member_id == member_id,
            posts.c.author_id.in_(authors),
            posts.c.author_id.not_in(muted_ids(tx.now, member_id)),
            visible_to(PersonId(member_id)),
        )
    )
    return entries(tx, PersonId(member_id), _reached(tx, statement, home_entries.c.entry_id, page))


def logbook(tx: Tx, viewer: Viewer, project_id: int, page: Page) -> list[PostView]:
    """What was written in a project, newest first, as far as the viewer may see it."""
    statement = select(posts.c.id).where(posts.c.project_id == project_id, visible_to(viewer))
    return views(tx, viewer, page_ids(tx, statement, posts.c.id, **_bounds(page)))


def by_author(
    tx: Tx,
    viewer: Viewer,
    author_id: int,
    page: Page,
    *,
    exclude_replies: bool = False,
    only_media: bool = False,
    tag: str | None = None,
    pinned: bool = False,
) -> list[PostView]:
    """Someone's posts as far as the viewer may see; conversations with the butler are not a profile's."""
    where: list[ColumnElement[bool]] = [posts.c.author_id == author_id, posts.c.reach != "butler"]
    if viewer != author_id:
        where.append(posts.c.reach != "direct")
    if exclude_replies:
        where.append(or_(posts.c.reply_to_uri.is_(None), posts.c.reply_to_person_id == author_id))
    if only_media:
        where.append(select(media.c.id).where(media.c.post_id == posts.c.id).exists())
    if tag:
        where.append(
            select(post_tags.c.post_id)
            .where(post_tags.c.post_id == posts.c.id, post_tags.c.tag == tag)
            .exists()
        )
    if pinned:
        where.append(select(pinned_posts.c.post_id).where(pinned_posts.c.post_id == posts.c.id).exists())
    statement = select(posts.c.id).where(visible_to(viewer), *where)
    return views(tx, viewer, page_ids(tx, statement, posts.c.id, **_bounds(page)))


# -- notifications


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a member; `post` is as they may see it now."""

    id: int
    kind: str
    person: Person
    post: PostView | None
    stranger: bool
    created_at: datetime
    subject_id: int = 0  # of the report, decision or severance that it is about


def notify(
    tx: Tx, member_id: int, kind: str, from_id: int, *, post_id: int | None = None, stranger: bool = False
) -> int | None:
    """Note a notice for a member, once per kind, person and post; its id, or None where there is nothing new.
    Their mutes and blocks are respected when it is read. Nobody is told of what they did themselves; that
    their poll is over did itself. Actions call `actions.notices.notify`, which also rings."""
    if member_id == from_id and kind != "poll":
        return None
    if post_id and kind != "poll" and _is_in_muted_thread(tx, member_id, post_id):
        return None
    written = tx.insert_new(
        notifications,
        id=(new_id := tx.new_id()),
        member_id=member_id,
        kind=kind,
        from_id=from_id,
        post_id=post_id or 0,
        stranger=stranger,
        group_key=f"{kind}-{post_id or from_id}",
        created_at=tx.now,
    )
    if written:
        tx.announce("notification", member_id=member_id, notification_id=new_id)
    return new_id if written else None


def notify_about(tx: Tx, member_id: int, kind: str, from_id: int, subject_id: int) -> int | None:
    """Note a notice of something that is no post: a report, a decision, ties that were cut. Its id stands
    where a post's would, with a minus. Actions call `actions.notices.notify_about`, which also rings."""
    written = tx.insert_new(
        notifications,
        id=(new_id := tx.new_id()),
        member_id=member_id,
        kind=kind,
        from_id=from_id,
        post_id=-subject_id,
        group_key=f"{kind}-{subject_id}",
        created_at=tx.now,
    )
    if written:
        tx.announce("notification", member_id=member_id, notification_id=new_id)
    return new_id if written else None


def _is_in_muted_thread(tx: Tx, member_id: int, post_id: int) -> bool:
    """The member asked not to hear of this conversation any more. The butler's letters are theirs alone and
    always arrive."""
    return tx.exists(
        select(posts.c.id)
        .join(thread_mutes, thread_mutes.c.thread_id == posts.c.thread_id)
        .where(posts.c.id == post_id, thread_mutes.c.person_id == member_id, posts.c.reach != "butler")
    )


def drop_notification(tx: Tx, member_id: int, kind: str, from_id: int, *, post_id: int | None = None) -> None:
    where = [notifications.c.member_id == member_id, notifications.c.kind == kind]
    where += [notifications.c.from_id == from_id, notifications.c.post_id == (post_id or 0)]
    tx.run(delete(notifications).where(*where))


def heard(tx: Tx, member_id: int, *, strangers: bool | None = False) -> list[ColumnElement[bool]]:
    """SQL conditions on `notifications`: a member hears of it now. Strangers wait apart (PRODUCT S2):
    `strangers` True asks for them alone, None for both. A notification about a post that is hidden now is
    as absent as the post."""
    return _heard(PersonId(member_id), tx.now, strangers)


def _heard(member_id: Any, now: Any, strangers: bool | None) -> list[ColumnElement[bool]]:
    silent = muted_ids(now, member_id)
    about = or_(
        notifications.c.post_id <= 0,  # about somebody, or about what is no post
        select(posts.c.id)
        .where(posts.c.id == notifications.c.post_id, visible_to(member_id))
        .correlate(notifications)
        .exists(),
    )
    where: list[ColumnElement[bool]] = [
        notifications.c.member_id == member_id,
        notifications.c.from_id.not_in(silent),
        ~blocked_either_way(notifications.c.member_id, notifications.c.from_id),
        about,
    ]
    return where if strangers is None else [*where, notifications.c.stranger.is_(strangers)]


@cache
def _notices(strangers: bool | None, narrowed: frozenset[str]) -> Select[Any]:
    """The statement of `notices`, made once for each way of asking."""
    table = notifications.c
    where = _heard(VIEWER, bindparam("now", type_=Moment()), strangers)
    ways = {
        "kinds": among_words(table.kind, "kinds"),
        "exclude": not_(among_words(table.kind, "exclude")),
        "from_id": table.from_id == bindparam("from_id", type_=BigInteger()),
        "only_id": table.id == bindparam("only_id", type_=BigInteger()),
    }
    columns = (table.id, table.kind, table.from_id, table.post_id, table.stranger, table.created_at)
    return select(*columns).where(*where, *(ways[name] for name in sorted(narrowed)))


def notices(
    tx: Tx,
    member_id: int,
    page: Page,
    *,
    kinds: Sequence[str] | None = None,
    exclude: Sequence[str] = (),
    from_id: int | None = None,
    strangers: bool | None = False,
    only_id: int | None = None,
    where: Sequence[ColumnElement[bool]] = (),
) -> list[Notice]:
    """A member's notifications, newest first, as far as they hear of them (see `heard`); `where`: and only
    those."""
    asked = {"kinds": kinds, "exclude": exclude or None, "from_id": from_id, "only_id": only_id}
    given = {name: value for name, value in asked.items() if value is not None}
    binds = {"viewer": member_id, "now": tx.now, **given}
    statement = _notices(strangers, frozenset(given))
    if where:
        statement = statement.where(*where)
    rows = page_rows(tx, statement, notifications.c.id, **_bounds(page), binds=binds, made_once=not where)
    about_posts = [row.post_id for row in rows if row.post_id > 0]
    seen = {found.post.id: found for found in views(tx, PersonId(member_id), about_posts)}
    who = many_people(tx, [row.from_id for row in rows])
    return [
        Notice(
            id=row.id,
            kind=row.kind,
            person=who[row.from_id],
            post=seen.get(row.post_id),
            stranger=row.stranger,
            created_at=row.created_at,
            subject_id=max(0, -row.post_id),
        )
        for row in rows
        if row.from_id in who
    ]


def clear_notifications(tx: Tx, member_id: int, *, only_id: int | None = None) -> int:
    where = [notifications.c.member_id == member_id]
    if only_id is not None:
        where.append(notifications.c.id == only_id)
    return tx.run(delete(notifications).where(*where))


# -- conversations and marks


def touch_conversation(tx: Tx, member_id: int, thread_id: int, post_id: int, *, unread: bool) -> None:
    """A direct message came or went: its thread is a conversation of this member."""
    known = select(conversations.c.id).where(
        conversations.c.member_id == member_id, conversations.c.thread_id == thread_id
    )
    found = tx.scalar(known)
    if found:
        tx.run(
            update(conversations)
            .where(conversations.c.id == found)
            .values(last_post_id=post_id, unread=unread)
        )
    else:
        tx.insert(
            conversations,
            id=tx.new_id(),
            member_id=member_id,
            thread_id=thread_id,
            last_post_id=post_id,
            unread=unread,
        )
    tx.announce("conversation", member_id=member_id, thread_id=thread_id)


def marks(tx: Tx, member_id: int, timelines: Sequence[str]) -> dict[str, tuple[int, int, datetime]]:
    """timeline → (last read id, version, when)."""
    rows = tx.all(select(markers).where(markers.c.member_id == member_id, markers.c.timeline.in_(timelines)))
    return {row.timeline: (row.last_read_id, row.version, row.updated_at) for row in rows}


def mark(tx: Tx, member_id: int, timeline: str, last_read_id: int) -> tuple[int, int, datetime]:
    known = marks(tx, member_id, [timeline]).get(timeline)
    version = known[1] + 1 if known else 1
    tx.put(
        markers,
        [markers.c.member_id, markers.c.timeline],
        member_id=member_id,
        timeline=timeline,
        last_read_id=last_read_id,
        version=version,
        updated_at=tx.now,
    )
    return last_read_id, version, tx.now


def forget_between(tx: Tx, member_id: int, other_id: int) -> None:
    """A tie was cut: what the other wrote leaves the member's home and notifications (RULES R6)."""
    theirs = select(posts.c.id).where(posts.c.author_id == other_id)
    boosted = select(boosts.c.id).where(boosts.c.person_id == other_id)
    gone = and_(
        home_entries.c.member_id == member_id,
        or_(home_entries.c.post_id.in_(theirs), home_entries.c.boost_id.in_(boosted)),
    )
    for row in tx.all(select(home_entries.c.entry_id).where(gone)):
        tx.announce("gone", member_id=member_id, entry_id=row.entry_id)
    tx.run(delete(home_entries).where(gone))
    tx.run(
        delete(notifications).where(
            notifications.c.member_id == member_id, notifications.c.from_id == other_id
        )
    )


def forget_post(tx: Tx, post_id: int) -> None:
    """A post was removed: so are the notifications about it."""
    tx.run(delete(notifications).where(notifications.c.post_id == post_id))


def recent(tx: Tx, member_id: int, within: timedelta) -> int:
    """How many entries came into a home lately (for the daily ration)."""
    since = tx.now - within
    statement = select(home_entries.c.entry_id).where(
        home_entries.c.member_id == member_id, home_entries.c.created_at >= since
    )
    return len(tx.column(statement))
