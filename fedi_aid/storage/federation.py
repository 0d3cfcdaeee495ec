"""Questions about what other servers sent us, what we sent them, and in which form."""

from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from sqlalchemy import and_, bindparam, func, or_, select, update

from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.storage import domain_rules
from fedi_aid.storage.tables.federation import activities, deliveries, hosts, key_misses, received
from fedi_aid.storage.tables.help import asks
from fedi_aid.storage.tables.moderation import daily_counts
from fedi_aid.storage.tables.people import members, people
from fedi_aid.storage.tables.posts import audiences, boosts, favourites, posts
from fedi_aid.storage.tables.ties import blocks, follows
from fedi_aid.storage.tx import Tx

Form = Literal["whole", "projection", "direct", "public"]
# Kinds of HTTP signatures; the last is RFC 9421 with the Ed25519 key, the others are with the RSA key.
Dialect = Literal["cavage", "rfc9421", "ed25519"]

DIALECT_KEPT = timedelta(days=7)


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """An activity that was accepted into an inbox. `body` is gone once it has been understood."""

    id: int
    uri: str
    actor_uri: str
    inbox_of: int
    kind: str
    body: bytes | None
    signer_uri: str
    created_at: datetime


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """An activity of ours, byte for byte as it was sent. `object_id` is a post's or a person's id."""

    uri: str
    kind: str
    actor_id: PersonId
    object_id: int | None
    body: bytes | None


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """In which form somebody was sent a post; `projection` is the id of their own form of it."""

    post_id: PostId
    person_id: PersonId
    form: Form
    state: str  # waiting, delivered, refused, withdrawn
    projection: str | None


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Of a post, also of a deleted one, only what a Delete has to say."""

    post_id: PostId
    uri: str
    author_id: PersonId
    public: bool
    local: bool
    provable: bool  # of a level at which requests are signed: its Delete is signed too


# -- what came in


def is_suspended(tx: Tx, domain: str) -> bool:
    """An admin's rule bars this domain, or one it belongs to (A23, H19)."""
    return domain_rules.is_suspended(tx, domain)


_OF_ANOTHER = select(
    select(received.c.id)
    .where(received.c.uri == bindparam("uri"), received.c.actor_uri != bindparam("actor_uri"))
    .exists()
)
_RECEIVED = select(*(received.c[name] for name in Received.__struct_fields__)).where(
    received.c.id == bindparam("received_id")
)
_FORGET_BODY = update(received).where(received.c.id == bindparam("received_id")).values(body=None)


def record(
    tx: Tx, *, uri: str, actor_uri: str, inbox_of: int, kind: str, body: bytes, signer_uri: str
) -> int | None:
    """Keep an activity to be understood; None for the same id in the same inbox, and for an id that another
    actor used before (A21)."""
    if tx.scalar(_OF_ANOTHER, uri=uri, actor_uri=actor_uri):
        return None
    new_id = tx.new_id()
    written = tx.insert_new(
        received,
        id=new_id,
        uri=uri,
        actor_uri=actor_uri,
        inbox_of=inbox_of,
        kind=kind,
        body=body,
        signer_uri=signer_uri,
        created_at=tx.now,
    )
    return new_id if written else None


def offers_within(tx: Tx, signer_uri: str, span: timedelta) -> int:
    """How many Offers came from one server lately (C15)."""
    count = select(func.count()).where(
        received.c.created_at > tx.now - span,
        received.c.kind == "Offer",
        received.c.signer_uri.startswith(_origin_of(signer_uri), autoescape=True),
    )
    return int(tx.scalar(count) or 0)


def received_activity(tx: Tx, received_id: int) -> Received | None:
    row = tx.first(_RECEIVED, received_id=received_id)
    return Received(**row._mapping) if row else None


def forget_body(tx: Tx, received_id: int) -> None:
    """It has been understood: the id stays against replays, the content goes."""
    tx.run(_FORGET_BODY, {"received_id": received_id})


# -- keys that could not be had


def key_missed(tx: Tx, key_id: str) -> bool:
    """This key, or too many of its server, could not be had just now: not asked again yet (H14)."""
    if tx.exists(select(key_misses.c.key_id).where(key_misses.c.key_id == key_id, _still(tx))):
        return True
    count = select(func.count()).where(
        key_misses.c.key_id.startswith(_origin_of(key_id), autoescape=True), _still(tx)
    )
    return int(tx.scalar(count) or 0) >= MISSES_OF_A_HOST


