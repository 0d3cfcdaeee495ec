"""Posts: who may see which (`visible_to`, the only door: ARCHITECTURE, rule 5), one by id or URI, their rows.

Every question for somebody's eyes names its viewer; a hidden post and a missing one go through the same
queries and give the same answer. Whole posts, as they are shown, are in post_views.py; the access list is in
audience_rows.py.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)

from fedi_aid.model.emojis import from_stored
from fedi_aid.model.ids import PersonId, PostId, opaque
from fedi_aid.model.posts import Post, RemoteMedia, Tag, Viewer
from fedi_aid.storage.among import VIEWER
from fedi_aid.storage.tables.federation import deliveries
from fedi_aid.storage.tables.people import people
from fedi_aid.storage.tables.posts import (
    audiences,
    media,
    post_edits,
    post_mentions,
    post_tags,
    posts,
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
        *["thread_uri", "emojis", "vouched_at", "paid", "interest"],
    )
)
_HAS_PROOF = posts.c.signed_activity.is_not(None).label("has_proof")
POST_COLUMNS = (*_POST, _HAS_PROOF)
_POST_NAMES = tuple(column.name for column in POST_COLUMNS)


def post_from(row: Row[Any]) -> Post:
    """A `Post` from a row whose first columns are `POST_COLUMNS`."""
    said = dict(zip(_POST_NAMES, row, strict=False))
    assert said["uri"] == row.uri
    said["emojis"] = from_stored(said["emojis"])
    said["has_proof"] = bool(said["has_proof"])
    return Post(**said)


def visible_to(viewer: Viewer) -> ColumnElement[bool]:
    """SQL condition on `posts`: this viewer may know that the post exists.

    The author always; anybody for what is public; otherwise only who has a living row in the access list.
    A block in either direction hides everything; so do deletion and an author's suspension. A post that
    waits for its author's approval (RULES R14) is the author's alone. In a statement that is made once,
    `viewer` is `among.VIEWER`, bound as `viewer`.
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


@cache
def _by_id(anonymous: bool) -> Select[Any]:
    shown_to = visible_to(None if anonymous else VIEWER)
    return select(*POST_COLUMNS).where(posts.c.id == bindparam("post_id"), shown_to)


def get(tx: Tx, viewer: Viewer, post_id: int) -> Post | None:
    """One post by id, if this viewer may see it."""
    row = tx.first(_by_id(viewer is None), viewer=viewer, post_id=post_id)
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
    row = tx.first(_BY_URI_OF_AUTHOR, uri=uri, author_id=author_id)
    return post_from(row) if row else None


_BY_URI_OF_AUTHOR = select(*POST_COLUMNS).where(
    posts.c.uri == bindparam("uri"), posts.c.author_id == bindparam("author_id"), posts.c.deleted_at.is_(None)
)
_URI_IS_TAKEN = select(select(posts.c.id).where(posts.c.uri == bindparam("uri")).exists())


def by_uri_of_a_request(tx: Tx, uri: str) -> Post | None:
    """A raised request by its URI, for checking a ticket; the caller shows it to nobody."""
    row = tx.first(
        select(*POST_COLUMNS).where(
            posts.c.uri == uri, posts.c.help_flag.is_(True), posts.c.deleted_at.is_(None)
        )
    )
    return post_from(row) if row else None


def still_standing(tx: Tx, author_id: int, *, limit: int) -> list[tuple[PostId, bool]]:
    """(id, whether it was sent) of what somebody wrote and is not erased yet, for erasing it."""
    rows = tx.all(
        select(posts.c.id, posts.c.held_until)
        .where(posts.c.author_id == author_id, posts.c.deleted_at.is_(None))
        .order_by(posts.c.id)
        .limit(limit)
    )
    return [(row.id, row.held_until is None) for row in rows]


def uri_is_taken(tx: Tx, uri: str) -> bool:
    """Some post, by anybody, had this URI: ids are never used twice (A21)."""
    return bool(tx.scalar(_URI_IS_TAKEN, uri=uri))


def by_uri_or_projection(tx: Tx, viewer: PersonId, uri: str) -> Post | None:
    """A post by the URI this viewer knows it under: its own, or that of their projection of it."""
    found = by_uri(tx, viewer, uri)
    if found is not None:
        return found
    mine = select(deliveries.c.post_id).where(
        deliveries.c.projection == uri, deliveries.c.person_id == viewer
    )
    row = tx.first(select(*POST_COLUMNS).where(posts.c.id.in_(mine), visible_to(viewer)))
    return post_from(row) if row else None


def page_ids(
    tx: Tx,
    statement: Select[Any],
    cursor: Any,
    *,
    max_id: int | None,
    since_id: int | None,
    min_id: int | None,
    limit: int,
    binds: Mapping[str, Any] | None = None,
    made_once: bool = False,
) -> list[Any]:
    """The first column of `page_rows`."""
    bounds = {"max_id": max_id, "since_id": since_id, "min_id": min_id}
    return [
        row[0]
        for row in page_rows(tx, statement, cursor, **bounds, limit=limit, binds=binds, made_once=made_once)
    ]


def page_rows(
    tx: Tx,
    statement: Select[Any],
    cursor: Any,
    *,
    max_id: int | None,
    since_id: int | None,
    min_id: int | None,
    limit: int,
    binds: Mapping[str, Any] | None = None,
    made_once: bool = False,
) -> list[Row[Any]]:
    """`max_id` exclusive; `since_id` = newest page above it; `min_id` = the page immediately above it.

    Where `statement` is one that was made once, with `binds`, so is the page of it.
    """
    bounds = {"max_id": max_id, "since_id": since_id, "min_id": min_id}
    given = {name: value for name, value in bounds.items() if value is not None}
    page = _page_made_once if made_once else _page
    found = list(tx.all(page(statement, cursor, tuple(given)), **given, **(binds or {}), limit=limit))
    return found[::-1] if min_id is not None else found


