"""Charter, reports, decisions with their reasons, appeals, rules about domains."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text

from fedi_aid.storage.tables.base import Json, Moment, metadata, person, row_id

charters = Table(
    "charters",
    metadata,
    Column("version", Text, primary_key=True),
    Column("rules", Json, nullable=False),
    Column("created_at", Moment, nullable=False),
)

reports = Table(
    "reports",
    metadata,
    row_id(),
    Column("uri", Text, unique=True),
    person("from_id"),
    person("about_id"),
    Column("post_ids", Json, nullable=False),
    Column("rule_ids", Json, nullable=False),
    Column("category", Text, nullable=False, default="other", server_default="other"),
    Column("comment", Text, nullable=False, default="", server_default=""),
    Column("forwarded", Boolean, nullable=False, default=False),
    Column("assigned_id", BigInteger),
    Column("closed_at", Moment),
    Column("closed_by", BigInteger),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment),
    Index("ix_reports_about_id", "about_id"),
    Index("ix_reports_from_id_about_id", "from_id", "about_id"),
)

decisions = Table(
    "decisions",
    metadata,
    row_id(),
    Column("report_id", BigInteger),
    person("about_id"),
    Column("by_id", BigInteger),
    Column("action", Text, nullable=False),  # model.moderation.Action
    Column("reason", Text, nullable=False),
    Column("rule_ids", Json, nullable=False),
    Column("post_ids", Json),
    Column("created_at", Moment, nullable=False),
    Column("lifted_at", Moment),
    Index("ix_decisions_about_id", "about_id"),
)

appeals = Table(
    "appeals",
    metadata,
    row_id(),
    Column("decision_id", BigInteger, nullable=False, unique=True),
    Column("text", Text, nullable=False),
    Column("answer", Text),
    Column("answered_by", BigInteger),
    Column("accepted", Boolean),
    Column("created_at", Moment, nullable=False),
    Column("answered_at", Moment),
)

moderator_views = Table(
    "moderator_views",
    metadata,
    row_id(),
    Column("moderator_id", BigInteger, nullable=False),
    Column("post_id", BigInteger),
    Column("report_id", BigInteger),
    Column("created_at", Moment, nullable=False),
)

# Who did what, when. The public log is drawn from it, without names.
moderation_log = Table(
    "moderation_log",
    metadata,
    row_id(),
    Column("by_id", BigInteger),  # empty: the command line, or the clock
    Column("what", Text, nullable=False),  # model.moderation.Deed
    Column("about_id", BigInteger),
    Column("subject", Text, nullable=False, default="", server_default=""),
    Column("details", Json),
    Column("created_at", Moment, nullable=False),
)

# What a decision cut between one member and others, for that member's eyes: it is told once and is final.
severances = Table(
    "severances",
    metadata,
    row_id(),
    person("member_id"),
    Column("kind", Text, nullable=False),  # domain, account
    Column("target", Text, nullable=False),
    Column("followed", Json, nullable=False),  # handles
    Column("followers", Json, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index("ix_severances_member_id", "member_id"),
)

domain_rules = Table(
    "domain_rules",
    metadata,
    Column("domain", Text, primary_key=True),
    Column("id", BigInteger, unique=True),
    Column("severity", Text, nullable=False),  # allow, none, limit, suspend
    Column("reject_media", Boolean, nullable=False, default=False),
    Column("reject_reports", Boolean, nullable=False, default=False),
    Column("obfuscate", Boolean, nullable=False, default=False, server_default="0"),
    Column("public_comment", Text, nullable=False, default="", server_default=""),
    Column("private_comment", Text, nullable=False, default="", server_default=""),
    Column("created_at", Moment, nullable=False),
)

entry_rules = Table(
    "entry_rules",
    metadata,
    row_id(),
    Column("kind", Text, nullable=False),  # email_domain, ip, canonical_email
    Column("value", Text, nullable=False),
    Column("severity", Text, nullable=False, default="block", server_default="block"),
    Column("comment", Text, nullable=False, default="", server_default=""),
    Column("expires_at", Moment),
    Column("created_at", Moment, nullable=False),
    Index("uq_entry_rules_kind_value", "kind", "value", unique=True),
)

daily_counts = Table(
    "daily_counts",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("what", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
)
