"""`among(column, "ids")`: the column is one of the ids bound under that name, however many there are.

The text of the statement is the same for one id and for a thousand, so that it is made, compiled and prepared
once; SQLAlchemy's `in_` writes another text for each number of ids.
"""

from typing import Any

import msgspec
from sqlalchemy import ARRAY, BigInteger, ColumnElement, Text, bindparam
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import FunctionElement
from sqlalchemy.types import TypeDecorator

# Whoever looks, in statements that are made once; `posts.visible_to` takes it too.
VIEWER: Any = bindparam("viewer", type_=BigInteger())


class _Ids(TypeDecorator[Any]):
    """An array on PostgreSQL, a text of JSON on SQLite, which has no arrays."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(ARRAY(BigInteger()) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        found = list(value or ())
        return found if dialect.name == "postgresql" else msgspec.json.encode(found).decode()


class _Words(_Ids):
    """The same of texts."""

    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(ARRAY(Text()) if dialect.name == "postgresql" else Text())


class _Among(FunctionElement[bool]):
    # No Boolean type: SQLAlchemy would compare it with 1 on SQLite, which then uses no index.
    inherit_cache = True
    name = "among"


def among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """SQL condition; the ids come as the bind `name`, a list, tuple or set."""
    return _Among(column, bindparam(name, type_=_Ids()))


def among_words(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """SQL condition; the texts come as the bind `name`, a list, tuple or set."""
    return _Among(column, bindparam(name, type_=_Words()))


@compiles(_Among, "sqlite")
def _on_sqlite(element: _Among, compiler: Any, **words: Any) -> str:
    column, ids = (compiler.process(one, **words) for one in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608 - both are SQLAlchemy's own texts


@compiles(_Among, "postgresql")
def _on_postgres(element: _Among, compiler: Any, **words: Any) -> str:
    column, ids = (compiler.process(one, **words) for one in element.clauses)
    return f"{column} = ANY ({ids})"
