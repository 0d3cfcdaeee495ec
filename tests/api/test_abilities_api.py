"""What members can help with, endorsements, thanks, introductions and words of introduction, over the API."""

from typing import Any

import msgspec
import pytest

from fedi_aid.actions import abilities, carry_tickets, carrying, purging
from fedi_aid.actions.audiences import ask_of
from fedi_aid.audience import candidates, engine
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage.tx import Tx
from tests.api.conftest import Caller, World

pytestmark = pytest.mark.anyio

A, AID = "/api/v1/accounts", "/api/v1/fedi_aid"


async def says(caller: Caller, status: int = 200, **wish: Any) -> Any:
    answer = await caller.call("PATCH", f"{AID}/abilities", json=wish)
    assert answer.status_code == status, answer.text
    return answer.json()


async def friends(world: World, *names: str) -> list[Caller]:
    """All of them friends of the first."""
    made = [await world.member(name, display_name=name.title()) for name in names]
    for other in made[1:]:
        await world.befriend(made[0], other)
    return made


async def test_what_one_can_help_with(both_worlds: World) -> None:
    amina, bruno, sam = *await friends(both_worlds, "amina", "bruno"), await both_worlds.member("sam")
    said = await says(
        amina,
        skills=["Plumbing", "#plumbing", "Papiers français"],
        languages=["French", "es", "fr"],
        causes=["music"],
        kinds=["hands", "advice"],
        availability="  Evenings\n",
        not_my_thing=["Tax forms"],
        only_through=[bruno.id],
    )
    assert said["skills"] == ["Papiers français", "Plumbing"]
    assert said["languages"] == ["fr", "es"]
    assert said["language_names"] == ["French", "Spanish"]
    assert said["causes"] == ["Music"]
    assert said["kinds"] == ["advice", "hands"]
    assert said["availability"] == "Evenings"
    assert said["not_my_thing"] == ["Tax forms"]
    assert [one["acct"] for one in said["only_through"]] == ["bruno"]
    assert await amina.get(f"{AID}/abilities") == said
    # A change leaves what it does not speak of; what is not one's thing is no skill.
    again = await says(amina, not_my_thing=["plumbing"])
    assert again["skills"] == ["Papiers français"]
    assert again["languages"] == ["fr", "es"]
    # Friends see a part of it; others, and friends who may not, what they see of who has said nothing.
    shown = await bruno.get(f"{AID}/accounts/{amina.id}/abilities")
    assert set(shown) == {"skills", "languages", "language_names", "causes", "availability"}
    nothing = await sam.call("GET", f"{AID}/accounts/{bruno.id}/abilities")
    for caller, shown_to in ((sam, "friends"), (bruno, "nobody")):
        await says(amina, shown_to=shown_to)
        hidden = await caller.call("GET", f"{AID}/accounts/{amina.id}/abilities")
        assert (hidden.status_code, hidden.content) == (404, nothing.content)
    await says(amina, shown_to="everybody")
    assert (await sam.get(f"{AID}/accounts/{amina.id}/abilities"))["skills"] == ["Papiers français"]
    await amina.post(f"{A}/{bruno.id}/unfollow")
    assert (await amina.get(f"{AID}/abilities"))["only_through"] == []


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"skills": ["x" * 61]}, "skills"),
        ({"skills": ["?!"]}, "skills"),
        ({"skills": [f"skill {number}" for number in range(31)]}, "skills"),
        ({"languages": ["Klingonese of the north"]}, "languages"),
        ({"causes": [""]}, "causes"),
        ({"kinds": ["crime"]}, "kinds"),
        ({"availability": "x" * 301}, "availability"),
        ({"shown_to": "the world"}, "shown_to"),
        ({"only_through": ["1"]}, "only_through"),
    ],
)
async def test_what_cannot_be_said_is_refused_whole(world: World, wish: dict[str, Any], field: str) -> None:
    amina = await world.member("amina")
    before = await says(amina, skills=["Law"])
    refused = await says(amina, 422, **({"skills": ["Baking"], "availability": "Now"} | wish))
    assert list(refused["details"]) == [field]
    assert await amina.get(f"{AID}/abilities") == before


