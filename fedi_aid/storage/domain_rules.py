"""Rules about servers. A rule about a name is about everything below it; where several fit, each holds."""

from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, or_, select, update

from fedi_aid.model.ids import PersonId
from fedi_aid.model.moderation import Cut, DomainRule
from fedi_aid.model.people import Person
from fedi_aid.storage.among import among_words
from fedi_aid.storage.people import PERSON_COLUMNS, person_from
from fedi_aid.storage.posts import page_ids
from fedi_aid.storage.tables.moderation import domain_rules
from fedi_aid.storage.tables.people import people
from fedi_aid.storage.tables.posts import audiences, media, posts
from fedi_aid.storage.tables.ties import follows
from fedi_aid.storage.tables.work import jobs
from fedi_aid.storage.timelines import Page
from fedi_aid.storage.tx import Tx

_COLUMNS = tuple(domain_rules.c[name] for name in DomainRule.__struct_fields__)


def names_above(domain: str) -> set[str]:
    """A host, with and without its port, and every name it belongs to."""
    host = domain.lower().rsplit("@", 1)[-1]
    bare = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    parts = bare.split(".")
    return {host, bare, *(".".join(parts[at:]) for at in range(len(parts)))}


# -- what holds for a server


_BARRED_OR_ALLOWED = select(domain_rules.c.domain, domain_rules.c.severity).where(
    among_words(domain_rules.c.domain, "names"), domain_rules.c.severity.in_(("suspend", "allow"))
)


def is_suspended(tx: Tx, domain: str) -> bool:
    """Nothing is exchanged with this server: a rule bars it or one it belongs to (A23, H19), or federation is
    limited and nobody allowed it."""
    rows = tx.all(_BARRED_OR_ALLOWED, names=names_above(domain))
    if any(row.severity == "suspend" for row in rows):
        return True
    if not tx.house.limited_federation or domain in ("", tx.house.domain):
        return False
    host = domain.lower()
    # Allowed is the very name: what stands below it may be somebody else's.
    return not any(row.domain in (host, host.rsplit(":", 1)[0]) for row in rows)


def _holds(tx: Tx, domain: str, condition: ColumnElement[bool]) -> bool:
    return bool(domain) and tx.exists(
        select(domain_rules.c.domain).where(domain_rules.c.domain.in_(names_above(domain)), condition)
    )


def is_limited(tx: Tx, domain: str) -> bool:
    """Its people are kept out of public places."""
    return _holds(tx, domain, domain_rules.c.severity == "limit")


def rejects_media(tx: Tx, domain: str) -> bool:
    """Its pictures are not shown."""
    return _holds(
        tx, domain, or_(domain_rules.c.reject_media.is_(True), domain_rules.c.severity == "suspend")
    )


def rejects_reports(tx: Tx, domain: str) -> bool:
    """Nobody wants to hear its reports."""
    return _holds(tx, domain, domain_rules.c.reject_reports.is_(True))


# -- rules


def _one(tx: Tx, *where: ColumnElement[bool]) -> DomainRule | None:
    row = tx.first(select(*_COLUMNS).where(*where))
    return DomainRule(**row._mapping) if row else None


def by_id(tx: Tx, rule_id: int, *, allow: bool) -> DomainRule | None:
    return _one(tx, domain_rules.c.id == rule_id, (domain_rules.c.severity == "allow").is_(allow))


def by_domain(tx: Tx, domain: str) -> DomainRule | None:
    return _one(tx, domain_rules.c.domain == domain)


def page_of(tx: Tx, page: Page, *, allow: bool) -> list[DomainRule]:
    """Rules that allow, or all others; the newest first."""
    statement = select(domain_rules.c.id).where(
        (domain_rules.c.severity == "allow").is_(allow), domain_rules.c.id.is_not(None)
    )
    ids = page_ids(
        tx,
        statement,
        domain_rules.c.id,
        max_id=page.max_id,
        since_id=page.since_id,
        min_id=page.min_id,
        limit=page.limit,
    )
    found = {row.id: DomainRule(**row._mapping) for row in tx.all(_rules(domain_rules.c.id.in_(ids)))}
    return [found[one] for one in ids]


def all_of(tx: Tx) -> list[DomainRule]:
    """Every rule, by name."""
    return [DomainRule(**row._mapping) for row in tx.all(_rules().order_by(domain_rules.c.domain))]


def _rules(*where: ColumnElement[bool]) -> Select[Any]:
    return select(*_COLUMNS).where(domain_rules.c.id.is_not(None), *where)


def put(tx: Tx, domain: str, **values: Any) -> DomainRule:
    """Insert the rule, or change what is given of the one that stands."""
    known = by_domain(tx, domain)
    if known is None:
        tx.insert(domain_rules, domain=domain, id=tx.new_id(), created_at=tx.now, **values)
    else:
        tx.run(update(domain_rules).where(domain_rules.c.domain == domain).values(**values))
    found = by_domain(tx, domain)
    assert found is not None
    return found


def drop(tx: Tx, domain: str) -> None:
    tx.run(delete(domain_rules).where(domain_rules.c.domain == domain))


# -- whom a rule is about


def of_server(tx: Tx, domain: str) -> ColumnElement[bool]:
    """SQL condition on `people`: of this server or one below it, by their handle or by their actor's host."""
    by_handle = or_(people.c.domain == domain, people.c.domain.endswith(f".{domain}", autoescape=True))
    rows = tx.all(
        select(people.c.id, people.c.uri).where(
            people.c.domain != "", ~by_handle, people.c.uri.contains(domain, autoescape=True)
        )
    )
    # The name may also stand in a path: only a host counts.
    by_host = [row.id for row in rows if domain in names_above(urlsplit(row.uri).netloc)]
    return and_(people.c.domain != "", or_(by_handle, people.c.id.in_(by_host)))


