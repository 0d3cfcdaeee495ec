"""Map, spheres and launch over the API: what they show, what they refuse, and what they never tell."""

import json
import math
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fedi_aid.actions import audiences, posts, scheduling, ties
from fedi_aid.audience import engine
from fedi_aid.storage import people
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import spheres as rows
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.tx import Tx
from tests.api.conftest import Caller, World

pytestmark = pytest.mark.anyio

AID = "/api/v1/fedi_aid"
CHOIR = ("carl", "cora", "cyril", "celia")
GARDEN = ("gwen", "gilles", "greta")


async def friends_of(world: World, me: Caller, *names: str) -> dict[str, Caller]:
    made = {}
    for name in names:
        made[name] = await world.member(name, display_name=name.title())
        await world.befriend(me, made[name])
    return made


async def tie_all(world: World, people_tied: list[Caller], *, shown: bool = True) -> None:
    """Make them friends of each other, who let friends in common know it."""
    for at, one in enumerate(people_tied):
        for other in people_tied[at + 1 :]:
            await world.befriend(one, other)
        if shown:
            await world.db.write(people.change_member, one.member.id, show_friends=True)


async def circles(world: World, me: Caller) -> dict[str, Caller]:
    """Two circles of friends, tied among themselves."""
    made = await friends_of(world, me, *CHOIR, *GARDEN)
    await tie_all(world, [made[name] for name in CHOIR])
    await tie_all(world, [made[name] for name in GARDEN])
    return made


async def spheres_of(me: Caller) -> dict[frozenset[str], Any]:
    return {frozenset(one["account_ids"]): one for one in await me.get(f"{AID}/spheres")}


def ids(made: dict[str, Caller], *names: str) -> frozenset[str]:
    return frozenset(made[name].id for name in names)


async def test_two_circles_are_two_spheres_and_two_sectors(world: World, amina: Caller) -> None:
    made = await circles(world, amina)
    found = await spheres_of(amina)
    assert found.keys() == {ids(made, *CHOIR), ids(made, *GARDEN)}
    drawn = await amina.get(f"{AID}/map")
    of = {one["account"]["id"]: one["sphere_id"] for one in drawn["people"]}
    for people_in, sphere in found.items():
        assert {of[person] for person in people_in} == {sphere["id"]}
        assert sphere["name"].endswith("and others")
    assert {one["sphere_id"] for one in drawn["sectors"]} == {one["id"] for one in found.values()}
    assert sum(one["width"] for one in drawn["sectors"]) == pytest.approx(360, abs=0.1)


async def test_the_map_stays_from_day_to_day(world: World, amina: Caller) -> None:
    """Somebody new comes, the next day: everybody else stays about where they were, in the same sphere."""
    await circles(world, amina)
    first = await amina.get(f"{AID}/map")
    assert await amina.get(f"{AID}/map") == first
    world.tick(days=1)
    assert await amina.get(f"{AID}/map") == first
    await friends_of(world, amina, "newt")
    second = await amina.get(f"{AID}/map")
    old = {one["account"]["id"]: one for one in first["people"]}
    for one in second["people"]:
        if (was := old.get(one["account"]["id"])) is not None:
            assert one["sphere_id"] == was["sphere_id"]
            assert math.dist((one["x"], one["y"]), (was["x"], was["y"])) < 0.4
    assert len(second["people"]) == len(first["people"]) + 1


async def test_a_pin_brings_somebody_nearer_and_no_number_says_how_near(world: World, amina: Caller) -> None:
    made = await friends_of(world, amina, "carl", "cora")
    before = await amina.get(f"{AID}/map")
    await world.db.write(ties.pin_as_close, amina.member.id, made["carl"].member.id)
    after = await amina.get(f"{AID}/map")

    def distance(drawn: Any) -> float:
        one = next(one for one in drawn["people"] if one["account"]["acct"] == "carl")
        return math.hypot(one["x"], one["y"])

    inner = next(one["radius"] for one in after["rings"] if one["intimacy"] == 4)
    assert distance(after) < inner < distance(before)
    assert set(after["people"][0]) == {"account", "x", "y", "sphere_id"}


# -- what it never tells


