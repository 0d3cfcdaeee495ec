"""What an admin says of the instance in the browser, beside the settings of the operator."""

from sqlalchemy import Column, Table, Text

from fedi_aid.storage.tables.base import Json, Moment, metadata

house_settings = Table(
    "house_settings",
    metadata,
    Column("name", Text, primary_key=True),  # of a field of Settings
    Column("value", Json, nullable=False),
    Column("changed_at", Moment, nullable=False),
)
