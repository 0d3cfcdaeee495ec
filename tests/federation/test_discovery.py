"""Finding people and the instance: WebFinger, host-meta, NodeInfo, actors, collections."""

import pytest

from fedi_aid.activitypub import remote
from fedi_aid.model.people import CARRY_ABILITY
from fedi_aid.storage import people as people_rows
from tests.federation.conftest import Fediverse

pytestmark = pytest.mark.anyio


async def test_webfinger_finds_members_by_handle_and_address(fediverse: Fediverse) -> None:
    one = await fediverse.server("one.example", "amina")
    base = "https://one.example/.well-known/webfinger?resource="
    for resource in ("acct:amina@one.example", "acct:Amina@ONE.example", one.amina.uri):
        answer = await fediverse.asks(base + resource)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("application/jrd+json")
        assert answer.json()["subject"] == "acct:amina@one.example"
        assert {"rel": "self", "type": "application/activity+json", "href": one.amina.uri} in answer.json()[
            "links"
        ]


async def test_the_instance_is_found_on_its_origin(fediverse: Fediverse) -> None:
    """FEP-d556."""
    await fediverse.server("one.example")
    answer = await fediverse.asks("https://one.example/.well-known/webfinger?resource=https://one.example/")
    rels = {link["rel"]: link["href"] for link in answer.json()["links"]}
    assert rels["https://www.w3.org/ns/activitystreams#Service"] == "https://one.example/actor"
    actor = (await fediverse.asks("https://one.example/actor")).json()
    assert actor["type"] == "Application"
    assert CARRY_ABILITY in [one["href"] for one in actor["generator"]["implements"]]


async def test_the_butler_is_as_unknown_as_nobody(fediverse: Fediverse) -> None:
    """O15 too: path tricks lead nowhere."""
    await fediverse.server("one.example", "amina")
    base = "https://one.example/.well-known/webfinger?resource="
    names = ["butler@one.example", "nobody@one.example", "amina@two.example", "amina"]
    answers = [await fediverse.asks(f"{base}acct:{name}") for name in names]
    for trick in ("amina/../butler", "%61mina", "amina/", "amina#x"):
        answers.append(await fediverse.asks(f"{base}https%3A//one.example/users/{trick.replace('%', '%25')}"))
    seen = {(one.status_code, one.content, one.headers["content-type"]) for one in answers[:-1]}
    assert len(seen) == 1
    assert answers[0].status_code == 404
    for path in ("/users/butler", "/users/nobody", "/users/butler/outbox", "/users/nobody/followers"):
        answer = await fediverse.asks(f"https://one.example{path}")
        assert (answer.status_code, answer.content) == (404, answers[0].content)


async def test_host_meta_and_nodeinfo(fediverse: Fediverse) -> None:
    """P09: counts are rounded. FEP-2677: the application actor stands beside the documents."""
    await fediverse.server("one.example", "amina", "eve", "dov")
    meta = await fediverse.asks("https://one.example/.well-known/host-meta")
    assert "https://one.example/.well-known/webfinger?resource={uri}" in meta.text
    links = (await fediverse.asks("https://one.example/.well-known/nodeinfo")).json()["links"]
    assert "https://one.example/actor" in [link["href"] for link in links]
    for version in ("2.0", "2.1"):
        document = (await fediverse.asks(f"https://one.example/nodeinfo/{version}")).json()
        assert document["software"]["name"] == "fedi_aid"
        assert document["metadata"]["upstream"]["name"] == "mastodon"
        assert document["usage"]["users"]["total"] % 10 == 0
    assert (await fediverse.asks("https://one.example/nodeinfo/3.0")).status_code == 404