async def test_r1_the_dots_are_the_same_for_everybody(world: World, amina: Caller, bruno: Caller) -> None:
    """R1: with friends of friends or without a friend, the same number at the same places."""
    alone = await bruno.get(f"{AID}/map")
    assert alone["people"] == []
    made = await circles(world, amina)
    await friends_of(world, made["carl"], "far_one", "far_two")
    assert (await amina.get(f"{AID}/map"))["dots"] == alone["dots"]
    assert len(alone["dots"]) == 48


async def test_only_friends_are_on_it(world: World, amina: Caller) -> None:
    """A friend's friend, somebody I follow, somebody who follows me: nobody of them has a face."""
    made = await friends_of(world, amina, "carl")
    await friends_of(world, made["carl"], "far")
    await world.member("idol")
    fan = await world.member("fan")
    await fan.post(f"/api/v1/accounts/{amina.id}/follow")
    assert [one["account"]["acct"] for one in (await amina.get(f"{AID}/map"))["people"]] == ["carl"]


@pytest.mark.parametrize("how", ["block", "mute", "report", "unfollow"])
async def test_whom_i_put_aside_never_appears(world: World, amina: Caller, how: str) -> None:
    """R6: also not when they were there yesterday; nor in a sphere, nor in a sphere's name."""
    made = await circles(world, amina)
    await amina.get(f"{AID}/map")
    if how == "report":
        await amina.post("/api/v1/reports", json={"account_id": made["carl"].id, "comment": "rude"})
    else:
        await amina.post(f"/api/v1/accounts/{made['carl'].id}/{how}")
    drawn, found = await amina.get(f"{AID}/map"), await amina.get(f"{AID}/spheres")
    assert "carl" not in str(drawn).lower()
    assert "carl" not in str(found).lower()
    assert made["carl"].id not in str(found)
    assert len(drawn["people"]) == len(CHOIR) + len(GARDEN) - 1


@pytest.mark.parametrize("how", ["mute", "report"])
async def test_r8_who_put_me_aside_silently_stays_where_they_were(
    world: World, amina: Caller, how: str
) -> None:
    """R6, R8: vanishing from a map would tell what must not be told."""
    made = await circles(world, amina)
    before = await amina.get(f"{AID}/map")
    if how == "report":
        await made["carl"].post("/api/v1/reports", json={"account_id": amina.id, "comment": "rude"})
    else:
        await made["carl"].post(f"/api/v1/accounts/{amina.id}/mute")
    assert await amina.get(f"{AID}/map") == before


async def test_a_hidden_tie_makes_no_sphere(world: World, amina: Caller) -> None:
    """R8: friends among themselves who do not show it look as if they did not know each other."""
    made = await friends_of(world, amina, *CHOIR)
    await tie_all(world, list(made.values()), shown=False)
    for one in made.values():
        await one.say("@cora hello", visibility="direct")
    assert await amina.get(f"{AID}/spheres") == []
    assert {one["sphere_id"] for one in (await amina.get(f"{AID}/map"))["people"]} == {None}


async def test_a_tie_is_told_by_both_of_its_ends_or_by_none(world: World, amina: Caller) -> None:
    made = await friends_of(world, amina, *CHOIR)
    await tie_all(world, list(made.values()), shown=False)
    for name in ("carl", "cora"):
        await world.db.write(people.change_member, made[name].member.id, show_friends=True)
    pairs = await world.db.read(rows.friendships_shown, amina.member.id)
    assert pairs == [(made["carl"].member.id, made["cora"].member.id)]
    assert await world.db.read(rows.friendships_shown, made["carl"].member.id) == []


async def test_an_answer_counts_only_before_my_eyes(open_world: World) -> None:
    """What a friend answered another counts where I can see both; a direct answer is nobody's business."""
    world = open_world
    amina = await world.member("amina")
    made = await friends_of(world, amina, "carl", "cora", "cyril")
    said = await made["carl"].say("Good morning", visibility="public")
    await made["cora"].say("@carl good morning", visibility="public", in_reply_to_id=said["id"])
    letter = await made["carl"].say("@cyril a secret", visibility="direct")
    await made["cyril"].say("@carl I see", visibility="direct", in_reply_to_id=letter["id"])
    around = [one.member.id for one in made.values()]
    assert await world.db.read(rows.answers_seen, amina.member.id, around) == [
        (made["cora"].member.id, made["carl"].member.id)
    ]


