"""Projects, the causes they serve, their goals, their team and counsel."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text

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
    Column("state", Text, nullable=False, default="open", server_default="open"),  # open, closed
    Column("closed_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("touched_at", Moment, nullable=False),  # when something was last written in its logbook
    Index("uq_projects_owner_id_slug", "owner_id", "slug", unique=True),
)

# Who was invited to the team or the counsel of a project; of a project elsewhere, members here alone.
project_people = Table(
    "project_people",
    metadata,
    Column("project_id", BigInteger, primary_key=True, autoincrement=False),
    person("person_id", key=True),
    Column("role", Text, primary_key=True),  # team, counsel
    # invited, accepted, declined, resting, left, removed, shut: see storage.places
    Column("state", Text, nullable=False),
    Column("uri", Text),  # of the Invite
    Column("id", BigInteger),
    Column("word", Text, nullable=False, default="", server_default=""),
    Column("created_at", Moment, nullable=False),
    Column("answered_at", Moment),
    Index("ix_project_people_id", "id", unique=True),
    Index("ix_project_people_uri", "uri"),
    Index("ix_project_people_person_id", "person_id"),
)

goals = Table(
    "goals",
    metadata,
    row_id(),
    Column("project_id", BigInteger, nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("state", Text, nullable=False, default="open", server_default="open"),  # open, done, dropped
    Column("position", Integer, nullable=False, default=0, server_default="0"),
    Column("due_at", Moment),  # the beginning of a day, UTC
    Column("reached_at", Moment),
    Column("touched_at", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
)

# Causes that somebody named; what the vocabulary knows besides is model.causes. `offered`: an admin added it,
# so that it is offered to everybody; others are known to those alone who serve them.
causes = Table(
    "causes",
    metadata,
    row_id(),
    Column("tag", Text, nullable=False, unique=True),  # model.causes.key_of its name
    Column("name", Text, nullable=False),
    Column("name_fr", Text),
    Column("same_as_id", BigInteger),
    Column("offered", Boolean, nullable=False, default=False, server_default="0"),
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

# A member's story: posts of a project with text between them. Asked and published once it has those moments.
stories = Table(
    "stories",
    metadata,
    row_id(),
    person("author_id"),
    Column("project_id", BigInteger),
    Column("title", Text, nullable=False),
    Column("shown_to_level", Integer, nullable=False),  # of intimacy, or -1: everybody
    Column("asked_at", Moment),
    Column("published_at", Moment),
    Column("created_at", Moment, nullable=False),
    Index("ix_stories_author_id", "author_id"),
)

# `text` None: the post itself stands there. With a text, the story retells the post in its author's words.
story_parts = Table(
    "story_parts",
    metadata,
    Column("story_id", BigInteger, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("post_id", BigInteger),
    Column("text", Text),
)

# Whoever is quoted is asked first; `letter_id`: the butler's message that told them.
story_consents = Table(
    "story_consents",
    metadata,
    row_id(),
    Column("story_id", BigInteger, nullable=False),
    Column("post_id", BigInteger, nullable=False),
    person("person_id"),
    Column("state", Text, nullable=False),  # asked, given, refused
    Column("letter_id", BigInteger),
    Column("created_at", Moment, nullable=False),
    Column("answered_at", Moment),
    Index("uq_story_consents_story_id_post_id", "story_id", "post_id", unique=True),
    Index("ix_story_consents_person_id", "person_id"),
)
