"""Posts and what hangs on them. `audiences` is the access list: no row, no post."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from fedi_aid.storage.tables.base import Json, Moment, metadata, person, post, row_id

posts = Table(
    "posts",
    metadata,
    row_id(),
    Column("uri", Text, nullable=False, unique=True),
    Column("url", Text),
    person("author_id"),
    # public, unlisted and followers come from peers or, public, from here where the instance allows it;
    # chosen = the engine chose; direct = those named; butler = between one member and the butler
    Column("reach", Text, nullable=False),
    Column("intimacy", Integer),
    Column("text", Text, nullable=False, default="", server_default=""),  # what the author typed
    Column("html", Text, nullable=False, default="", server_default=""),
    Column("summary", Text, nullable=False, default="", server_default=""),
    Column("sensitive", Boolean, nullable=False, default=False),
    Column("language", Text),
    Column("reply_to_id", BigInteger),
    Column("reply_to_uri", Text),
    Column("reply_to_person_id", BigInteger),
    Column("thread_id", BigInteger, nullable=False),
    Column("thread_uri", Text),  # the collection it says it belongs to; that of our threads is ours
    Column("replies_uri", Text),  # where its author's server lists what answers it
    Column("completed_at", Moment),  # when its thread was last completed from other servers
    Column("project_id", BigInteger),
    Column("project_name", Text),
    Column("sphere_id", BigInteger),
    Column("help_flag", Boolean),
    Column("revision", Integer, nullable=False, default=1, server_default="1"),
    Column("offers_help", Boolean, nullable=False, default=False),
    Column("app_id", BigInteger),
    # its author declares to be paid for it, or to gain by it, and in what words
    Column("paid", Boolean, nullable=False, default=False),
    Column("interest", Text, nullable=False, default="", server_default=""),
    Column("created_at", Moment, nullable=False),
    Column("edited_at", Moment),
    Column("deleted_at", Moment),
    Column("emojis", Json),  # little pictures of its author's server, by their short names
    # shown on a carrier's word, its author's proof not checked yet (RULES R20)
    Column("vouched_at", Moment),
    Column("held_until", Moment),  # levels 3-4 from a stock client wait for the author (RULES R14)
    Column(
        "signed_activity", LargeBinary
    ),  # the latest Create or Update with the author's proof, byte for byte
    Index("ix_posts_author_id_id", "author_id", "id"),
    Index("ix_posts_thread_id", "thread_id"),
    Index("ix_posts_thread_uri", "thread_uri"),
    Index("ix_posts_reply_to_id", "reply_to_id"),
    Index("ix_posts_project_id_id", "project_id", "id"),
    Index("ix_posts_reach_id", "reach", "id"),
)

audiences = Table(
    "audiences",
    metadata,
    post(key=True),
    person("person_id", key=True),
    # chosen, asked, named (mentioned, direct), reply, carried, follower
    Column("kind", Text, nullable=False),
    Column("circle", Integer, nullable=False, default=1, server_default="1"),
    Column("reasons", Json),
    Column("score", Float),
    # Names this recipient's projection and media; dead when the row ends. 128 random bits, which nothing is
    # looked up by: a unique index would be a page at a random place for each reader of each post.
    Column("opaque", Text, nullable=False),
    Column("since_revision", Integer, nullable=False, default=1, server_default="1"),
    Column("created_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Index("ix_audiences_person_id_post_id", "person_id", "post_id"),
)

# Who asked not to be in the audience of one post, or of every post of the author.
audience_corrections = Table(
    "audience_corrections",
    metadata,
    person("author_id", key=True),
    person("person_id", key=True),
    Column("post_id", BigInteger, primary_key=True, autoincrement=False),  # 0 = always
    Column("kind", Text, nullable=False),  # removed, wrong_person, added
    Column("created_at", Moment, nullable=False),
)

post_mentions = Table(
    "post_mentions",
    metadata,
    post(key=True),
    person("person_id", key=True),
    Index("ix_post_mentions_person_id", "person_id"),
)

post_tags = Table(
    "post_tags",
    metadata,
    post(key=True),
    Column("tag", Text, primary_key=True),  # folded
    Column("name", Text, nullable=False),
    Index("ix_post_tags_tag_post_id", "tag", "post_id"),
)

post_edits = Table(
    "post_edits",
    metadata,
    row_id(),
    post(),
    Column("revision", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("sensitive", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index("ix_post_edits_post_id", "post_id"),
)

favourites = Table(
    "favourites",
    metadata,
    row_id(),
    post(),
    person("person_id"),
    Column("uri", Text),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("post_id", "person_id"),
    Index("ix_favourites_person_id_id", "person_id", "id"),
)

# A boost of a public post, or a carried request as its reader sees it (`for_id` = that reader alone).
boosts = Table(
    "boosts",
    metadata,
    row_id(),
    Column("uri", Text, nullable=False, unique=True),
    post(),
    person("person_id"),
    person("for_id", optional=True),
    Column("created_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Index("ix_boosts_post_id", "post_id"),
    Index("ix_boosts_person_id_id", "person_id", "id"),
)

bookmarks = Table(
    "bookmarks",
    metadata,
    row_id(),
    post(),
    person("person_id"),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("post_id", "person_id"),
    Index("ix_bookmarks_person_id_id", "person_id", "id"),
)

pinned_posts = Table(
    "pinned_posts",
    metadata,
    person("person_id", key=True),
    post(key=True),
    Column("created_at", Moment, nullable=False),
)

thread_mutes = Table(
    "thread_mutes",
    metadata,
    person("person_id", key=True),
    Column("thread_id", BigInteger, primary_key=True, autoincrement=False),
)

media = Table(
    "media",
    metadata,
    row_id(),
    person("owner_id"),
    Column("post_id", BigInteger, index=True),
    Column("scheduled_id", BigInteger),  # kept for a post that waits for its hour
    Column("position", Integer, nullable=False, default=0),
    # post (attached or to be), avatar, header
    Column("purpose", Text, nullable=False, default="post", server_default="post"),
    Column("kind", Text, nullable=False),  # image, video, audio, unknown
    Column("state", Text, nullable=False),  # received, working, ready, failed
    Column("content_type", Text, nullable=False, default="", server_default=""),
    Column("file", Text),
    Column("preview_file", Text),
    Column("remote_url", Text),
    Column("alt", Text, nullable=False, default="", server_default=""),
    Column("blurhash", Text),
    Column("meta", Json),
    Column("size", BigInteger, nullable=False, default=0),
    Column("digest", Text),
    Column("opaque", Text, nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
    Index("ix_media_owner_id_purpose", "owner_id", "purpose"),
)

polls = Table(
    "polls",
    metadata,
    row_id(),
    Column("post_id", BigInteger, nullable=False, unique=True),
    Column("options", Json, nullable=False),
    Column("counts", Json, nullable=False),
    Column("multiple", Boolean, nullable=False, default=False),
    Column("hide_totals", Boolean, nullable=False, default=False),
    Column("voters", Integer, nullable=False, default=0),
    Column("ends_at", Moment),
    Column("closed_at", Moment),
)

votes = Table(
    "votes",
    metadata,
    Column("poll_id", BigInteger, primary_key=True, autoincrement=False),
    person("person_id", key=True),
    Column("choice", Integer, primary_key=True, autoincrement=False),
    Column("uri", Text),
    Column("created_at", Moment, nullable=False),
)

# What a post from elsewhere says it quotes; shown once the quoted author's server has agreed.
quotes = Table(
    "quotes",
    metadata,
    post(key=True),
    Column("uri", Text, nullable=False),
    Column("stamp", Text, index=True),
    Column("state", Text, nullable=False),  # pending, accepted, revoked
    Column("quoted_id", BigInteger),
    Column("created_at", Moment, nullable=False),
)

scheduled_posts = Table(
    "scheduled_posts",
    metadata,
    row_id(),
    person("author_id"),
    Column("draft", Json, nullable=False),
    Column("due_at", Moment, nullable=False),
    Index("ix_scheduled_posts_due_at", "due_at"),
    Index("ix_scheduled_posts_author_id", "author_id"),
)

idempotency = Table(
    "idempotency",
    metadata,
    person("person_id", key=True),
    Column("key", Text, primary_key=True),
    Column("post_id", BigInteger, nullable=False),
    Column("created_at", Moment, nullable=False),
)
