"""Help requests, whom they were put to, who offered, and the two sides of a carry."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from fedi_aid.storage.tables.base import Json, Moment, metadata, person, post, row_id

# One row per raised flag of a member here; the flag itself also stands on the post.
requests = Table(
    "requests",
    metadata,
    post(key=True),
    person("author_id"),
    Column("state", Text, nullable=False),  # open, asleep, paused, lowered
    Column("outcome", Text),  # solved, withdrawn, no_longer_needed
    Column("urgency", Text, nullable=False, default="normal", server_default="normal"),
    Column("helpers_needed", Integer, nullable=False, default=1, server_default="1"),
    Column("wave", Integer, nullable=False, default=0, server_default="0"),
    Column("reoffered", Boolean, nullable=False, default=False),
    Column("raised_at", Moment, nullable=False),
    Column("lowered_at", Moment),
    Column("due_at", Moment),  # when the butler looks at it next; empty when there is nothing to do
    Column("checked_in_at", Moment),
    Column("checkins", Integer, nullable=False, default=0, server_default="0"),
    Column("widening_agreed", Boolean),
    Column("heard_at", Moment),  # when its author last spoke of it
    Column("rests_until", Moment),  # a pause with an end
    Index("ix_requests_due_at", "due_at"),
    Index("ix_requests_author_id", "author_id"),
)

request_log = Table(
    "request_log",
    metadata,
    row_id(),
    post(),
    Column("what", Text, nullable=False),
    Column("by_id", BigInteger),
    Column("details", Json),
    Column("created_at", Moment, nullable=False),
    Index("ix_request_log_post_id_id", "post_id", "id"),
)

# The author's side: a person asked by name to help, or asked to carry. Silence is a state nobody is shown.
asks = Table(
    "asks",
    metadata,
    row_id(),
    Column("uri", Text, nullable=False, unique=True),
    post(),
    person("person_id"),
    Column("kind", Text, nullable=False),  # help, carry
    Column("state", Text, nullable=False),  # open, accepted, refused, freed, withdrawn
    Column("wave", Integer, nullable=False, default=0),
    Column("reasons", Json),
    Column("score_terms", Json),  # empty from now on: what is learned from is in `outcomes`
    Column("ticket", LargeBinary),  # carry: the signed ticket's bytes
    Column("ticket_uri", Text, unique=True),
    Column("ticket_ends_at", Moment),
    Column("reoffered_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("closed_at", Moment),
    UniqueConstraint("post_id", "person_id", "kind"),
    Index("ix_asks_person_id_state", "person_id", "state"),
)

offers = Table(
    "offers",
    metadata,
    row_id(),
    post(),
    person("person_id"),
    Column("reply_id", BigInteger),
    Column("via_id", BigInteger),
    Column("state", Text, nullable=False),  # offered, thanked, withdrawn
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("post_id", "person_id"),
    Index("ix_offers_person_id", "person_id"),
)

# What another server asked one of our members (Offer): to help, or to carry. Only the butler is answered.
received_asks = Table(
    "received_asks",
    metadata,
    row_id(),
    Column("uri", Text, nullable=False, unique=True),
    post(),
    person("member_id"),
    Column("kind", Text, nullable=False),  # help, carry
    Column("state", Text, nullable=False),  # waiting, asked, accepted, refused, closed
    Column("ticket", LargeBinary),
    Column("ticket_uri", Text),
    Column("ends_at", Moment),
    Column("due_at", Moment),
    Column("reoffered_at", Moment),  # put to them once more: nobody else had come forward
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("post_id", "member_id", "kind"),
    Index("ix_received_asks_due_at", "due_at"),
    Index("ix_received_asks_member_id_state", "member_id", "state"),
)

# The carrier's side: whom our member's server showed a request to. Never told to the author's server.
carried_to = Table(
    "carried_to",
    metadata,
    row_id(),
    Column("uri", Text, nullable=False, unique=True),
    post(),
    person("carrier_id"),
    person("person_id"),
    Column("state", Text, nullable=False),  # shown, withdrawn
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("post_id", "carrier_id", "person_id"),
)

# The reader's side: by which carrier a request reached our member, and until when.
leases = Table(
    "leases",
    metadata,
    post(key=True),
    person("carrier_id", key=True),
    person("person_id", key=True),
    Column("offer_uri", Text, nullable=False),
    Column("ticket_uri", Text, nullable=False),
    Column("seats", Integer, nullable=False),
    Column("word", Text, nullable=False, default="", server_default=""),
    Column("state", Text, nullable=False),  # held, shown, ended
    Column("boost_id", BigInteger),
    Column("ends_at", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index("ix_leases_ends_at", "ends_at"),
)

# A request that a member here passes to one friend by name (RULES R22): over the carry, or, where the
# friend's server cannot be asked, by a page of ours that opens in one browser.
passed_on = Table(
    "passed_on",
    metadata,
    row_id(),
    post(),
    person("carrier_id"),
    person("person_id"),
    Column("word", Text, nullable=False, default="", server_default=""),
    Column("page", Text, unique=True),  # digest of what the page's address ends in
    Column("note_id", BigInteger),  # the message that brings the link
    Column("reader", Text),  # digest of the secret of the one browser
    Column("ends_at", Moment, nullable=False),
    Column("opened_at", Moment),
    Column("answer", Text),
    Column("may_be_named", Boolean, nullable=False, default=False, server_default="0"),
    Column("closed_at", Moment),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("post_id", "carrier_id", "person_id"),
    Index("ix_passed_on_carrier_id_created_at", "carrier_id", "created_at"),
)

# Files of requests that are carried: at a carrier's server as they came (`raw`), to be passed on, and made
# anew for readers here. One row for each address at which somebody had one.
carried_files = Table(
    "carried_files",
    metadata,
    Column("url", Text, primary_key=True),
    Column("note_uri", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("raw", Text),
    Column("file", Text, nullable=False),
    Column("preview_file", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index("ix_carried_files_note_uri_digest", "note_uri", "digest"),
)

# Every Offer id we have seen: a replay is a no-op (FEDERATION_EXTENSION, verification step 4).
seen_offers = Table(
    "seen_offers",
    metadata,
    Column("uri", Text, primary_key=True),
    Column("created_at", Moment, nullable=False),
)

# What the butler asked one of our members and waits for.
questions = Table(
    "questions",
    metadata,
    row_id(),
    person("member_id"),
    Column("kind", Text, nullable=False),
    Column("post_id", BigInteger),
    Column("about_id", BigInteger),
    Column("message_id", BigInteger),
    Column("details", Json),
    Column("state", Text, nullable=False),  # open, answered, closed
    Column("answer", Text),
    Column("created_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Index("ix_questions_member_id_state", "member_id", "state"),
)

# Cards: what the butler wrote to a member unasked, beside requests; `subject_id`: a goal, a person.
cards = Table(
    "cards",
    metadata,
    row_id(),
    person("member_id"),
    Column("kind", Text, nullable=False),
    Column("subject_id", BigInteger),
    Column("created_at", Moment, nullable=False),
    Index("ix_cards_member_id_kind_created_at", "member_id", "kind", "created_at"),
)

# Which cards a member wants, where that is not the default.
card_choices = Table(
    "card_choices",
    metadata,
    person("member_id", key=True),
    Column("kind", Text, primary_key=True),
    Column("wanted", Boolean, nullable=False),
)
