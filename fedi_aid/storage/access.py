"""Questions about who may act as whom: apps, codes, tokens, browser sessions.

Secrets come and go as digests (`actions.access.digest`); nothing here ever sees one in clear.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, Select, bindparam, delete, select, update

from fedi_aid.model.ids import PersonId
from fedi_aid.storage.among import among
from fedi_aid.storage.tables.access import apps, oauth_codes, tokens, web_sessions
from fedi_aid.storage.tables.people import members
from fedi_aid.storage.tables.timelines import push_subscriptions
from fedi_aid.storage.tx import Tx


class App(msgspec.Struct, frozen=True, kw_only=True):
    """A registered client program; what it says of itself is its own word."""

    id: int
    client_id: str
    name: str
    website: str | None
    redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...]
    created_at: datetime


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """An authorization code: good once, for one app and one address, for minutes."""

    id: int
    app_id: int
    member_id: PersonId
    redirect_uri: str
    scopes: tuple[str, ...]
    challenge: str | None
    expires_at: datetime
    used_at: datetime | None


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A living token; `member_id` is None for one that speaks for an app alone."""

    id: int
    app: App
    member_id: PersonId | None
    scopes: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A browser in which a member is logged in."""

    id: int
    member_id: PersonId
    csrf: str
    agent: str
    created_at: datetime
    expires_at: datetime


def _app_from(row: Row[Any]) -> App:
    return App(
        id=row.id,
        client_id=row.client_id,
        name=row.name,
        website=row.website,
        redirect_uris=tuple(row.redirect_uris),
        scopes=tuple(row.scopes.split()),
        created_at=row.created_at,
    )


# -- apps


def insert_app(
    tx: Tx,
    *,
    client_id: str,
    secret_hash: str,
    name: str,
    website: str | None,
    redirect_uris: tuple[str, ...],
    scopes: tuple[str, ...],
) -> App:
    new_id = tx.new_id()
    tx.insert(
        apps,
        id=new_id,
        client_id=client_id,
        client_secret_hash=secret_hash,
        name=name,
        website=website,
        redirect_uris=list(redirect_uris),
        scopes=" ".join(scopes),
        created_at=tx.now,
    )
    return App(
        id=new_id,
        client_id=client_id,
        name=name,
        website=website,
        redirect_uris=redirect_uris,
        scopes=scopes,
        created_at=tx.now,
    )


def app_by_client_id(tx: Tx, client_id: str) -> App | None:
    row = tx.first(select(apps).where(apps.c.client_id == client_id))
    return _app_from(row) if row else None


_NAMES = select(apps.c.id, apps.c.name, apps.c.website).where(among(apps.c.id, "ids"))


def app_names(tx: Tx, ids: set[int]) -> dict[int, tuple[str, str | None]]:
    """id → (name, website), for what a post was written with."""
    if not ids:
        return {}
    return {row.id: (row.name, row.website) for row in tx.all(_NAMES, ids=ids)}


def app_secret_hash(tx: Tx, app_id: int) -> str:
    found = tx.scalar(select(apps.c.client_secret_hash).where(apps.c.id == app_id))
    return str(found or "")


# -- codes


def insert_code(tx: Tx, **values: Any) -> int:
    new_id = tx.new_id()
    tx.insert(oauth_codes, id=new_id, **values)
    return new_id


def code(tx: Tx, code_hash: str) -> Code | None:
    row = tx.first(select(oauth_codes).where(oauth_codes.c.code_hash == code_hash))
    if row is None:
        return None
    return Code(
        id=row.id,
        app_id=row.app_id,
        member_id=row.member_id,
        redirect_uri=row.redirect_uri,
        scopes=tuple(row.scopes.split()),
        challenge=row.challenge,
        expires_at=row.expires_at,
        used_at=row.used_at,
    )


def use_code(tx: Tx, code_id: int) -> bool:
    """Mark a code as used; False when it already was."""
    unused = update(oauth_codes).where(oauth_codes.c.id == code_id, oauth_codes.c.used_at.is_(None))
    return tx.run(unused.values(used_at=tx.now)) == 1


def app_of_code(tx: Tx, code_hash: str) -> App | None:
    row = tx.first(
        select(apps)
        .join(oauth_codes, oauth_codes.c.app_id == apps.c.id)
        .where(oauth_codes.c.code_hash == code_hash)
    )
    return _app_from(row) if row else None


def forget_codes(tx: Tx, before: datetime) -> int:
    """Delete codes that ended before a moment, unless a living token came of them (a replay must be seen)."""
    living = select(tokens.c.code_id).where(tokens.c.revoked_at.is_(None), tokens.c.code_id.is_not(None))
    return tx.run(
        delete(oauth_codes).where(oauth_codes.c.expires_at < before, oauth_codes.c.id.not_in(living))
    )


# -- tokens


def insert_token(
    tx: Tx,
    *,
    token_hash: str,
    app_id: int,
    member_id: int | None,
    scopes: tuple[str, ...],
    code_id: int | None = None,
) -> int:
    new_id = tx.new_id()
    tx.insert(
        tokens,
        id=new_id,
        token_hash=token_hash,
        app_id=app_id,
        member_id=member_id,
        code_id=code_id,
        scopes=" ".join(scopes),
        created_at=tx.now,
    )
    return new_id


_TOKENS = (
    select(
        apps,
        tokens.c.id.label("token_id"),
        tokens.c.member_id,
        tokens.c.scopes.label("token_scopes"),
        tokens.c.created_at.label("token_created_at"),
        tokens.c.last_used_at,
    )
    .join(apps, apps.c.id == tokens.c.app_id)
    .where(tokens.c.revoked_at.is_(None))
    .order_by(tokens.c.id.desc())
)
# Asked for with every request, so they are made once.
_BY_HASH = _TOKENS.where(tokens.c.token_hash == bindparam("token_hash"))
_OF_MEMBER = _TOKENS.where(tokens.c.member_id == bindparam("member_id"))


def _tokens(tx: Tx, statement: Select[Any], **binds: Any) -> list[Token]:
    return [
        Token(
            id=row.token_id,
            app=_app_from(row),
            member_id=row.member_id,
            scopes=tuple(row.token_scopes.split()),
            created_at=row.token_created_at,
            last_used_at=row.last_used_at,
        )
        for row in tx.all(statement, **binds)
    ]


def token(tx: Tx, token_hash: str) -> Token | None:
    found = _tokens(tx, _BY_HASH, token_hash=token_hash)
    return found[0] if found else None


def tokens_of(tx: Tx, member_id: int) -> list[Token]:
    """A member's living tokens, newest first."""
    return _tokens(tx, _OF_MEMBER, member_id=member_id)