async def test_friends_elsewhere_have_no_ties_here(world: World, amina: Caller) -> None:
    """That two people elsewhere follow each other is not ours to tell, should this server have heard of it."""
    far = [await world.stranger(name) for name in ("ada", "bea", "cleo")]
    for at, one in enumerate(far):
        for other in [amina.member.id, *far[:at], *far[at + 1 :]]:
            await world.db.write(tie_rows.put_follow, one, other, state="accepted", uri=None)
        await world.db.write(tie_rows.put_follow, amina.member.id, one, state="accepted", uri=None)
    assert len((await amina.get(f"{AID}/map"))["people"]) == 3
    assert await amina.get(f"{AID}/spheres") == []


# -- my own word


async def test_a_list_is_a_sphere_and_wins(world: World, amina: Caller) -> None:
    made = await circles(world, amina)
    await amina.get(f"{AID}/map")
    mine = await amina.post("/api/v1/lists", json={"title": "Sunday"})
    await amina.post(
        f"/api/v1/lists/{mine['id']}/accounts", json={"account_ids": [made["carl"].id, made["gwen"].id]}
    )
    found = await spheres_of(amina)
    sunday = found[ids(made, "carl", "gwen")]
    assert (sunday["id"], sunday["list_id"], sunday["name"]) == (mine["id"], mine["id"], "Sunday")
    drawn = await amina.get(f"{AID}/map")
    of = {one["account"]["acct"]: one["sphere_id"] for one in drawn["people"]}
    assert of["carl"] == of["gwen"] == mine["id"] != of["cora"]
    await amina.call("DELETE", f"/api/v1/lists/{mine['id']}")
    assert mine["id"] not in str(await amina.get(f"{AID}/spheres"))
    assert mine["id"] not in str(await amina.get(f"{AID}/map"))


async def change(me: Caller, sphere_id: str, status: int = 200, **fields: Any) -> Any:
    answer = await me.call("PATCH", f"{AID}/spheres/{sphere_id}", json=fields)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_a_sphere_can_be_named_hidden_and_merged(world: World, amina: Caller) -> None:
    made = await circles(world, amina)
    choir = (await spheres_of(amina))[ids(made, *CHOIR)]
    assert (await change(amina, choir["id"], name=" Sunday  choir "))["name"] == "Sunday choir"
    world.tick(days=2)
    assert (await spheres_of(amina))[ids(made, *CHOIR)]["name"] == "Sunday choir"
    assert (await change(amina, choir["id"], name=""))["name"] == choir["name"]
    assert (await change(amina, choir["id"], hidden=True))["hidden"] is True
    drawn = await amina.get(f"{AID}/map")
    assert choir["id"] not in {one["sphere_id"] for one in drawn["people"]}
    await change(amina, choir["id"], hidden=False)
    mine = await amina.post("/api/v1/lists", json={"title": "Voices"})
    assert (await change(amina, choir["id"], list_id=mine["id"]))["list_id"] == mine["id"]
    on_it = await amina.get(f"/api/v1/lists/{mine['id']}/accounts")
    assert {one["id"] for one in on_it} == ids(made, *CHOIR)
    drawn = await amina.get(f"{AID}/map")
    assert {one["sphere_id"] for one in drawn["people"] if one["account"]["id"] in ids(made, *CHOIR)} == {
        mine["id"]
    }


async def test_a_name_speaks_the_members_language(world: World) -> None:
    amelie = await world.member("amelie", locale="fr")
    made = await circles(world, amelie)
    assert all("et d’autres" in one["name"] for one in (await spheres_of(amelie)).values())
    assert made


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "x" * 101}, "name"),
        ({"list_id": "12345"}, "list_id"),
        ({"hidden": "perhaps"}, "hidden"),
        ({"name": {"a": 1}}, "name"),
    ],
)
async def test_bad_changes_are_refused(world: World, amina: Caller, fields: Any, field: str) -> None:
    made = await circles(world, amina)
    choir = (await spheres_of(amina))[ids(made, *CHOIR)]
    told = await change(amina, choir["id"], 422, **fields)
    assert field in str(told.get("details", told))
    assert (await spheres_of(amina))[ids(made, *CHOIR)] == choir


