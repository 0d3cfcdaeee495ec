"""Questions about posts. Every one names its viewer: `visible_to` is the only door (ARCHITECTURE, rule 5).

A hidden post and a missing one go through the same queries and give the same answer.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, exists, func, or_, select, true, update

from fedi_aid.model.ids import PersonId, PostId, opaque
from fedi_aid.model.people import Person
from fedi_aid.model.posts import Access, Attachment, Boost, Post, PostView, RemoteMedia, Tag, Viewer
from fedi_aid.storage.people import many as many_people
from fedi_aid.storage.tables.help import leases, received_asks
from fedi_aid.storage.tables.people import people
from fedi_aid.storage.tables.posts import (
    audiences,
    bookmarks,
    boosts,
    favourites,
    media,
    pinned_posts,
    polls,
    post_edits,
    post_mentions,
    post_tags,
    posts,
    thread_mutes,
)
from fedi_aid.storage.ties import blocked_either_way
from fedi_aid.storage.tx import Tx

_POST = tuple(
    posts.c[name]
    for name in (
        *[
            "id",
            "uri",
            "url",
            "author_id",
            "reach",
            "intimacy",
            "text",
            "html",
            "summary",
            "sensitive",
            "language",
            "reply_to_id",
        ],
        *[
            "reply_to_uri",
            "reply_to_person_id",
            "thread_id",
            "project_id",
            "project_name",
            "sphere_id",
            "help_flag",
        ],
        *["revision", "offers_help", "app_id", "created_at", "edited_at", "held_until"],
    )
)
_HAS_PROOF = posts.c.signed_activity.is_not(None).label("has_proof")
POST_COLUMNS = (*_POST, _HAS_PROOF)
_NUMBER = func.count().label("number")


def post_from(row: Row[Any]) -> Post:
    values = row._mapping
    return Post(has_proof=bool(row.has_proof), **{column.name: values[column] for column in _POST})


def visible_to(viewer: Viewer) -> ColumnElement[bool]:
    """SQL condition on `posts`: this viewer may know that the post exists.

    The author always; anybody for what is public; otherwise only who has a living row in the access list.
    A block in either direction hides everything; so do deletion and an author's suspension. A post that
    waits for its author's approval (RULES R14) is the author's alone.
    """
    alive = and_(
        posts.c.deleted_at.is_(None),
        # waits for its author's word (RULES R14)
        posts.c.held_until.is_(None)
        if viewer is None
        else or_(posts.c.held_until.is_(None), posts.c.author_id == viewer),
        ~exists(
            select(people.c.id).where(
                people.c.id == posts.c.author_id,
                or_(people.c.suspended_at.is_not(None), people.c.deleted_at.is_not(None)),
            )
        ),
    )
    public = posts.c.reach.in_(("public", "unlisted"))
    if viewer is None:
        return and_(alive, public)
    listed = exists(
        select(audiences.c.post_id).where(
            audiences.c.post_id == posts.c.id,
            audiences.c.person_id == viewer,
            audiences.c.ended_at.is_(None),
        )
    )
    return and_(
        alive,
        or_(
            posts.c.author_id == viewer,
            and_(
                or_(public, listed),
                ~blocked_either_way(posts.c.author_id, viewer),
            ),
        ),
    )


def get(tx: Tx, viewer: Viewer, post_id: int) -> Post | None:
    """One post by id, if this viewer may see it."""
    row = tx.first(select(*POST_COLUMNS).where(posts.c.id == post_id, visible_to(viewer)))
    return post_from(row) if row else None


def by_uri(tx: Tx, viewer: Viewer, uri: str) -> Post | None:
    row = tx.first(select(*POST_COLUMNS).where(posts.c.uri == uri, visible_to(viewer)))
    return post_from(row) if row else None


def by_id_for_author(tx: Tx, post_id: int) -> Post | None:
    """A post as its own author sees it, for what is done in the author's name."""
    author_id = tx.scalar(select(posts.c.author_id).where(posts.c.id == post_id))
    return get(tx, author_id, post_id) if author_id is not None else None


