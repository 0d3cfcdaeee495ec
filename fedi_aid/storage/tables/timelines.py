"""What waits for a member: home entries, notifications, read marks, filters."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from fedi_aid.storage.tables.base import Json, Moment, metadata, person, post, row_id

home_entries = Table(
    "home_entries",
    metadata,
    person("member_id", key=True),
    # the id clients page by: the post's own, or the boost's
    Column("entry_id", BigInteger, primary_key=True, autoincrement=False),
    post(),
    Column("boost_id", BigInteger),
    Column("created_at", Moment, nullable=False),
    Index("ix_home_entries_post_id", "post_id"),
)

notifications = Table(
    "notifications",
    metadata,
    row_id(),
    person("member_id"),
    Column("kind", Text, nullable=False),
    person("from_id"),
    # 0 for none; with a minus, the id of what is no post: a report, a decision, a severance
    Column("post_id", BigInteger),
    Column("stranger", Boolean, nullable=False, default=False),  # waits in requests (PRODUCT S2)
    Column("group_key", Text, nullable=False, default="", server_default=""),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("member_id", "kind", "from_id", "post_id"),
    Index("ix_notifications_member_id_id", "member_id", "id"),
    Index("ix_notifications_post_id", "post_id"),
)

# How a member wants to hear of people they do not follow; no row means the defaults of model.notices.
notice_policies = Table(
    "notice_policies",
    metadata,
    person("member_id", key=True),
    # show, wait, drop
    Column("not_following", Text, nullable=False),
    Column("not_followers", Text, nullable=False),
    Column("new_accounts", Text, nullable=False),
    Column("private_mentions", Text, nullable=False),
    Column("limited_accounts", Text, nullable=False),
)

# Strangers whom a member let in: they never wait again.
welcomed = Table(
    "welcomed",
    metadata,
    person("member_id", key=True),
    person("person_id", key=True),
    Column("created_at", Moment, nullable=False),
)

markers = Table(
    "markers",
    metadata,
    person("member_id", key=True),
    Column("timeline", Text, primary_key=True),
    Column("last_read_id", BigInteger, nullable=False),
    Column("version", Integer, nullable=False, default=1),
    Column("updated_at", Moment, nullable=False),
)

conversations = Table(
    "conversations",
    metadata,
    row_id(),
    person("member_id"),
    Column("thread_id", BigInteger, nullable=False),
    Column("last_post_id", BigInteger, nullable=False),
    Column("unread", Boolean, nullable=False, default=True),
    UniqueConstraint("member_id", "thread_id"),
)

filters = Table(
    "filters",
    metadata,
    row_id(),
    person("member_id"),
    Column("title", Text, nullable=False),
    Column("contexts", Json, nullable=False),
    Column("action", Text, nullable=False, default="warn", server_default="warn"),
    Column("expires_at", Moment),
    Index("ix_filters_member_id", "member_id"),
)


def _filter() -> "Column[int]":
    return Column(
        "filter_id", BigInteger, ForeignKey("filters.id", ondelete="CASCADE"), nullable=False, index=True
    )


filter_keywords = Table(
    "filter_keywords",
    metadata,
    row_id(),
    _filter(),
    Column("keyword", Text, nullable=False),
    Column("whole_word", Boolean, nullable=False, default=True),
)

filter_posts = Table(
    "filter_posts",
    metadata,
    row_id(),
    _filter(),
    post(),
)

followed_tags = Table(
    "followed_tags",
    metadata,
    row_id(),
    person("member_id"),
    Column("tag", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("featured", Boolean, nullable=False, default=False),
    Column("followed", Boolean, nullable=False, default=True),
    UniqueConstraint("member_id", "tag"),
    Index("ix_followed_tags_tag", "tag"),
)

announcements = Table(
    "announcements",
    metadata,
    row_id(),
    Column("html", Text, nullable=False),
    Column("starts_at", Moment),
    Column("ends_at", Moment),
    Column("published_at", Moment),
    Column("created_at", Moment, nullable=False),
)

announcement_reads = Table(
    "announcement_reads",
    metadata,
    Column("announcement_id", BigInteger, primary_key=True, autoincrement=False),
    person("member_id", key=True),
    Column("read_at", Moment),
)

announcement_reactions = Table(
    "announcement_reactions",
    metadata,
    Column("announcement_id", BigInteger, primary_key=True, autoincrement=False),
    person("member_id", key=True),
    Column("name", Text, primary_key=True),
    Column("created_at", Moment, nullable=False),
)

push_subscriptions = Table(
    "push_subscriptions",
    metadata,
    row_id(),
    Column("token_id", BigInteger, nullable=False, unique=True),
    person("member_id"),
    Column("endpoint", Text, nullable=False),
    Column("p256dh", Text, nullable=False),
    Column("auth", Text, nullable=False),
    Column("alerts", Json, nullable=False),
    Column("policy", Text, nullable=False, default="all", server_default="all"),
    Column("standard", Boolean, nullable=False, default=False),
    Column("sealed_token", Text, nullable=False, default="", server_default=""),
    Column("created_at", Moment, nullable=False),
    Index("ix_push_subscriptions_member_id", "member_id"),
)

# More of one's home than the day's ration: asked for so many times on this day (UTC).
second_helpings = Table(
    "second_helpings",
    metadata,
    person("member_id", key=True),
    Column("day", Integer, nullable=False),
    Column("times", Integer, nullable=False),
)
