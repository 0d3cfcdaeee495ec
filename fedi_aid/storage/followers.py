"""Who follows whom across two servers, and digests by which these compare what they know (FEP-8fcf)."""

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import or_, select

from fedi_aid.model.ids import PersonId
from fedi_aid.storage.tables.people import people
from fedi_aid.storage.tables.ties import follows
from fedi_aid.storage.tx import Tx

FEW = 3  # servers asked for one by one; for more, all followers are read once


class MemberFollows(msgspec.Struct, frozen=True, kw_only=True):
    """A member here who follows somebody elsewhere."""

    member_id: PersonId
    uri: str
    accepted_at: datetime | None

    def is_settled(self, now: datetime, after: timedelta) -> bool:
        """Long enough ago that the other server must know it."""
        return self.accepted_at is None or self.accepted_at <= now - after


def digest(uris: Iterable[str]) -> str:
    """The hashes of the ids, laid over each other: the same in any order, zeros for nobody."""
    found = 0
    for uri in uris:
        found ^= int.from_bytes(hashlib.sha256(uri.encode()).digest())
    return f"{found:064x}"


def followers_at(tx: Tx, person_id: int, root: str) -> list[str]:
    """The ids of a member's followers on one server, and of nobody else (P14); `root` is `https://host/`."""
    return tx.column(
        select(people.c.uri)
        .join(follows, follows.c.from_id == people.c.id)
        .where(
            follows.c.to_id == person_id,
            follows.c.state == "accepted",
            people.c.uri.startswith(root, autoescape=True),
            people.c.domain != "",
            people.c.deleted_at.is_(None),
        )
        .order_by(people.c.id)
    )


def followers_by_server(tx: Tx, person_id: int, roots: Collection[str]) -> dict[str, list[str]]:
    """`followers_at` for several servers; one without a follower is absent."""
    if len(roots) <= FEW:
        found = {root: followers_at(tx, person_id, root) for root in roots}
        return {root: uris for root, uris in found.items() if uris}
    by_server: dict[str, list[str]] = {}
    for uri in followers_at(tx, person_id, ""):
        root = "/".join([*uri.split("/", 3)[:3], ""])
        if root in roots:
            by_server.setdefault(root, []).append(uri)
    return by_server


def members_following(tx: Tx, person_id: int) -> list[MemberFollows]:
    """Everybody here who follows somebody elsewhere."""
    rows = tx.all(
        select(people.c.id, people.c.uri, follows.c.accepted_at)
        .join(follows, follows.c.from_id == people.c.id)
        .where(
            follows.c.to_id == person_id,
            follows.c.state == "accepted",
            people.c.domain == "",
            or_(people.c.kind == "person", people.c.kind == "bot"),
            people.c.deleted_at.is_(None),
        )
        .order_by(people.c.id)
    )
    return [MemberFollows(member_id=row.id, uri=row.uri, accepted_at=row.accepted_at) for row in rows]
