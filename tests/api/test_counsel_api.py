"""Whom one might meet, ask for advice or let rest: reasons in facts one may know (AUDIENCE §5, PRODUCT S4a)."""

from datetime import timedelta
from typing import Any

import pytest

from fedi_aid.actions import invitations, ties
from fedi_aid.butler import cards
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import standing
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.tx import Tx
from tests.api.conftest import Caller, World
from tests.api.openapi import conforms

pytestmark = pytest.mark.anyio

A, AID = "/api/v1/accounts", "/api/v1/fedi_aid"


async def vouch(by: Caller, of: Caller, name: str) -> None:
    made = await by.post(f"{AID}/accounts/{of.id}/endorse", json={"name": name})
    await of.post(f"{AID}/endorsements/{made['id']}/accept")


async def shows(caller: Caller, **more: Any) -> None:
    given = {"fedi_aid": {"show_friends": True}, "discoverable": True}
    assert (await caller.call("PATCH", f"{A}/update_credentials", json=given)).status_code == 200
    if more:
        assert (await caller.call("PATCH", f"{AID}/abilities", json=more)).status_code == 200


async def suggested(caller: Caller) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await caller.get("/api/v2/suggestions")
    conforms(found, "GET", "/api/v2/suggestions")
    return found


async def cast(world: World) -> dict[str, Caller]:
    """Amina – Bruno – Chloe and Dora; Bruno and Eli know Dora well."""
    names = ("amina", "bruno", "chloe", "dora", "eli")
    made = {name: await world.member(name, display_name=name.title()) for name in names}
    for one, other in (("amina", "bruno"), ("bruno", "chloe"), ("bruno", "dora"), ("eli", "dora")):
        await world.befriend(made[one], made[other])
    return made


async def test_who_gives_counsel_is_suggested_first_and_why(both_worlds: World) -> None:
    world = both_worlds
    who = await cast(world)
    amina, bruno, chloe, dora, eli = who.values()
    await world.befriend(amina, eli)
    for one in (bruno, eli):
        await shows(one)
    await shows(chloe, shown_to="everybody")
    await shows(dora)
    await vouch(bruno, dora, "Law")
    await vouch(eli, dora, "law")
    # Dora has two friends in common with Amina. That others vouch for her she shows to friends alone.
    assert [one["account"]["acct"] for one in await suggested(amina)] == ["dora", "chloe"]
    assert (await suggested(amina))[0]["fedi_aid"]["reasons"] == ["You both know Bruno and Eli."]
    await vouch(bruno, chloe, "Bread")
    found = await suggested(amina)
    assert [one["account"]["acct"] for one in found] == ["chloe", "dora"]
    assert found[0]["fedi_aid"] == {
        "reasons": ["You both know Bruno.", "Somebody vouches for them: Bread."],
        "seen": None,
    }
    await shows(dora, shown_to="everybody", causes=["Music"])
    await shows(amina, causes=["music"])
    found = await suggested(amina)
    assert [one["account"]["acct"] for one in found] == ["dora", "chloe"]
    assert found[0]["fedi_aid"]["reasons"] == [
        "You both know Bruno and Eli.",
        "2 people vouch for them: Law.",
        "You both care for Music.",
    ]
    # A tie that one of its ends hides is in no sentence.
    assert (
        await eli.call("PATCH", f"{A}/update_credentials", json={"fedi_aid": {"show_friends": False}})
    ).is_success
    assert (await suggested(amina))[0]["fedi_aid"]["reasons"][0] == "You both know Bruno."
    await amina.call("DELETE", f"/api/v1/suggestions/{dora.id}")
    assert [one["account"]["acct"] for one in await suggested(amina)] == ["chloe"]


async def counsel(caller: Caller) -> list[tuple[str, str]]:
    return [(one["what"], one["account"]["acct"]) for one in await caller.get(f"{AID}/counsel")]


async def test_a_friend_of_good_counsel_is_suggested_for_a_project_they_share_a_cause_with(
    world: World,
) -> None:
    who = await cast(world)
    bruno, dora, chloe, eli = who["bruno"], who["dora"], who["chloe"], who["eli"]
    await world.befriend(chloe, dora)
    project = await bruno.post(f"{AID}/projects", json={"title": "Choir", "causes": ["Music"]})
    await vouch(eli, dora, "Law")
    await shows(dora, causes=["music"])
    assert await counsel(bruno) == []  # one who vouches is not enough
    await vouch(chloe, dora, "Patience")
    (found,) = await bruno.get(f"{AID}/counsel")
    assert (found["what"], found["account"]["acct"], found["project_id"]) == ("heed", "dora", project["id"])
    assert found["proposal"] == "You may like to ask Dora for advice on “Choir”."
    assert found["reasons"] == ["2 people vouch for them: Law and Patience.", "You both care for Music."]
    # Who was asked once is not suggested again, whatever they said.
    member = await world.db.read(people_rows.member, bruno.member.id)
    assert member is not None
    await world.db.write(invitations.invite, member, int(project["id"]), dora.member.id, "counsel")
    assert await counsel(bruno) == []


