"""Alembic's entry: it runs on the connection that `fedi_aid.storage.migrate` hands over."""

from alembic import context
from sqlalchemy import BigInteger, Text

from fedi_aid.storage.tables import metadata
from fedi_aid.storage.tables.base import Json, Moment


def _render_item(kind, item, _autogen_context):
    """Migrations name plain types: they must still run when our own types have changed."""
    if kind == "type" and isinstance(item, Moment):
        return "sa.BigInteger()"
    if kind == "type" and isinstance(item, Json):
        return "sa.Text()"
    return False


def _same_type(_context, _inspected, _metadata_column, inspected_type, metadata_type):
    if isinstance(metadata_type, Moment):
        return not isinstance(inspected_type, BigInteger)
    if isinstance(metadata_type, Json):
        return not isinstance(inspected_type, Text)
    return None


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=_render_item,
    compare_type=_same_type,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
