"""Pictures of hidden posts open for one reader each, while that reader has access (RULES R17)."""

from typing import Any

import httpx
import pytest

from fedi_aid.actions import ties
from fedi_aid.media.addresses import SLOT, read_permit
from fedi_aid.model.ids import opaque
from fedi_aid.storage import withdrawal
from fedi_aid.storage.audience_rows import admit
from tests.api.conftest import Caller, World, checked
from tests.media.conftest import picture, size_of

pytestmark = pytest.mark.anyio


async def upload(caller: Caller) -> Any:
    return await caller.post("/api/v2/media", files={"file": ("a.jpg", picture(), "image/jpeg")})


async def circle(world: World) -> tuple[Caller, Caller, Caller]:
    """Amina, and two friends of hers."""
    amina, bruno, chen = [await world.member(name) for name in ("amina", "bruno", "chen")]
    await world.befriend(amina, bruno)
    await world.befriend(amina, chen)
    return amina, bruno, chen


async def shown(post: Any, to: Caller) -> dict[str, str]:
    """Where this reader's copy of the post has its picture."""
    seen = await to.get(f"/api/v1/statuses/{post['id']}")
    (file,) = seen["media_attachments"]
    assert file["remote_url"] is None
    return {"url": file["url"], "preview_url": file["preview_url"]}


async def fetched(world: World, url: str) -> httpx.Response:
    return await world.http.get(url)


async def direct_to(amina: Caller, *readers: Caller) -> Any:
    """A post for these readers alone, with a picture."""
    made = await upload(amina)
    named = " ".join(f"@{one.username}" for one in readers)
    return await amina.say(f"{named} look", visibility="direct", media_ids=[made["id"]])


async def test_every_reader_has_an_address_of_their_own(world: World) -> None:
    """R17: random, different for each recipient and for the author; kept nowhere on the way."""
    amina, bruno, chen = await circle(world)
    post = await direct_to(amina, bruno, chen)
    found = [await shown(post, one) for one in (amina, bruno, chen)]
    urls = [url for one in found for url in one.values()]
    assert len(set(urls)) == 6
    stems = [url.rpartition("/")[2] for url in urls]
    assert all(one[:8] != other[:8] for one in stems for other in stems if one != other)
    for one in found:
        full, small = [await fetched(world, url) for url in one.values()]
        assert size_of(full.content) == (60, 40)
        for answer in (full, small):
            assert answer.status_code == 200
            assert answer.headers["cache-control"] == "private, no-store"
            assert answer.headers["content-type"] == "image/jpeg"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["content-security-policy"].startswith("default-src 'none'")
            assert answer.headers["content-disposition"].startswith("inline")
    assert found[1] == await shown(post, bruno)  # the same again: apps keep what they have


async def test_an_address_dies_with_the_access_of_its_reader(both_worlds: World) -> None:
    """R17, R6: one friend is blocked, the other still sees; dead looks as if it had never been."""
    world = both_worlds
    amina, bruno, chen = await circle(world)
    post = await direct_to(amina, bruno, chen)
    to_bruno, to_chen = await shown(post, bruno), await shown(post, chen)
    await world.db.write(ties.block, amina.member.id, bruno.member.id)
    gone, never = await fetched(world, to_bruno["url"]), await fetched(world, "/media/" + "A" * 58 + ".jpg")
    assert gone.status_code == 404
    assert gone.content == never.content
    changing = ("date", "x-request-id", "x-ratelimit-remaining")
    assert [pair for pair in gone.headers.items() if pair[0] not in changing] == [
        pair for pair in never.headers.items() if pair[0] not in changing
    ]
    assert (await fetched(world, to_chen["url"])).status_code == 200
    checked(await amina.call("DELETE", f"/api/v1/statuses/{post['id']}"))
    assert (await fetched(world, to_chen["url"])).status_code == 404


async def test_access_that_ended_and_began_again_has_a_new_address(world: World) -> None:
    """R17: the row of the access list is what opens, not the person."""
    amina, bruno, _ = await circle(world)
    post = await direct_to(amina, bruno)
    before = await shown(post, bruno)
    await world.db.write(_let_in_again, int(post["id"]), bruno.member.id)
    after = await shown(post, bruno)
    assert after["url"] != before["url"]
    assert (await fetched(world, before["url"])).status_code == 404
    assert (await fetched(world, after["url"])).status_code == 200


