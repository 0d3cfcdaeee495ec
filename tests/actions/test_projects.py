"""Projects as the engine and the butler use them: causes, goals, team, counsel."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fedi_aid.actions import causes, goals, invitations, projects, ties
from fedi_aid.actions import files as file_actions
from fedi_aid.actions.projects import Wish
from fedi_aid.audience.explain import Reason, sentence
from fedi_aid.errors import Refused
from fedi_aid.model.causes import BY_KEY, VOCABULARY, hashtag, key_of
from fedi_aid.storage import causes as cause_rows
from fedi_aid.storage import files
from fedi_aid.storage import goals as goal_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import projects as rows
from tests.world import World, build

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(database, clock) -> World:
    """Amina and Bruno are friends; Dora is Amina's friend too."""
    world = await build(database, clock)
    await world.moves_in("dora")
    await world.befriend(world.amina, world.dora)
    return world


async def begins(world: World, title: str = "The rose bed", **wish) -> int:
    made = await world.db.write(projects.begin, world.amina.id, Wish(title=title, **wish))
    return made.project.id


async def joins(world: World, project_id: int, role: str, who) -> None:
    await world.db.write(invitations.invite, await world.amina.member(), project_id, who.id, role)
    await world.settle()
    await who.tells_butler("yes")
    await world.settle()


# -- causes


def test_the_vocabulary_has_no_name_twice() -> None:
    named = [key for one in VOCABULARY for key in {key_of(name) for name in (one.en, one.fr, *one.also)}]
    assert len(named) == len(set(named)) == len(BY_KEY)
    assert all(named)
    assert len(VOCABULARY) >= 40


@given(st.text(max_size=80))
@example("㊊")
@example("a ı")
@example("ᴭ")
def test_a_hashtag_says_the_same_cause(name: str) -> None:
    """It travels as a hashtag and is understood there."""
    assert key_of(hashtag(name)) == key_of(name)
    assert key_of(key_of(name)) == key_of(name)
    assert not any(sign.isspace() for sign in hashtag(name))


async def test_whatever_it_is_called_it_is_one_cause(world: World) -> None:
    """M9, on both databases."""
    found = await world.db.read(cause_rows.canonical, ["Potager", "garden", "écologie", "MyOwn", "…"])
    assert found == {
        "Potager": "gardening",
        "garden": "gardening",
        "écologie": "environment",
        "MyOwn": "myown",
    }
    await world.db.write(causes.add, "Beekeeping", name_fr="Apiculture", also=["abeilles"])
    first = await begins(world, causes=("abeilles", "apiculture"))
    assert (await world.db.read(projects.one, world.amina.id, first, "fr")).causes == ("Apiculture",)
    second = await begins(world, "Honey", causes=("miel",))
    for name, into in (("miel", "bees keeping"), ("Miel", "miel"), ("#bienêtreanimal", "animal welfare")):
        with pytest.raises(Refused):
            await world.db.write(causes.merge, name, into)
    await world.db.write(causes.merge, "miel", "Apiculture")
    assert (await world.db.read(projects.one, world.amina.id, second)).causes == ("Beekeeping",)
    await world.db.write(causes.merge, "Beekeeping", "agriculture")
    for project in (first, second):
        assert await world.db.read(rows.causes_of_project, project) == {"agriculture"}
    assert await world.db.read(cause_rows.canonical, ["miel"]) == {"miel": "agriculture"}
    with pytest.raises(Refused):
        await world.db.write(causes.add, "farming")


async def test_shared_causes_count_across_languages(world: World) -> None:
    """M9: a hashtag in French and a project in English meet; the reader is told in words."""
    await world.db.write(projects.begin, world.bruno.id, Wish(title="Beds", causes=("Gardening",)))
    post_id = await world.amina.writes("Trop de courgettes #potager", intimacy=2)
    seen = await world.bruno.sees(post_id)
    assert [one for one in seen.access.reasons if one["kind"] == "shared_cause"] == [
        {"kind": "shared_cause", "about": ["gardening"], "names": []}
    ]
    told = [msgspec.convert(one, Reason) for one in seen.access.reasons]
    assert "une cause en commun : Jardinage" in sentence(told, "Amina", "fr")
    await world.db.write(projects.begin, world.bruno.id, Wish(title="Bikes", causes=("Vélo partagé",)))
    post_id = await world.amina.writes("Un de plus #VeloPartage", intimacy=2)
    [told] = [
        one for one in (await world.bruno.sees(post_id)).access.reasons if one["kind"] == "shared_cause"
    ]
    assert told["about"] == ["Vélo partagé"]


# -- goals


async def test_goals_left_alone_are_found(world: World) -> None:
    """AUDIENCE, butler: three times the project's own median gap, three weeks at least; writing touches them."""
    project_id = await begins(world)
    kept = await world.db.write(goals.add, world.amina.id, project_id, goals.Wish(title="Ten roses"))
    done = await world.db.write(goals.add, world.amina.id, project_id, goals.Wish(title="A fence"))
    await world.db.write(goals.change, world.amina.id, project_id, done.id, goals.Wish(state="done"))

    async def due() -> list[goal_rows.Untouched]:
        return await world.db.read(lambda tx: goal_rows.goals_due(tx, tx.now))

    assert await due() == []
    world.clock.forward(days=20, hours=23)
    assert await due() == []
    world.clock.forward(hours=1)
    [one] = await due()
    assert (one.member_id, one.project_title, one.goal.id) == (world.amina.id, "The rose bed", kept.id)
    assert (one.since, one.median_gap) == (timedelta(days=21), None)
    for _ in range(3):
        await world.amina.writes("Dug #project_the_rose_bed")
        world.clock.forward(days=10)
    assert await due() == []  # touched ten days ago
    world.clock.forward(days=19)
    assert await due() == []  # its own gap is ten days
    world.clock.forward(days=1)
    [one] = await due()
    assert (one.since, one.median_gap) == (timedelta(days=30), timedelta(days=10))
    await world.db.write(projects.change, world.amina.id, project_id, Wish(state="closed"))
    assert await due() == []