def by_uri_of_author(tx: Tx, uri: str, author_id: int) -> Post | None:
    """A post by its URI if this person wrote it; deleted ones are gone."""
    row = tx.first(
        select(*POST_COLUMNS).where(
            posts.c.uri == uri, posts.c.author_id == author_id, posts.c.deleted_at.is_(None)
        )
    )
    return post_from(row) if row else None


def by_uri_of_a_request(tx: Tx, uri: str) -> Post | None:
    """A raised request by its URI, for checking a ticket; the caller shows it to nobody."""
    row = tx.first(
        select(*POST_COLUMNS).where(
            posts.c.uri == uri, posts.c.help_flag.is_(True), posts.c.deleted_at.is_(None)
        )
    )
    return post_from(row) if row else None


def uri_is_taken(tx: Tx, uri: str) -> bool:
    """Some post, by anybody, had this URI: ids are never used twice (A21)."""
    return tx.exists(select(posts.c.id).where(posts.c.uri == uri))


def by_uri_or_projection(tx: Tx, viewer: PersonId, uri: str) -> Post | None:
    """A post by the URI this viewer knows it under: its own, or that of their projection of it."""
    found = by_uri(tx, viewer, uri)
    if found is not None:
        return found
    mine = select(audiences.c.post_id).where(
        audiences.c.opaque == uri.rpartition("/")[2], audiences.c.person_id == viewer
    )
    row = tx.first(select(*POST_COLUMNS).where(posts.c.id.in_(mine), visible_to(viewer)))
    return post_from(row) if row else None


def view(tx: Tx, viewer: Viewer, post_id: int) -> PostView | None:
    """One post with all that its viewer may know of it; `post_id` may also be the id of a boost they see."""
    found = views(tx, viewer, [post_id])
    if found:
        return found[0]
    boosted = boosted_entries(tx, viewer, [post_id])
    return boosted[0] if boosted else None


def page_ids(
    tx: Tx,
    statement: Any,
    cursor: Any,
    *,
    max_id: int | None,
    since_id: int | None,
    min_id: int | None,
    limit: int,
) -> list[Any]:
    """`max_id` exclusive; `since_id` = newest page above it; `min_id` = the page immediately above it."""
    if max_id is not None:
        statement = statement.where(cursor < max_id)
    if since_id is not None:
        statement = statement.where(cursor > since_id)
    if min_id is not None:
        rows = tx.column(statement.where(cursor > min_id).order_by(cursor.asc()).limit(limit))
        return list(reversed(rows))
    return tx.column(statement.order_by(cursor.desc()).limit(limit))


# -- whole views


def views(tx: Tx, viewer: Viewer, ids: Sequence[int]) -> list[PostView]:
    """The visible ones of these posts, in the order asked for."""
    if not ids:
        return []
    rows = tx.all(select(*POST_COLUMNS).where(posts.c.id.in_(set(ids)), visible_to(viewer)))
    found = {row.id: post_from(row) for row in rows}
    ordered = [found[post_id] for post_id in ids if post_id in found]
    return _dress(tx, viewer, ordered)


def boosted_entries(tx: Tx, viewer: Viewer, boost_ids: Sequence[int]) -> list[PostView]:
    """Boosts by id as this viewer sees them: the boosted post must be visible to them too."""
    if not boost_ids:
        return []
    rows = tx.all(
        select(boosts).where(boosts.c.id.in_(set(boost_ids)), boosts.c.ended_at.is_(None), _boost_for(viewer))
    )
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


def _boost_for(viewer: Viewer) -> ColumnElement[bool]:
    """A carried request is a boost for one reader; a boost of a public post is for everybody."""
    if viewer is None:
        return boosts.c.for_id.is_(None)
    return or_(boosts.c.for_id.is_(None), boosts.c.for_id == viewer)


