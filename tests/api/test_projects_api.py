"""Projects through our own endpoints: described, shown to whom their level says, written in, closed."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from fedi_aid.actions import ties
from fedi_aid.storage import audience_rows
from fedi_aid.storage import projects as rows
from tests.api.conftest import Caller, World
from tests.media.conftest import picture

pytestmark = pytest.mark.anyio
AID = "/api/v1/fedi_aid"
PROJECTS = f"{AID}/projects"


async def begun(caller: Caller, **fields: Any) -> Any:
    return await caller.post(
        PROJECTS, json={"title": "Chœur d'été", "causes": ["Musique", "#Voisins"]} | fields
    )


async def changed(caller: Caller, made: Any, **fields: Any) -> Any:
    answer = await caller.call("PATCH", f"{PROJECTS}/{made['id']}", json=fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def joined(owner: Caller, made: Any, friend: Caller, role: str = "team") -> None:
    """Invited, and accepted."""
    body = {"account_id": friend.id, "role": role}
    await owner.post(f"{PROJECTS}/{made['id']}/people", json=body)
    [invitation] = await friend.get(f"{AID}/invitations")
    assert invitation["role"] == role
    await friend.post(f"{AID}/invitations/{invitation['id']}/accept")
    owner.world.tick()


async def test_a_project_and_its_logbook(both_worlds: World) -> None:
    amina, bruno = await both_worlds.member("amina"), await both_worlds.member("bruno")
    sam = await both_worlds.member("sam")
    await both_worlds.befriend(amina, bruno)
    made = await begun(amina, description="We sing in August.", kind="personal")
    assert (made["title"], made["state"], made["mine"]) == ("Chœur d'été", "open", True)
    assert made["causes"] == ["Music", "Neighbourhood"]
    assert made["tag"] == "project_choeur_d_ete"
    assert made["prompt"] == "How do you feel about “Chœur d'été” today?"
    by_id = await amina.say("Day one", fedi_aid={"project_id": made["id"], "intimacy": 1})
    by_tag = await amina.say("Day two #project_choeur_d_ete")
    held = await amina.say("Day three #intimacy4", fedi_aid={"project_id": made["id"]})
    await amina.say("Something else")
    assert (by_id["fedi_aid"]["project_id"], by_tag["fedi_aid"]["project_name"]) == (
        made["id"],
        "Chœur d'été",
    )
    logbook = await amina.get(f"{PROJECTS}/{made['id']}/logbook")
    assert [one["id"] for one in logbook] == [held["id"], by_tag["id"], by_id["id"]]
    assert [one["id"] for one in await amina.get(PROJECTS)] == [made["id"]]
    # A friend sees it by its level, and of its logbook what he may read anyway (R12).
    assert await bruno.get(PROJECTS) == []
    [seen] = await bruno.get(f"{AID}/accounts/{amina.id}/projects")
    assert (
        seen["id"],
        seen["role"],
        seen["tag"],
        seen["prompt"],
        seen["shown_to_level"],
        seen["created_at"],
    ) == (
        made["id"],
        "reader",
        None,
        None,
        None,
        None,
    )
    logbook = await bruno.get(f"{PROJECTS}/{made['id']}/logbook")
    assert [one["id"] for one in logbook] == [by_tag["id"], by_id["id"]]
    assert logbook[0]["fedi_aid"]["project_name"] == "Chœur d'été"
    # To a stranger it does not exist.
    assert await sam.get(f"{AID}/accounts/{amina.id}/projects") == []
    for path in ("", "/logbook", "/people"):
        hidden = await sam.call("GET", f"{PROJECTS}/{made['id']}{path}")
        missing = await sam.call("GET", f"{PROJECTS}/999999999999999{path}")
        assert (
            (hidden.status_code, hidden.content)
            == (missing.status_code, missing.content)
            == (404, missing.content)
        )


async def test_the_entity_is_that_of_the_page(amina: Caller) -> None:
    page = (Path(__file__).parents[2] / "docs" / "api-extension.md").read_text(encoding="utf-8")
    [shown] = re.findall(r"^## Projects\n\n```json\n(.*?)\n```", page, re.MULTILINE | re.DOTALL)
    written = json.loads(shown)
    made = await begun(amina, description=written["description"])
    goal = {"title": "A hall", "due_on": "2026-06-01"}
    await amina.post(f"{PROJECTS}/{made['id']}/goals", json=goal)
    found = await amina.get(f"{PROJECTS}/{made['id']}")
    assert list(found) == list(written)
    assert list(found["goals"][0]) == list(written["goals"][0])
    varies = {"id", "goals", "account", "created_at", "touched_at"}
    assert {name: found[name] for name in found if name not in varies} == {
        name: written[name] for name in written if name not in varies
    }


async def test_pages_of_a_logbook(world: World, amina: Caller) -> None:
    made = await begun(amina)
    said = [await amina.say(f"Day {day}", fedi_aid={"project_id": made["id"]}) for day in range(5)]
    first = await amina.call("GET", f"{PROJECTS}/{made['id']}/logbook?limit=3")
    assert [one["id"] for one in first.json()] == [one["id"] for one in said[:1:-1]]
    rest = await amina.call("GET", first.links["next"]["url"])
    assert [one["id"] for one in rest.json()] == [one["id"] for one in said[1::-1]]
    assert "next" not in rest.links


async def test_who_sees_a_project_is_its_level_s_to_say(world: World, amina: Caller, bruno: Caller) -> None:
    """PRODUCT: the circle; R6: a mute does not take a page away, a block does."""
    dora = await world.member("dora")
    await world.befriend(amina, bruno)
    await world.befriend(amina, dora)
    made = await begun(amina, shown_to_level=3)
    path = f"{PROJECTS}/{made['id']}"
    assert (await amina.get(path))["shown_to_level"] == 3
    await bruno.get(path, 404)
    await world.db.write(ties.pin_as_close, amina.member.id, bruno.member.id)
    await bruno.get(path)
    await dora.get(path, 404)
    await world.db.write(ties.mute, amina.member.id, bruno.member.id)
    await bruno.get(path)
    post = await amina.say("hello", fedi_aid={"project_id": made["id"], "named": [dora.id]})
    # The name of the project is for those who may see it, whoever reads the post.
    seen = await dora.get(f"/api/v1/statuses/{post['id']}")
    assert (seen["fedi_aid"]["project_id"], seen["fedi_aid"]["project_name"]) == (None, None)
    await changed(amina, made, shown_to_level=2)
    assert (await dora.get(f"/api/v1/statuses/{post['id']}"))["fedi_aid"]["project_name"] == "Chœur d'été"
    await world.db.write(ties.block, amina.member.id, dora.member.id)
    await dora.get(path, 404)
    refused = await amina.call("PATCH", path, json={"shown_to_level": 5})
    assert (refused.status_code, list(refused.json()["details"])) == (422, ["shown_to_level"])


async def test_a_friend_of_a_friend_meets_a_wide_project_by_its_request(world: World, amina: Caller) -> None:
    """At levels 0 and 1: whom one of its posts reached; never in search."""
    bruno, gwen = await world.member("bruno"), await world.member("gwen")
    await world.befriend(amina, bruno)
    made = await begun(amina, shown_to_level=0)
    post = await amina.say("hello", fedi_aid={"project_id": made["id"], "intimacy": 0, "help": True})
    await gwen.get(f"{PROJECTS}/{made['id']}", 404)
    await world.db.write(
        audience_rows.admit, int(post["id"]), gwen.member.id, kind="carried", circle=2, opaque="gwen"
    )
    assert (await gwen.get(f"{PROJECTS}/{made['id']}"))["role"] == "reader"
    await changed(amina, made, shown_to_level=2)
    await gwen.get(f"{PROJECTS}/{made['id']}", 404)
    found = await bruno.get("/api/v2/search?q=Chœur d'été")
    assert (found["accounts"], found["statuses"]) == ([], [])
    assert made["id"] not in str(found)


async def test_the_causes_reach_the_engine(world: World, amina: Caller) -> None:
    """M9: whatever it is called, it is one cause; the viewer reads it in their language."""
    made = await begun(amina, causes=["Vélo partagé", "velo", "VÉLO PARTAGÉ", "potager"])
    assert made["causes"] == ["Cycling", "Gardening", "Vélo partagé"]
    found = await world.db.read(rows.causes_of_project, int(made["id"]))
    assert found == {"velopartage", "cycling", "gardening"}
    # A cause of one's own has one name, given by who named it first.
    other = await begun(amina, title="Another", causes=["velo-partage"])
    assert other["causes"] == ["Vélo partagé"]
    assert (await changed(amina, other, causes=[]))["causes"] == []
    zoe = await world.member("zoe", locale="fr")
    assert (await begun(zoe, causes=["garden", "Bikes"]))["causes"] == ["Jardinage", "Vélo"]


async def test_causes_are_found_by_their_beginnings(world: World, amina: Caller, bruno: Caller) -> None:
    """PRODUCT: a shared vocabulary; a cause of a member's own is nobody else's to find."""
    await begun(amina, causes=["Jardin secret"])
    found = await amina.get(f"{AID}/causes?q=jard")
    assert found == [
        {"name": "Gardening", "tag": "gardening"},
        {"name": "Jardin secret", "tag": "jardinsecret"},
    ]
    assert await bruno.get(f"{AID}/causes?q=jard") == [{"name": "Gardening", "tag": "gardening"}]
    zoe = await world.member("zoe", locale="fr")
    assert [one["name"] for one in await zoe.get(f"{AID}/causes?q=%C3%A9colo")] == ["Environnement"]
    assert await bruno.get(f"{AID}/causes?q=zzz") == []
    assert len(await bruno.get(f"{AID}/causes?limit=5")) == 5


async def test_a_closed_project_takes_nothing_more(world: World, amina: Caller) -> None:
    made = await begun(amina)
    path = f"{PROJECTS}/{made['id']}"
    closed = await changed(amina, made, state="closed", title="The choir")
    assert (closed["state"], closed["tag"], closed["prompt"]) == ("closed", "project_the_choir", None)
    assert closed["closed_at"] is not None
    refused = await amina.call(
        "POST", "/api/v1/statuses", json={"status": "late", "fedi_aid": {"project_id": made["id"]}}
    )
    assert refused.status_code == 422
    again = await changed(amina, made, state="open")
    assert (again["state"], again["closed_at"]) == ("open", None)
    said = await amina.say("again", fedi_aid={"project_id": made["id"]})
    assert (await amina.call("DELETE", path)).json() == {}
    assert await amina.get(PROJECTS) == []
    assert (await amina.get(f"/api/v1/statuses/{said['id']}"))["fedi_aid"]["project_name"] == "The choir"


async def test_goals(both_worlds: World) -> None:
    amina, bruno = await both_worlds.member("amina"), await both_worlds.member("bruno")
    await both_worlds.befriend(amina, bruno)
    made = await begun(amina)
    path = f"{PROJECTS}/{made['id']}/goals"
    hall = await amina.post(path, json={"title": "A hall", "due_on": "2026-06-01"})
    assert hall == {
        "id": hall["id"],
        "title": "A hall",
        "state": "open",
        "due_on": "2026-06-01",
        "reached_on": None,
    }
    scores = await amina.post(path, json={"title": "Scores for all"})
    done = (await amina.call("PATCH", f"{path}/{scores['id']}", json={"state": "done"})).json()
    assert (done["state"], done["reached_on"], done["due_on"]) == ("done", "2026-03-14", None)
    ordered = await amina.post(f"{path}/order", json={"ids": [scores["id"], "1"]})
    assert [one["id"] for one in ordered] == [scores["id"], hall["id"]]
    dropped = await amina.call("PATCH", f"{path}/{hall['id']}", json={"state": "dropped", "due_on": ""})
    assert (dropped.json()["state"], dropped.json()["due_on"]) == ("dropped", None)
    seen = (await bruno.get(f"{PROJECTS}/{made['id']}"))["goals"]
    assert [one["title"] for one in seen] == ["Scores for all", "A hall"]
    assert (await bruno.call("POST", path, json={"title": "mine"})).status_code == 403
    assert (await bruno.call("DELETE", f"{path}/{hall['id']}")).status_code == 403
    assert (await amina.call("DELETE", f"{path}/{hall['id']}")).json() == {}
    assert (await amina.call("DELETE", f"{path}/{hall['id']}")).status_code == 404
    for body, field in (
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "x", "due_on": "soon"}, "due"),
        ({"title": "x", "due_on": "9999-12-31"}, "due"),
        ({"title": "x", "state": "lost"}, "state"),
    ):
        refused = await amina.call("POST", path, json=body)
        assert (refused.status_code, list(refused.json()["details"])) == (422, [field])


async def test_the_team_writes_and_the_owner_describes(world: World, amina: Caller, bruno: Caller) -> None:
    """R26: team members are friends who write and raise flags under their own name."""
    await world.befriend(amina, bruno)
    made = await begun(amina)
    path = f"{PROJECTS}/{made['id']}"
    await amina.post(f"{path}/people", json={"account_id": bruno.id, "word": "You know the hall."})
    [asked] = await bruno.get(f"{AID}/invitations")
    assert (asked["role"], asked["word"], asked["project"]["title"]) == (
        "team",
        "You know the hall.",
        "Chœur d'été",
    )
    assert await bruno.get(PROJECTS) == []
    refused = await bruno.call(
        "POST", "/api/v1/statuses", json={"status": "early", "fedi_aid": {"project_id": made["id"]}}
    )
    assert refused.status_code == 422
    assert (await bruno.post(f"{AID}/invitations/{asked['id']}/accept")) == {"project_id": made["id"]}
    [seen] = await bruno.get(PROJECTS)
    assert (seen["id"], seen["mine"], seen["role"]) == (made["id"], False, "team")
    said = await bruno.say("A hall is wanted #project_choeur_d_ete #help")
    assert (said["fedi_aid"]["project_id"], said["fedi_aid"]["help"]) == (made["id"], True)
    assert [one["account"]["acct"] for one in await amina.get(f"{path}/logbook")] == ["bruno"]
    for method in ("PATCH", "DELETE"):
        refused = await bruno.call(method, path, json={"title": "Mine now"})
        assert refused.status_code == 403
    assert (await amina.get(path))["title"] == "Chœur d'été"
    [member] = await amina.get(f"{path}/people")
    assert (member["account"]["acct"], member["role"], member["state"]) == ("bruno", "team", "accepted")
    await bruno.post(f"{path}/leave", json={"role": "team"})
    assert await amina.get(f"{path}/people") == []
    assert (await bruno.get(path))["role"] == "reader"
    assert (await bruno.call("POST", f"{path}/leave", json={"role": "team"})).status_code == 404


async def test_a_no_is_never_told(world: World, amina: Caller, bruno: Caller) -> None:
    """R8: declined, silent and undecided look alike; a no is not asked again, and can become a yes."""
    await world.befriend(amina, bruno)
    made = await begun(amina)
    path = f"{PROJECTS}/{made['id']}/people"
    invited = await amina.post(path, json={"account_id": bruno.id, "role": "counsel"})
    before = await amina.get(path)
    [asked] = await bruno.get(f"{AID}/invitations")
    assert await bruno.post(f"{AID}/invitations/{asked['id']}/decline") == {}
    assert await amina.get(path) == before == [invited]
    assert await amina.post(path, json={"account_id": bruno.id, "role": "counsel"}) == invited
    assert (await amina.call("DELETE", f"{path}/{bruno.id}?role=counsel")).json() == {}
    assert await amina.get(path) == []
    assert await amina.post(path, json={"account_id": bruno.id, "role": "counsel"}) == invited
    assert await bruno.get(f"{AID}/invitations") == []
    await bruno.post(f"{AID}/invitations/{asked['id']}/accept")
    assert [one["state"] for one in await amina.get(path)] == ["accepted"]


async def test_only_friends_are_invited(world: World, amina: Caller, bruno: Caller) -> None:
    made = await begun(amina)
    path = f"{PROJECTS}/{made['id']}/people"
    refused = await amina.call("POST", path, json={"account_id": bruno.id})
    assert (refused.status_code, list(refused.json()["details"])) == (422, ["account_id"])
    assert (await amina.call("POST", path, json={"account_id": "12"})).status_code == 404
    assert (await amina.call("POST", path, json={})).status_code == 422
    await world.befriend(amina, bruno)
    assert (await amina.call("POST", path, json={"account_id": bruno.id, "role": "boss"})).status_code == 422
    assert (await bruno.call("POST", path, json={"account_id": amina.id})).status_code == 403
    await changed(amina, made, state="closed")
    assert (await amina.call("POST", path, json={"account_id": bruno.id})).status_code == 422


async def test_with_the_friendship_it_ends(world: World, amina: Caller, bruno: Caller) -> None:
    """R6, R26."""
    await world.befriend(amina, bruno)
    made = await begun(amina)
    await joined(amina, made, bruno)
    dora = await world.member("dora")
    await world.befriend(bruno, dora)
    await world.db.write(ties.unfollow, bruno.member.id, amina.member.id)
    assert await bruno.get(PROJECTS) == []
    await bruno.get(f"{PROJECTS}/{made['id']}", 404)
    assert await amina.get(f"{PROJECTS}/{made['id']}/people") == []
    said = await bruno.say("still here? #project_choeur_d_ete")
    assert said["fedi_aid"]["project_id"] is None


async def test_counsel_comes_first_in_the_day(world: World, amina: Caller, bruno: Caller) -> None:
    """R26: the flag on a status, and the day."""
    dora = await world.member("dora")
    for friend in (bruno, dora):
        await world.befriend(amina, friend)
    made = await begun(amina)
    await joined(amina, made, bruno, "counsel")
    path = f"{PROJECTS}/{made['id']}"
    world.tick(days=1)
    early = await bruno.say("A thought")
    late = await dora.say("Something newer")
    day = await amina.get(f"{AID}/today")
    assert [one["id"] for one in day["counsel"]] == [early["id"]]
    assert [one["id"] for one in day["others"]] == [late["id"]]
    assert (day["counsel"][0]["fedi_aid"]["counsel"], day["others"][0]["fedi_aid"]["counsel"]) == (
        True,
        False,
    )
    # Counsel is a private choice: others on the project learn nothing, and Dora's day knows no Bruno.
    assert await dora.get(f"{path}/people") == []
    assert [one["account"]["acct"] for one in await bruno.get(f"{path}/people")] == ["bruno"]
    rested = await amina.call(
        "PATCH", f"{path}/people/{bruno.id}", json={"role": "counsel", "state": "resting"}
    )
    assert rested.json()["state"] == "resting"
    assert (await amina.get(f"{AID}/today"))["counsel"] == []
    assert (await bruno.get(PROJECTS))[0]["role"] == "counsel"
    world.tick(days=1)
    assert await amina.get(f"{AID}/today") == {"counsel": [], "others": []}


async def test_a_tag_that_could_mean_two_projects_stays_a_tag(
    world: World, amina: Caller, bruno: Caller
) -> None:
    """R13: nothing is filed by guess."""
    await world.befriend(amina, bruno)
    made = await begun(amina, title="Jardin d'hiver")
    await joined(amina, made, bruno)
    said = await bruno.say("dug #projet_jardin_d_hiver")
    assert said["fedi_aid"]["project_id"] == made["id"]
    own = await begun(bruno, title="JARDIN d’hiver")
    said = await bruno.say("dug #projet_jardin_d_hiver")
    assert said["fedi_aid"]["project_id"] is None
    assert "#<span>projet_jardin_d_hiver" in said["content"]
    said = await bruno.say("dug", fedi_aid={"project_id": own["id"]})
    assert said["fedi_aid"]["project_id"] == own["id"]


async def test_a_picture_opens_for_who_may_see_the_project(
    world: World, amina: Caller, bruno: Caller
) -> None:
    """R17: another address for each reader, dead when access ends."""
    await world.befriend(amina, bruno)

    async def uploaded() -> str:
        sent = {"file": ("a.jpg", picture(), "image/jpeg")}
        return str((await amina.post("/api/v2/media", files=sent))["id"])

    first = await uploaded()
    made = await begun(amina, picture_id=first)
    path = f"{PROJECTS}/{made['id']}"
    mine = made["picture"]["url"]
    theirs = (await bruno.get(path))["picture"]["url"]
    assert mine != theirs
    for url in (mine, theirs):
        got = await world.http.get(url)
        assert (got.status_code, got.headers["cache-control"].split(",")[0]) == (200, "private")
    # One file, one place.
    for used in (first, "12"):
        refused = await amina.call("POST", PROJECTS, json={"title": "Other", "picture_id": used})
        assert (refused.status_code, list(refused.json()["details"])) == (422, ["picture_id"])
    refused = await amina.call("POST", "/api/v1/statuses", json={"status": "x", "media_ids": [first]})
    assert refused.status_code == 422
    await world.db.write(ties.unfollow, amina.member.id, bruno.member.id)
    assert (await world.http.get(theirs)).status_code == 404
    assert (await world.http.get(mine)).status_code == 200
    second = await changed(amina, made, picture_id=await uploaded())
    assert second["picture"]["url"] != mine
    assert (await world.http.get(mine)).status_code == 404
    assert (await changed(amina, made, picture_id=""))["picture"] is None


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