def _let_in_again(tx: Any, post_id: int, person_id: int) -> None:
    withdrawal.from_post(tx, post_id, [person_id])
    assert admit(tx, post_id, person_id, kind="named", opaque=opaque())


async def close_post(amina: Caller, level: int) -> Any:
    made = await upload(amina)
    body = {"status": "close", "media_ids": [made["id"]], "fedi_aid": {"intimacy": level, "approved": True}}
    return await amina.post("/api/v1/statuses", json=body)


@pytest.mark.parametrize("level, expires", [(2, False), (3, True), (4, True)])
async def test_from_level_three_an_address_lives_for_a_day(world: World, level: int, expires: bool) -> None:
    """R17: it expires within a day, and the API gives out another."""
    amina, *_ = await circle(world)
    post = await close_post(amina, level)
    before = await shown(post, amina)
    assert (await fetched(world, before["url"])).status_code == 200
    world.tick(seconds=SLOT.total_seconds() - 1)
    assert (await fetched(world, before["url"])).status_code == 200
    world.tick(seconds=SLOT.total_seconds() + 2)
    after = await shown(post, amina)
    assert (after["url"] != before["url"]) is expires
    assert (await fetched(world, before["url"])).status_code == (404 if expires else 200)
    assert (await fetched(world, after["url"])).status_code == 200


async def test_a_post_that_narrows_closes_the_lasting_addresses(world: World) -> None:
    """R15, R17: raised to level 3, what was given out before without an end does not open any more."""
    amina, *_ = await circle(world)
    post = await close_post(amina, 2)
    before = await shown(post, amina)
    await amina.call(
        "PUT", f"/api/v1/statuses/{post['id']}", json={"status": "closer", "fedi_aid": {"intimacy": 3}}
    )
    assert (await amina.get(f"/api/v1/statuses/{post['id']}"))["fedi_aid"]["intimacy"] == 3
    assert (await fetched(world, before["url"])).status_code == 404


async def test_an_address_cannot_be_made_or_changed(world: World) -> None:
    """R17, B10: no other reader, file or day can be written into it."""
    amina, bruno, _ = await circle(world)
    post = await direct_to(amina, bruno)
    url = (await shown(post, bruno))["url"]
    word = url.rpartition("/")[2].removesuffix(".jpg")
    permit = read_permit(world.instance.house, word)
    assert permit is not None
    assert permit.reader == bruno.member.id
    for at in range(0, len(word), 7):
        other = word[:at] + ("A" if word[at] != "A" else "B") + word[at + 1 :]
        assert read_permit(world.instance.house, other) is None
        assert (await fetched(world, f"/media/{other}.jpg")).status_code == 404
    assert (await fetched(world, f"/proxy/{word}")).status_code == 404


async def test_an_upload_is_its_owners_until_it_is_shown(world: World) -> None:
    amina, bruno, _ = await circle(world)
    made = await upload(amina)
    assert (await fetched(world, made["url"])).status_code == 200
    assert (await amina.get(f"/api/v1/media/{made['id']}"))["url"] == made["url"]
    await direct_to(amina, bruno)


async def test_public_posts_have_plain_addresses_that_browsers_keep(open_world: World) -> None:
    world = open_world
    amina, bruno, _ = await circle(world)
    made = await upload(amina)
    post = await amina.say("for all", visibility="public", media_ids=[made["id"]])
    url = (await shown(post, bruno))["url"]
    assert url == (await shown(post, amina))["url"]
    answer = await fetched(world, url)
    assert answer.status_code == 200
    assert "max-age=31536000" in answer.headers["cache-control"]
    checked(await amina.call("DELETE", f"/api/v1/statuses/{post['id']}"))
    assert (await fetched(world, url)).status_code == 404


async def test_the_plain_name_of_a_hidden_picture_opens_nothing(world: World) -> None:
    """R17: knowing how a file is called on disk is not a permission."""
    amina, bruno, _ = await circle(world)
    await direct_to(amina, bruno)
    lying = [path.name for path in (world.settings.data_dir / "media").glob("??/*")]
    assert len(lying) == 2
    for name in lying:
        assert (await fetched(world, f"/media/{name}")).status_code == 404
