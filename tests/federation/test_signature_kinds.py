"""Two kinds of HTTP signatures: both are verified, and of those who take one kind only, each gets its own."""

import json
from contextlib import suppress
from datetime import datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fedi_aid.actions import ties
from fedi_aid.activitypub import extension
from fedi_aid.activitypub.fetch import Budget, fetch_document
from fedi_aid.activitypub.signatures import cavage, digest, keys, rfc9421
from fedi_aid.activitypub.signing import application_keys
from fedi_aid.errors import NotFound
from fedi_aid.net.fake import Exchange
from fedi_aid.storage import federation
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.federation import Dialect
from fedi_aid.storage.tables.federation import received
from tests.federation.conftest import AS, Fediverse, Persona, Server, Who

pytestmark = pytest.mark.anyio


class OneKindOnly:
    """In front of a server: requests must be signed in one kind, as on a server that knows no other.

    Actors stay open to everybody, except to signed GETs of the wrong kind when `gets_too`.
    """

    def __init__(self, app: ASGIApp, kind: Dialect, *, status: int = 401, gets_too: bool = False) -> None:
        self.app = app
        self.kind = kind
        self.status = status
        self.gets_too = gets_too

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        names = {name.lower() for name, _ in scope["headers"]}
        kind = "rfc9421" if b"signature-input" in names else "cavage" if b"signature" in names else None
        guarded = scope["method"] == "POST" or (self.gets_too and scope["path"].startswith("/users/"))
        if guarded and kind != self.kind:
            start: Message = {"type": "http.response.start", "status": self.status, "headers": []}
            await send(start)
            await send({"type": "http.response.body", "body": b""})
            return
        await self.app(scope, receive, send)


def only(fediverse: Fediverse, server: Server, kind: Dialect, **more: Any) -> None:
    fediverse.internet.add(server.host, OneKindOnly(server.app, kind, **more))


def kind_of(exchange: Exchange) -> str:
    names = {name.lower() for name, _ in exchange.headers}
    return "rfc9421" if b"signature-input" in names else "cavage" if b"signature" in names else ""


def sent(fediverse: Fediverse, host: str, method: str = "POST", since: int = 0) -> list[tuple[str, int]]:
    """(kind of signature, status) of what was sent to a host."""
    return [
        (kind_of(one), one.status)
        for one in fediverse.internet.exchanges[since:]
        if one.host == host and one.method == method and kind_of(one)
    ]


async def remembered(server: Server, host: str) -> str | None:
    return await server.instance.db.read(federation.dialect_of, host)


async def are_friends(one: Who, other: Who) -> bool:
    return await one.server.instance.db.read(tie_rows.are_friends, one.id, (await one.knows(other)).id)


# -- going out


@pytest.mark.parametrize("kind", ["cavage", "rfc9421"])
async def test_two_instances_become_friends_whichever_kind_one_takes(
    fediverse: Fediverse, kind: Dialect
) -> None:
    """Each is told by the other's actors that it understands RFC 9421; one of them does not keep its word."""
    one = await fediverse.server("one.example", "amina")
    two = await fediverse.server("two.example", "bruno")
    only(fediverse, two, kind, gets_too=True)
    await fediverse.befriend(one.amina, two.bruno)
    assert await are_friends(one.amina, two.bruno)
    assert await are_friends(two.bruno, one.amina)
    await one.amina.asks("Who has a ladder?")
    await fediverse.settle()
    assert await two.bruno.reads() == ["Who has a ladder?"]
    assert await remembered(one, "two.example") == {"cavage": "cavage", "rfc9421": "ed25519"}[kind]
    assert await one.waiting() == {}
    assert await two.waiting() == {}


async def test_what_an_actor_says_in_implements_is_believed(fediverse: Fediverse) -> None:
    one = await fediverse.server("one.example", "amina")
    for host, plain, kind in (("new.example", False, "ed25519"), ("old.example", True, "cavage")):
        await one.amina.does(ties.follow, fediverse.peer(host, "nora", plain=plain).persona("nora"))
        await fediverse.settle()
        assert [status for _, status in sent(fediverse, host)] == [202]
        assert await remembered(one, host) == kind


