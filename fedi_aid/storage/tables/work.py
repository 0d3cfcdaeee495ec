"""Durable jobs: rows in the same database, written in the same transaction as what caused them."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from fedi_aid.storage.tables.base import Json, Moment, metadata, row_id

jobs = Table(
    "jobs",
    metadata,
    row_id(),
    Column("kind", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("args", Json, nullable=False),
    Column("state", Text, nullable=False),  # waiting, running, buried
    Column("due_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False, default=0, server_default="0"),
    Column("order_key", Text),  # jobs with the same key run one after the other, oldest first
    Column("once_key", Text),  # at most one waiting job with this key
    Column("host", Text),  # the peer it needs, for the breaker
    Column("sender", Text),  # the peer it came from: in a fair lane the senders take turns
    Column("turn", BigInteger, nullable=False, default=0, server_default="0"),
    Column("lease_until", Moment),
    Column("worker", Text),
    Column("last_error", Text),
    Column("created_at", Moment, nullable=False),
    Column("buried_at", Moment),
    Index("ix_jobs_lane_state_due_at", "lane", "state", "due_at"),
    Index("ix_jobs_lane_state_turn_id", "lane", "state", "turn", "id"),
    Index("ix_jobs_sender_state_turn", "sender", "state", "turn"),
    Index("ix_jobs_order_key_id", "order_key", "id"),
    Index("ix_jobs_host_id", "host", "id"),
    Index("uq_jobs_once_key", "once_key", unique=True),
)

periodic = Table(
    "periodic",
    metadata,
    Column("name", Text, primary_key=True),
    Column("last_run_at", Moment, nullable=False),
    Column("runs", BigInteger, nullable=False, default=0),
)
