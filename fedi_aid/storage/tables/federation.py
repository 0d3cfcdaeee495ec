"""What other servers sent, what we know of them, and what must never come back."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from fedi_aid.storage.tables.base import Json, Moment, metadata, row_id

# Every activity accepted into an inbox, once per id and receiver; the body goes when it has been understood.
received = Table(
    "received",
    metadata,
    row_id(),
    Column("uri", Text, nullable=False),
    Column("actor_uri", Text, nullable=False),
    Column("inbox_of", BigInteger, nullable=False, default=0),  # 0 = shared inbox
    Column("kind", Text, nullable=False),
    Column("body", LargeBinary),
    Column("signer_uri", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    # The signer is part of it: who replays a genuine activity first must not keep the real one out.
    Index("uq_received_uri_inbox_of", "uri", "inbox_of", "signer_uri", unique=True),
    Index("ix_received_created_at", "created_at"),
)

# What we sent and may be asked for again: the id of an outgoing activity and what it was about.
activities = Table(
    "activities",
    metadata,
    Column("uri", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("actor_id", BigInteger, nullable=False),
    Column("object_id", BigInteger),
    Column("body", LargeBinary),
    Column("created_at", Moment, nullable=False),
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("uri", Text, primary_key=True),
    Column("actor_uri", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
)

hosts = Table(
    "hosts",
    metadata,
    Column("domain", Text, primary_key=True),
    Column("software", Text),
    Column("version", Text),
    Column("fedi_aid", Integer, nullable=False, default=0, server_default="0"),
    Column("dialect", Text),  # the kind of signature that last worked,
    Column("dialect_until", Moment),  # and until when that is believed
    Column("details", Json),
    Column("checked_at", Moment),
    Column("failures", Integer, nullable=False, default=0, server_default="0"),
    Column("open_until", Moment),  # the breaker: nothing is sent before
    Column("last_success_at", Moment),
    Column("first_failure_at", Moment),
    Column("clock_ahead", Integer),  # seconds, when it was more than a little; looked at then
    Column("clock_at", Moment),
)

# Which form of a post a peer was sent, so that edits and removals follow it.
deliveries = Table(
    "deliveries",
    metadata,
    Column("post_id", BigInteger, primary_key=True, autoincrement=False),
    Column("person_id", BigInteger, primary_key=True, autoincrement=False),
    Column("form", Text, nullable=False),  # whole, projection, direct
    Column("state", Text, nullable=False),  # waiting, delivered, refused
    Column("why", Text),
    Column("updated_at", Moment, nullable=False),
    Column("projection", Text, unique=True),
)

key_misses = Table(
    "key_misses",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("until", Moment, nullable=False),
)