def cut(tx: Tx, domain: str) -> Cut:
    """What a suspension of this server would cut, as things stand now."""
    theirs = select(people.c.id).where(of_server(tx, domain), people.c.deleted_at.is_(None))
    back = follows.alias("back")
    mutual = exists(
        select(back.c.id).where(
            back.c.from_id == follows.c.to_id, back.c.to_id == follows.c.from_id, back.c.state == "accepted"
        )
    )
    accepted = follows.c.state == "accepted"
    ours, to_us = follows.c.to_id.in_(theirs), follows.c.from_id.in_(theirs)
    tied = select(follows.c.from_id.label("id")).where(ours).union(select(follows.c.to_id).where(to_us))

    def count(statement: Any) -> int:
        return int(tx.scalar(select(func.count()).select_from(statement.subquery())) or 0)

    return Cut(
        people=count(theirs.where(people.c.kind != "application")),
        members=count(tied),
        friendships=count(select(follows.c.id).where(ours, accepted, mutual)),
        following=count(select(follows.c.id).where(ours, accepted)),
        followers=count(select(follows.c.id).where(to_us, accepted)),
        posts=count(select(posts.c.id).where(posts.c.author_id.in_(theirs), posts.c.deleted_at.is_(None))),
        waiting=count(select(jobs.c.id).where(_needs(domain), jobs.c.state != "buried")),
    )


def _needs(domain: str) -> ColumnElement[bool]:
    """SQL condition on `jobs`: they need this server."""
    bare = func.lower(jobs.c.host)
    return or_(
        bare == domain,
        bare.startswith(f"{domain}:", autoescape=True),
        bare.endswith(f".{domain}", autoescape=True),
        bare.contains(f".{domain}:", autoescape=True),
    )


def drop_jobs(tx: Tx, domain: str) -> int:
    """Forget what waits to be sent there or fetched from there; how many. What runs now finds the rule."""
    return tx.run(delete(jobs).where(_needs(domain), jobs.c.state == "waiting"))


def suspend_people(tx: Tx, domain: str) -> None:
    """Hide everybody of this server at once, with the rule as the reason."""
    tx.run(
        update(people)
        .where(of_server(tx, domain), people.c.suspended_at.is_(None))
        .values(suspended_at=tx.now, suspended_with="domain")
    )


def limit_people(tx: Tx, domain: str) -> None:
    tx.run(
        update(people)
        .where(of_server(tx, domain), people.c.limited_at.is_(None))
        .values(limited_at=tx.now, limited_with="domain")
    )


def free_people(tx: Tx, domain: str, *, suspended: bool, limited: bool) -> None:
    """Take back what came with rules about this server, except for whom another rule still means."""
    where = of_server(tx, domain)
    for wanted, at, because, still in (
        (suspended, people.c.suspended_at, people.c.suspended_with, is_suspended),
        (limited, people.c.limited_at, people.c.limited_with, is_limited),
    ):
        if not wanted:
            continue
        names = tx.column(select(people.c.domain).where(where, because == "domain").distinct())
        free = [name for name in names if not still(tx, name)]
        # Who was emptied meanwhile comes back empty, and can be emptied again.
        tx.run(
            update(people)
            .where(where, because == "domain", people.c.domain.in_(free))
            .values({at.name: None, because.name: None, people.c.purged_at.name: None})
        )


def forget_pictures(tx: Tx, domain: str) -> None:
    """Of this server's people no picture is shown any more; copies of them are unreachable from now on."""
    theirs = select(people.c.id).where(of_server(tx, domain))
    tx.run(delete(media).where(media.c.owner_id.in_(theirs)))
    tx.run(update(people).where(of_server(tx, domain)).values(avatar_url=None, header_url=None))


# -- ties that are cut


def tied_members(tx: Tx, domain: str, *, limit: int) -> list[PersonId]:
    """Members here with a tie, or a wish for one, to somebody of this server."""
    theirs = select(people.c.id).where(of_server(tx, domain))
    ours = select(follows.c.from_id.label("id")).where(follows.c.to_id.in_(theirs))
    to_us = select(follows.c.to_id).where(follows.c.from_id.in_(theirs))
    both = ours.union(to_us).subquery()
    return tx.column(
        select(people.c.id).where(people.c.id.in_(select(both.c.id)), people.c.domain == "").limit(limit)
    )


def tied_with(tx: Tx, member_id: int, domain: str) -> list[Person]:
    """Those of this server with whom a member has a tie, or a wish for one."""
    mine = select(follows.c.to_id).where(follows.c.from_id == member_id)
    theirs = select(follows.c.from_id).where(follows.c.to_id == member_id)
    rows = tx.all(
        select(*PERSON_COLUMNS)
        .where(people.c.domain != "", or_(people.c.id.in_(mine), people.c.id.in_(theirs)))
        .order_by(people.c.id)
    )
    found = [person_from(row) for row in rows]
    return [
        one
        for one in found
        if domain in names_above(one.domain) or domain in names_above(urlsplit(one.uri).netloc)
    ]


def end_access(tx: Tx, domain: str) -> None:
    """Nobody of this server holds a post of ours any more, also those who were no friends: those whom a post
    named, or who carried it."""
    theirs = select(people.c.id).where(of_server(tx, domain))
    tx.run(
        update(audiences)
        .where(audiences.c.person_id.in_(theirs), audiences.c.ended_at.is_(None))
        .values(ended_at=tx.now)
    )