def token_opens(tx: Tx, token_id: int) -> bool:
    """Whether a member's token was not revoked, and the member may act."""
    return bool(tokens_that_open(tx, [token_id]))


_OPEN = (
    select(tokens.c.id)
    .join(members, members.c.person_id == tokens.c.member_id)
    .where(among(tokens.c.id, "ids"), tokens.c.revoked_at.is_(None), members.c.state == "active")
)


def tokens_that_open(tx: Tx, token_ids: Collection[int]) -> list[int]:
    """The same of many."""
    return tx.column(_OPEN, ids=token_ids)


def touch_token(tx: Tx, token_id: int) -> None:
    tx.run(update(tokens).where(tokens.c.id == token_id).values(last_used_at=tx.now))


def touch_member(tx: Tx, member_id: int) -> None:
    tx.run(update(members).where(members.c.person_id == member_id).values(last_seen_at=tx.now))


def end_tokens(
    tx: Tx,
    *,
    token_id: int | None = None,
    code_id: int | None = None,
    member_id: int | None = None,
    app_id: int | None = None,
) -> int:
    """Revoke the living tokens that match all that is given, and end their pushes; nothing given revokes
    nothing."""
    given = {"id": token_id, "code_id": code_id, "member_id": member_id, "app_id": app_id}
    where = [tokens.c[name] == value for name, value in given.items() if value is not None]
    if not where:
        return 0
    ending = tokens.c.revoked_at.is_(None), *where
    bells = select(tokens.c.id).where(*ending)
    tx.run(delete(push_subscriptions).where(push_subscriptions.c.token_id.in_(bells)))
    whose = select(tokens.c.member_id).where(*ending, tokens.c.member_id.is_not(None)).distinct()
    for member in tx.column(whose):
        tx.announce("keys", member_id=member)
    return tx.run(update(tokens).where(*ending).values(revoked_at=tx.now))


# -- browser sessions


def insert_session(
    tx: Tx, *, session_hash: str, member_id: int, csrf: str, agent: str, expires_at: datetime
) -> Session:
    new_id = tx.new_id()
    tx.insert(
        web_sessions,
        id=new_id,
        session_hash=session_hash,
        member_id=member_id,
        csrf=csrf,
        agent=agent,
        created_at=tx.now,
        expires_at=expires_at,
    )
    return Session(
        id=new_id,
        member_id=PersonId(member_id),
        csrf=csrf,
        agent=agent,
        created_at=tx.now,
        expires_at=expires_at,
    )


def _session_from(row: Row[Any]) -> Session:
    return Session(
        id=row.id,
        member_id=row.member_id,
        csrf=row.csrf,
        agent=row.agent,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


def session(tx: Tx, session_hash: str) -> Session | None:
    """A session that has not ended yet."""
    row = tx.first(
        select(web_sessions).where(
            web_sessions.c.session_hash == session_hash, web_sessions.c.expires_at > tx.now
        )
    )
    return _session_from(row) if row else None


def sessions_of(tx: Tx, member_id: int) -> list[Session]:
    rows = tx.all(
        select(web_sessions)
        .where(web_sessions.c.member_id == member_id, web_sessions.c.expires_at > tx.now)
        .order_by(web_sessions.c.id.desc())
    )
    return [_session_from(row) for row in rows]


def end_session(tx: Tx, session_hash: str) -> bool:
    return tx.run(delete(web_sessions).where(web_sessions.c.session_hash == session_hash)) == 1


def end_sessions(tx: Tx, member_id: int, *, except_id: int | None = None) -> int:
    where = [web_sessions.c.member_id == member_id]
    if except_id is not None:
        where.append(web_sessions.c.id != except_id)
    return tx.run(delete(web_sessions).where(*where))


def forget_sessions(tx: Tx) -> int:
    """Delete sessions that have ended."""
    return tx.run(delete(web_sessions).where(web_sessions.c.expires_at <= tx.now))