# -- team and counsel


async def test_the_butler_asks_within_the_guest_s_hours(world: World) -> None:
    """R23: quiet hours and budget are the guest's; who silenced the butler finds it among the invitations."""
    project_id = await begins(world)
    world.clock.forward(hours=14)  # 23:00
    await world.db.write(invitations.invite, await world.amina.member(), project_id, world.bruno.id, "team")
    await world.settle()
    assert await world.bruno.letters() == []
    world.clock.forward(hours=10)
    await world.settle()
    assert "on the team of the project “The rose bed”" in (await world.bruno.letters())[0]
    await world.db.write(
        lambda tx: people_rows.change_member(tx, world.dora.id, butler_silent=True, locale="fr")
    )
    await world.db.write(invitations.invite, await world.amina.member(), project_id, world.dora.id, "counsel")
    await world.settle()
    assert await world.dora.letters() == []
    assert len(await world.db.read(invitations.received, world.dora.id)) == 1
    for _ in range(2):
        await world.dora.tells_butler("reprendre")
        await world.settle()
    told = [
        one
        for one in await world.dora.letters()
        if "vos conseils sur le projet «\u00a0The rose bed\u00a0»" in one
    ]
    assert len(told) == 1


async def test_an_answer_that_comes_too_late(world: World) -> None:
    project_id = await begins(world)
    me = await world.amina.member()
    await world.db.write(invitations.invite, me, project_id, world.bruno.id, "counsel")
    await world.settle()
    await world.db.write(invitations.remove, me, project_id, world.bruno.id, "counsel")
    before = len(await world.bruno.letters())
    await world.bruno.tells_butler("yes")
    await world.settle()
    assert "nothing waiting" in (await world.bruno.letters())[0]
    assert len(await world.bruno.letters()) == before + 1
    assert await world.db.read(invitations.people, world.amina.id, project_id) == []


async def test_counsel_is_asked_first_and_the_team_as_committed(world: World) -> None:
    """R26, M11."""
    project_id = await begins(world)
    await joins(world, project_id, "counsel", world.bruno)
    await joins(world, project_id, "team", world.dora)
    await world.moves_in("zoe")
    await world.befriend(world.amina, world.zoe)
    await world.db.write(ties.pin_as_close, world.amina.id, world.zoe.id)
    await world.amina.asks("Who has a spade? #project_the_rose_bed", intimacy=2)
    await world.settle()
    asked = {
        who.name: next((one for one in await who.letters() if "Who has a spade" in one), "")
        for who in (world.bruno, world.dora, world.zoe)
    }
    assert "Can you help?" in asked["bruno"]
    assert "Your advice counts on this project" in asked["bruno"]
    assert "as part of the team?" in asked["dora"]
    assert "Can you help?" in asked["zoe"]


async def test_a_member_who_is_gone_takes_projects_and_places_along(world: World) -> None:
    project_id = await begins(world)
    await joins(world, project_id, "team", world.bruno)
    own = (await world.db.write(projects.begin, world.bruno.id, Wish(title="Beds"))).project.id
    await world.db.write(projects.forget_all_of, world.bruno.id)
    assert await world.db.read(rows.by_id, own) is None
    assert await world.db.read(invitations.people, world.amina.id, project_id) == []
    await world.db.write(projects.forget_all_of, world.amina.id)
    assert await world.db.read(projects.mine, world.amina.id) == []


async def test_invitations_have_their_measure(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "A_DAY", 1)
    project_id, me = await begins(world), await world.amina.member()
    await world.db.write(invitations.invite, me, project_id, world.bruno.id, "team")
    with pytest.raises(Refused, match="a day"):
        await world.db.write(invitations.invite, me, project_id, world.dora.id, "team")
    world.clock.forward(days=1, seconds=1)
    monkeypatch.setitem(invitations.PEOPLE_MAX, "team", 1)
    with pytest.raises(Refused, match="At most 1 people"):
        await world.db.write(invitations.invite, me, project_id, world.dora.id, "team")


async def test_pictures_of_projects_are_not_loose(world: World) -> None:
    """What a project shows is not thrown away with forgotten uploads."""
    stored = {"kind": "image", "state": "ready", "content_type": "image/png", "file": "a.png"}

    def upload(tx):
        return files.insert(tx, owner_id=world.amina.id, purpose="post", opaque="a" * 26, **stored)

    media_id = await world.db.write(upload)
    project_id = await begins(world, picture_id=media_id)
    world.clock.forward(days=3)
    await world.db.write(file_actions.remove_loose)
    assert (await world.db.read(projects.one, world.amina.id, project_id)).picture.id == media_id
    await world.db.write(projects.remove, world.amina.id, project_id)
    assert await world.db.read(rows.pictures, [media_id]) == {}