class SaysLess(Persona):
    """Knows RFC 9421, has an Ed25519 key, and does not say that its server verifies signatures by it."""

    def document(self) -> dict[str, Any]:
        words = [one for one in extension.implements() if one["href"] != extension.ED25519]
        return super().document() | {"generator": {"type": "Application", "implements": words}}


def algorithms(fediverse: Fediverse, host: str) -> list[str]:
    """Of the RFC 9421 signatures that a host was sent with POSTs."""
    fields = [
        {name.lower(): value for name, value in one.headers}
        for one in fediverse.internet.exchanges
        if one.host == host and one.method == "POST" and kind_of(one) == "rfc9421"
    ]
    return ["ed25519" if b'alg="ed25519"' in one[b"signature-input"] else "rsa" for one in fields]


async def test_ed25519_is_used_only_with_servers_that_say_they_verify_it(fediverse: Fediverse) -> None:
    """H15: the key decides the algorithm. A key under `assertionMethod` alone is no such word."""
    one = await fediverse.server("one.example", "amina")
    two = await fediverse.server("two.example", "bruno")
    await fediverse.befriend(one.amina, two.bruno)
    assert await are_friends(two.bruno, one.amina)
    assert (
        set(algorithms(fediverse, "two.example")) == set(algorithms(fediverse, "one.example")) == {"ed25519"}
    )
    assert {status for _, status in sent(fediverse, "two.example")} == {202}  # verified by the listed key
    peer = fediverse.peer("less.example", plain=False)
    peer.personas["nora"] = SaysLess(peer, "nora")
    await one.amina.does(ties.follow, peer.personas["nora"])
    await fediverse.settle()
    assert algorithms(fediverse, "less.example") == ["rsa"]


async def test_who_refuses_ed25519_after_all_gets_what_every_server_takes(fediverse: Fediverse) -> None:
    one = await fediverse.server("one.example", "amina")
    peer = fediverse.peer("odd.example", "nora", plain=False)
    only_cavage = OneKindOnly(fediverse.internet._apps["odd.example"], "cavage")
    fediverse.internet.add("odd.example", only_cavage)
    await one.amina.does(ties.follow, peer.persona("nora"))
    await fediverse.settle()
    assert sent(fediverse, "odd.example") == [("rfc9421", 401), ("cavage", 202)]
    assert await remembered(one, "odd.example") == "cavage"
    await one.amina.does(ties.unfollow, peer.persona("nora"))
    await fediverse.settle()
    assert sent(fediverse, "odd.example")[2:] == [("cavage", 202)]


async def test_our_actors_say_that_we_understand_rfc_9421(fediverse: Fediverse) -> None:
    await fediverse.server("one.example", "amina")
    for path in ("users/amina", "actor"):
        actor = (await fediverse.asks(f"https://one.example/{path}")).json()
        assert extension.RFC9421 in extension.implemented_by(actor)


async def test_a_refusal_is_followed_by_one_knock_in_the_other_kind(fediverse: Fediverse) -> None:
    """And the kind that worked is used at once the next time, for a week."""
    one = await fediverse.server("one.example", "amina")
    peer = fediverse.peer("plain.example", "frank")
    gate = OneKindOnly(fediverse.internet._apps["plain.example"], "rfc9421")
    fediverse.internet.add("plain.example", gate)
    frank = peer.persona("frank")
    await one.amina.does(ties.follow, frank)
    await fediverse.settle()
    assert sent(fediverse, "plain.example") == [("cavage", 401), ("rfc9421", 202)]
    assert await remembered(one, "plain.example") == "rfc9421"

    async def again() -> list[tuple[str, int]]:
        since = len(fediverse.internet.exchanges)
        await one.amina.does(ties.unfollow, frank)
        await fediverse.settle()
        await one.amina.does(ties.follow, frank)
        await fediverse.settle()
        return sent(fediverse, "plain.example", since=since)

    assert await again() == [("rfc9421", 202)] * 2
    fediverse.clock.forward(days=6, hours=23)
    assert await remembered(one, "plain.example") == "rfc9421"
    fediverse.clock.forward(hours=2)
    assert await remembered(one, "plain.example") is None
    assert await again() == [("cavage", 401), ("rfc9421", 202), ("rfc9421", 202)]
    gate.kind = "cavage"  # they went back: noticed with the next refusal
    assert await again() == [("rfc9421", 401), ("cavage", 202), ("cavage", 202)]