MISSES_OF_A_HOST = 10


def _origin_of(uri: str) -> str:
    """`https://host/`, with which every address there begins."""
    return "/".join([*uri.split("/", 3)[:3], ""])


def _still(tx: Tx) -> Any:
    return key_misses.c.until > tx.now


def miss_key(tx: Tx, key_id: str, for_how_long: timedelta) -> None:
    tx.put(key_misses, [key_misses.c.key_id], key_id=key_id, until=tx.now + for_how_long)


# -- what went out


def put_activity(
    tx: Tx, *, uri: str, kind: str, actor_id: int, object_id: int | None, body: bytes | None
) -> None:
    """Keep what is to be sent. The same id again replaces the body: only the newest form is delivered."""
    tx.put(
        activities,
        [activities.c.uri],
        uri=uri,
        kind=kind,
        actor_id=actor_id,
        object_id=object_id,
        body=body,
        created_at=tx.now,
    )


def sent_activity(tx: Tx, uri: str) -> Sent | None:
    columns = [activities.c[name] for name in Sent.__struct_fields__]
    row = tx.first(select(*columns).where(activities.c.uri == uri))
    return Sent(**row._mapping) if row else None


def put_delivery(tx: Tx, post_id: int, person_id: int, form: Form, projection: str | None) -> None:
    tx.put(
        deliveries,
        [deliveries.c.post_id, deliveries.c.person_id],
        post_id=post_id,
        person_id=person_id,
        form=form,
        state="waiting",
        why=None,
        updated_at=tx.now,
        projection=projection,
    )


def deliveries_of(tx: Tx, post_id: int) -> dict[PersonId, Delivery]:
    """Everybody elsewhere who was sent a post, and has not been sent its removal since."""
    columns = [deliveries.c[name] for name in Delivery.__struct_fields__]
    rows = tx.all(select(*columns).where(deliveries.c.post_id == post_id, deliveries.c.state != "withdrawn"))
    return {row.person_id: Delivery(**row._mapping) for row in rows}


def note_delivery(tx: Tx, post_id: int, person_id: int, state: str, why: str | None = None) -> None:
    tx.run(
        update(deliveries)
        .where(
            deliveries.c.post_id == post_id,
            deliveries.c.person_id == person_id,
            deliveries.c.state != "withdrawn",
        )
        .values(state=state, why=why, updated_at=tx.now)
    )


def withdraw_delivery(tx: Tx, post_id: int, person_id: int) -> None:
    """The removal is on its way. The id of the form is kept: an answer to it must still find its post."""
    note_delivery(tx, post_id, person_id, "withdrawn")


def projection_of(tx: Tx, uri: str) -> tuple[PostId, PersonId] | None:
    """(post, recipient) of one recipient's own form of a post."""
    row = tx.first(select(deliveries.c.post_id, deliveries.c.person_id).where(deliveries.c.projection == uri))
    return (row.post_id, row.person_id) if row else None


def audience_name(tx: Tx, post_id: int, person_id: int) -> str | None:
    """The opaque name of somebody's row of the access list: it names their own form of the post."""
    found: str | None = tx.scalar(
        select(audiences.c.opaque).where(
            audiences.c.post_id == post_id,
            audiences.c.person_id == person_id,
            audiences.c.ended_at.is_(None),
        )
    )
    return found


def someone_there_may_see(tx: Tx, post_id: int, domain: str) -> bool:
    """A living row of the access list stands for somebody of that server, without a block between (P16)."""
    return tx.exists(
        select(audiences.c.post_id)
        .join(people, people.c.id == audiences.c.person_id)
        .join(posts, posts.c.id == audiences.c.post_id)
        .where(
            audiences.c.post_id == post_id,
            audiences.c.ended_at.is_(None),
            people.c.domain == domain,
            people.c.suspended_at.is_(None),
            people.c.deleted_at.is_(None),
            posts.c.deleted_at.is_(None),
            posts.c.held_until.is_(None),
            ~select(blocks.c.from_id)
            .where(
                or_(
                    and_(blocks.c.from_id == posts.c.author_id, blocks.c.to_id == people.c.id),
                    and_(blocks.c.to_id == posts.c.author_id, blocks.c.from_id == people.c.id),
                )
            )
            .exists(),
        )
    )


