"""Moving house through the API: aliases, going, coming back (docs/api-extension.md)."""

from typing import Any

import pytest
from sqlalchemy import update

from fedi_aid.actions import registration
from fedi_aid.model.ids import PersonId
from fedi_aid.storage import people
from fedi_aid.storage.tables.people import people as people_table
from tests.api.conftest import Caller, World

pytestmark = pytest.mark.anyio
MOVE = "/api/v1/fedi_aid/move"
PASSWORD = "correct horse battery"


async def resolving(world: World, **known: PersonId) -> None:
    async def resolve(words: str) -> Any:
        return ("person", known[words]) if words in known else None

    world.resolve = resolve


@pytest.fixture
async def amina(world: World) -> Caller:
    made = await world.member("amina")
    hashed = registration.hash_password(PASSWORD)
    await world.db.write(people.change_member, made.member.id, password_hash=hashed)
    return made


@pytest.fixture
async def far(world: World) -> PersonId:
    made = await world.stranger("amina")
    await resolving(world, far=made)
    return made


def says(world: World, person_id: PersonId, *uris: str) -> Any:
    """Their server says, just now, that they are also these."""

    def work(tx: Any) -> None:
        values = {"also_known_as": list(uris), "fetched_at": tx.now}
        tx.run(update(people_table).where(people_table.c.id == person_id).values(**values))

    return world.db.write(work)


async def test_an_alias_is_named_and_taken_back(world: World, amina: Caller, far: PersonId) -> None:
    assert await amina.get(MOVE) == {"aliases": [], "moved_to": None, "free_at": None}
    named = await amina.post(f"{MOVE}/aliases", data={"acct": "far"})
    assert [one["acct"] for one in named["aliases"]] == ["amina@far.example"]
    await amina.post(f"{MOVE}/aliases", 422, data={"acct": "unknown"})
    await amina.post(f"{MOVE}/aliases", 422, data={})
    gone = await amina.call("DELETE", f"{MOVE}/aliases/{far}")
    assert gone.json()["aliases"] == []
    assert (await amina.call("DELETE", f"{MOVE}/aliases/{far}")).status_code == 404


async def test_going_needs_the_other_s_word_and_the_password(
    world: World, amina: Caller, far: PersonId
) -> None:
    """A15: whoever has no more than a token moves nobody."""
    bruno = await world.member("bruno")
    await world.befriend(amina, bruno)
    form = {"acct": "far", "password": PASSWORD}
    await amina.post(MOVE, 422, data=form)
    await says(world, far, amina.member.person.uri)
    await amina.post(MOVE, 422, data=form | {"password": "wrong"})
    await amina.post(MOVE, 422, data={"acct": "far"})
    assert (await amina.get(MOVE))["moved_to"] is None
    gone = await amina.post(MOVE, data=form)
    assert gone["moved_to"]["acct"] == "amina@far.example"
    assert gone["free_at"] is not None
    assert (await bruno.get(f"/api/v1/accounts/{amina.id}"))["moved"]["id"] == str(far)
    await amina.post("/api/v1/statuses", 403, data={"status": "Still here?"})
    assert (await amina.get("/api/v1/timelines/home")) == []
    back = await amina.call("DELETE", MOVE)
    assert back.json()["moved_to"] is None
    await amina.say("Still here.")
    await says(world, far, amina.member.person.uri)
    refused = await amina.post(MOVE, 422, data=form)
    assert "30 days" in refused["error"]
    assert (await amina.call("DELETE", MOVE)).status_code == 422


async def test_coming_from_where_nobody_can_say_it(world: World, amina: Caller, far: PersonId) -> None:
    form = {"acct": "far", "password": PASSWORD}
    await says(world, far, amina.member.person.uri)
    await amina.post(f"{MOVE}/from", 422, data=form)
    await amina.post(f"{MOVE}/aliases", data={"acct": "far"})
    await amina.post(f"{MOVE}/from", data=form)
    assert (await amina.get(f"/api/v1/accounts/{far}"))["moved"]["id"] == amina.id


async def test_whoever_may_only_read_moves_nothing(world: World, amina: Caller, far: PersonId) -> None:
    reader = Caller(world, amina.member, await world.token(amina, "read"))
    await reader.get(MOVE)
    for method, path in (("POST", MOVE), ("POST", f"{MOVE}/aliases"), ("DELETE", MOVE)):
        assert (await reader.call(method, path)).status_code == 403
