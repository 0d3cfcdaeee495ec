"""Projects through our own endpoints: described, written in, closed; nobody else's business."""

from typing import Any

import pytest

from fedi_aid.storage import projects as rows
from fedi_aid.storage.tables.projects import project_people
from fedi_aid.storage.tx import Tx
from tests.api.conftest import Caller, World

pytestmark = pytest.mark.anyio
PROJECTS = "/api/v1/fedi_aid/projects"


async def begun(caller: Caller, **fields: Any) -> Any:
    return await caller.post(
        PROJECTS, json={"title": "Chœur d'été", "causes": ["Musique", "#Voisins"]} | fields
    )


async def test_a_project_and_its_logbook(both_worlds: World) -> None:
    amina, bruno = await both_worlds.member("amina"), await both_worlds.member("bruno")
    await both_worlds.befriend(amina, bruno)
    made = await begun(amina, description="We sing in August.", kind="personal")
    assert (made["title"], made["state"], made["mine"]) == ("Chœur d'été", "open", True)
    assert made["causes"] == ["Musique", "Voisins"]
    assert made["tag"] == "project_choeur_d_ete"
    by_id = await amina.say("Day one", fedi_aid={"project_id": made["id"], "intimacy": 1})
    by_tag = await amina.say("Day two #project_choeur_d_ete")
    await amina.say("Something else")
    assert (by_id["fedi_aid"]["project_id"], by_tag["fedi_aid"]["project_name"]) == (
        made["id"],
        "Chœur d'été",
    )
    logbook = await amina.get(f"{PROJECTS}/{made['id']}/logbook")
    assert [one["id"] for one in logbook] == [by_tag["id"], by_id["id"]]
    assert [one["id"] for one in await amina.get(PROJECTS)] == [made["id"]]
    # Bruno sees the posts he was chosen for, and not the project.
    assert await bruno.get(PROJECTS) == []
    await bruno.get(f"{PROJECTS}/{made['id']}", 404)
    await bruno.get(f"{PROJECTS}/{made['id']}/logbook", 404)


async def test_the_causes_reach_the_engine(world: World, amina: Caller) -> None:
    made = await begun(amina, causes=["Vélo partagé", "velo", "VÉLO PARTAGÉ"])
    assert made["causes"] == ["Vélo partagé", "velo"]
    found = await world.db.read(rows.causes_of_project, int(made["id"]))
    assert found == {"vélopartagé", "velo"}
    # A cause has one name, given by who named it first.
    other = await begun(amina, title="Another", causes=["VELO"])
    assert other["causes"] == ["velo"]
    changed = await amina.call("PATCH", f"{PROJECTS}/{other['id']}", json={"causes": []})
    assert changed.json()["causes"] == []


async def test_a_closed_project_takes_nothing_more(world: World, amina: Caller) -> None:
    made = await begun(amina)
    path = f"{PROJECTS}/{made['id']}"
    closed = await amina.call("PATCH", path, json={"state": "closed", "title": "The choir"})
    assert (closed.json()["state"], closed.json()["tag"]) == ("closed", "project_the_choir")
    refused = await amina.call(
        "POST", "/api/v1/statuses", json={"status": "late", "fedi_aid": {"project_id": made["id"]}}
    )
    assert refused.status_code == 422
    assert (await amina.call("PATCH", path, json={"state": "open"})).json()["state"] == "open"
    said = await amina.say("again", fedi_aid={"project_id": made["id"]})
    assert (await amina.call("DELETE", path)).json() == {}
    assert await amina.get(PROJECTS) == []
    assert (await amina.get(f"/api/v1/statuses/{said['id']}"))["fedi_aid"]["project_name"] == "The choir"


async def test_the_team_writes_and_the_owner_describes(world: World, amina: Caller, bruno: Caller) -> None:
    await world.befriend(amina, bruno)
    made = await begun(amina)

    def join(tx: Tx) -> None:
        tx.insert(
            project_people,
            project_id=int(made["id"]),
            person_id=bruno.member.id,
            role="team",
            state="accepted",
            created_at=tx.now,
        )

    await world.db.write(join)
    [seen] = await bruno.get(PROJECTS)
    assert (seen["id"], seen["mine"]) == (made["id"], False)
    await bruno.say("I wrote too", fedi_aid={"project_id": made["id"]})
    for method in ("PATCH", "DELETE"):
        refused = await bruno.call(method, f"{PROJECTS}/{made['id']}", json={"title": "Mine now"})
        assert refused.status_code == 403
    assert (await amina.get(f"{PROJECTS}/{made['id']}"))["title"] == "Chœur d'été"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "…"}, "title"),
        ({"title": "x" * 101}, "title"),
        ({"title": "Taken"}, "title"),
        ({"title": "ok", "description": "x" * 2_001}, "description"),
        ({"title": "ok", "kind": "secret"}, "kind"),
        ({"title": "ok", "state": "gone"}, "state"),
        ({"title": "ok", "causes": ["c"] * 11}, "causes"),
        ({"title": "ok", "causes": ["!"]}, "causes"),
    ],
)
async def test_what_is_wrong_is_named(amina: Caller, body: dict[str, Any], field: str) -> None:
    await begun(amina, title="Taken")
    refused = await amina.call("POST", PROJECTS, json=body)
    assert refused.status_code == 422
    assert field in refused.json()["details"]
    assert len(await amina.get(PROJECTS)) == 1
