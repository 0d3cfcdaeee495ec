"""Moving house in the browser: what it says first, whose word it asks for, and how one comes back."""

from typing import Any

import pytest
from conftest import PASSWORD, House_
from neighbours import ON_SQLITE, Neighbours, form_to, send, village
from page_checks import Page, check_controls

from fedi_aid.actions import moves
from fedi_aid.actions.people import RemoteActor, remember
from fedi_aid.model.ids import PersonId
from fedi_aid.storage.tx import Tx

pytestmark = [pytest.mark.anyio, ON_SQLITE]
FAR = "@amina@far.example"


@pytest.fixture
async def people(house: House_) -> Neighbours:
    return await village(house)


async def far(people: Neighbours, *aliases: str) -> PersonId:
    """Amina's account elsewhere, as its server has just described it."""

    def work(tx: Tx) -> PersonId:
        uri = "https://far.example/users/amina"
        actor = RemoteActor(
            uri=uri,
            username="amina",
            domain="far.example",
            kind="person",
            inbox=f"{uri}/inbox",
            also_known_as=aliases,
        )
        return remember(tx, actor)

    found = await people.db.write(work)
    people.house.elsewhere[FAR] = found
    return found


async def dwelling(people: Neighbours) -> moves.Dwelling:
    found: Any = await people.db.read(moves.dwelling_of, people.id("amina"))
    assert isinstance(found, moves.Dwelling)
    return found


async def test_other_accounts_are_named_and_taken_back(people: Neighbours) -> None:
    amina = people["amina"]
    await far(people)
    page = await amina.get("/me/move")
    unknown = await send(amina, page, "/me/move/alias", {"acct": "@nobody@far.example"})
    assert unknown.status_code == 422
    assert "@nobody@far.example" in unknown.text
    assert "Nobody" in unknown.text
    named = await send(amina, page, "/me/move/alias", {"acct": FAR})
    shown = await amina.follow(named)
    assert FAR in shown.text
    assert len((await dwelling(people)).aliases) == 1
    dropped = await send(amina, shown, "/me/move/alias", {})
    assert dropped.status_code == 303
    assert (await dwelling(people)).aliases == ()


async def test_going_asks_for_the_password_and_for_the_other_account_s_word(people: Neighbours) -> None:
    amina = people["amina"]
    await far(people)
    page = await amina.get("/me/move")
    assert "Your posts, projects, pictures and endorsements stay on this server." in page.text
    assert "@amina@localhost:8080" in page.text
    wrong = await send(amina, page, "/me/move/out", {"acct": FAR, "password": "guess"})
    assert wrong.status_code == 422
    assert form_to(wrong, "/me/move/out")["acct"] == [FAR]
    assert "guess" not in wrong.text
    [field] = [one for one in Page(wrong.text).all("input") if one.attributes.get("id") == "password-out"]
    assert field.attributes["aria-describedby"].startswith("password-out-problem")
    check_controls(Page(wrong.text), form_to(wrong, "/me/move/out")["csrf"][0])
    silent = await send(amina, page, "/me/move/out", {"acct": FAR, "password": PASSWORD})
    assert silent.status_code == 422
    assert "add it to its aliases first" in silent.text
    assert (await dwelling(people)).moved_to is None


async def test_who_has_moved_writes_no_more_here_until_they_come_back(people: Neighbours) -> None:
    amina, mine = people["amina"], people.members["amina"].person.uri
    await far(people, mine)
    paper = await amina.get("/write")
    page = await amina.get("/me/move?lang=fr")
    assert "Déménager" in page.text
    left = await send(amina, page, "/me/move/out", {"acct": FAR, "password": PASSWORD})
    shown = await amina.follow(left)
    assert "Vous habitez ailleurs maintenant" in shown.text
    refused = await send(amina, paper, "/write", {"text": "One more word", "do": "send"})
    assert refused.status_code == 422
    assert "Vous avez déménagé" in refused.text
    assert form_to(refused, "/write")["text"] == ["One more word"]
    back = await send(amina, shown, "/me/move/stay", {})
    assert "Vous habitez ici de nouveau" in (await amina.follow(back)).text
    assert (await send(amina, shown, "/me/move/stay", {})).status_code == 303
    soon = await amina.get("/me/move")
    assert "/me/move/out" not in soon.text, "once in thirty days"
    assert (await send(amina, paper, "/write", {"text": "One more word", "do": "send"})).status_code == 303


async def test_arriving_from_an_account_that_cannot_say_it(people: Neighbours) -> None:
    amina, mine = people["amina"], people.members["amina"].person.uri
    there = await far(people, mine)
    await people.db.write(moves.add_alias, people.id("amina"), there)
    page = await amina.get("/me/move")
    arrived = await send(amina, page, "/me/move/in", {"acct": FAR, "password": PASSWORD})
    assert "you live here now" in (await amina.follow(arrived)).text
    again = await send(amina, page, "/me/move/in", {"acct": FAR, "password": PASSWORD})
    assert again.status_code == 422