async def test_rest_comes_from_ones_own_acts_alone(world: World) -> None:
    """Who was long not turned to; nobody is told, and nothing is deleted."""
    who = await cast(world)
    bruno, dora = who["bruno"], who["dora"]
    project = await bruno.post(f"{AID}/projects", json={"title": "Choir"})
    member = await world.db.read(people_rows.member, bruno.member.id)
    assert member is not None
    await world.db.write(invitations.invite, member, int(project["id"]), dora.member.id, "counsel")
    (asked,) = await world.db.read(invitations.received, dora.member.id)
    await world.db.write(invitations.accept, dora.member.id, asked.place.id)
    world.tick(days=170)
    # What Dora does towards Bruno, and does not, changes nothing.
    await world.db.write(tie_rows.record_contact, dora.member.id, bruno.member.id, "reply")
    assert await counsel(bruno) == []
    world.tick(days=20)
    (found,) = await bruno.get(f"{AID}/counsel")
    assert (found["what"], found["account"]["acct"]) == ("rest", "dora")
    assert found["reasons"] == ["You have not turned to them for 6 months."]
    assert await dora.get(f"{AID}/counsel") == []
    await world.db.write(tie_rows.record_contact, bruno.member.id, dora.member.id, "reply")
    assert await counsel(bruno) == []


async def test_numbers_of_somebody_elsewhere_are_a_careful_word(world: World) -> None:
    """S4a: with evidence, to the one who is advised, and never of members here or of too little."""
    who = await cast(world)
    bruno, chloe, eli = who["bruno"], who["chloe"], who["eli"]
    frank_id = await world.stranger("frank")

    def befriended(tx: Tx) -> None:
        for one in (bruno, chloe, eli):
            tie_rows.put_follow(tx, one.member.id, frank_id, state="accepted", uri=None)
            tie_rows.put_follow(tx, frank_id, one.member.id, state="accepted", uri=None)

    await world.db.write(befriended)
    for one, name in ((chloe, "Law"), (eli, "Law")):
        await world.db.write(_accepted_endorsement, one.member.id, frank_id, name)
    await bruno.post(f"{AID}/projects", json={"title": "Choir", "causes": ["Music"]})
    await world.db.write(lambda tx: _says_cause(tx, frank_id, "Music"))
    (found,) = await bruno.get(f"{AID}/counsel")
    assert (found["account"]["acct"], found["seen"]) == ("frank@far.example", None)
    for number in range(16):
        await world.db.write(
            standing.put_figure, frank_id, 1_000 + number + (4_000 if number == 15 else 0), 900
        )
        world.tick(days=1)
    (found,) = await bruno.get(f"{AID}/counsel")
    assert "from 1,014 to 5,015 followers" in found["seen"]
    account = await bruno.get(f"{A}/{frank_id}")
    assert "1,014" not in str(account)
    assert account["followers_count"] == 0


def _accepted_endorsement(tx: Tx, from_id: int, to_id: int, name: str) -> None:
    from fedi_aid.storage import endorsements

    endorsements.put(
        tx,
        uri=tx.house.new_activity(),
        from_id=from_id,
        to_id=to_id,
        kind="skill",
        name=name.lower(),
        label=name,
        state="accepted",
    )


def _says_cause(tx: Tx, person_id: int, cause: str) -> None:
    from fedi_aid.storage import abilities

    abilities.put_causes(tx, person_id, [cause])


async def test_the_card_comes_once_a_month_and_about_somebody_else_each_time(world: World) -> None:
    who = await cast(world)
    bruno, dora, chloe, eli = who["bruno"], who["dora"], who["chloe"], who["eli"]
    await world.befriend(chloe, dora)
    await bruno.post(f"{AID}/projects", json={"title": "Choir", "causes": ["Music"]})
    for by, name in ((eli, "Law"), (chloe, "Patience")):
        await vouch(by, dora, name)
    await shows(dora, causes=["music"])

    async def sent() -> list[str]:
        await world.db.write(cards.think_of, bruno.member.id)
        found = await bruno.get("/api/v1/notifications", params={"types[]": "mention"})
        return [one["status"]["content"] for one in found if "advice on" in one["status"]["content"]]

    assert await sent() == []  # new here
    world.tick(days=8, hours=3)
    (card,) = await sent()
    assert "Dora (dora)" in card
    assert "2 people vouch for them" in card
    for _ in range(6):
        world.tick(days=8)
        assert len(await sent()) == 1
    assert timedelta(days=30) == cards.SOURCES["counsel"].every


async def test_a_friend_elsewhere_leaves_nothing_behind(world: World) -> None:
    """What is known of somebody elsewhere goes with their last friend here."""
    amina = await world.member("amina")
    frank_id = await world.stranger("frank")

    def befriended(tx: Tx) -> None:
        tie_rows.put_follow(tx, amina.member.id, frank_id, state="accepted", uri=None)
        tie_rows.put_follow(tx, frank_id, amina.member.id, state="accepted", uri=None)

    await world.db.write(befriended)
    await world.db.write(lambda tx: _says_cause(tx, frank_id, "Music"))
    await world.db.write(ties.unfollow, amina.member.id, frank_id)
    from fedi_aid.storage import abilities

    assert await world.db.read(abilities.causes_of, frank_id, "en") == []