@pytest.mark.parametrize("status", [400, 403])
async def test_other_refusals_are_a_matter_of_the_signature_only_at_first(
    fediverse: Fediverse, status: int
) -> None:
    one = await fediverse.server("one.example", "amina")
    peer = fediverse.peer("plain.example", "frank")
    app = fediverse.internet._apps["plain.example"]
    fediverse.internet.add("plain.example", OneKindOnly(app, "rfc9421", status=status))
    frank = peer.persona("frank")
    await one.amina.does(ties.follow, frank)
    await fediverse.settle()
    assert sent(fediverse, "plain.example") == [("cavage", status), ("rfc9421", 202)]
    fediverse.internet.fail("plain.example", status)  # from now on they want nothing of us
    since = len(fediverse.internet.exchanges)
    await one.amina.does(ties.unfollow, frank)
    await fediverse.settle()
    assert sent(fediverse, "plain.example", since=since) == [("rfc9421", status)]


async def test_who_refuses_both_kinds_is_asked_twice_and_no_more(fediverse: Fediverse) -> None:
    one = await fediverse.server("one.example", "amina")
    frank = fediverse.peer("plain.example", "frank").persona("frank")
    await one.amina.knows(frank)
    fediverse.internet.fail("plain.example", 403)
    await one.amina.does(ties.follow, frank)
    await fediverse.settle()
    assert sent(fediverse, "plain.example")[-2:] == [("cavage", 403), ("rfc9421", 403)]
    assert len(sent(fediverse, "plain.example")) == 2
    assert await remembered(one, "plain.example") is None


async def test_of_two_refusals_the_first_says_why(fediverse: Fediverse) -> None:
    """A server that does not know the second kind calls it malformed: that is no reason to give up."""
    one = await fediverse.server("one.example", "amina")
    frank = fediverse.peer("plain.example", "frank").persona("frank")
    await one.amina.knows(frank)

    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        malformed = b"signature-input" in {name.lower() for name, _ in scope["headers"]}
        await Response(status_code=400 if malformed else 401)(scope, receive, send)

    fediverse.internet.add("plain.example", refuse)
    await one.amina.does(ties.follow, frank)
    await fediverse.settle()
    assert sent(fediverse, "plain.example")[-2:] == [("cavage", 401), ("rfc9421", 400)]
    assert list(await one.waiting()) == ["deliver:waiting"]


async def test_f13_a_second_knock_at_a_document_counts_against_the_budget(fediverse: Fediverse) -> None:
    """A signed GET knocks again too, as the instance and never as a member (F15)."""
    one = await fediverse.server("one.example", "amina")
    peer = fediverse.peer("plain.example", "frank")
    app = fediverse.internet._apps["plain.example"]
    fediverse.internet.add("plain.example", OneKindOnly(app, "rfc9421", gets_too=True))
    known = await one.amina.knows(peer.persona("frank"))
    assert known.uri == "https://plain.example/users/frank"
    assert sent(fediverse, "plain.example", "GET")[:2] == [("cavage", 401), ("rfc9421", 200)]
    assert await remembered(one, "plain.example") == "rfc9421"
    second = fediverse.internet.exchanges[1]
    assert b'keyid="https://one.example/actor#main-key"' in dict(second.headers)[b"Signature-Input"]
    peer = fediverse.peer("other.example", "olga")
    app = fediverse.internet._apps["other.example"]
    fediverse.internet.add("other.example", OneKindOnly(app, "rfc9421", gets_too=True))
    for fetches, statuses in ((1, [401]), (2, [401, 200])):
        since = len(fediverse.internet.exchanges)
        budget = Budget(fetches)
        with suppress(NotFound):
            await fetch_document(one.instance, peer.persona("olga").uri, budget)
        assert [status for _, status in sent(fediverse, "other.example", "GET", since)] == statuses
        assert budget.left == 0