async def test_an_actor_tells_no_number_and_no_date(fediverse: Fediverse) -> None:
    """P08, P15, RULES R7."""
    one = await fediverse.server("one.example", "amina")
    answer = await fediverse.asks(one.amina.uri)
    actor = answer.json()
    assert actor["manuallyApprovesFollowers"] is True
    assert (actor["discoverable"], actor["indexable"]) == (False, False)
    assert actor["webfinger"] == "amina@one.example"
    assert actor["publicKey"]["id"] == f"{one.amina.uri}#main-key"
    assert actor["assertionMethod"][0]["id"] == f"{one.amina.uri}#ed25519-key"
    assert isinstance(actor["@context"], list)
    assert "published" not in actor
    assert "private" in answer.headers["cache-control"]
    assert "Signature" in answer.headers["vary"]
    await one.amina.writes("a post", intimacy=2)
    for name in ("followers", "following", "collections/featured", "outbox"):
        collection = (await fediverse.asks(f"{one.amina.uri}/{name}")).json()
        assert "totalItems" not in collection
        assert not collection.get("orderedItems")


async def test_a_browser_is_sent_to_the_page(fediverse: Fediverse) -> None:
    one = await fediverse.server("one.example", "amina")
    answer = await fediverse.asks(one.amina.uri, {"Accept": "text/html,*/*"})
    assert answer.status_code == 302
    assert answer.headers["location"] == "https://one.example/@amina"


async def test_ids_never_come_from_the_host_header(fediverse: Fediverse) -> None:
    """O14."""
    one = await fediverse.server("one.example", "amina")
    answer = await fediverse.asks(one.amina.uri, {"Host": "evil.example"})
    assert "evil.example" not in answer.text


async def test_people_elsewhere_are_resolved_by_handle_and_address(fediverse: Fediverse) -> None:
    one = await fediverse.server("one.example", "amina")
    two = await fediverse.server("two.example", "bruno")
    for words in ("@bruno@two.example", "bruno@two.example", two.bruno.uri):
        found = await remote.resolve(one.instance, words)
        assert found is not None
        person = await one.instance.db.read(people_rows.by_id, found)
        assert person is not None
        assert person.handle == "bruno@two.example"
        assert person.speaks_fedi_aid
        assert person.ed25519_multikey
    assert await remote.resolve(one.instance, "amina@one.example") == one.amina.id
    for words in ("butler@two.example", "nobody@two.example", "x@nowhere.example", "", "a@b@c", "http://["):
        assert await remote.resolve(one.instance, words) is None


async def test_a_handle_of_another_domain_needs_both_hosts(fediverse: Fediverse) -> None:
    """O08, O09: evil.example's actor says it is amina@one.example."""
    two = await fediverse.server("two.example", "bruno")
    await fediverse.server("one.example", "amina")
    evil = fediverse.peer("evil.example", "amina")
    claim = evil.persona("amina").document() | {"webfinger": "amina@one.example"}
    evil.documents["/users/amina"] = (200, claim)
    found = await remote.fetch_actor(two.instance, evil.persona("amina").uri)
    assert found.handle == "amina@evil.example"


async def test_an_actor_document_is_believed_only_where_it_lives(fediverse: Fediverse) -> None:
    """F09, O06, O11."""
    one = await fediverse.server("one.example")
    two = await fediverse.server("two.example", "bruno")
    evil = fediverse.peer("evil.example", "mallory")
    mallory = evil.persona("mallory")
    good = mallory.document()
    for path, change in (
        ("/forged", {"id": two.bruno.uri}),
        ("/hammer", {"id": "https://evil.example/hammer", "inbox": two.bruno.inbox}),
        ("/nameless", {"id": "https://evil.example/nameless", "preferredUsername": 5}),
    ):
        evil.documents[path] = (200, good | change)
    for path in ("/hammer", "/nameless"):
        assert await remote.resolve(one.instance, f"https://evil.example{path}") is None
    found = await remote.resolve(one.instance, "https://evil.example/forged")
    if found is not None:  # asked again where it lives, and so it is Bruno's own document
        person = await one.instance.db.read(people_rows.by_id, found)
        assert person is not None
        assert person.inbox == two.bruno.inbox
        assert person.public_key_id == f"{two.bruno.uri}#main-key"
    evil.documents["/users/at"] = (
        200,
        good | {"id": "https://evil.example/users/at", "preferredUsername": "alice@evil"},
    )
    named = await remote.fetch_actor(one.instance, "https://evil.example/users/at")
    assert "@" not in named.username
