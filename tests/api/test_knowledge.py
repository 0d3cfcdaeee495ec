"""S4e: what the engine knows about me, on one page, and nothing of what others keep to themselves."""

from typing import Any

import pytest

from fedi_aid.actions import carry_consent
from fedi_aid.storage import received_asks as received_rows
from tests.api.conftest import Caller, World

pytestmark = pytest.mark.anyio

PATH = "/api/v1/fedi_aid/knowledge"


async def sections(caller: Caller) -> dict[str, Any]:
    return {one["name"]: one for one in (await caller.get(PATH))["sections"]}


def texts(section: Any) -> list[str]:
    return [row["text"] for row in section["rows"]]


async def test_it_tells_what_i_did_and_said(world: World, amina: Caller, bruno: Caller) -> None:
    await world.befriend(amina, bruno)
    await amina.say("@bruno hello", visibility="direct")
    world.tick(days=1)
    await amina.say("@bruno hello again", visibility="direct")
    await amina.post(f"/api/v1/fedi_aid/accounts/{bruno.id}/close")
    asked = await amina.say("Who has a ladder?", fedi_aid={"help": True, "intimacy": 2})
    made = await amina.post("/api/v1/lists", data={"title": "Garden"})
    await amina.post(f"/api/v1/lists/{made['id']}/accounts", data={"account_ids[]": bruno.id})
    found = await sections(amina)
    assert found["contacts"]["rows"] == [
        {"text": "Bruno: on 2 days, the last on March 15, 2026", "account_id": bruno.id, "status_id": None}
    ]
    assert texts(found["rings"]) == ["Bruno: among your confidants"]
    assert texts(found["spheres"]) == ["1 person on your list “Garden”"]
    assert texts(found["aside"]) == ["Bruno: close, by your own word"]
    assert found["requests"]["rows"][0]["status_id"] == asked["id"]
    assert texts(found["requests"])[0].startswith("March 15, 2026: “Who has a ladder?”. The flag is up.")
    assert "You allow 3 in a week; 3 are left." in found["budget"]["sentences"]


async def test_it_tells_what_was_asked_of_me_and_what_i_said(
    world: World, amina: Caller, bruno: Caller
) -> None:
    await world.befriend(amina, bruno)
    asked = await amina.say("Who has a ladder?", fedi_aid={"help": True, "intimacy": 2})

    def put(tx: Any, state: str) -> int:
        uri = tx.house.new_activity()
        row = received_rows.receive_ask(tx, uri, int(asked["id"]), bruno.member.id, "help", due_at=tx.now)
        assert row is not None
        received_rows.change_received(tx, row, state=state)
        return row

    row = await world.db.write(put, "waiting")
    assert (await sections(bruno))["asked"]["rows"] == []  # they have not been told (quiet hours)
    await world.db.write(lambda tx: received_rows.change_received(tx, row, state="asked"))
    assert texts((await sections(bruno))["asked"]) == [
        "March 14, 2026: to help. Amina, “Who has a ladder?”. You have not answered, and need not."
    ]
    await world.db.write(carry_consent.answer, bruno.member.id, row, yes=False)
    assert texts((await sections(bruno))["asked"])[0].endswith("You said no; its author was not told.")
    await amina.post(f"/api/v1/fedi_aid/statuses/{asked['id']}/wrong_person", json={"account_id": bruno.id})
    gone = (await sections(bruno))["asked"]["rows"]
    assert gone == [
        {
            "text": "March 14, 2026: to help. something that you can no longer read. "
            "You said no; its author was not told.",
            "account_id": None,
            "status_id": None,
        }
    ]


async def test_what_others_keep_to_themselves_changes_no_byte(
    world: World, amina: Caller, bruno: Caller
) -> None:
    """R8: a pin, a mute, a report, a note and a "wrong person" by others; and who stayed silent."""
    await world.befriend(amina, bruno)
    asked = await amina.say("Who has a ladder?", fedi_aid={"help": True, "intimacy": 2})
    theirs = await bruno.say("A good day.")
    before = (await world.http.get(PATH, headers={"Authorization": f"Bearer {amina.token}"})).content
    await bruno.post(f"/api/v1/fedi_aid/accounts/{amina.id}/close")
    await bruno.post(f"/api/v1/accounts/{amina.id}/mute")
    await bruno.post(f"/api/v1/accounts/{amina.id}/note", data={"comment": "kind"})
    await bruno.post("/api/v1/reports", data={"account_id": amina.id})
    await bruno.post(f"/api/v1/fedi_aid/statuses/{theirs['id']}/wrong_person", json={"account_id": amina.id})
    await bruno.post(f"/api/v1/fedi_aid/accounts/{amina.id}/unclose")
    await bruno.get(f"/api/v1/statuses/{asked['id']}")
    after = (await world.http.get(PATH, headers={"Authorization": f"Bearer {amina.token}"})).content
    assert after == before


async def test_it_is_told_in_my_language_to_me_alone(world: World, amina: Caller) -> None:
    await amina.call("PATCH", "/api/v1/fedi_aid/butler", json={"locale": "fr"})
    found = await sections(amina)
    assert found["rest"]["title"] == "Ce qui n'est pas sur cette page"
    assert (await world.http.get(PATH)).status_code == 401