# -- coming in


async def post9421(
    fediverse: Fediverse,
    who: Persona,
    url: str,
    activity: dict[str, Any],
    *,
    signed_url: str | None = None,
    sent_body: bytes | None = None,
    now: datetime | None = None,
    key: str = "rsa",
    extra: dict[str, str] | None = None,
) -> httpx.Response:
    body = json.dumps(activity).encode()
    rsa = key == "rsa"
    private = keys.load_private(who.keys.rsa_private_pem if rsa else who.keys.ed25519_private_pem)
    headers = rfc9421.sign(
        "POST",
        signed_url or url,
        body,
        key_id=who.key_id if rsa else who.proof_key_id,
        private_key=private,
        now=now or fediverse.clock(),
    )
    async with httpx.AsyncClient(transport=fediverse.internet.seen_from(who.peer.host)) as client:
        return await client.post(url, content=sent_body or body, headers=dict(headers) | (extra or {}))


async def stored(server: Server) -> int:
    count = select(func.count()).select_from(received)
    return await server.instance.db.read(lambda tx: int(tx.scalar(count)))


@pytest.fixture
async def one(fediverse: Fediverse) -> Server:
    return await fediverse.server("one.example", "amina")


@pytest.fixture
def frank(fediverse: Fediverse) -> Persona:
    return fediverse.peer("plain.example", "frank").persona("frank")


@pytest.mark.parametrize("key", ["rsa", "ed25519"])
async def test_a_follow_signed_as_in_rfc_9421_comes_in(
    fediverse: Fediverse, one: Server, frank: Persona, key: str
) -> None:
    activity = frank.says("Follow", one.amina.uri)
    first = await post9421(fediverse, frank, one.amina.inbox, activity, key=key)
    again = await post9421(fediverse, frank, one.amina.inbox, activity, key=key)  # H08
    assert (first.status_code, again.status_code) == (202, 202)
    assert await stored(one) == 1
    await fediverse.settle()
    assert await one.amina.notices() == ["follow_request"]


async def test_h01_a_refusal_says_how_to_sign(fediverse: Fediverse, one: Server, frank: Persona) -> None:
    refused = await frank.posts(one.amina.inbox, frank.says("Follow", one.amina.uri), drop=("Signature",))
    assert refused.status_code == 401
    assert refused.headers["accept-signature"] == (
        'sig1=("@method" "@target-uri" "content-digest");created;keyid;alg="rsa-v1_5-sha256"'
    )


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"signed_url": "http://one.example/users/amina/inbox"}, id="H17 other scheme"),
        pytest.param({"signed_url": "https://two.example/users/amina/inbox"}, id="H10 other host"),
        pytest.param({"signed_url": "https://one.example/inbox"}, id="H09 other inbox"),
        pytest.param({"sent_body": b'{"type":"Follow"}'}, id="H03 other body"),
        pytest.param({"extra": {"Content-Digest": digest.make_content(b"{}")}}, id="H03 other digest"),
        pytest.param({"extra": {"Signature": "sig1=:AAAA:"}}, id="H01 other signature"),
        pytest.param({"extra": {"Signature-Input": "sig1"}}, id="H06 malformed"),
    ],
)
async def test_bad_rfc_9421_signatures_are_refused(
    fediverse: Fediverse, one: Server, frank: Persona, how: dict[str, Any]
) -> None:
    activity = frank.says("Follow", one.amina.uri)
    answer = await post9421(fediverse, frank, one.amina.inbox, activity, **how)
    assert answer.status_code == 401
    assert answer.json() == {"error": "The signature could not be verified."}  # H22
    assert await stored(one) == 0