async def test_a_hashtag_finds_who_can(both_worlds: World) -> None:
    """M2: a request that names a skill asks friends who have it first, with that as the reason; a hashtag is no
    reason to hide it from the others."""
    world = both_worlds
    amina, bruno, chloe = await friends(world, "amina", "bruno", "chloe")
    await says(bruno, skills=["French paperwork"])
    plain = await amina.say("Who knows a form? #help #circle1", fedi_aid={"intimacy": 1, "help": True})
    for reader in (bruno, chloe):
        await reader.get(f"/api/v1/statuses/{plain['id']}")
    named = await amina.say(
        "A form I cannot read #FrenchPaperwork. Please!", fedi_aid={"intimacy": 1, "help": True}
    )
    await bruno.get(f"/api/v1/statuses/{named['id']}")
    await chloe.get(f"/api/v1/statuses/{named['id']}")
    why = await bruno.get(f"{AID}/statuses/{named['id']}/why")
    assert "you said that you can help with French paperwork" in why["why"].replace("You", "you")
    # What others vouch for is a reason too, with their name, as it was written.
    dora = await world.member("dora", display_name="Dora")
    await world.befriend(chloe, dora)
    made = await dora.post(f"{AID}/accounts/{chloe.id}/endorse", json={"name": "Rust repair"})
    await chloe.post(f"{AID}/endorsements/{made['id']}/accept")
    other = await amina.say("My gate squeaks #rustrepair", fedi_aid={"intimacy": 1, "help": True})
    why = await chloe.get(f"{AID}/statuses/{other['id']}/why")
    assert "Dora says you are good at Rust repair" in why["why"]
    # Vouched for by the author herself it weighs more than declared by another.
    await says(chloe, skills=["French paperwork"])
    offered = await amina.post(f"{AID}/accounts/{bruno.id}/endorse", json={"name": "french paperwork"})
    await bruno.post(f"{AID}/endorsements/{offered['id']}/accept")

    def order(tx: Tx) -> list[int]:
        post = post_rows.get(tx, amina.member.id, int(named["id"]))
        assert post is not None
        pool = candidates.around(tx, amina.member.id)
        ask = ask_of(tx, amina.member, post)
        return sorted((one.person for one in pool), key=lambda one: -_able(ask, pool, one))

    assert (await world.db.read(order))[0] == bruno.member.id


def _able(ask: engine.Ask, pool: list[engine.Candidate], person: int) -> float:
    (one,) = [one for one in pool if one.person == person]
    return engine.score(ask, one).able


async def test_kinds_of_help_are_accepted_or_not(world: World) -> None:
    """AUDIENCE §3: recipients decide what they accept; it is shown to them all the same."""
    amina, bruno, _ = await friends(world, "amina", "bruno", "chloe")
    await says(bruno, kinds=["advice"])
    post = await amina.say("A box up the stairs #bras", fedi_aid={"intimacy": 1, "help": True})

    def asked(tx: Tx) -> tuple[set[int], set[int]]:
        found = post_rows.get(tx, amina.member.id, int(post["id"]))
        assert found is not None
        ask = msgspec.structs.replace(ask_of(tx, amina.member, found), helpers_needed=5)
        choice = engine.choose(ask, candidates.around(tx, amina.member.id), tx.now, tx.dice)
        return {one.person for one in choice.shown}, {one.person for one in choice.asked}

    shown, wave = await world.db.read(asked)
    assert bruno.member.id in shown
    assert bruno.member.id not in wave
    assert len(wave) == 1


