"""Every table, one file per noun; `metadata` holds them all once this package is imported.

Reading order: base (column types) · people · ties · projects · posts · help · timelines · engine ·
access (apps, tokens) · federation · moderation · house · work. Changing a table means a new migration.
"""

from fedi_aid.storage.tables import (
    access,
    engine,
    federation,
    help,
    house,
    moderation,
    people,
    posts,
    projects,
    ties,
    timelines,
    work,
)
from fedi_aid.storage.tables.base import metadata

__all__ = [
    "access",
    "engine",
    "federation",
    "help",
    "house",
    "metadata",
    "moderation",
    "people",
    "posts",
    "projects",
    "ties",
    "timelines",
    "work",
]
