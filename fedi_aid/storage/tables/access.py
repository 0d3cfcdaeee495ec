"""Who may act as whom: apps, codes, tokens, browser sessions, and the instance's own settings."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Table, Text

from fedi_aid.storage.tables.base import Json, Moment, metadata, person, row_id

apps = Table(
    "apps",
    metadata,
    row_id(),
    Column("client_id", Text, nullable=False, unique=True),
    Column("client_secret_hash", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("website", Text),
    Column("redirect_uris", Json, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
)

oauth_codes = Table(
    "oauth_codes",
    metadata,
    row_id(),
    Column("code_hash", Text, nullable=False, unique=True),
    Column("app_id", BigInteger, nullable=False),
    person("member_id"),
    Column("redirect_uri", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("challenge", Text),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
)

# Only a digest is kept: a leaked database opens nothing.
tokens = Table(
    "tokens",
    metadata,
    row_id(),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("app_id", BigInteger, nullable=False),
    person("member_id", optional=True),
    Column("code_id", BigInteger),
    Column("scopes", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("last_used_at", Moment),
    Column("revoked_at", Moment),
    Index("ix_tokens_member_id", "member_id"),
)

web_sessions = Table(
    "web_sessions",
    metadata,
    row_id(),
    Column("session_hash", Text, nullable=False, unique=True),
    person("member_id"),
    Column("csrf", Text, nullable=False),
    Column("agent", Text, nullable=False, default="", server_default=""),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
)

# A code from an app, asked for after the password.
second_factors = Table(
    "second_factors",
    metadata,
    Column("member_id", BigInteger, primary_key=True, autoincrement=False),
    Column("secret", Text, nullable=False),  # sealed
    Column("confirmed_at", Moment),  # None: shown, not in use yet
    Column("last_step", BigInteger, nullable=False, default=0, server_default="0"),  # used up
    Column("recovery", Json, nullable=False),  # digests of the codes not used yet
    Column("created_at", Moment, nullable=False),
)

instance_settings = Table(
    "instance_settings",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Json),
    Column("secret", Boolean, nullable=False, default=False),
    Column("updated_at", Moment, nullable=False),
)