async def test_another_members_sphere_is_as_absent_as_none(
    world: World, amina: Caller, bruno: Caller
) -> None:
    made = await circles(world, amina)
    choir = (await spheres_of(amina))[ids(made, *CHOIR)]
    assert await change(bruno, choir["id"], 404, name="mine") == await change(
        bruno, "999999", 404, name="mine"
    )
    refused = await bruno.call(
        "POST", "/api/v1/statuses", json={"status": "x", "fedi_aid": {"sphere_id": choir["id"]}}
    )
    assert refused.status_code == 422
    refused = await bruno.call(
        "POST", "/api/v1/statuses", json={"status": "x", "fedi_aid": {"weights": {choir["id"]: 1}}}
    )
    assert refused.status_code == 422
    assert "weights" in refused.text


# -- launching


async def middle_of(me: Caller, sphere_id: str) -> float:
    drawn = await me.get(f"{AID}/map")
    sector = next(one for one in drawn["sectors"] if one["sphere_id"] == sphere_id)
    return float((sector["start"] + sector["width"] / 2) % 360)


async def launch(me: Caller, distance: Any, angle: Any, status: int = 200, **draft: Any) -> Any:
    return await me.post(
        f"{AID}/launch", status, json={"status": "A ramp", "distance": distance, "angle": angle, **draft}
    )


async def readers(world: World, post: Any) -> set[str]:
    names = set()
    for caller in (*CHOIR, *GARDEN):
        one = await world.db.read(people.by_handle, caller, "")
        assert one is not None
        names |= {caller} if await world.db.read(_sees, one.id, int(post["id"])) else set()
    return names


def _sees(tx: Tx, person_id: int, post_id: int) -> bool:
    return post_rows.get(tx, person_id, post_id) is not None


async def test_a_post_is_launched_previewed_corrected_and_sent(world: World, amina: Caller) -> None:
    """M5: the landing point gives level and weights; what the preview says is what happens."""
    made = await circles(world, amina)
    choir = (await spheres_of(amina))[ids(made, *CHOIR)]
    angle = await middle_of(amina, choir["id"])
    told = await launch(amina, 0.6, angle)
    assert told["intimacy"] == 2
    assert told["weights"][choir["id"]] == 1.0
    assert {one["acct"] for one in told["preview"]["accounts"]} == set(CHOIR)
    corrected = {"named": [made["gwen"].id], "removed": [made["carl"].id]}
    wish = {"intimacy": told["intimacy"], "weights": told["weights"], **corrected}
    sent = await amina.say("A ramp", fedi_aid=wish)
    assert sent["fedi_aid"]["intimacy"] == 2
    assert await readers(world, sent) == {"cora", "cyril", "celia", "gwen"}


async def test_an_unaimed_post_still_goes_to_everybody(world: World, amina: Caller) -> None:
    await circles(world, amina)
    await amina.get(f"{AID}/map")
    assert await readers(world, await amina.say("A ramp")) == {*CHOIR, *GARDEN}


async def test_a_found_sphere_can_be_aimed_at_by_its_id(world: World, amina: Caller) -> None:
    made = await circles(world, amina)
    choir = (await spheres_of(amina))[ids(made, *CHOIR)]
    sent = await amina.say("A song", fedi_aid={"sphere_id": choir["id"]})
    assert await readers(world, sent) == set(CHOIR)
    await change(amina, choir["id"], name="Sunday choir")
    sent = await amina.say("A song #to_sunday_choir")
    assert "to_sunday_choir" not in sent["content"]
    assert await readers(world, sent) == set(CHOIR)


async def test_the_nearer_it_lands_the_more_intimate(world: World, amina: Caller) -> None:
    """R9: a launch opens no gate: nobody is close enough for level 4 by being aimed at."""
    await circles(world, amina)
    assert (await launch(amina, 0.15, 0))["preview"]["empty"] == "no_one_close_enough"
    levels = [
        (await launch(amina, distance, 0, fedi_aid={"help": True}))["intimacy"]
        for distance in (0.1, 0.4, 0.7, 1, 1.2)
    ]
    assert levels == [4, 3, 2, 1, 0]