def _dress(tx: Tx, viewer: Viewer, ordered: Sequence[Post]) -> list[PostView]:
    ids = [post.id for post in ordered]
    if not ids:
        return []
    tags = _tags(tx, ids)
    attachments = _attachments(tx, ids)
    mentioned = _mentions(tx, viewer, ordered)
    accesses = _accesses(tx, viewer, ids)
    mine = _own_marks(tx, viewer, ordered)
    counts = _counts(tx, viewer, ordered)
    carriers = _carriers(tx, viewer, ids)
    parents = _visible_ids(tx, viewer, [post.reply_to_id for post in ordered if post.reply_to_id])
    authors = many_people(tx, [post.author_id for post in ordered])
    extra: dict[int, dict[str, Any]] = {post.id: counts[post.id] | mine[post.id] for post in ordered}
    poll_ids = {
        row.post_id: row.id
        for row in tx.all(select(polls.c.post_id, polls.c.id).where(polls.c.post_id.in_(ids)))
    }
    return [
        PostView(
            post=post,
            author=authors[post.author_id],
            viewer=viewer,
            access=accesses.get(post.id),
            reply_to_visible=post.reply_to_id in parents,
            mentions=tuple(mentioned[post.id]),
            tags=tuple(tags[post.id]),
            media=tuple(attachments[post.id]),
            carriers=tuple(carriers[post.id]),
            poll_id=poll_ids.get(post.id),
            **extra[post.id],
        )
        for post in ordered
        if post.author_id in authors
    ]


def _visible_ids(tx: Tx, viewer: Viewer, ids: Iterable[int]) -> set[int]:
    wanted = set(ids)
    if not wanted:
        return set()
    return set(tx.column(select(posts.c.id).where(posts.c.id.in_(wanted), visible_to(viewer))))


def _tags(tx: Tx, ids: Sequence[int]) -> dict[int, list[Tag]]:
    found: dict[int, list[Tag]] = defaultdict(list)
    for row in tx.all(select(post_tags).where(post_tags.c.post_id.in_(ids)).order_by(post_tags.c.tag)):
        found[row.post_id].append(Tag(row.tag, row.name))
    return found


def _attachments(tx: Tx, ids: Sequence[int]) -> dict[int, list[Attachment]]:
    names = [name for name in Attachment.__struct_fields__ if name != "post_id"]
    found: dict[int, list[Attachment]] = defaultdict(list)
    statement = select(media.c.post_id, *(media.c[name] for name in names))
    for row in tx.all(statement.where(media.c.post_id.in_(ids)).order_by(media.c.position, media.c.id)):
        found[row.post_id].append(Attachment(**{name: getattr(row, name) for name in names}))
    return found


def _mentions(tx: Tx, viewer: Viewer, ordered: Sequence[Post]) -> dict[int, list[Person]]:
    """Whom a post names. A reader of an engine-chosen post sees only the author's and their own name there
    (RULES R3: recipients do not learn of each other)."""
    rows = tx.all(select(post_mentions).where(post_mentions.c.post_id.in_([post.id for post in ordered])))
    named = many_people(tx, [row.person_id for row in rows])
    posts_by_id = {post.id: post for post in ordered}
    found: dict[int, list[Person]] = defaultdict(list)
    for row in rows:
        post = posts_by_id[row.post_id]
        open_to_all = post.reach != "chosen" or viewer == post.author_id
        if row.person_id in named and (open_to_all or row.person_id == viewer):
            found[row.post_id].append(named[row.person_id])
    return found


def _accesses(tx: Tx, viewer: Viewer, ids: Sequence[int]) -> dict[int, Access]:
    if viewer is None:
        return {}
    rows = tx.all(
        select(audiences).where(
            audiences.c.post_id.in_(ids), audiences.c.person_id == viewer, audiences.c.ended_at.is_(None)
        )
    )
    return {
        row.post_id: Access(
            kind=row.kind, circle=row.circle, reasons=tuple(row.reasons or ()), opaque=row.opaque
        )
        for row in rows
    }