async def test_x07_our_address_is_the_one_in_the_settings(
    fediverse: Fediverse, one: Server, frank: Persona
) -> None:
    """H10: not what a Host header says. A proxy may replace it; who signs for it alone gets nothing."""
    activity = frank.says("Follow", one.amina.uri)
    host = {"Host": "two.example"}
    meant = "https://two.example/users/amina/inbox"
    answer = await post9421(fediverse, frank, one.amina.inbox, activity, extra=host, signed_url=meant)
    assert answer.status_code == 401
    assert await stored(one) == 0
    proxied = await post9421(fediverse, frank, one.amina.inbox, activity, extra=host)
    assert proxied.status_code == 202


async def test_h07_the_window_holds_for_both_kinds(fediverse: Fediverse, one: Server, frank: Persona) -> None:
    before = fediverse.clock()
    fediverse.clock.forward(hours=2)
    old = await post9421(fediverse, frank, one.amina.inbox, frank.says("Follow", one.amina.uri), now=before)
    assert old.status_code == 401


async def test_h18_a_good_cavage_signature_does_not_rescue_a_bad_other_one(
    fediverse: Fediverse, one: Server, frank: Persona
) -> None:
    activity = frank.says("Follow", one.amina.uri)
    assert (await frank.posts(one.amina.inbox, frank.says("Follow", one.amina.uri))).status_code == 202
    kept = await stored(one)
    for value in (
        f'sig1=("@method" "@target-uri" "content-digest");created=1;keyid="{frank.key_id}"',
        "",
        "nonsense",
    ):
        answer = await frank.posts(one.amina.inbox, activity, headers={"Signature-Input": value})
        assert answer.status_code == 401, value
    # Nor does a good cavage signature on a 9421 request whose own signature is missing.
    body = json.dumps(activity).encode()
    request = cavage.Outgoing(method="POST", host="one.example", target="/users/amina/inbox", body=body)
    private = keys.load_private(frank.keys.rsa_private_pem)
    headers = dict(cavage.sign(request, key_id=frank.key_id, private_key=private, now=fediverse.clock()))
    both = dict(
        rfc9421.sign(
            "POST", one.amina.inbox, body, key_id=frank.key_id, private_key=private, now=fediverse.clock()
        )
    )
    async with httpx.AsyncClient(transport=fediverse.internet.seen_from("plain.example")) as client:
        answer = await client.post(one.amina.inbox, content=body, headers=both | headers)
    assert answer.status_code == 401
    assert await stored(one) == kept


async def test_h11_signed_by_another_than_the_actor(fediverse: Fediverse, one: Server) -> None:
    peer = fediverse.peer("plain.example", "frank", "mallory")
    activity = peer.persona("frank").says("Follow", one.amina.uri)
    answer = await post9421(fediverse, peer.persona("mallory"), one.amina.inbox, activity)
    assert answer.status_code == 401
    assert await stored(one) == 0


async def test_a_get_signed_as_in_rfc_9421_opens_what_is_meant_for_the_asker(
    fediverse: Fediverse, one: Server
) -> None:
    two = await fediverse.server("two.example", "bruno")
    await fediverse.befriend(one.amina, two.bruno)
    await one.amina.asks("Who has a ladder?")
    await fediverse.settle()
    (seen,) = [view for view in await two.bruno.home() if view.post.text == "Who has a ladder?"]
    url = seen.post.uri
    private = keys.load_private(await application_pem(two))
    headers = dict(
        rfc9421.sign(
            "GET",
            url,
            None,
            key_id="https://two.example/actor#main-key",
            private_key=private,
            now=fediverse.clock(),
        )
    )
    assert (await fediverse.asks(url)).status_code == 404
    assert (await fediverse.asks(url, headers | {"Accept": AS})).status_code == 200
    other = headers | {"Signature": "sig1=:AAAA:"}
    missing = await fediverse.asks(url + "x", headers)
    hidden = await fediverse.asks(url, other)
    assert (missing.status_code, missing.content) == (hidden.status_code, hidden.content)  # P01, H22


async def application_pem(server: Server) -> str:
    return (await server.instance.db.read(application_keys)).rsa_private_pem