def _origin(tx: Tx, *where: Any) -> Origin | None:
    row = tx.first(
        select(
            posts.c.id,
            posts.c.uri,
            posts.c.author_id,
            posts.c.reach,
            posts.c.intimacy,
            people.c.domain,
        )
        .join(people, people.c.id == posts.c.author_id)
        .where(*where)
    )
    if row is None:
        return None
    return Origin(
        post_id=row.id,
        uri=row.uri,
        author_id=row.author_id,
        public=row.reach in ("public", "unlisted"),
        local=row.domain == "",
        provable=row.reach == "chosen" and row.intimacy in (0, 1),
    )


def origin_of(tx: Tx, post_id: int) -> Origin | None:
    """What a Delete needs of a post, whether it is still there or not."""
    return _origin(tx, posts.c.id == post_id)


def origin_by_uri(tx: Tx, uri: str) -> Origin | None:
    return _origin(tx, posts.c.uri == uri)


def was_public(tx: Tx, uri: str) -> bool:
    """A public post of a member here had this id and was deleted by them."""
    author = people.alias("author")
    return tx.exists(
        select(posts.c.id)
        .join(author, author.c.id == posts.c.author_id)
        .where(
            posts.c.uri == uri,
            posts.c.reach.in_(("public", "unlisted")),
            posts.c.deleted_at.is_not(None),
            author.c.domain == "",
            author.c.suspended_at.is_(None),
        )
    )


def activity_about(tx: Tx, actor_uri: str, uri: str) -> tuple[str, int, int] | None:
    """What an activity that an actor elsewhere sent, known by its id alone, left here.

    ("like" | "boost" | "block", actor's id, id of the post or person), so that an Undo that names only the
    id can be understood (A07: by the same actor, of an activity we know).
    """
    for what, table, by, about in (
        ("like", favourites, favourites.c.person_id, favourites.c.post_id),
        ("boost", boosts, boosts.c.person_id, boosts.c.post_id),
        ("block", blocks, blocks.c.from_id, blocks.c.to_id),
    ):
        row = tx.first(
            select(by.label("by"), about.label("about"))
            .join(people, people.c.id == by)
            .where(table.c.uri == uri, people.c.uri == actor_uri)
        )
        if row is not None:
            return what, row.by, row.about
    return None


def has_departed(tx: Tx, uri: str) -> bool:
    """Somebody elsewhere with this id was here and deleted themselves: ids are never used twice."""
    return tx.exists(select(people.c.id).where(people.c.uri == uri, people.c.deleted_at.is_not(None)))


def members_tied_to(tx: Tx, person_id: int) -> list[PersonId]:
    """Members here who follow somebody, are followed by them, or asked to."""
    other = select(follows.c.to_id).where(follows.c.from_id == person_id)
    back = select(follows.c.from_id).where(follows.c.to_id == person_id)
    return tx.column(
        select(people.c.id).where(people.c.domain == "", or_(people.c.id.in_(other), people.c.id.in_(back)))
    )


# -- asks on the wire


class OpenAsk(msgspec.Struct, frozen=True, kw_only=True):
    """An ask of a member here to somebody, with the bytes of its signed ticket where there is one."""

    id: int
    uri: str
    post_id: PostId
    person_id: PersonId
    kind: str
    state: str
    ticket: bytes | None
    ticket_uri: str | None
    ticket_ends_at: datetime | None


def _ask(tx: Tx, *where: Any) -> OpenAsk | None:
    columns = [asks.c[name] for name in OpenAsk.__struct_fields__]
    row = tx.first(select(*columns).where(*where))
    return OpenAsk(**row._mapping) if row else None


def ask_of(tx: Tx, ask_id: int) -> OpenAsk | None:
    return _ask(tx, asks.c.id == ask_id)


def ask_of_ticket(tx: Tx, ticket_uri: str) -> OpenAsk | None:
    return _ask(tx, asks.c.ticket_uri == ticket_uri)


# -- peers


def software_of(tx: Tx, domain: str) -> tuple[str | None, datetime | None]:
    """(software name by NodeInfo, when we asked); (None, None) when we never did."""
    row = tx.first(select(hosts.c.software, hosts.c.checked_at).where(hosts.c.domain == domain))
    return (row.software, row.checked_at) if row else (None, None)