def _own_marks(tx: Tx, viewer: Viewer, ordered: Sequence[Post]) -> dict[int, dict[str, bool]]:
    ids = [post.id for post in ordered]
    marks: dict[int, dict[str, bool]] = {post_id: {} for post_id in ids}
    if viewer is None:
        return marks
    for name, table, condition in (
        ("favourited", favourites, true()),
        ("bookmarked", bookmarks, true()),
        ("pinned", pinned_posts, true()),
        ("boosted", boosts, and_(boosts.c.ended_at.is_(None), boosts.c.for_id.is_(None))),
    ):
        for post_id in tx.column(
            select(table.c.post_id).where(table.c.post_id.in_(ids), table.c.person_id == viewer, condition)
        ):
            marks[post_id][name] = True
    carrying = select(received_asks.c.post_id, received_asks.c.state).where(
        received_asks.c.post_id.in_(ids), received_asks.c.member_id == viewer, received_asks.c.kind == "carry"
    )
    for row in tx.all(carrying):
        marks[row.post_id]["asked_to_carry"] = row.state in ("asked", "waiting")
        if row.state == "accepted":
            marks[row.post_id]["boosted"] = True
    threads = {post.thread_id for post in ordered}
    muted = set(
        tx.column(
            select(thread_mutes.c.thread_id).where(
                thread_mutes.c.person_id == viewer, thread_mutes.c.thread_id.in_(threads)
            )
        )
    )
    for post in ordered:
        if post.thread_id in muted:
            marks[post.id]["thread_muted"] = True
    return marks


def _counts(tx: Tx, viewer: Viewer, ordered: Sequence[Post]) -> dict[int, dict[str, int]]:
    """Counts as this viewer may know them: the author sees all; others see their own favourite and the
    replies and boosts that are visible to them (RULES R7, PRODUCT S1)."""
    ids = [post.id for post in ordered]
    counts: dict[int, dict[str, int]] = {post_id: {} for post_id in ids}
    own = [post.id for post in ordered if post.author_id == viewer]
    likes = select(favourites.c.post_id, _NUMBER).group_by(favourites.c.post_id)
    likes = likes.where(
        or_(
            favourites.c.post_id.in_(own),
            and_(favourites.c.post_id.in_(ids), favourites.c.person_id == (viewer or 0)),
        )
    )
    for row in tx.all(likes):
        counts[row.post_id]["favourites"] = row.number
    answers = select(posts.c.reply_to_id.label("post_id"), _NUMBER).where(
        posts.c.reply_to_id.in_(ids), visible_to(viewer)
    )
    for row in tx.all(answers.group_by(posts.c.reply_to_id)):
        counts[row.post_id]["replies"] = row.number
    shares = select(boosts.c.post_id, _NUMBER).where(
        boosts.c.post_id.in_(ids), boosts.c.ended_at.is_(None), _boost_for(viewer)
    )
    for row in tx.all(shares.group_by(boosts.c.post_id)):
        counts[row.post_id]["boosts"] = row.number
    return counts


def _carriers(tx: Tx, viewer: Viewer, ids: Sequence[int]) -> dict[int, list[Person]]:
    """Through whom a request reached this viewer: only those who carried it to them (RULES R7)."""
    found: dict[int, list[Person]] = defaultdict(list)
    if viewer is None:
        return found
    rows = tx.all(
        select(leases.c.post_id, leases.c.carrier_id)
        .where(leases.c.post_id.in_(ids), leases.c.person_id == viewer, leases.c.state == "shown")
        .order_by(leases.c.created_at)
    )
    carriers = many_people(tx, [row.carrier_id for row in rows])
    for row in rows:
        if row.carrier_id in carriers:
            found[row.post_id].append(carriers[row.carrier_id])
    return found


# -- threads


