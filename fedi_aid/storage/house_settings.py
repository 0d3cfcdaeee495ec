"""Questions about what an admin says of the instance in the browser."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from fedi_aid.storage.tables.house import house_settings
from fedi_aid.storage.tx import Tx


def all_of(tx: Tx) -> dict[str, Any]:
    """name → value."""
    return {row.name: row.value for row in tx.all(select(house_settings.c.name, house_settings.c.value))}


def put(tx: Tx, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        tx.put(house_settings, [house_settings.c.name], name=name, value=value, changed_at=tx.now)