def put_software(tx: Tx, domain: str, software: str | None, version: str | None) -> None:
    tx.put(hosts, [hosts.c.domain], domain=domain, software=software, version=version, checked_at=tx.now)


def dialect_of(tx: Tx, domain: str) -> Dialect | None:
    """The kind of signature with which to knock there first, or None when nothing is known (any more)."""
    found: Dialect | None = tx.scalar(
        select(hosts.c.dialect).where(hosts.c.domain == domain, hosts.c.dialect_until > tx.now)
    )
    return found


def learn_dialect(tx: Tx, domain: str, dialect: Dialect) -> None:
    """This kind worked there; believed for a week, because servers change."""
    tx.put(hosts, [hosts.c.domain], domain=domain, dialect=dialect, dialect_until=tx.now + DIALECT_KEPT)


def note_clock(tx: Tx, domain: str, ahead_seconds: int) -> None:
    """Their clock differs from ours by this much; one of the two is wrong (X04)."""
    tx.put(hosts, [hosts.c.domain], domain=domain, clock_ahead=ahead_seconds, clock_at=tx.now)


def hear_of_rfc9421(tx: Tx, domain: str, *, ed25519: bool = False) -> None:
    """Somebody there says that their server understands RFC 9421, or also with Ed25519 keys: so for a week,
    unless we know better."""
    if dialect_of(tx, domain) != "cavage":
        learn_dialect(tx, domain, "ed25519" if ed25519 else "rfc9421")


def follower_inboxes(tx: Tx, person_id: int) -> list[tuple[PersonId, str, str | None]]:
    """(follower, inbox, shared inbox) of everybody elsewhere who follows a member: for public posts and
    changes of a profile."""
    rows = tx.all(
        select(people.c.id, people.c.inbox, people.c.shared_inbox)
        .join(follows, follows.c.from_id == people.c.id)
        .where(
            follows.c.to_id == person_id,
            follows.c.state == "accepted",
            people.c.domain != "",
            people.c.inbox.is_not(None),
            people.c.suspended_at.is_(None),
            people.c.deleted_at.is_(None),
        )
    )
    return [(row.id, row.inbox, row.shared_inbox) for row in rows]


# -- the day's counts


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How large an instance is, exactly; whoever shows it rounds it (RULES R7, P09)."""

    members: int
    active_month: int
    active_half_year: int
    public_posts: int


def counts_of_today(tx: Tx) -> Counts | None:
    """What was counted earlier today (UTC), or None: then `count_today` has to be run once."""
    rows = tx.all(select(daily_counts).where(daily_counts.c.day == _day(tx.now)))
    found: dict[str, int] = {row._mapping["what"]: row._mapping["count"] for row in rows}
    wanted = {f"nodeinfo_{name}": name for name in Counts.__struct_fields__}
    if not wanted.keys() <= found.keys():
        return None
    return Counts(**{name: found[what] for what, name in wanted.items()})


def count_today(tx: Tx) -> Counts:
    """Count once a day, so that no single sign-up or post can be read off the difference."""
    active = (members.c.state == "active", people.c.kind == "person")
    here = select(func.count()).select_from(members.join(people, people.c.id == members.c.person_id))
    public = select(func.count()).select_from(posts.join(people, people.c.id == posts.c.author_id))
    counted = Counts(
        members=int(tx.scalar(here.where(*active)) or 0),
        active_month=int(tx.scalar(here.where(*active, _seen_since(tx, 30))) or 0),
        active_half_year=int(tx.scalar(here.where(*active, _seen_since(tx, 180))) or 0),
        public_posts=int(
            tx.scalar(
                public.where(people.c.domain == "", posts.c.reach == "public", posts.c.deleted_at.is_(None))
            )
            or 0
        ),
    )
    for name in Counts.__struct_fields__:
        tx.insert_new(daily_counts, day=_day(tx.now), what=f"nodeinfo_{name}", count=getattr(counted, name))
    return counted


def _seen_since(tx: Tx, days: int) -> Any:
    return members.c.last_seen_at >= tx.now - timedelta(days=days)


def _day(moment: datetime) -> int:
    return int(moment.timestamp() // 86400)