async def test_requests_are_carried_to_somebody_only_through_whom_they_named(world: World) -> None:
    """AUDIENCE §3: "only through X". Their other friends' requests of their own are another thing."""
    chloe, bruno, dora, eli = [await world.member(name) for name in ("chloe", "bruno", "dora", "eli")]
    amina = await world.member("amina")
    for one, other in ((chloe, bruno), (chloe, dora), (amina, bruno), (amina, dora)):
        await world.befriend(one, other)
    await says(chloe, only_through=[dora.id])
    post = await amina.say("Who lends a saw?", fedi_aid={"intimacy": 0, "help": True})

    async def carries(by: Caller) -> int:
        def ask(tx: Tx) -> None:
            written = post_rows.get(tx, amina.member.id, int(post["id"]))
            friend = people_rows.by_id(tx, by.member.id)
            assert written is not None
            assert friend is not None
            assert carry_tickets.ask_to_carry(tx, written, friend, wave=1)

        await world.db.write(ask)
        await by.post(f"/api/v1/statuses/{post['id']}/reblog")
        return await world.db.write(carrying.spread, int(post["id"]), by.member.id)

    assert await carries(bruno) == 0
    await chloe.get(f"/api/v1/statuses/{post['id']}", 404)
    assert await carries(dora) == 1
    await chloe.get(f"/api/v1/statuses/{post['id']}")
    await eli.get(f"/api/v1/statuses/{post['id']}", 404)


# -- endorsements


async def test_endorsements_are_accepted_shown_hidden_and_declined(both_worlds: World) -> None:
    world = both_worlds
    amina, bruno, chloe = await friends(world, "amina", "bruno", "chloe")
    sam = await world.member("sam")
    wish = {"name": "Bread", "kind": "skill", "words": "Her rolls!"}
    made = await bruno.post(f"{AID}/accounts/{amina.id}/endorse", json=wish)
    assert (made["state"], made["account"]["acct"], "shown" in made) == ("offered", "amina", False)

    async def seen_by(caller: Caller) -> list[dict[str, Any]]:
        return (await caller.get(f"{A}/{amina.id}"))["fedi_aid"]["endorsements"]

    assert await seen_by(chloe) == []
    (offer,) = await amina.get(f"{AID}/endorsements")
    assert (offer["account"]["acct"], offer["words"], offer["shown"]) == ("bruno", "Her rolls!", False)
    await amina.post(f"{AID}/endorsements/{offer['id']}/accept")
    badge = {"kind": "skill", "name": "Bread", "people": 1}
    assert await seen_by(chloe) == [badge]
    assert await seen_by(sam) == []
    other = await chloe.post(f"{AID}/accounts/{amina.id}/endorse", json={"name": "bread"})
    await amina.post(f"{AID}/endorsements/{other['id']}/accept")
    assert await seen_by(bruno) == [badge | {"people": 2}]
    await amina.post(f"{AID}/endorsements/{other['id']}/hide")
    assert await seen_by(bruno) == [badge]
    assert [one["state"] for one in await chloe.get(f"{AID}/endorsements", params={"given": "true"})] == [
        "accepted"
    ]
    # A no looks like no answer, and the same is not offered again.
    third = await chloe.post(
        f"{AID}/accounts/{amina.id}/endorse", json={"name": "Patience", "kind": "quality"}
    )
    await amina.post(f"{AID}/endorsements/{third['id']}/decline")
    assert (
        await chloe.post(f"{AID}/accounts/{amina.id}/endorse", json={"name": "patience", "kind": "quality"})
        == third
    )
    assert "Patience" not in [one["name"] for one in await amina.get(f"{AID}/endorsements")]
    await amina.post(f"{AID}/endorsements/{third['id']}/accept", 404)
    # A block ends what one vouched for of the other.
    await amina.post(f"{A}/{bruno.id}/block")
    left = await amina.get(f"{AID}/endorsements")
    assert [(one["account"]["acct"], one["shown"]) for one in left] == [("chloe", False)]
    assert await seen_by(chloe) == []