def _page(statement: Select[Any], cursor: Any, given: tuple[str, ...]) -> Select[Any]:
    for name in given:
        bound = bindparam(name, type_=BigInteger())
        statement = statement.where(cursor < bound if name == "max_id" else cursor > bound)
    order = cursor.asc() if "min_id" in given else cursor.desc()
    return statement.order_by(order).limit(bindparam("limit", type_=Integer()))


_page_made_once = cache(_page)


# -- rows


def members_who_answered(tx: Tx, post_id: int) -> list[PersonId]:
    """Members here who wrote an answer to a post."""
    return tx.column(
        select(posts.c.author_id)
        .distinct()
        .join(people, people.c.id == posts.c.author_id)
        .where(posts.c.reply_to_id == post_id, posts.c.deleted_at.is_(None), people.c.domain == "")
    )


def insert(tx: Tx, **values: Any) -> PostId:
    """A new row of `posts`; `id` and `created_at` are filled in when missing, a thread starts with itself."""
    values.setdefault("id", tx.new_id())
    values.setdefault("created_at", tx.now)
    values.setdefault("thread_id", values["id"])
    tx.insert(posts, **values)
    return PostId(values["id"])


def has_written(tx: Tx, author_id: int, text: str, at: datetime) -> bool:
    """Whether somebody wrote these very words at that moment."""
    where = (posts.c.author_id == author_id, posts.c.created_at == at, posts.c.text == text)
    return tx.exists(select(posts.c.id).where(*where, posts.c.deleted_at.is_(None)))


def change(tx: Tx, post_id: int, **values: Any) -> None:
    tx.run(update(posts).where(posts.c.id == post_id).values(**values))


def put_tags(tx: Tx, post_id: int, tags: Iterable[Tag]) -> None:
    for tag in tags:
        tx.insert_new(post_tags, post_id=post_id, tag=tag.folded, name=tag.name)


def replace_tags(tx: Tx, post_id: int, tags: Iterable[Tag]) -> None:
    tx.run(delete(post_tags).where(post_tags.c.post_id == post_id))
    put_tags(tx, post_id, tags)


_TAGS = select(post_tags.c.tag).where(post_tags.c.post_id == bindparam("post_id"))
_MENTIONED = select(post_mentions.c.person_id).where(post_mentions.c.post_id == bindparam("post_id"))


def tags_of(tx: Tx, post_id: int) -> list[str]:
    """The folded hashtags of a post."""
    return tx.column(_TAGS, post_id=post_id)


def mentioned_in(tx: Tx, post_id: int) -> list[PersonId]:
    """Whom a post names, in the order in which it was stored."""
    return tx.column(_MENTIONED, post_id=post_id)


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


def replace_remote_media(tx: Tx, post_id: int, owner_id: int, files: Iterable[RemoteMedia]) -> None:
    """The files of an edited post elsewhere. Those that it had and has still keep their ids and copies."""
    wanted = list(files)[:16]
    known = {
        row.remote_url: row.id
        for row in tx.all(select(media.c.id, media.c.remote_url).where(media.c.post_id == post_id))
    }
    kept = {file.url for file in wanted}
    gone = [file_id for url, file_id in known.items() if url not in kept]
    if gone:
        tx.run(delete(media).where(media.c.id.in_(gone)))
    put_remote_media(tx, post_id, owner_id, [file for file in wanted if file.url not in known])
    for position, file in enumerate(wanted):
        tx.run(
            update(media)
            .where(media.c.post_id == post_id, media.c.remote_url == file.url)
            .values(position=position, alt=file.alt)
        )


def put_remote_media(tx: Tx, post_id: int, owner_id: int, files: Iterable[RemoteMedia]) -> None:
    for position, file in enumerate(list(files)[:16]):
        kind = file.content_type.partition("/")[0]
        size = {"width": file.width, "height": file.height} if file.width and file.height else None
        tx.insert(
            media,
            id=tx.new_id(),
            owner_id=owner_id,
            post_id=post_id,
            position=position,
            kind=kind if kind in ("image", "video", "audio") else "unknown",
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


def page_of(tx: Tx, post_id: int) -> tuple[str, PersonId] | None:
    """(web address, author) of a post from elsewhere, and nothing of what it says."""
    row = tx.first(
        select(posts.c.url, posts.c.author_id).where(posts.c.id == post_id, posts.c.deleted_at.is_(None))
    )
    return (row.url, PersonId(row.author_id)) if row and row.url else None


def signed_requests_of(tx: Tx, author_id: int) -> list[tuple[PostId, int]]:
    """(post, revision) of an author's raised requests whose words are signed, so that they can be carried."""
    rows = tx.all(
        select(posts.c.id, posts.c.revision).where(
            posts.c.author_id == author_id,
            posts.c.help_flag.is_(True),
            posts.c.deleted_at.is_(None),
            func.length(posts.c.signed_activity) > 0,
        )
    )
    return [(PostId(row.id), row.revision) for row in rows]


def signed_activity(tx: Tx, post_id: int) -> bytes | None:
    """The latest Create or Update with its author's proof, byte for byte (RULES R18)."""
    found: bytes | None = tx.scalar(select(posts.c.signed_activity).where(posts.c.id == post_id))
    return found
