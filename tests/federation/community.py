"""A seeded community on five servers and two ordinary ones: who is friends with whom, what they do for two
weeks, and what may never have happened meanwhile. Nothing here asks the product what is allowed: the rules are
written down a second time, over what people did."""

import hashlib
import random
from collections import defaultdict
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from sqlalchemy import select

from fedi_aid.actions import carry_consent, editing, help, passing, people, registration, ties
from fedi_aid.actions.posts import Draft
from fedi_aid.activitypub import actors
from fedi_aid.butler import handlers as butler
from fedi_aid.model.control_tags import Explicit
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.tables.help import leases, offers, received_asks
from fedi_aid.storage.tables.people import people as people_table
from fedi_aid.storage.tables.posts import audiences, posts
from fedi_aid.storage.tx import Tx
from tests.federation.conftest import Fediverse, Peer, Persona, Server, Who, keys_of

HOSTS = ("one.example", "two.example", "three.example", "four.example", "five.example")
PLAIN = ("plain.example", "ordinary.example")
STEP = timedelta(hours=16)  # so that every hour of the day comes
FIRST = ("chosen", "asked", "named")
BY_THE_CLOCK = ("butler tick", "leases lapse", "tickets are renewed", "pages close")


class Request(msgspec.Struct, kw_only=True):
    """One request, and what its author did about it."""

    number: int
    author: str  # by address
    post_id: PostId
    uri: str
    level: int
    at: datetime
    over_at: datetime | None = None  # lowered, deleted or narrowed out of the second circle

    @property
    def mark(self) -> bytes:
        """Words that stand in this request and nowhere else."""
        return f"request number {self.number:03d}x".encode()