@pytest.mark.parametrize(
    ("distance", "angle", "draft", "field"),
    [
        (1.26, 0, {"fedi_aid": {"help": True}}, "distance"),
        (-0.01, 0, {}, "distance"),
        (1.1, 0, {}, "distance"),
        ("far", 0, {}, "distance"),
        (None, 0, {}, "distance"),
        (True, 0, {}, "distance"),
        ("1e999", 0, {}, "distance"),
        ([], 0, {}, "distance"),
        (0.5, 400, {}, "angle"),
        (0.5, "north", {}, "angle"),
        (0.5, None, {}, "angle"),
        (0.5, 0, {"fedi_aid": {"intimacy": 3}}, "intimacy"),
        (0.5, 0, {"fedi_aid": {"weights": {"others": 1}}}, "weights"),
        (0.5, 0, {"fedi_aid": {"sphere_id": "5"}}, "sphere_id"),
        (0.5, 0, {"visibility": "direct"}, "visibility"),
    ],
)
async def test_a_launch_outside_the_map_is_refused(
    amina: Caller, distance: Any, angle: Any, draft: Any, field: str
) -> None:
    told = await launch(amina, distance, angle, 422, **draft)
    assert field in str(told.get("details", told))


@pytest.mark.parametrize(
    "weights",
    [
        {"1": 1},
        {"others": 2},
        {"others": -1},
        {"others": "much"},
        {"others": 0},
        {"x": 1},
        {"0": 1},
        [1],
        {"others": {"a": 1}},
    ],
)
async def test_bad_weights_are_refused_and_nothing_is_stored(amina: Caller, weights: Any) -> None:
    refused = await amina.call(
        "POST", "/api/v1/statuses", json={"status": "x", "fedi_aid": {"weights": weights}}
    )
    assert refused.status_code == 422, refused.text
    assert "weights" in refused.text
    assert await amina.get("/api/v1/timelines/home") == []


async def test_one_sphere_or_several_not_both(world: World, amina: Caller) -> None:
    mine = await amina.post("/api/v1/lists", json={"title": "Sunday"})
    wish = {"sphere_id": mine["id"], "weights": {"others": 1}}
    refused = await amina.call("POST", "/api/v1/statuses", json={"status": "x", "fedi_aid": wish})
    assert refused.status_code == 422


async def test_a_launch_stores_nothing_of_the_post(world: World, amina: Caller) -> None:
    await circles(world, amina)
    await launch(amina, 0.6, 0)
    assert await amina.get("/api/v1/timelines/home") == []


async def test_it_works_on_both_databases(both_worlds: World) -> None:
    """Finding, drawing, changing, launching and sending, on SQLite and PostgreSQL."""
    world = both_worlds
    amina = await world.member("amina")
    made = await circles(world, amina)
    choir = (await spheres_of(amina))[ids(made, *CHOIR)]
    mine = await amina.post("/api/v1/lists", json={"title": "Sunday"})
    garden = (await spheres_of(amina))[ids(made, *GARDEN)]
    await change(amina, garden["id"], list_id=mine["id"], name="Beds")
    told = await launch(amina, 0.6, await middle_of(amina, choir["id"]))
    sent = await amina.say("A ramp", fedi_aid={"intimacy": 2, "weights": told["weights"]})
    assert set(CHOIR) <= await readers(world, sent)
    world.tick(days=1)
    assert (await spheres_of(amina)).keys() >= {ids(made, *CHOIR), ids(made, *GARDEN)}


async def test_who_deletes_their_account_is_on_no_map(world: World, amina: Caller) -> None:
    made = await circles(world, amina)
    await amina.get(f"{AID}/map")
    await world.db.write(people.change, made["carl"].member.id, deleted_at=world.clock())
    assert made["carl"].id not in str(await amina.get(f"{AID}/spheres"))


async def test_r14_a_held_post_keeps_its_aim(world: World, amina: Caller) -> None:
    """Levels 3 and 4 wait for their author; when they go, they go where they were launched."""
    made = await circles(world, amina)
    for one in made.values():
        await world.db.write(ties.pin_as_close, amina.member.id, one.member.id)
    choir = (await spheres_of(amina))[ids(made, *CHOIR)]
    held = await amina.say("A hard week", fedi_aid={"intimacy": 3, "weights": {choir["id"]: 1}})
    assert held["fedi_aid"]["held_until"] is not None
    assert await readers(world, held) == set()
    assert await world.db.write(posts.release, amina.member, int(held["id"]))
    assert await readers(world, held) == set(CHOIR)