def ancestors(tx: Tx, viewer: Viewer, post: Post, *, limit: int = 40) -> list[PostView]:
    """The posts above, as far as the viewer may see without a gap."""
    ids: list[int] = []
    above = post.reply_to_id
    while above and len(ids) < limit:
        parent = get(tx, viewer, above)
        if parent is None:
            break
        ids.append(parent.id)
        above = parent.reply_to_id
    return views(tx, viewer, list(reversed(ids)))


def descendants(tx: Tx, viewer: Viewer, post: Post, *, limit: int = 60) -> list[PostView]:
    """The posts below that the viewer may see, oldest first, children after parents."""
    ids: list[int] = []
    level = [int(post.id)]
    while level and len(ids) < limit:
        level = tx.column(
            select(posts.c.id)
            .where(posts.c.reply_to_id.in_(level), visible_to(viewer))
            .order_by(posts.c.id)
            .limit(limit - len(ids))
        )
        ids.extend(level)
    return views(tx, viewer, ids)


# -- the access list


def audience_of(tx: Tx, post_id: int) -> list[tuple[PersonId, str, int]]:
    """(person, kind, circle) of the living rows, for delivery and for the author's own numbers."""
    rows = tx.all(
        select(audiences.c.person_id, audiences.c.kind, audiences.c.circle).where(
            audiences.c.post_id == post_id, audiences.c.ended_at.is_(None)
        )
    )
    return [(row.person_id, row.kind, row.circle) for row in rows]


def holds(tx: Tx, person_id: int, post_id: int) -> bool:
    """A living row of the access list stands for this person."""
    return tx.exists(
        select(audiences.c.post_id).where(
            audiences.c.post_id == post_id,
            audiences.c.person_id == person_id,
            audiences.c.ended_at.is_(None),
        )
    )


def members_who_answered(tx: Tx, post_id: int) -> list[PersonId]:
    """Members here who wrote an answer to a post."""
    return tx.column(
        select(posts.c.author_id)
        .distinct()
        .join(people, people.c.id == posts.c.author_id)
        .where(posts.c.reply_to_id == post_id, posts.c.deleted_at.is_(None), people.c.domain == "")
    )


def ever_held(tx: Tx, person_id: int, post_id: int) -> bool:
    """A row of the access list stands or stood for this person."""
    return tx.exists(
        select(audiences.c.post_id).where(audiences.c.post_id == post_id, audiences.c.person_id == person_id)
    )


def admit(
    tx: Tx,
    post_id: int,
    person_id: int,
    *,
    kind: str,
    opaque: str,
    circle: int = 1,
    reasons: Any = None,
    score: float | None = None,
    revision: int = 1,
) -> bool:
    """Give somebody a row of the access list (again); False when they had a living one."""
    if holds(tx, person_id, post_id):
        return False
    tx.put(
        audiences,
        [audiences.c.post_id, audiences.c.person_id],
        post_id=post_id,
        person_id=person_id,
        kind=kind,
        circle=circle,
        reasons=reasons,
        score=score,
        opaque=opaque,
        since_revision=revision,
        created_at=tx.now,
        ended_at=None,
    )
    return True


def admit_all(tx: Tx, post_id: int, rows: Sequence[Mapping[str, Any]], *, revision: int) -> None:
    """The first readers of a post, in one statement; rows as the arguments of `admit`, with `person_id`.

    For a post that has no access list yet; where it has one, each goes through `admit`.
    """
    if tx.exists(select(audiences.c.post_id).where(audiences.c.post_id == post_id)):
        for row in rows:
            admit(tx, post_id, row["person_id"], **{k: v for k, v in row.items() if k != "person_id"})
        return
    common = {
        "post_id": post_id,
        "since_revision": revision,
        "created_at": tx.now,
        "ended_at": None,
    }
    tx.insert_many(audiences, [{**common, **row} for row in rows])