class Community:
    """Everybody, by their addresses; `friends`, `blocks`, `mutes` are what they did, not what servers hold."""

    def __init__(self, fediverse: Fediverse, people_each: int, seed: int) -> None:
        self.fediverse = fediverse
        self.people_each = people_each
        self.dice = random.Random(seed)
        self.who: dict[str, Who] = {}
        self.plain: dict[str, Persona] = {}
        self.peers: list[Peer] = []
        self.friends: dict[str, set[str]] = defaultdict(set)
        self.ever_friends: dict[str, set[str]] = defaultdict(set)
        self.blocks: dict[tuple[str, str], bool] = {}  # (who, whom) → they were friends: both servers know
        self.mutes: dict[tuple[str, str], datetime] = {}  # (who, whom)
        self.requests: list[Request] = []
        self.passed: set[tuple[str, str, str]] = set()  # (request, by, to)
        self.helpers: dict[str, set[str]] = {}  # request → who answered it
        self._documents: dict[str, dict[str, Any]] = {}

    # -- who there is

    async def settle_in(self) -> None:
        shared = keys_of("everybody")
        for host in HOSTS:
            server = await self.fediverse.server(host)
            await server.instance.db.write(partial(self._move_in, server, shared))
            for one in server.people.values():
                self.who[one.uri] = one
        for host in PLAIN:
            peer = self.fediverse.peer(host)
            self.peers.append(peer)
            for number in range(max(2, self.people_each // 6)):
                one = peer.persona(f"plain{number}")
                self.plain[one.uri] = one
        self._draw_friendships()
        await self._read_documents()
        for server in self.fediverse.servers.values():
            await server.instance.db.write(partial(self._write_down, server))

    def _move_in(self, server: Server, keys: Any, tx: Tx) -> None:
        for number in range(self.people_each):
            name = f"{server.host.partition('.')[0]}{number}"
            mine = msgspec.structs.replace(keys, ed25519_private_pem=_ed25519_of(name))
            member = registration.sign_up(
                tx,
                username=name,
                email=f"{name}@{server.host}",
                password_hash="none",
                keys=mine,
                display_name=name.capitalize(),
                trusted=True,
            )
            consent = self.dice.choices(("ask", "always", "never"), (6, 3, 1))[0]
            people.update_profile(
                tx,
                member.id,
                carry_consent=consent,
                accepts_carried=self.dice.random() > 0.15,
                weekly_budget=7,
            )
            server.people[name] = Who(server, member)

    def _draw_friendships(self) -> None:
        """A small world: neighbours on a ring that goes through all servers, and some far ones."""
        everybody = sorted(self.who)
        self.dice.shuffle(everybody)
        for at, one in enumerate(everybody):
            for step in (1, 2, 3):
                self._befriend(one, everybody[(at + step) % len(everybody)])
            if self.dice.random() < 0.3:
                self._befriend(one, self.dice.choice(everybody))
        for one in self.plain:
            for other in self.dice.sample(everybody, 3):
                self._befriend(one, other)

    def _befriend(self, one: str, other: str) -> None:
        if one != other:
            for left, right in ((one, other), (other, one)):
                self.friends[left].add(right)
                self.ever_friends[left].add(right)

    def _write_down(self, server: Server, tx: Tx) -> None:
        """What its people's friendships have left in this server's database."""
        here = {one.uri: one.id for one in server.people.values()}
        known: dict[str, PersonId] = dict(here)
        for uri in here:
            for other in sorted(self.friends[uri]):
                if other not in known:
                    known[other] = people.remember(tx, self._actor(other))
        for uri, mine in here.items():
            for other in sorted(self.friends[uri]):
                theirs = known[other]
                if other in here and other < uri:
                    continue
                tie_rows.put_follow(tx, mine, theirs, state="accepted", uri=_follow(uri, other))
                tie_rows.put_follow(tx, theirs, mine, state="accepted", uri=_follow(other, uri))
            for close in sorted(self.friends[uri])[:2]:
                tie_rows.put_close_pin(tx, mine, known[close])

    def _actor(self, uri: str) -> people.RemoteActor:
        if uri in self.plain:
            one = self.plain[uri]
            return actors.read_actor(one.document(), one.peer.host, one.key_id)
        who = self.who[uri]
        return actors.read_actor(self._documents[uri], who.server.host)

    async def _read_documents(self) -> None:
        """Actors as their servers give them: what the others would have fetched."""
        for server in self.fediverse.servers.values():
            await server.instance.db.read(partial(self._read_of, server))

    def _read_of(self, server: Server, tx: Tx) -> None:
        for one in server.people.values():
            member, signing = people_rows.member(tx, one.id), people_rows.signing_keys(tx, one.id)
            assert member is not None
            assert signing is not None
            self._documents[one.uri] = actors.document_of(tx, member, signing)

    # -- what they do

    async def live(self, steps: int) -> None:
        """Some steps of half a day: people write, answer, carry, block, lower, and their butlers go on."""
        for step in range(steps):
            if step < steps - 8:
                for _ in range(max(1, self.people_each // 40)):
                    await self._somebody_asks()
            await self._half_a_day()
            for server in self.fediverse.servers.values():
                await self._people_answer(server)
            if self.dice.random() < 0.5:
                await self._somebody_bars()
            if step % 3 == 2:
                await self._a_request_changes()
            await self.fediverse.settle()

    async def _half_a_day(self) -> None:
        """Time passes, and every server does what this is about."""
        self.fediverse.clock.forward(hours=STEP / timedelta(hours=1))
        for server in self.fediverse.servers.values():
            due = [task for task in butler.periodic_tasks() if task.name in BY_THE_CLOCK]
            await server.instance.db.write(lambda tx, due=due: [task.act(tx) for task in due])
        await self.fediverse.settle()

    async def _somebody_asks(self) -> None:
        uri = self.dice.choice(sorted(self.who))
        author, level = self.who[uri], self.dice.choices(range(5), (6, 4, 3, 1, 1))[0]
        number = len(self.requests)
        text = f"Please: request number {number:03d}x"
        post_id = await author.asks(text, intimacy=level)
        post = await author.server.instance.db.read(post_rows.get, author.id, post_id)
        assert post is not None
        if level == 1:  # as after two days and the author's yes
            await author.server.instance.db.write(
                lambda tx: help_rows.change_request(tx, post_id, widening_agreed=True)
            )
        self.requests.append(
            Request(
                number=number,
                author=uri,
                post_id=post_id,
                uri=post.uri,
                level=level,
                at=self.fediverse.clock(),
            )
        )

    async def _people_answer(self, server: Server) -> None:
        db = server.instance.db
        waiting = await db.read(
            lambda tx: [
                (row.id, row.member_id, row.kind, row.post_id)
                for row in tx.all(select(received_asks).where(received_asks.c.state == "asked"))
            ]
        )
        for asked_id, member_id, kind, post_id in waiting:
            chance = self.dice.random()
            if kind == "carry" and chance < 0.15:
                await self._pass_to_one(server, member_id, post_id)
            elif kind == "carry" and chance < 0.7:
                await db.write(carry_consent.answer, member_id, asked_id, yes=chance < 0.5)
            elif kind == "help" and chance < 0.4:
                yes = chance < 0.25
                await db.write(carry_consent.answer, member_id, asked_id, yes=yes)
                if yes:
                    await db.write(_offers, member_id, post_id)
        for post_id, reader in await db.read(_carried_in):
            if self.dice.random() < 0.06:
                await db.write(_offers, reader, post_id)

    async def _pass_to_one(self, server: Server, member_id: PersonId, post_id: PostId) -> None:
        db = server.instance.db
        member = await db.read(people_rows.member, member_id)
        post = await db.read(post_rows.get, member_id, post_id)
        assert member is not None
        if post is None:
            return
        author = await db.read(people_rows.by_id, post.author_id)
        to = [one for one in sorted(self.friends[member.person.uri]) if author and one != author.uri]
        if to:
            uri = self.dice.choice(to)
            person = await db.read(people_rows.by_uri, uri)
            assert person is not None
            await db.write(passing.pass_on, member, post_id, person.id)
            self.passed.add((post.uri, member.person.uri, uri))

    async def _somebody_bars(self) -> None:
        """A block or a mute: of a friend, or of a friend's friend, whom it would keep from being reached."""
        one = self.who[self.dice.choice(sorted(self.who))]
        near = sorted(self.friends[one.uri])
        far = sorted({two for friend in near for two in self.friends[friend]} - {one.uri})
        other = self.dice.choice(near if self.dice.random() < 0.3 else far)
        person = await one.server.instance.db.read(people_rows.by_uri, other)
        if person is None:
            return
        if self.dice.random() < 0.7:
            await one.does(ties.block, self.who.get(other) or self.plain[other])
            self.blocks[one.uri, other] = other in self.friends[one.uri]
            self.friends[one.uri].discard(other)
            self.friends[other].discard(one.uri)
        else:
            await one.does(ties.mute, self.who.get(other) or self.plain[other])
            self.mutes.setdefault((one.uri, other), self.fediverse.clock())

    async def _a_request_changes(self) -> None:
        going = [one for one in self.requests if one.over_at is None]
        if not going:
            return
        request = self.dice.choice(going)
        author = self.who[request.author]
        db, what = author.server.instance.db, self.dice.random()
        if what < 0.6:
            await db.write(help.lower, author.id, request.post_id)
        elif what < 0.8:
            await author.deletes(request.post_id)
        else:
            draft = Draft(text="Between friends now.", wish=Explicit(intimacy=max(2, request.level)))
            await db.write(editing.edit, await author.member(), request.post_id, draft)
        request.over_at = self.fediverse.clock()

    # -- what may never have happened

    async def violations(self) -> list[str]:
        """Every living row of every access list, and every byte every server was given, against the rules."""
        rows = await self._rows()
        consents = await self._consents()
        found = [*self._wrong_bytes(consents)]
        for request in self.requests:
            for host, reader, kind in rows[request.uri]:
                found += self._wrong_row(request, host, reader, kind, consents)
        return found

    async def _rows(self) -> dict[str, list[tuple[str, str, str]]]:
        """request → (server, reader, kind) of the living rows."""
        found: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
        for host, server in self.fediverse.servers.items():
            statement = (
                select(
                    posts.c.uri, people_table.c.uri.label("reader"), audiences.c.kind, audiences.c.created_at
                )
                .join(posts, posts.c.id == audiences.c.post_id)
                .join(people_table, people_table.c.id == audiences.c.person_id)
                .where(audiences.c.ended_at.is_(None), posts.c.deleted_at.is_(None))
            )
            for row in await server.instance.db.read(lambda tx, s=statement: tx.all(s)):
                found[row.uri].append((host, row.reader, row.kind))
        return found

    async def _consents(self) -> dict[str, set[str]]:
        """request → who ever agreed to carry it, by their own server's book."""
        found: dict[str, set[str]] = defaultdict(set)
        for server in self.fediverse.servers.values():
            statement = (
                select(posts.c.uri, people_table.c.uri.label("carrier"), received_asks.c.state)
                .join(posts, posts.c.id == received_asks.c.post_id)
                .join(people_table, people_table.c.id == received_asks.c.member_id)
                .where(received_asks.c.kind == "carry")
            )
            for row in await server.instance.db.read(lambda tx, s=statement: tx.all(s)):
                if row.state in ("accepted", "passed", "resting", "closed"):
                    found[row.uri].add(row.carrier)
        return found

    def _wrong_row(
        self,
        request: Request,
        host: str,
        reader: str,
        kind: str,
        consents: dict[str, set[str]],
    ) -> list[str]:
        where = f"{request.mark.decode()} (level {request.level}) at {host}: {reader} by {kind}"
        wrong = []
        if reader == request.author:
            return []
        for muter, muted in ((request.author, reader), (reader, request.author)):
            known = self.blocks.get((muter, muted))
            # A stranger's block stays on their own server, which keeps them from reading; an author's travels.
            if known is not None and (known or host == _host(muter) or muter == request.author):
                wrong.append(f"blocked: {where}")
            muted_at = self.mutes.get((muter, muted))
            # A mute acts on what is written later (R6), and elsewhere nobody knows of it but the muter's server.
            if muted_at is not None and muted_at < request.at and (host == _host(muter) or kind == "carried"):
                wrong.append(f"muted: {where}")
        if kind in FIRST and reader not in self.friends[request.author]:
            wrong.append(f"no friend: {where}")
        if kind == "carried":
            wrong += self._wrong_second(request, reader, where, consents)
        elif kind not in FIRST and kind != "reply":
            wrong.append(f"strange row: {where}")
        return wrong

    def _wrong_second(
        self, request: Request, reader: str, where: str, consents: dict[str, set[str]]
    ) -> list[str]:
        wrong = []
        if request.level >= 2 or request.over_at is not None:
            # Who took part keeps a lowered request, to read the thanks; nobody keeps any other.
            took_part = reader in self.helpers.get(request.uri, set())
            if request.level >= 2 or not took_part:
                wrong.append(f"left the first circle: {where}")
        if reader in self.ever_friends[request.author]:
            wrong.append(f"R2, a friend of the author: {where}")
        if not consents[request.uri] & self.ever_friends[reader] & self.ever_friends[request.author]:
            wrong.append(f"through nobody who agreed: {where}")
        return wrong

    def _wrong_bytes(self, consents: dict[str, set[str]]) -> list[str]:
        """A request's words reach servers of the author's friends and, below level 2, of friends of those who
        agreed; from level 4 on no ordinary server; no other."""
        wrong = []
        by_mark = {request.mark: request for request in self.requests}
        given: dict[bytes, set[str]] = defaultdict(set)
        for one in self.fediverse.internet.exchanges:
            for host, said in ((one.host, one.body), (one.sender, one.answer)):
                at = said.find(b"request number ")
                while at >= 0:
                    given[said[at : at + 19]].add(host)
                    at = said.find(b"request number ", at + 1)
        for mark, request in by_mark.items():
            allowed = {_host(request.author)} | {_host(one) for one in self.ever_friends[request.author]}
            if request.level <= 1:
                for carrier in consents[request.uri] & self.ever_friends[request.author]:
                    allowed |= {_host(one) for one in self.ever_friends[carrier] if one in self.who}
            if request.level == 4:
                allowed -= set(PLAIN)
            for host in given[mark] - allowed:
                wrong.append(f"bytes of {mark.decode()} (level {request.level}) at {host}")
        return wrong

    # -- what has to have happened, or nothing was tested

    async def look_back(self) -> dict[str, int]:
        """How much of everything there was."""
        self.helpers = defaultdict(set)
        carried = across = held = 0
        for host, server in self.fediverse.servers.items():
            statement = (
                select(posts.c.uri, people_table.c.uri.label("reader"))
                .join(posts, posts.c.id == audiences.c.post_id)
                .join(people_table, people_table.c.id == audiences.c.person_id)
                .where(audiences.c.kind == "carried")
            )
            for row in await server.instance.db.read(lambda tx, s=statement: tx.all(s)):
                if _host(row.reader) == host:
                    carried += 1
                    across += _host(row.uri) != host
            held += len(
                await server.instance.db.read(
                    lambda tx: tx.column(select(leases.c.post_id).where(leases.c.state == "held"))
                )
            )
            answered = posts.alias()
            writing = (
                select(answered.c.uri, people_table.c.uri.label("helper"))
                .select_from(posts)
                .join(answered, answered.c.id == posts.c.reply_to_id)
                .join(people_table, people_table.c.id == posts.c.author_id)
            )
            for row in await server.instance.db.read(lambda tx, s=writing: tx.all(s)):
                self.helpers[row.uri].add(row.helper)
        offered = 0
        for server in self.fediverse.servers.values():
            offered += len(await server.instance.db.read(lambda tx: tx.column(select(offers.c.id))))
        notes = [one for peer in self.peers for one in peer.got if one["type"] == "Create"]
        return {
            "requests": len(self.requests),
            "carried": carried,
            "across": across,
            "held": held,
            "offers": offered,
            "blocks": len(self.blocks),
            "passed": len(self.passed),
            "notes to ordinary servers": len(notes),
        }


def _follow(one: str, other: str) -> str:
    """The id of a follow, the same on both servers."""
    return f"https://{_host(one)}/activities/{hashlib.sha256(f'{one} {other}'.encode()).hexdigest()[:26]}"


def _host(uri: str) -> str:
    return uri.split("/")[2]


def _ed25519_of(name: str) -> str:
    private = ed25519.Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _carried_in(tx: Tx) -> list[tuple[PostId, PersonId]]:
    rows = tx.all(select(leases.c.post_id, leases.c.person_id).where(leases.c.state == "shown"))
    return [(row.post_id, row.person_id) for row in rows]


def _offers(tx: Tx, member_id: int, post_id: int) -> None:
    member = people_rows.member(tx, member_id)
    post = post_rows.get(tx, PersonId(member_id), post_id)
    if member is not None and post is not None and post.flag_is_up:
        help.offer(tx, member, post_id, words="I can help.")
