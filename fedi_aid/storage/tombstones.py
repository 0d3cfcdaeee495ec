"""What was deleted must not come back, whatever arrives late (A05, C22)."""

from collections.abc import Iterable

from sqlalchemy import bindparam, select

from fedi_aid.storage.tables.federation import tombstones
from fedi_aid.storage.tx import Tx

_IS_ONE = select(
    select(tombstones.c.uri)
    .where(tombstones.c.uri == bindparam("uri"), tombstones.c.actor_uri == bindparam("actor_uri"))
    .exists()
)
_ANY_OF = select(
    select(tombstones.c.uri)
    .where(
        tombstones.c.uri.in_(bindparam("uris", expanding=True)),
        tombstones.c.actor_uri == bindparam("actor_uri"),
    )
    .exists()
)


def put(tx: Tx, uri: str, actor_uri: str) -> None:
    tx.insert_new(tombstones, uri=uri, actor_uri=actor_uri, created_at=tx.now)


def any_of(tx: Tx, uris: Iterable[str], actor_uri: str) -> bool:
    """One of these was deleted by its own actor; a stranger's Delete blocks nothing."""
    wanted = list(uris)
    if len(wanted) == 1:
        return bool(tx.scalar(_IS_ONE, uri=wanted[0], actor_uri=actor_uri))
    return bool(tx.scalar(_ANY_OF, uris=wanted, actor_uri=actor_uri))
