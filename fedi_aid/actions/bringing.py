"""Posts written elsewhere, brought along by their author: kept as their own, shown to nobody.

They become posts of the most intimate level without a reader, with the day on which they were written.
Nothing is delivered, nobody is notified; whom they are for is decided one by one, as for any post
(RULES R15).
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from fedi_aid.errors import Refused
from fedi_aid.model.html import plain
from fedi_aid.model.intimacy import Intimacy
from fedi_aid.model.people import Member
from fedi_aid.model.text import render
from fedi_aid.storage import posts
from fedi_aid.storage.tx import Tx

BYTES: Final = 5_000_000
AT_MOST: Final = 2_000
SUMMARY_MAX: Final = 500


class Old(msgspec.Struct, frozen=True, kw_only=True):
    """A post as it was written elsewhere: plain words."""

    at: datetime
    text: str
    summary: str


def bring(tx: Tx, me: Member, content: bytes) -> int:
    """Take the posts of a file: the `posts.json` of an export here, or the `outbox.json` of one of Mastodon
    (ActivityStreams). How many were new; the same file twice brings nothing twice. What is no post is passed
    over. Refused for a file that is neither, or too large."""
    if len(content) > BYTES:
        raise Refused("This file is too large.", code="too_large", field="list")
    try:
        tree = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refused("This is no file of posts.", field="list") from None
    found = list(_old(tree))
    if not found:
        raise Refused("There are no posts in this file.", field="list")
    return sum(_keep(tx, me, one) for one in found[:AT_MOST])


def _old(tree: Any) -> Iterator[Old]:
    rows = tree.get("orderedItems") if isinstance(tree, dict) else tree
    for row in rows if isinstance(rows, list) else ():
        if not isinstance(row, dict):
            continue
        note = row.get("object") if row.get("type") == "Create" else row
        if isinstance(note, dict):
            one = _read(note)
            if one is not None:
                yield one


def _read(note: dict[str, Any]) -> Old | None:
    """Ours says `text` and `at`, ActivityStreams `content` (HTML) and `published`."""
    text, html = note.get("text"), note.get("content")
    said = text if isinstance(text, str) else (plain(html) if isinstance(html, str) else "")
    summary = note.get("warning") or note.get("summary") or ""
    at = _moment(note.get("at") or note.get("published"))
    if not said.strip() or at is None:
        return None
    return Old(at=at, text=said.strip(), summary=str(summary)[:SUMMARY_MAX])


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if moment is None:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).replace(microsecond=0)


def _keep(tx: Tx, me: Member, one: Old) -> int:
    """1 for a new one."""
    text = one.text[: tx.house.post_max_chars]
    if one.at > tx.now or posts.has_written(tx, me.id, text, one.at):
        return 0
    uri = tx.house.new_note()
    posts.insert(
        tx,
        uri=uri,
        url=uri,
        author_id=me.id,
        reach="chosen",
        intimacy=int(Intimacy.CONFIDANTS),
        text=text,
        html=render(text, {}, tx.house.tag_page),
        summary=one.summary,
        sensitive=bool(one.summary),
        language=me.default_language,
        thread_uri=tx.house.new_thread(),
        created_at=one.at,
    )
    return 1
