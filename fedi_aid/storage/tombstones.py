"""What was deleted must not come back, whatever arrives late (A05, C22)."""

from collections.abc import Iterable

from sqlalchemy import select

from fedi_aid.storage.tables.federation import tombstones
from fedi_aid.storage.tx import Tx


def put(tx: Tx, uri: str, actor_uri: str) -> None:
    tx.insert_new(tombstones, uri=uri, actor_uri=actor_uri, created_at=tx.now)


def any_of(tx: Tx, uris: Iterable[str], actor_uri: str) -> bool:
    """One of these was deleted by its own actor; a stranger's Delete blocks nothing."""
    return tx.exists(
        select(tombstones.c.uri).where(tombstones.c.uri.in_(list(uris)), tombstones.c.actor_uri == actor_uri)
    )