async def test_a_scheduled_post_keeps_its_aim(world: World, amina: Caller) -> None:
    made = await circles(world, amina)
    choir = (await spheres_of(amina))[ids(made, *CHOIR)]
    due = (world.clock() + timedelta(hours=1)).isoformat()
    later = await amina.say("A song", scheduled_at=due, fedi_aid={"weights": {choir["id"]: 0.5}})
    world.tick(hours=2)
    post_id = await world.db.write(scheduling.publish, int(later["id"]))
    assert await readers(world, {"id": post_id}) == set(CHOIR)


async def test_a_request_is_asked_of_those_it_was_launched_at(world: World, amina: Caller) -> None:
    """The weights hold for the waves too: they are read anew whenever somebody is asked."""
    made = await circles(world, amina)
    choir = (await spheres_of(amina))[ids(made, *CHOIR)]
    wish = {"help": True, "intimacy": 2, "weights": {choir["id"]: 1, "others": 0.2}}
    sent = await amina.say("A ramp", fedi_aid=wish)

    def ask(tx: Tx) -> engine.Ask:
        post = post_rows.get(tx, amina.member.id, int(sent["id"]))
        assert post is not None
        return audiences.ask_of(tx, amina.member, post)

    told = await world.db.read(ask)
    choir_ids, garden_ids = ids(made, *CHOIR), ids(made, *GARDEN)
    assert told.launched is not None
    assert {str(one) for one, near in told.launched.items() if near == 1} == choir_ids
    assert {str(one) for one, near in told.launched.items() if near == 0} == garden_ids
    assert (told.launched_elsewhere, told.spheres) == (0.2, {int(choir["id"])})
    pool = await world.db.read(audiences.pool_of, amina.member)
    assert {str(one.person) for one in pool if one.sphere == int(choir["id"])} == choir_ids


# -- the page that documents it


def examples() -> list[Any]:
    page = (Path(__file__).parents[2] / "docs" / "api-extension.md").read_text(encoding="utf-8")
    part = page.split("## The map and the slingshot\n")[1].split("\n## ")[0]
    return [json.loads(code) for code in re.findall(r"^```json\n(.*?)^```", part, re.MULTILINE | re.DOTALL)]


def assert_like(example: Any, real: Any, where: str = "") -> None:
    """Everything the example has, the answer has, of the same kind; an object whose keys are ids has any."""
    if isinstance(example, dict):
        assert isinstance(real, dict), where
        for name, value in example.items():
            known = {key: one for key, one in real.items() if key.isdigit()} if name.isdigit() else real
            assert known if name.isdigit() else name in real, f"{where}.{name}"
            assert_like(
                value, next(iter(known.values())) if name.isdigit() else real[name], f"{where}.{name}"
            )
    elif isinstance(example, list):
        assert real, where
        assert_like(example[0], real[0], where)
    elif example is not None:
        assert type(real) in (type(example), int, float) or real is None, where


async def test_the_examples_of_the_page_are_what_is_answered(world: World, amina: Caller) -> None:
    made = await circles(world, amina)
    await friends_of(world, amina, "otto", "olga")
    choir = (await spheres_of(amina))[ids(made, *CHOIR)]
    drawn, found = await amina.get(f"{AID}/map"), await amina.get(f"{AID}/spheres")
    landed = await launch(amina, 0.6, await middle_of(amina, choir["id"]))
    landed["weights"].setdefault("others", 0.2)
    the_map, the_spheres, the_launch = examples()
    for example, real in ((the_map, drawn), (the_spheres, found), (the_launch, landed)):
        assert_like(example, real)
    assert set(the_map) == set(drawn)
    assert set(the_spheres[0]) == set(found[0])
    assert set(the_launch) == set(landed)
    for name in ("rings", "sectors", "people", "dots"):
        assert set(the_map[name][0]) == set(drawn[name][0])
    radii = {one["intimacy"]: one["radius"] for one in drawn["rings"]}
    assert all(radii[one["intimacy"]] == one["radius"] for one in the_map["rings"])
    assert the_map["edge"] == drawn["edge"]