async def test_only_friends_vouch_and_only_their_subject_answers(world: World) -> None:
    amina, bruno = await friends(world, "amina", "bruno")
    sam = await world.member("sam")
    await sam.post(f"{AID}/accounts/{amina.id}/endorse", 403, json={"name": "Bread"})
    await bruno.post(f"{AID}/accounts/{amina.id}/endorse", 422, json={"name": "…"})
    await bruno.post(f"{AID}/accounts/{amina.id}/endorse", 422, json={"name": "Bread", "kind": "crime"})
    await bruno.post(f"{AID}/accounts/{bruno.id}/endorse", 403, json={"name": "Bread"})
    made = await bruno.post(f"{AID}/accounts/{amina.id}/endorse", json={"name": "Bread"})
    for caller in (bruno, sam):
        await caller.post(f"{AID}/endorsements/{made['id']}/accept", 404)
        await caller.post(f"{AID}/endorsements/{made['id']}/decline", 404)
    for caller in (amina, sam):
        assert (await caller.call("DELETE", f"{AID}/endorsements/{made['id']}")).status_code == 404
    assert (await bruno.call("DELETE", f"{AID}/endorsements/{made['id']}")).status_code == 200
    assert await amina.get(f"{AID}/endorsements") == []


async def test_a_few_a_day_and_no_more(world: World) -> None:
    """S2: one at a time; the day after one may go on."""
    amina, bruno = await friends(world, "amina", "bruno")
    for number in range(12):
        await bruno.post(f"{AID}/accounts/{amina.id}/endorse", json={"name": f"Thing {number}"})
    refused = await bruno.post(f"{AID}/accounts/{amina.id}/endorse", 429, json={"name": "Bread"})
    assert "12 things a day" in refused["error"]
    world.tick(days=1, seconds=1)
    await bruno.post(f"{AID}/accounts/{amina.id}/endorse", json={"name": "Bread"})


# -- thanks


async def test_thanks_reach_a_friend_and_become_an_endorsement_if_wished(both_worlds: World) -> None:
    world = both_worlds
    amina, bruno = await friends(world, "amina", "bruno")
    sam = await world.member("sam")
    said = await amina.post(
        f"{AID}/accounts/{bruno.id}/thank", json={"for": "Bicycles", "words": "It runs!", "endorse": True}
    )
    assert (said["for"], said["account"]["acct"]) == ("Bicycles", "bruno")
    (heard,) = await bruno.get(f"{AID}/thanks")
    assert (heard["for"], heard["words"], heard["account"]["acct"]) == ("Bicycles", "It runs!", "amina")
    assert [one["name"] for one in await bruno.get(f"{AID}/endorsements")] == ["Bicycles"]
    await sam.post(f"{AID}/accounts/{bruno.id}/thank", 403)
    await amina.post(f"{AID}/accounts/{bruno.id}/thank", 422, json={"endorse": True})
    await amina.post(f"{AID}/accounts/{amina.id}/thank", 404)
    theirs = await bruno.say("Mine")
    await amina.post(f"{AID}/accounts/{bruno.id}/thank", 404, json={"status_id": theirs["id"]})


# -- introductions


async def test_a_friend_introduces_two(both_worlds: World) -> None:
    """R26: each accepts; nobody hears of a no."""
    world = both_worlds
    bruno, amina, chloe = await friends(world, "bruno", "amina", "chloe")
    sam = await world.member("sam")

    async def propose(status: int = 200) -> Any:
        body = {"to": chloe.id, "words": "You both sing."}
        return await bruno.post(f"{AID}/accounts/{amina.id}/introduce", status, json=body)

    assert await propose() == {}
    assert await propose() == {}  # once is enough
    (waiting,) = await amina.get(f"{AID}/introductions")
    assert (waiting["by"]["acct"], waiting["account"]["acct"]) == ("bruno", "chloe")
    assert waiting["words"] == "You both sing."
    await sam.post(f"{AID}/introductions/{waiting['id']}/yes", 404)
    await amina.post(f"{AID}/introductions/{waiting['id']}/yes")
    assert await amina.get(f"{AID}/introductions") == []
    (relation,) = await chloe.get(f"{A}/relationships", params={"id[]": amina.id})
    assert not relation["requested_by"]
    (other,) = await chloe.get(f"{AID}/introductions")
    await chloe.post(f"{AID}/introductions/{other['id']}/yes")
    (relation,) = await chloe.get(f"{A}/relationships", params={"id[]": amina.id})
    assert relation["fedi_aid"]["friend"]
    for body in ({"to": sam.id}, {"to": "0"}, {"to": amina.id}):
        answer = await bruno.call("POST", f"{AID}/accounts/{amina.id}/introduce", json=body)
        assert answer.status_code in (403, 404, 422)


