"""Files of carried requests, which come through the carrier's server (RULES R17)."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import delete, exists, select, update

from fedi_aid.model.ids import PostId
from fedi_aid.storage.tables.help import carried_files, carried_to
from fedi_aid.storage.tables.people import people
from fedi_aid.storage.tables.posts import media, posts
from fedi_aid.storage.tx import Tx


class CarriedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A picture as it came from `url`: `raw` are its bytes, at a carrier's server; the rest was made anew."""

    url: str
    note_uri: str
    digest: str
    raw: str | None
    file: str
    preview_file: str
    content_type: str


class OnItsWay(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of a request that a member here carries to somebody, as it lies here. `held` says that the
    carrier still does, and its author still asks."""

    media_id: int
    content_type: str
    digest: str
    raw: str
    reader_domain: str
    held: bool


_COLUMNS = tuple(carried_files.c[name] for name in CarriedFile.__struct_fields__)


def is_known(tx: Tx, url: str) -> bool:
    return tx.exists(select(carried_files.c.url).where(carried_files.c.url == url))


def with_digest(tx: Tx, note_uri: str, digest: str) -> CarriedFile | None:
    """What has come already of the same file of the same note."""
    row = tx.first(
        select(*_COLUMNS)
        .where(carried_files.c.note_uri == note_uri, carried_files.c.digest == digest)
        .order_by(carried_files.c.raw.is_(None), carried_files.c.url)
    )
    return CarriedFile(**row._mapping) if row else None


def put(tx: Tx, found: CarriedFile) -> bool:
    """False when this address had been fetched meanwhile."""
    return tx.insert_new(carried_files, **msgspec.structs.asdict(found), created_at=tx.now)


def give(tx: Tx, note_uri: str) -> bool:
    """Put what has come on the note that names it, wherever it stands here; whether anything was missing."""
    wanting = tx.all(
        select(media.c.id, media.c.digest)
        .join(posts, posts.c.id == media.c.post_id)
        .where(
            posts.c.uri == note_uri,
            posts.c.deleted_at.is_(None),
            media.c.file.is_(None),
            media.c.digest.is_not(None),
        )
    )
    given = False
    for row in wanting:
        found = with_digest(tx, note_uri, row.digest)
        if found is not None:
            values = {"file": found.file, "preview_file": found.preview_file}
            tx.run(update(media).where(media.c.id == row.id).values(**values))
            given = True
    return given


def pictures_of(tx: Tx, post_id: int) -> Sequence[tuple[int, str, str, str | None, str | None]]:
    """(id, digest, content type, where it lies here, where it lies elsewhere) of a post's pictures that have
    a digest, in their order; for those who carry it."""
    rows = tx.all(
        select(media.c.id, media.c.digest, media.c.content_type, media.c.file, media.c.remote_url)
        .where(
            media.c.post_id == post_id,
            media.c.kind == "image",
            media.c.state == "ready",
            media.c.digest.is_not(None),
        )
        .order_by(media.c.position, media.c.id)
    )
    return [(row.id, row.digest, row.content_type, row.file, row.remote_url) for row in rows]


def carry_id(tx: Tx, post_id: int, carrier_id: int, person_id: int) -> int | None:
    """By what an address names that a member here carries a request to somebody."""
    found: int | None = tx.scalar(
        select(carried_to.c.id).where(
            carried_to.c.post_id == post_id,
            carried_to.c.carrier_id == carrier_id,
            carried_to.c.person_id == person_id,
        )
    )
    return found


def on_its_way(tx: Tx, carried_id: int, media_id: int) -> OnItsWay | None:
    """What such an address stands for."""
    row = tx.first(
        select(
            carried_to.c.state,
            people.c.domain,
            posts.c.id.label("post_id"),
            posts.c.uri,
            posts.c.help_flag,
            posts.c.intimacy,
            posts.c.deleted_at,
        )
        .join(people, people.c.id == carried_to.c.person_id)
        .join(posts, posts.c.id == carried_to.c.post_id)
        .where(carried_to.c.id == carried_id)
    )
    if row is None:
        return None
    for one, digest, content_type, file, remote_url in pictures_of(tx, PostId(row.post_id)):
        if one != media_id:
            continue
        raw = file
        if remote_url is not None:
            came = with_digest(tx, row.uri, digest)
            raw = came.raw if came is not None else None
        if raw is None:
            return None
        held = row.state == "shown" and row.help_flag is True and row.deleted_at is None
        return OnItsWay(
            media_id=one,
            content_type=content_type,
            digest=digest,
            raw=raw,
            reader_domain=row.domain,
            held=held and row.intimacy in (0, 1),
        )
    return None


def stale(tx: Tx, before: datetime, *, limit: int) -> Sequence[CarriedFile]:
    """Fetched before then, for requests that are over or were never shown here."""
    open_ = exists(
        select(posts.c.id).where(
            posts.c.uri == carried_files.c.note_uri,
            posts.c.deleted_at.is_(None),
            posts.c.help_flag.is_(True),
        )
    )
    rows = tx.all(select(*_COLUMNS).where(carried_files.c.created_at < before, ~open_).limit(limit))
    return [CarriedFile(**row._mapping) for row in rows]


def forget(tx: Tx, one: CarriedFile) -> list[str]:
    """Drop a row; the names of its files that nothing here shows or passes on any more."""
    tx.run(delete(carried_files).where(carried_files.c.url == one.url))
    names = [one.raw] if one.raw is not None else []
    shown = tx.exists(select(media.c.id).where(media.c.file == one.file))
    again = tx.exists(select(carried_files.c.url).where(carried_files.c.file == one.file))
    return names if shown or again else [*names, one.file, one.preview_file]
