"""What the audience engine keeps: spheres, map positions, weights of ties, outcomes, budgets spent."""

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, Table, Text

from fedi_aid.storage.tables.base import Json, Moment, metadata, person, post, row_id

spheres = Table(
    "spheres",
    metadata,
    row_id(),
    person("owner_id"),
    Column("name", Text, nullable=False, default="", server_default=""),
    # a sphere the member drew: the id of the row itself; a list into which the sphere was merged: another's
    Column("list_id", BigInteger),
    # What it is called where the member gave it no name, before any language.
    Column("label_kind", Text, nullable=False, default="people", server_default="people"),
    Column("label", Text, nullable=False, default="", server_default=""),
    Column("hidden", Boolean, nullable=False, default=False, server_default="0"),
    # Its turn around the map, and the angle of its middle when it was last drawn, in degrees.
    Column("position", Integer, nullable=False, default=0, server_default="0"),
    Column("angle", Float),
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

# How much each member here did lately towards each of their friends, and the sum of it; made anew every day
# from the contacts. Nobody is shown a row.
tie_weights = Table(
    "tie_weights",
    metadata,
    person("from_id", key=True),
    person("to_id", key=True),
    Column("weight", Float, nullable=False),
    Index("ix_tie_weights_to_id", "to_id"),
)

tie_sums = Table(
    "tie_sums",
    metadata,
    person("person_id", key=True),
    Column("total", Float, nullable=False),
    Column("renewed_at", Moment, nullable=False),
    Index("ix_tie_sums_renewed_at", "renewed_at"),
)

# What two steps along these weights lead to: from a member here to a friend, where it is more than the floor.
spreads = Table(
    "spreads",
    metadata,
    person("from_id", key=True),
    person("to_id", key=True),
    Column("spread", Float, nullable=False),
    Index("ix_spreads_to_id", "to_id"),
)

# That an author's circle is as it was when it was measured: taken away by triggers (storage/circles.py).
circle_stamps = Table(
    "circle_stamps",
    metadata,
    person("person_id", key=True),
    Column("stamp", BigInteger, nullable=False),
)

# What a post launched from the map was aimed at; sphere 0 stands for people who are in none.
launches = Table(
    "launches",
    metadata,
    post(key=True),
    Column("sphere_id", BigInteger, primary_key=True, autoincrement=False),
    Column("weight", Float, nullable=False),
)

# Each ask and each quiet showing of a request with the terms of its score, and what came of it: what the
# coefficients are refitted on. Nobody is shown a row; post and person become 0 when it has served for them.
outcomes = Table(
    "outcomes",
    metadata,
    row_id(),
    Column("post_id", BigInteger, nullable=False),
    Column("person_id", BigInteger, nullable=False),
    Column("what", Text, nullable=False),  # shown, asked
    Column("level", Integer),
    Column("terms", Json),
    # accepted, helped, declined, wrong_person; asked (a showing that became an ask), moot (the need was gone
    # before anybody could answer); empty: silence
    Column("came", Text),
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

# What was learned from outcomes. At most one row is proposed, and at most one is accepted: the one in force.
coefficients = Table(
    "coefficients",
    metadata,
    row_id(),
    Column("values", Json, nullable=False),
    Column("state", Text, nullable=False),  # proposed, accepted, old
    Column("samples", Integer, nullable=False, default=0),
    Column("helped", Integer, nullable=False, default=0, server_default="0"),
    Column("loss_before", Float),
    Column("loss_after", Float),
    Column("decided_by", Text, nullable=False, default="", server_default=""),
    Column("decided_at", Moment),
    Column("created_at", Moment, nullable=False),
)