def dismiss(tx: Tx, *where: ColumnElement[bool]) -> int:
    """End rows of the access list; media links and projections named by them die with them."""
    return tx.run(update(audiences).where(audiences.c.ended_at.is_(None), *where).values(ended_at=tx.now))


def insert(tx: Tx, **values: Any) -> PostId:
    """A new row of `posts`; `id` and `created_at` are filled in when missing, a thread starts with itself."""
    values.setdefault("id", tx.new_id())
    values.setdefault("created_at", tx.now)
    values.setdefault("thread_id", values["id"])
    tx.insert(posts, **values)
    return PostId(values["id"])


def change(tx: Tx, post_id: int, **values: Any) -> None:
    tx.run(update(posts).where(posts.c.id == post_id).values(**values))


def put_tags(tx: Tx, post_id: int, tags: Iterable[Tag]) -> None:
    for tag in tags:
        tx.insert_new(post_tags, post_id=post_id, tag=tag.folded, name=tag.name)


def replace_tags(tx: Tx, post_id: int, tags: Iterable[Tag]) -> None:
    tx.run(delete(post_tags).where(post_tags.c.post_id == post_id))
    put_tags(tx, post_id, tags)


def tags_of(tx: Tx, post_id: int) -> list[str]:
    """The folded hashtags of a post."""
    return tx.column(select(post_tags.c.tag).where(post_tags.c.post_id == post_id))


def mentioned_in(tx: Tx, post_id: int) -> list[PersonId]:
    """Whom a post names, in the order in which it was stored."""
    return tx.column(select(post_mentions.c.person_id).where(post_mentions.c.post_id == post_id))


def keep_version(tx: Tx, post: Post) -> None:
    """Remember the words of a post as they are, before they change."""
    tx.insert(
        post_edits,
        id=tx.new_id(),
        post_id=post.id,
        revision=post.revision,
        text=post.text,
        html=post.html,
        summary=post.summary,
        sensitive=post.sensitive,
        created_at=post.edited_at or post.created_at,
    )


def carried_readers_without_answer(tx: Tx, post_id: int) -> list[PersonId]:
    """Members here whom a carried request reached and who neither answered nor offered."""
    answered = select(posts.c.author_id).where(posts.c.reply_to_id == post_id, posts.c.deleted_at.is_(None))
    return tx.column(
        select(audiences.c.person_id).where(
            audiences.c.post_id == post_id,
            audiences.c.kind == "carried",
            audiences.c.ended_at.is_(None),
            audiences.c.person_id.not_in(answered),
        )
    )


def put_remote_media(tx: Tx, post_id: int, owner_id: int, files: Iterable[RemoteMedia]) -> None:
    for position, file in enumerate(list(files)[:16]):
        size = {"width": file.width, "height": file.height} if file.width and file.height else None
        tx.insert(
            media,
            id=tx.new_id(),
            owner_id=owner_id,
            post_id=post_id,
            position=position,
            kind=file.content_type.partition("/")[0] if "/" in file.content_type else "unknown",
            state="ready",
            content_type=file.content_type,
            remote_url=file.url,
            alt=file.alt,
            blurhash=file.blurhash,
            meta={"original": size} if size else None,
            digest=file.digest,
            opaque=opaque(),
            created_at=tx.now,
        )


def put_mention(tx: Tx, post_id: int, person_id: int) -> bool:
    return tx.insert_new(post_mentions, post_id=post_id, person_id=person_id)


def forget_signed(tx: Tx, post_id: int) -> None:
    """Drop the signed words, keeping that there were some: their Delete must be signed too."""
    tx.run(
        update(posts)
        .where(posts.c.id == post_id, posts.c.signed_activity.is_not(None))
        .values(signed_activity=b"")
    )


def signed_activity(tx: Tx, post_id: int) -> bytes | None:
    """The latest Create or Update with its author's proof, byte for byte (RULES R18)."""
    found: bytes | None = tx.scalar(select(posts.c.signed_activity).where(posts.c.id == post_id))
    return found
