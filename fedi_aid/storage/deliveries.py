"""What went out, for many at once: what a post needs on its way, what became of it, and how hosts fare."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import and_, bindparam, case, func, literal_column, select, update

from fedi_aid.model.ids import PersonId
from fedi_aid.storage import federation
from fedi_aid.storage.among import among
from fedi_aid.storage.domain_rules import names_above
from fedi_aid.storage.federation import Dialect, Form, Sent
from fedi_aid.storage.tables.base import Moment
from fedi_aid.storage.tables.federation import activities, deliveries, hosts
from fedi_aid.storage.tables.moderation import domain_rules
from fedi_aid.storage.tables.posts import audiences
from fedi_aid.storage.tx import Tx

TRIED_FOR = timedelta(days=8)  # a delivery is given up within a week and the hour of its last try


class NewDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """A post that is about to go to one person elsewhere."""

    person_id: PersonId
    form: Form
    projection: str | None


class NewActivity(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be sent, byte for byte."""

    uri: str
    kind: str
    body: bytes


# -- on the way out


def suspended_among(tx: Tx, domains: Iterable[str]) -> set[str]:
    """Those of these domains with which nothing is exchanged (`federation.is_suspended`)."""
    wanted = {domain for domain in domains if domain}
    if tx.house.limited_federation:
        return {domain for domain in wanted if federation.is_suspended(tx, domain)}
    names = {domain: names_above(domain) for domain in wanted}
    every = {name for one in names.values() for name in one}
    named = set(tx.column(select(domain_rules.c.domain).where(domain_rules.c.domain.in_(every))))
    return {domain for domain in wanted if names[domain] & named and federation.is_suspended(tx, domain)}


def audience_names(tx: Tx, post_id: int, people: Iterable[int]) -> dict[PersonId, str]:
    """The opaque names of these people's rows of the access list; who has no living row is absent."""
    rows = tx.all(
        select(audiences.c.person_id, audiences.c.opaque).where(
            audiences.c.post_id == post_id,
            audiences.c.person_id.in_(list(people)),
            audiences.c.ended_at.is_(None),
        )
    )
    return {row.person_id: row.opaque for row in rows}


def softwares(tx: Tx, domains: Iterable[str]) -> dict[str, str | None]:
    """What these hosts run, by NodeInfo; a host that was never asked is absent."""
    known = select(hosts.c.domain, hosts.c.software).where(
        hosts.c.domain.in_(set(domains)), hosts.c.checked_at.is_not(None)
    )
    return {row.domain: row.software for row in tx.all(known)}


def checked_at(tx: Tx, domains: Iterable[str]) -> dict[str, datetime]:
    """When these hosts were last asked what they run; a host that never was is absent."""
    known = select(hosts.c.domain, hosts.c.checked_at).where(
        hosts.c.domain.in_(set(domains)), hosts.c.checked_at.is_not(None)
    )
    return {row.domain: row.checked_at for row in tx.all(known)}


def put_all(tx: Tx, post_id: int, rows: Sequence[NewDelivery]) -> None:
    """Note in which form each of these people is sent a post."""
    tx.put_many(
        deliveries,
        [deliveries.c.post_id, deliveries.c.person_id],
        [
            {
                "post_id": post_id,
                "person_id": row.person_id,
                "form": row.form,
                "state": "waiting",
                "why": None,
                "updated_at": tx.now,
                "projection": row.projection,
            }
            for row in rows
        ],
    )


def keep_all(tx: Tx, rows: Sequence[NewActivity], *, actor_id: int, object_id: int) -> None:
    """Keep activities as they will be sent. The same id again replaces the body."""
    tx.put_many(
        activities,
        [activities.c.uri],
        [
            {
                "uri": row.uri,
                "kind": row.kind,
                "actor_id": actor_id,
                "object_id": object_id,
                "body": row.body,
                "created_at": tx.now,
            }
            for row in rows
        ],
    )


# -- what a delivery needs, and what became of it


def sent_activities(tx: Tx, uris: Iterable[str]) -> dict[str, Sent]:
    columns = [activities.c[name] for name in Sent.__struct_fields__]
    rows = tx.all(select(*columns).where(activities.c.uri.in_(set(uris))))
    return {row.uri: Sent(**row._mapping) for row in rows}


def dialects(tx: Tx, domains: Iterable[str]) -> dict[str, Dialect]:
    """The kind of signature that is known to work at each of these hosts."""
    known = select(hosts.c.domain, hosts.c.dialect).where(
        hosts.c.domain.in_(set(domains)), hosts.c.dialect_until > tx.now
    )
    return {row.domain: row.dialect for row in tx.all(known)}


def still_hold(tx: Tx, pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of these (post, person) whose row of the access list is alive."""
    return {
        (post_id, person_id)
        for post_id, people in _by_post(pairs).items()
        for person_id in audience_names(tx, post_id, people)
    }


def note_all(tx: Tx, pairs: Iterable[tuple[int, int]], state: str) -> None:
    """The same became of many deliveries, each (post, person)."""
    for post_id, people in _by_post(pairs).items():
        tx.run(
            update(deliveries)
            .where(
                deliveries.c.post_id == post_id,
                deliveries.c.person_id.in_(people),
                deliveries.c.state != "withdrawn",
            )
            .values(state=state, why=None, updated_at=tx.now)
        )


def _by_post(pairs: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for post_id, person_id in pairs:
        found.setdefault(post_id, []).append(person_id)
    return found


_GIVEN_UP = and_(
    deliveries.c.state == "waiting", deliveries.c.updated_at < bindparam("tried_since", type_=Moment())
)
_BECAME = case((_GIVEN_UP, literal_column("'refused'")), else_=deliveries.c.state).label("became")
_STATES = (
    select(deliveries.c.post_id, _BECAME, func.count().label("number"))
    .where(among(deliveries.c.post_id, "ids"), deliveries.c.state != "withdrawn")
    .group_by(deliveries.c.post_id, literal_column("became"))
)


def states(tx: Tx, ids: Collection[int]) -> dict[int, dict[str, int]]:
    """How many people elsewhere each of these posts is on its way to, was taken for, or was refused for, by
    `waiting`, `delivered` and `refused`. What waits for longer than a delivery is tried has failed."""
    found: dict[int, dict[str, int]] = {}
    for row in tx.all(_STATES, ids=ids, tried_since=tx.now - TRIED_FOR):
        found.setdefault(row.post_id, {})[row.became] = row.number
    return found
