"""Column types that behave the same on SQLite and PostgreSQL, and the metadata all tables share."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Column, ForeignKey, MetaData, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime, stored as milliseconds since 1970: it sorts and compares alike everywhere."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else round(value.timestamp() * 1000)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromtimestamp(value / 1000, UTC)


class Json(TypeDecorator[Any]):
    """JSON as text: read whole, never queried inside."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else msgspec.json.decode(value)


def row_id() -> "Column[int]":
    """The primary key of a row: a time-ordered number made by `Tx.new_id` (model.ids)."""
    return Column("id", BigInteger, primary_key=True, autoincrement=False)


def person(name: str, *, key: bool = False, optional: bool = False) -> "Column[int]":
    """A reference to somebody, local or remote; their rows go when they go."""
    return Column(
        name,
        BigInteger,
        ForeignKey("people.id", ondelete="CASCADE"),
        primary_key=key,
        nullable=optional and not key,
        autoincrement=False,
    )


def post(name: str = "post_id", *, key: bool = False, optional: bool = False) -> "Column[int]":
    """A reference to a post."""
    return Column(
        name,
        BigInteger,
        ForeignKey("posts.id", ondelete="CASCADE"),
        primary_key=key,
        nullable=optional and not key,
        autoincrement=False,
    )
