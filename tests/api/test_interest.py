"""S4b over the API: declared on create and edit, shown to clients that know us and to those that do not."""

import pytest

from tests.api.conftest import Caller, World

pytestmark = pytest.mark.anyio


async def test_every_client_reads_it(world: World, amina: Caller, bruno: Caller) -> None:
    await world.befriend(amina, bruno)
    made = await amina.say("Saws.", language="en", fedi_aid={"interest": "my <b>sister's</b> shop"})
    read = await bruno.get(f"/api/v1/statuses/{made['id']}")
    for status in (made, read):
        assert status["fedi_aid"]["interest"] == "my <b>sister's</b> shop"
        assert status["content"] == (
            "<p>Interest declared: my &lt;b&gt;sister's&lt;/b&gt; shop</p><p>Saws.</p>"
        )
    assert (await amina.get(f"/api/v1/statuses/{made['id']}/source"))["text"] == "Saws."


async def test_it_stays_until_its_author_takes_it_back(world: World, amina: Caller) -> None:
    path = f"/api/v1/statuses/{(await amina.say('Saws. #paid', language='fr'))['id']}"
    shown = await amina.get(path)
    assert shown["fedi_aid"]["interest"] == "the author is paid for this, or gains by it"  # in the reader's
    assert "Intérêt déclaré : la personne qui écrit est payée" in shown["content"]  # in the post's language
    edited = (await amina.call("PUT", path, json={"status": "Better saws."})).json()
    assert edited["fedi_aid"]["interest"] is not None
    assert edited["content"].endswith("<p>Better saws.</p>")
    said = (await amina.call("PUT", path, json={"fedi_aid": {"interest": "I make them"}})).json()
    assert said["fedi_aid"]["interest"] == "I make them"
    for nothing in ("false", ""):
        back = (await amina.call("PUT", path, data={"fedi_aid[interest]": nothing})).json()
        assert back["fedi_aid"]["interest"] is None
        assert back["content"] == "<p>Better saws.</p>"
        await amina.call("PUT", path, json={"status": "Better saws. #paid"})


@pytest.mark.parametrize(
    "body",
    [
        {"status": "Saws", "fedi_aid": {"interest": True, "help": True}},
        {"status": "Saws #help", "fedi_aid": {"interest": "mine"}},
        {"status": "Saws #help #interested"},
        {"status": "Saws", "fedi_aid": {"interest": "x" * 201}},
    ],
)
async def test_what_cannot_be_declared_is_a_sentence(world: World, amina: Caller, body: object) -> None:
    refused = await amina.call("POST", "/api/v1/statuses", json=body)
    assert refused.status_code == 422
    assert "interest" in refused.text or "200" in refused.text
    assert await amina.get("/api/v1/timelines/home") == []


async def test_it_waits_for_its_hour_with_the_post(world: World, amina: Caller) -> None:
    later = (world.clock().replace(microsecond=0)).isoformat().replace("2026", "2027")
    made = await amina.say("Saws.", scheduled_at=later, fedi_aid={"interest": True})
    assert made["params"]["fedi_aid"]["interest"] == "the author is paid for this, or gains by it"
    refused = await amina.call(
        "POST",
        "/api/v1/statuses",
        json={"status": "Saws. #help", "scheduled_at": later, "fedi_aid": {"interest": True}},
    )
    assert refused.status_code == 422
