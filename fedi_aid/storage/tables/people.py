"""People, local and remote in one table, and what only local members have."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text, UniqueConstraint

from fedi_aid.storage.tables.base import Json, Moment, metadata, person, row_id

people = Table(
    "people",
    metadata,
    row_id(),
    Column("uri", Text, nullable=False, unique=True),
    Column("username", Text, nullable=False),
    # "" for our own people: a UNIQUE with NULL would not bite.
    Column("domain", Text, nullable=False, default="", server_default=""),
    Column("kind", Text, nullable=False, default="person", server_default="person"),
    Column("display_name", Text, nullable=False, default="", server_default=""),
    Column("bio", Text, nullable=False, default="", server_default=""),  # sanitised HTML
    Column("url", Text, nullable=False, default="", server_default=""),
    Column("avatar_url", Text),
    Column("header_url", Text),
    # what these pictures show, in words
    Column("avatar_alt", Text, nullable=False, default="", server_default=""),
    Column("header_alt", Text, nullable=False, default="", server_default=""),
    Column("fields", Json),
    Column("locked", Boolean, nullable=False, default=True),
    Column("discoverable", Boolean, nullable=False, default=False),
    Column("public_key_pem", Text),
    Column("public_key_id", Text),
    Column("ed25519_multikey", Text),
    Column("ed25519_key_id", Text),
    Column("inbox", Text),
    Column("shared_inbox", Text),
    Column("followers_uri", Text),
    Column("featured_uri", Text),
    Column("help_uri", Text),  # where friends' servers may ask what they can help with
    Column("implements", Json),
    Column("also_known_as", Json),
    Column("moved_to", Text),
    Column("moved_at", Moment),
    # what somebody's own server says of them
    Column("indexable", Boolean),
    Column("memorial", Boolean),
    Column("suspended_there", Boolean),
    Column("emojis", Json),
    Column("featured_at", Moment),  # when their pinned posts were last looked up
    Column("created_at", Moment, nullable=False),
    Column("fetched_at", Moment),
    # known by what a friend carried alone, and not looked up yet (RULES R20)
    Column("vouched_at", Moment),
    Column("suspended_at", Moment),
    # "domain": it came with a rule about their server, and goes with it; "self": they left; "final"
    Column("suspended_with", Text),
    Column("limited_at", Moment),
    Column("limited_with", Text),
    Column("sensitive_at", Moment),  # all their posts are shown as sensitive
    Column("purged_at", Moment),
    Column("deleted_at", Moment),
    UniqueConstraint("username", "domain"),
    Index("ix_people_domain", "domain"),
    Index("ix_people_public_key_id", "public_key_id"),
)

members = Table(
    "members",
    metadata,
    person("person_id", key=True),
    Column("email", Text, nullable=False, unique=True),
    Column("password_hash", Text),
    Column("role", Text, nullable=False, default="member", server_default="member"),
    Column("state", Text, nullable=False, default="active", server_default="active"),
    Column("locale", Text, nullable=False, default="en", server_default="en"),
    Column("time_zone", Text, nullable=False, default="UTC", server_default="UTC"),
    Column("rsa_private_pem", Text, nullable=False),
    Column("ed25519_private_pem", Text, nullable=False),
    Column("former_rsa_private_pem", Text),  # signs the news of the change, and nothing else
    Column("keys_changed_at", Moment),
    Column("bio_source", Text, nullable=False, default="", server_default=""),
    Column("fields_source", Json),
    Column("default_intimacy", Integer, nullable=False, default=2, server_default="2"),
    Column("default_sensitive", Boolean, nullable=False, default=False),
    Column("default_language", Text),
    # butler and requests: how often, when, and what it may do in my name
    Column("weekly_budget", Integer, nullable=False, default=3, server_default="3"),
    Column("quiet_from", Integer, nullable=False, default=21, server_default="21"),
    Column("quiet_until", Integer, nullable=False, default=8, server_default="8"),
    Column("carry_consent", Text, nullable=False, default="ask", server_default="ask"),
    Column("accepts_carried", Boolean, nullable=False, default=True),
    Column("silent_refusals", Boolean, nullable=False, default=False, server_default="0"),
    Column("paused_until", Moment),
    Column("butler_silent", Boolean, nullable=False, default=False),
    Column("next_card_at", Moment),  # when the butler may next write to them unasked
    Column("daily_ration", Integer),
    Column("plain_confidants", Boolean, nullable=False, default=False),
    Column("show_counts", Boolean, nullable=False, default=False),
    Column("show_friends", Boolean, nullable=False, default=False, server_default="0"),
    Column("charter_version", Text),
    Column("word_to_moderators", Text),
    Column("preferences", Json),
    Column("created_at", Moment, nullable=False),
    Column("last_seen_at", Moment),
    Column("password_changed_at", Moment),
    Index("ix_members_next_card_at", "next_card_at"),
)

# What somebody can help with and accepts; of people elsewhere what their server told us, with `fetched_at`.
help_profiles = Table(
    "help_profiles",
    metadata,
    person("person_id", key=True),
    Column("languages", Json),
    Column("kinds", Json),  # of help they accept to be asked for; none: any
    Column("only_through", Json),  # ids of the friends by whom alone requests may be carried to them
    Column("availability", Text, nullable=False, default="", server_default=""),
    # nobody, friends, everybody
    Column("shown_to", Text, nullable=False, default="friends", server_default="friends"),
    Column("shared_with_friends_servers", Boolean, nullable=False, default=False),
    Column("paused", Boolean, nullable=False, default=False, server_default="0"),
    Column("fetched_at", Moment),
    Column("updated_at", Moment, nullable=False),
)

# `skill` is folded as the hashtag that says it, `label` is how it was written.
skills = Table(
    "skills",
    metadata,
    person("person_id", key=True),
    Column("skill", Text, primary_key=True),
    Column("label", Text, nullable=False, default="", server_default=""),
    Column("declared", Boolean, nullable=False, default=True),
    Column("not_my_thing", Integer, nullable=False, default=0, server_default="0"),
)

# What one vouches for of another: `name` is folded like a skill.
endorsements = Table(
    "endorsements",
    metadata,
    row_id(),
    Column("uri", Text, unique=True),
    person("from_id"),
    person("to_id"),
    Column("kind", Text, nullable=False, default="skill", server_default="skill"),  # skill, value, quality
    Column("name", Text, nullable=False),
    Column("label", Text, nullable=False, default="", server_default=""),
    Column("word", Text, nullable=False, default="", server_default=""),
    Column("state", Text, nullable=False, default="offered", server_default="offered"),  # accepted, declined
    Column("shown", Boolean, nullable=False, default=True),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("from_id", "to_id", "kind", "name"),
    Index("ix_endorsements_to_id", "to_id"),
)

# "Thank you for …": said to somebody who helped; `name` and `label` as of a skill, empty for no skill.
thanks = Table(
    "thanks",
    metadata,
    row_id(),
    Column("uri", Text, nullable=False, unique=True),
    person("from_id"),
    person("to_id"),
    Column("post_id", BigInteger),
    Column("name", Text, nullable=False, default="", server_default=""),
    Column("label", Text, nullable=False, default="", server_default=""),
    Column("word", Text, nullable=False, default="", server_default=""),
    Column("created_at", Moment, nullable=False),
    Index("ix_thanks_to_id", "to_id"),
)

# Follower figures of people elsewhere, as their own servers say them, at most one row a day; empty for a day
# on which the server said none.
follower_figures = Table(
    "follower_figures",
    metadata,
    person("person_id", key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("followers", Integer),
    Column("following", Integer),
)

invites = Table(
    "invites",
    metadata,
    row_id(),
    Column("code", Text, nullable=False, unique=True),
    person("made_by", optional=True),
    Column("uses_left", Integer, nullable=False, default=1),
    Column("expires_at", Moment),
    Column("created_at", Moment, nullable=False),
)

email_words = Table(
    "email_words",
    metadata,
    row_id(),
    person("person_id"),
    Column("purpose", Text, nullable=False),
    Column("code_hash", Text, nullable=False, unique=True),
    Column("expires_at", Moment, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
)
