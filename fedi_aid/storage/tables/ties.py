"""What ties people, and what keeps them apart. A friendship is two accepted follows."""

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text, UniqueConstraint

from fedi_aid.storage.tables.base import Moment, metadata, person, row_id

follows = Table(
    "follows",
    metadata,
    row_id(),
    person("from_id"),
    person("to_id"),
    # asked, accepted, refused; a refusal is final until the refuser reopens it (RULES R26)
    Column("state", Text, nullable=False),
    Column("uri", Text, unique=True),
    Column("word", Text, nullable=False, default="", server_default=""),
    Column("created_at", Moment, nullable=False),
    Column("accepted_at", Moment),
    Column("show_boosts", Boolean, nullable=False, default=True),
    Column("notify", Boolean, nullable=False, default=False),
    UniqueConstraint("from_id", "to_id"),
    Index("ix_follows_to_id_state", "to_id", "state"),
)

blocks = Table(
    "blocks",
    metadata,
    person("from_id", key=True),
    person("to_id", key=True),
    Column("uri", Text),
    Column("created_at", Moment, nullable=False),
    Column("between_friends", Boolean, nullable=False, default=False, server_default="0"),  # before
    Index("ix_blocks_to_id", "to_id"),
)

mutes = Table(
    "mutes",
    metadata,
    person("from_id", key=True),
    person("to_id", key=True),
    Column("notifications", Boolean, nullable=False, default=True),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Index("ix_mutes_to_id", "to_id"),
)

domain_mutes = Table(
    "domain_mutes",
    metadata,
    person("member_id", key=True),
    Column("domain", Text, primary_key=True),
    Column("created_at", Moment, nullable=False),
)

# "This person is close to me", the author's own word: it passes the gate at any level (RULES R9).
close_pins = Table(
    "close_pins",
    metadata,
    person("from_id", key=True),
    person("to_id", key=True),
    Column("created_at", Moment, nullable=False),
)

# People a member recommends on their profile.
recommended = Table(
    "recommended",
    metadata,
    row_id(),
    person("from_id"),
    person("to_id"),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("from_id", "to_id"),
    Index("ix_recommended_to_id", "to_id"),
)

# Whom a member does not want to be suggested again.
passed_over = Table(
    "passed_over",
    metadata,
    person("member_id", key=True),
    person("person_id", key=True),
    Column("created_at", Moment, nullable=False),
)

private_notes = Table(
    "private_notes",
    metadata,
    person("from_id", key=True),
    person("to_id", key=True),
    Column("text", Text, nullable=False),
)

# One row per pair, kind and day: who acted towards whom, how often.
contacts = Table(
    "contacts",
    metadata,
    person("from_id", key=True),
    person("to_id", key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, primary_key=True),
    Column("count", Integer, nullable=False, default=1),
    Index("ix_contacts_to_id_from_id", "to_id", "from_id"),
    Index("ix_contacts_day", "day"),
)

# A member here introduces two of their friends to each other. An answer that is not there and a no are the
# same to everybody but the one who gave it.
introductions = Table(
    "introductions",
    metadata,
    row_id(),
    person("by_id"),
    person("one_id"),
    person("other_id"),
    Column("one_uri", Text, unique=True),  # of the Offer, to somebody elsewhere
    Column("other_uri", Text, unique=True),
    Column("word", Text, nullable=False, default="", server_default=""),
    Column("one_accepted", Boolean),
    Column("other_accepted", Boolean),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("by_id", "one_id", "other_id"),
)

# The same for each of the two who lives here.
introduced = Table(
    "introduced",
    metadata,
    row_id(),
    Column("uri", Text, nullable=False, unique=True),
    person("member_id"),
    person("by_id"),
    person("other_id"),
    Column("word", Text, nullable=False, default="", server_default=""),
    Column("state", Text, nullable=False),  # offered, accepted, declined, made
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("member_id", "by_id", "other_id"),
)

# How often a member went towards somebody lately: wishes for friendship, introductions, endorsements, thanks.
approaches = Table(
    "approaches",
    metadata,
    row_id(),
    person("member_id"),
    Column("kind", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index("ix_approaches_member_id_created_at", "member_id", "created_at"),
)

# Friends whose requests a member carries without being asked each time.
always_carried = Table(
    "always_carried",
    metadata,
    person("member_id", key=True),
    person("person_id", key=True),
)

lists = Table(
    "lists",
    metadata,
    row_id(),
    person("owner_id"),
    Column("title", Text, nullable=False),
    Column("replies_policy", Text, nullable=False, default="list", server_default="list"),
    Column("exclusive", Boolean, nullable=False, default=False),
    Column("created_at", Moment, nullable=False),
    Index("ix_lists_owner_id", "owner_id"),
)

list_people = Table(
    "list_people",
    metadata,
    Column("list_id", lists.c.id.type, primary_key=True, autoincrement=False),
    person("person_id", key=True),
)
