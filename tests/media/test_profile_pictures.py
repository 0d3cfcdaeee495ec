"""Portraits and headers: uploaded, shown, told to other servers, taken away."""

from typing import Any

import pytest

from fedi_aid.activitypub import actors
from fedi_aid.storage import people
from fedi_aid.storage.files import for_profile
from fedi_aid.storage.jobs import counts
from fedi_aid.storage.tx import Tx
from tests.api.conftest import Caller, World, checked
from tests.media.conftest import SVG, picture, size_of

pytestmark = pytest.mark.anyio
PATH = "/api/v1/accounts/update_credentials"


async def put(caller: Caller, status: int = 200, data: Any = None, **files: bytes) -> Any:
    sent = {name: ("me", content, "image/png") for name, content in files.items()}
    return checked(await caller.call("PATCH", PATH, files=sent, data=data or {}), status)


def lying(world: World) -> list[str]:
    return sorted(path.name for path in (world.settings.data_dir / "media").glob("??/*"))


async def test_a_member_shows_a_portrait_and_a_header(world: World) -> None:
    """Cut to their places, kept by browsers, in the actor document, told to servers that know the member."""
    amina, bruno = await world.member("amina"), await world.member("bruno")
    jobs_before = {one.kind: one.jobs for one in await world.db.read(counts)}
    made = await put(
        amina,
        avatar=picture(size=(900, 600)),
        header=picture("PNG", size=(1600, 900)),
        data={"note": "hello"},
    )
    assert "hello" in made["note"]
    assert made["avatar"] == made["avatar_static"] != made["header"]
    assert made["avatar"].startswith("http://aid.example/media/")
    seen = await bruno.get(f"/api/v1/accounts/{amina.id}")
    assert (seen["avatar"], seen["header"]) == (made["avatar"], made["header"])
    for url, size in ((made["avatar"], (400, 400)), (made["header"], (1500, 500))):
        answer = await world.http.get(url)
        assert size_of(answer.content) == size
        assert "max-age=31536000" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    document = await world.db.read(actor_of, amina)
    assert (document["icon"]["type"], document["icon"]["url"]) == ("Image", made["avatar"])
    assert document["image"]["url"] == made["header"]
    told = {one.kind: one.jobs for one in await world.db.read(counts)}
    assert told.get("tell_person", 0) > jobs_before.get("tell_person", 0)


def actor_of(tx: Tx, who: Caller) -> dict[str, Any]:
    person, signing = people.by_id(tx, who.member.id), people.signing_keys(tx, who.member.id)
    assert person is not None
    assert signing is not None
    return actors.person_document(person, signing, tx.house)


@pytest.mark.parametrize("place", ["avatar", "header"])
async def test_a_new_one_replaces_the_old_and_none_at_all_is_possible(world: World, place: str) -> None:
    amina = await world.member("amina")
    default = (await amina.get(f"/api/v1/accounts/{amina.id}"))[place]
    first = (await put(amina, **{place: picture()}))[place]
    second = (await put(amina, **{place: picture("PNG", mode="RGBA")}))[place]
    assert first != second
    assert second.endswith(".png")
    assert (await world.http.get(first)).status_code == 404
    assert (await world.http.get(second)).status_code == 200
    gone = checked(await amina.call("DELETE", f"/api/v1/profile/{place}"))
    assert gone[place] == default
    assert "source" in gone
    assert (await world.http.get(second)).status_code == 404
    assert checked(await amina.call("DELETE", f"/api/v1/profile/{place}"))[place] == default


async def test_a_suspended_member_shows_nothing(world: World) -> None:
    amina = await world.member("amina")
    url = (await put(amina, avatar=picture()))["avatar"]
    await world.db.write(people.change, amina.member.id, suspended_at=world.clock.now)
    assert (await world.http.get(url)).status_code == 404


async def test_what_is_no_picture_changes_nothing(world: World) -> None:
    amina = await world.member("amina")
    before = (await put(amina, avatar=picture()))["avatar"]
    for name in ("avatar", "header"):
        refused = await put(amina, 422, **{name: SVG})
        assert refused["details"][name]
    refused = await put(amina, 422, header=picture(), data={"display_name": "x" * 200})
    assert refused["details"]["display_name"]
    assert (await amina.get(f"/api/v1/accounts/{amina.id}"))["avatar"] == before
    assert len(lying(world)) == 2  # the one portrait and its small form


async def test_a_portrait_is_not_for_posts(world: World) -> None:
    amina = await world.member("amina")
    await put(amina, avatar=picture())
    (file,) = await world.db.read(for_profile, amina.member.id, "avatar")
    assert (await amina.call("GET", f"/api/v1/media/{file.id}")).status_code == 404
    await amina.post("/api/v1/statuses", 422, json={"status": "look", "media_ids": [str(file.id)]})


async def test_only_with_the_right_to_write_ones_profile(world: World) -> None:
    amina = await world.member("amina")
    amina.token = await world.token(amina, "read write:statuses")
    assert (await amina.call("DELETE", "/api/v1/profile/avatar")).status_code == 403
    assert (await world.http.delete("/api/v1/profile/avatar")).status_code == 401