async def test_nothing_is_left_of_who_is_gone(world: World) -> None:
    amina, bruno, chloe = await friends(world, "amina", "bruno", "chloe")
    await says(bruno, skills=["Bread"], causes=["Music"])
    for one, other in ((amina, bruno), (bruno, amina)):
        made = await one.post(f"{AID}/accounts/{other.id}/endorse", json={"name": "Bread"})
        await other.post(f"{AID}/endorsements/{made['id']}/accept")
        await one.post(f"{AID}/accounts/{other.id}/thank", json={"for": "Bread"})
    await amina.post(f"{AID}/accounts/{bruno.id}/introduce", json={"to": chloe.id})
    await world.db.write(lambda tx: people_rows.change(tx, bruno.member.id, suspended_at=tx.now))
    for _ in ("other servers are told", "then it goes on"):
        await world.db.write(purging.purge, bruno.member.id)
    assert await amina.get(f"{AID}/endorsements") == []
    assert await amina.get(f"{AID}/endorsements", params={"given": "true"}) == []
    assert await amina.get(f"{AID}/thanks") == []
    assert await chloe.get(f"{AID}/introductions") == []
    left = await world.db.read(abilities.show, bruno.member.id)
    assert (left.skills, left.causes) == ((), ())


# -- words of introduction


async def test_a_wish_for_friendship_comes_with_its_word(world: World) -> None:
    amina, sam = await world.member("amina"), await world.member("sam")
    await sam.post(f"{A}/{amina.id}/follow", data={"fedi_aid[word]": "We met at the market."})
    (asking,) = await amina.get("/api/v1/follow_requests")
    assert asking["fedi_aid"]["word"] == "We met at the market."
    (notice,) = await amina.get("/api/v1/notifications", params={"types[]": "follow_request"})
    assert notice["fedi_aid"] == {"word": "We met at the market."}


async def test_one_asks_a_few_people_a_day(world: World) -> None:
    """S2: no mass invitation; to answer others' wishes costs nothing."""
    world.db.house = msgspec.structs.replace(world.db.house, friend_requests_a_day=2)
    amina, bruno, chloe, dora, sam = [
        await world.member(name) for name in ("amina", "bruno", "chloe", "dora", "sam")
    ]
    await sam.post(f"{A}/{amina.id}/follow")
    await amina.post(f"{A}/{bruno.id}/follow")
    await amina.post(f"{A}/{bruno.id}/follow")  # the same wish
    await amina.post(f"{A}/{chloe.id}/follow")
    refused = await amina.post(f"{A}/{dora.id}/follow", 429)
    assert "2 people a day" in refused["error"]
    (relation,) = await amina.get(f"{A}/relationships", params={"id[]": dora.id})
    assert not relation["requested"]
    await amina.post(f"/api/v1/follow_requests/{sam.id}/authorize")
    butler = await world.db.read(people_rows.by_handle, "butler")
    assert butler is not None
    await amina.post(f"{A}/{butler.id}/follow")
    # Taking a wish back and making it anew is a new one.
    await amina.post(f"{A}/{bruno.id}/unfollow")
    await amina.post(f"{A}/{bruno.id}/follow", 429)
    world.tick(days=1, seconds=1)
    await amina.post(f"{A}/{dora.id}/follow")
