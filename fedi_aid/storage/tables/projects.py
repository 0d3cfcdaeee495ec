"""Projects, the causes they serve, their goals, their team and counsel."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from fedi_aid.storage.tables.base import Moment, metadata, person, row_id

projects = Table(
    "projects",
    metadata,
    row_id(),
    Column("uri", Text, nullable=False, unique=True),
    person("owner_id"),
    Column("slug", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False, default="", server_default=""),
    Column("picture_media_id", BigInteger),
    Column("kind", Text, nullable=False, default="personal", server_default="personal"),
    Column("shown_to_level", Integer, nullable=False, default=2, server_default="2"),
    Column("state", Text, nullable=False, default="open", server_default="open"),
    Column("created_at", Moment, nullable=False),
    Column("touched_at", Moment, nullable=False),
    Index("uq_projects_owner_id_slug", "owner_id", "slug", unique=True),
)

project_people = Table(
    "project_people",
    metadata,
    Column("project_id", BigInteger, primary_key=True, autoincrement=False),
    person("person_id", key=True),
    Column("role", Text, primary_key=True),  # team, counsel
    Column("state", Text, nullable=False),  # invited, accepted, declined, resting
    Column("uri", Text),
    Column("created_at", Moment, nullable=False),
)

goals = Table(
    "goals",
    metadata,
    row_id(),
    Column("project_id", BigInteger, nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("due_at", Moment),
    Column("reached_at", Moment),
    Column("touched_at", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
)

causes = Table(
    "causes",
    metadata,
    row_id(),
    Column("tag", Text, nullable=False, unique=True),  # folded
    Column("name", Text, nullable=False),
    Column("same_as_id", BigInteger),
    Column("created_at", Moment, nullable=False),
)

project_causes = Table(
    "project_causes",
    metadata,
    Column("project_id", BigInteger, primary_key=True, autoincrement=False),
    Column("cause_id", BigInteger, primary_key=True, autoincrement=False),
)

person_causes = Table(
    "person_causes",
    metadata,
    person("person_id", key=True),
    Column("cause_id", BigInteger, primary_key=True, autoincrement=False),
)

stories = Table(
    "stories",
    metadata,
    row_id(),
    person("author_id"),
    Column("project_id", BigInteger),
    Column("title", Text, nullable=False),
    Column("shown_to_level", Integer, nullable=False),
    Column("published_at", Moment),
    Column("created_at", Moment, nullable=False),
)

story_parts = Table(
    "story_parts",
    metadata,
    Column("story_id", BigInteger, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("post_id", BigInteger),
    Column("text", Text),
    Column("consent", Text),  # asked, given, refused: the person quoted is told first
)
