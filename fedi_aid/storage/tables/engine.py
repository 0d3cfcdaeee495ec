"""What the audience engine keeps: spheres, map positions, outcomes, budgets spent."""

from sqlalchemy import BigInteger, Column, Float, Index, Integer, Table, Text

from fedi_aid.storage.tables.base import Json, Moment, metadata, person, row_id

spheres = Table(
    "spheres",
    metadata,
    row_id(),
    person("owner_id"),
    Column("name", Text, nullable=False, default="", server_default=""),
    Column("list_id", BigInteger),  # a sphere the member drew
    Column("updated_at", Moment, nullable=False),
    Index("ix_spheres_owner_id", "owner_id"),
)

map_places = Table(
    "map_places",
    metadata,
    person("owner_id", key=True),
    person("person_id", key=True),
    Column("sphere_id", BigInteger),
    Column("x", Float, nullable=False),
    Column("y", Float, nullable=False),
    Column("updated_at", Moment, nullable=False),
)

# Each ask with the terms of its score, and what came of it: what the coefficients are refitted on.
outcomes = Table(
    "outcomes",
    metadata,
    row_id(),
    Column("post_id", BigInteger, nullable=False),
    Column("person_id", BigInteger, nullable=False),
    Column("what", Text, nullable=False),  # shown, asked, answered, helped, wrong_person
    Column("terms", Json),
    Column("created_at", Moment, nullable=False),
    Index("ix_outcomes_post_id_person_id", "post_id", "person_id"),
)

# Interruptions spent on a person, ours by the butler or counted for a plain peer (RULES R21, R23).
interruptions = Table(
    "interruptions",
    metadata,
    row_id(),
    person("person_id"),
    Column("kind", Text, nullable=False),
    Column("post_id", BigInteger),
    Column("created_at", Moment, nullable=False),
    Index("ix_interruptions_person_id_created_at", "person_id", "created_at"),
)

coefficients = Table(
    "coefficients",
    metadata,
    row_id(),
    Column("values", Json, nullable=False),
    Column("state", Text, nullable=False),  # proposed, accepted, old
    Column("samples", Integer, nullable=False, default=0),
    Column("created_at", Moment, nullable=False),
)
