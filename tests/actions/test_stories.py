"""Stories (S4d, RULES R12): each reader finds what they may read anyway; whoever is quoted is asked first."""

import msgspec
import pytest

from fedi_aid.actions import erasing, exporting, invitations, projects, stories, ties
from fedi_aid.actions import posts as writing
from fedi_aid.actions.stories import Wish
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.control_tags import Explicit
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import stories as rows
from fedi_aid.storage.stories import PUBLIC, Part
from tests.world import Who, World, build

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(database, clock) -> World:
    """Amina, Bruno and Dora are friends of one another; Bruno is on the team of Amina's garden. Posts may be
    public here."""
    database.house = msgspec.structs.replace(database.house, allow_public_posts=True)
    world = await build(database, clock)
    await world.moves_in("dora")
    await world.befriend(world.amina, world.dora)
    await world.befriend(world.bruno, world.dora)
    made = await world.db.write(projects.begin, world.amina.id, projects.Wish(title="The garden"))
    world.garden = made.project.id
    await world.db.write(invitations.invite, await world.amina.member(), world.garden, world.bruno.id, "team")
    await world.settle()
    await world.bruno.tells_butler("yes")
    await world.settle()
    return world


async def writes(world: World, who: Who, text: str, *, intimacy: int = 2, **draft) -> int:
    wish = Explicit(intimacy=intimacy, project_id=world.garden) if "visibility" not in draft else Explicit()
    if "visibility" in draft and "reply_to_id" not in draft:
        wish = Explicit(project_id=world.garden)
    written = writing.Draft(text=text, wish=wish, language="en", approved=True, **draft)
    return await world.db.write(writing.publish, await who.member(), written)


async def tells(world: World, level: int, *parts: str | int, title: str = "Our year") -> int:
    """A draft of Amina's: texts, and posts by their ids."""
    made = await world.db.write(stories.begin, world.amina.id, world.garden, title)
    await arranges(world, made.id, level, *parts, title=title)
    return made.id


async def arranges(world: World, story_id: int, level: int, *parts: str | int, title: str = "Our year"):
    pieces = tuple(Part(text=one) if isinstance(one, str) else Part(post_id=one) for one in parts)
    wish = Wish(title=title, level=level, parts=pieces)
    return await world.db.write(stories.arrange, world.amina.id, story_id, wish)


async def publishes(world: World, story_id: int) -> str:
    story = await world.db.write(stories.publish, world.amina.id, story_id)
    await world.settle()
    return story.state


async def found(world: World, who: Who | None, story_id: int) -> list[str] | None:
    """The lines of a story as somebody finds them; None where it does not exist for them."""
    try:
        told = await world.db.read(stories.read, who.id if who else None, story_id)
    except NotFound:
        return None
    return [line.view.post.text if line.view else line.text for line in told.lines]


async def releases(world: World, story_id: int) -> list[str]:
    bench = await world.db.read(stories.workshop, world.amina.id, story_id)
    return [piece.release for piece in bench.pieces]


# -- who may read it


async def test_each_reader_finds_the_intersection(world: World) -> None:
    """R12: a post in a story is read by its own readers alone, and a draft by its author alone."""
    wide = await writes(world, world.amina, "We dug.")
    some = await world.db.write(
        writing.publish,
        await world.amina.member(),
        writing.Draft(
            text="I am tired.",
            wish=Explicit(intimacy=2, project_id=world.garden),
            removed=(world.dora.id,),
            approved=True,
        ),
    )
    story = await tells(world, 2, "It began in spring.", wide, some)
    everything = ["It began in spring.", "We dug.", "I am tired."]
    assert await found(world, world.amina, story) == everything
    for other in (world.bruno, world.dora, world.chloe, None):
        assert await found(world, other, story) is None
    assert await publishes(world, story) == "published"
    assert await found(world, world.bruno, story) == everything
    assert await found(world, world.dora, story) == everything[:2]
    for stranger in (world.chloe, world.dov, world.eve, None):
        assert await found(world, stranger, story) is None
    assert [one.id for one, _ in await world.db.read(stories.of_others, world.dora.id)] == [story]
    assert await world.db.read(stories.of_others, world.chloe.id) == []
    await world.db.write(ties.block, world.amina.id, world.dora.id)
    assert await found(world, world.dora, story) is None
    await world.db.write(erasing.delete, world.amina.id, some)
    assert await found(world, world.bruno, story) == everything[:2]
    await world.db.write(stories.take_back, world.amina.id, story)
    assert await found(world, world.bruno, story) is None


async def test_what_is_narrower_is_retold(world: World) -> None:
    """R12: nothing of level 2 or more stands in anything wider than itself; its author rewrites."""
    close = await writes(world, world.amina, "Only for the few.", intimacy=3)
    friends = await writes(world, world.amina, "We dug.")
    story = await tells(world, 3, friends, close)
    assert await found(world, world.amina, story) == ["We dug.", "Only for the few."]
    await arranges(world, story, 2, friends, close)
    assert await world.db.read(rows.parts_of, story) == [
        Part(post_id=friends),
        Part(post_id=close, text=""),
    ]
    await arranges(world, story, PUBLIC, friends, close)
    assert [one.text for one in await world.db.read(rows.parts_of, story)] == ["", ""]
    with pytest.raises(Refused):
        await publishes(world, story)
    retold = Wish(
        title="Our year",
        level=PUBLIC,
        parts=(Part(post_id=friends, text="There was digging."), Part(post_id=close, text="")),
    )
    await world.db.write(stories.arrange, world.amina.id, story, retold)
    assert await publishes(world, story) == "published"
    assert await found(world, None, story) == ["There was digging."]
    await arranges(world, story, 3, friends, close)
    assert await found(world, world.amina, story) == ["We dug.", "Only for the few."]
    assert await found(world, None, story) is None


async def test_r9_the_closest_are_those_who_pass_the_gate(world: World) -> None:
    """A story for the closest friends does not exist for the others, published or not."""
    story = await tells(world, 3, "For the few.")
    assert await publishes(world, story) == "published"
    assert await found(world, world.bruno, story) is None
    assert await world.db.read(stories.of_others, world.bruno.id) == []
    await world.db.write(ties.pin_as_close, world.amina.id, world.bruno.id)
    assert await found(world, world.bruno, story) == ["For the few."]
    assert await found(world, world.dora, story) is None


async def test_a_post_that_was_narrowed_leaves_a_wider_story(world: World) -> None:
    """R12, R15: what counts is how narrow the post is now."""
    post = await writes(world, world.amina, "We dug.")
    story = await tells(world, 2, "Words.", post)
    await publishes(world, story)
    assert await found(world, world.bruno, story) == ["Words.", "We dug."]
    await world.db.write(lambda tx: writing.post_rows.change(tx, post, intimacy=3))
    assert await found(world, world.bruno, story) == ["Words."]


async def test_only_public_posts_are_in_a_public_story(world: World) -> None:
    """R12: and only where the instance allows them."""
    public = await writes(world, world.amina, "Come and see.", visibility="public")
    story = await tells(world, PUBLIC, "Everybody is welcome.", public)
    assert await publishes(world, story) == "published"
    for reader in (None, world.eve, world.dora):
        assert await found(world, reader, story) == ["Everybody is welcome.", "Come and see."]
    assert await found(world, world.dov, story) is None
    world.db.house = msgspec.structs.replace(world.db.house, allow_public_posts=False)
    assert await found(world, None, story) is None
    assert await found(world, world.eve, story) is None
    assert await found(world, world.dora, story) is not None
    made = await world.db.write(stories.begin, world.amina.id, world.garden, "Another")
    with pytest.raises(Refused):
        await arranges(world, made.id, PUBLIC, "Words.")


# -- those who are quoted


async def test_whoever_is_quoted_is_asked_first(world: World) -> None:
    """S4d: their post is shown to nobody before their yes, nor after they take it back."""
    ours = await writes(world, world.amina, "We dug.")
    theirs = await writes(world, world.bruno, "I brought the roses.")
    story = await tells(world, 2, ours, theirs)
    assert await releases(world, story) == ["own", "waiting"]
    assert await world.db.read(stories.quoted, world.bruno.id) == []
    assert await publishes(world, story) == "asked"
    letter = (await world.bruno.letters())[0]
    assert "Our year" in letter
    assert "I brought the roses." in letter
    assert "their friends" in letter
    assert await found(world, world.dora, story) is None
    assert await publishes(world, story) == "published"
    for reader in (world.amina, world.dora, world.bruno):
        assert await found(world, reader, story) == ["We dug."]
    await world.bruno.tells_butler("yes")
    await world.settle()
    assert await releases(world, story) == ["own", "released"]
    for reader in (world.amina, world.dora, world.bruno):
        assert await found(world, reader, story) == ["We dug.", "I brought the roses."]
    asked = (await world.db.read(stories.quoted, world.bruno.id))[0]
    await world.db.write(stories.answer, world.bruno.id, asked.consent.id, yes=False)
    assert await found(world, world.dora, story) == ["We dug."]
    assert await releases(world, story) == ["own", "waiting"]
    with pytest.raises(NotFound):
        await world.db.write(stories.answer, world.amina.id, asked.consent.id, yes=True)
    assert len(await world.bruno.letters()) == len({*await world.bruno.letters()})


async def test_a_no_looks_like_silence(world: World) -> None:
    """R8: what the author can ask for is the same, whatever was answered; and a no is not asked again."""
    theirs = await writes(world, world.bruno, "I brought the roses.")
    seen = []
    for title, said in (("One", "no"), ("Two", None)):
        story = await tells(world, 2, "Words.", theirs, title=title)
        await publishes(world, story)
        if said:
            await world.bruno.tells_butler(said)
            await world.settle()
        before = len(await world.bruno.letters())
        await arranges(world, story, 2, "Words.", title=title)
        await arranges(world, story, 2, "Words.", theirs, title=title)
        await publishes(world, story)
        bench = await world.db.read(stories.workshop, world.amina.id, story)
        seen.append([(one.part, one.release) for one in bench.pieces])
        seen.append(await found(world, world.amina, story))
        assert len(await world.bruno.letters()) == before
    assert seen[0] == seen[2]
    assert seen[1] == seen[3] == ["Words."]


async def test_more_readers_are_asked_for_anew(world: World) -> None:
    """A yes holds for the readers it was given for; an edit asks only for what is newly quoted."""
    first = await writes(world, world.bruno, "I brought the roses.", intimacy=2)
    second = await writes(world, world.bruno, "And the lilies.", intimacy=2)
    story = await tells(world, 3, "Words.", first)
    await publishes(world, story)
    await publishes(world, story)
    await world.bruno.tells_butler("yes")
    await world.settle()
    letters = len(await world.bruno.letters())
    await arranges(world, story, 3, "Words.", first, second)
    await world.settle()
    assert len(await world.bruno.letters()) == letters + 1
    newest = (await world.bruno.letters())[0]
    assert "lilies" in newest
    assert "roses" not in newest
    assert await releases(world, story) == ["own", "released", "waiting"]
    await world.bruno.tells_butler("yes")
    await world.settle()
    assert await releases(world, story) == ["own", "released", "released"]
    await world.later(days=8)
    await arranges(world, story, 2, "Words.", first, second)
    assert await releases(world, story) == ["own", "waiting", "waiting"]
    assert await found(world, world.dora, story) == ["Words."]
    await world.settle()
    newest = (await world.bruno.letters())[0]
    assert "lilies" in newest
    assert "roses" in newest
    await world.bruno.tells_butler("yes")
    await world.settle()
    assert len(await found(world, world.dora, story)) == 3


async def test_a_block_takes_the_words_out(world: World) -> None:
    """R6: also from what others read, and nobody is asked over a block."""
    theirs = await writes(world, world.bruno, "We all came.", visibility="public")
    story = await tells(world, 2, "Words.", theirs)
    await publishes(world, story)
    await publishes(world, story)
    await world.bruno.tells_butler("yes")
    await world.settle()
    assert await found(world, world.dora, story) == ["Words.", "We all came."]
    await world.bruno.blocks(world.amina)
    for reader in (world.amina, world.dora):
        assert await found(world, reader, story) == ["Words."]
    assert await found(world, world.bruno, story) is None
    assert await world.db.read(stories.quoted, world.bruno.id) == []


async def test_who_does_not_hear_somebody_is_not_asked(world: World) -> None:
    """A mute stands, and shows in nothing."""
    theirs = await writes(world, world.bruno, "I brought the roses.")
    await world.db.write(ties.mute, world.bruno.id, world.amina.id)
    before = await world.bruno.letters()
    story = await tells(world, 2, "Words.", theirs)
    assert await publishes(world, story) == "asked"
    assert await publishes(world, story) == "published"
    assert await world.bruno.letters() == before
    assert await world.db.read(stories.quoted, world.bruno.id) == []
    assert await releases(world, story) == ["own", "waiting"]


async def test_who_silenced_the_butler_is_asked_when_they_call_it(world: World) -> None:
    theirs = await writes(world, world.bruno, "I brought the roses.")
    await world.db.write(people_rows.change_member, world.bruno.id, butler_silent=True)
    before = len(await world.bruno.letters())
    story = await tells(world, 2, theirs)
    await publishes(world, story)
    assert len(await world.bruno.letters()) == before
    assert [one.consent.state for one in await world.db.read(stories.quoted, world.bruno.id)] == ["asked"]
    await world.bruno.tells_butler("speak again")
    await world.settle()
    assert any("Our year" in one for one in await world.bruno.letters())


# -- the author's side


async def test_only_what_may_be_quoted_goes_in(world: World) -> None:
    """R12: nothing written to a few by name, nothing from outside the logbook, nothing hidden."""
    ours = await writes(world, world.amina, "Come and see.", visibility="public")
    reply = await writes(world, world.bruno, "@amina I come!", visibility="public", reply_to_id=ours)
    private = await writes(world, world.bruno, "@amina but late", visibility="direct", reply_to_id=ours)
    elsewhere = await world.amina.writes("Of something else.")
    story = await tells(world, 2, "Words.")
    bench = await world.db.read(stories.workshop, world.amina.id, story)
    assert [view.post.id for view in bench.others] == [ours, reply]
    for wrong in ([private], [elsewhere], [12345], [ours, ours]):
        with pytest.raises(NotFound):
            await arranges(world, story, 2, *wrong)
    for other in (world.bruno, world.chloe):
        with pytest.raises(NotFound):
            await world.db.read(stories.workshop, other.id, story)
        with pytest.raises(NotFound):
            await world.db.write(stories.publish, other.id, story)
    with pytest.raises(NotFound):
        await world.db.write(stories.begin, world.dora.id, world.garden, "Mine")
    for bad in (Wish(title=" ", level=2, parts=()), Wish(title="x" * 101, level=2, parts=())):
        with pytest.raises(Refused):
            await world.db.write(stories.arrange, world.amina.id, story, bad)
    for level, parts in ((0, ()), (2, (Part(text="x" * 4_001),)), (2, (Part(text="x"),) * 41)):
        with pytest.raises(Refused):
            await world.db.write(
                stories.arrange, world.amina.id, story, Wish(title="Our year", level=level, parts=parts)
            )
    again = await world.db.write(stories.begin, world.amina.id, world.garden, "Our year")
    assert again.id == story


async def test_it_goes_when_it_is_removed_and_stays_without_its_project(world: World) -> None:
    theirs = await writes(world, world.bruno, "I brought the roses.")
    story = await tells(world, 2, "Words.", theirs)
    other = await tells(world, 2, "Words.", title="The other")
    await publishes(world, other)
    await publishes(world, story)
    taken = await world.db.read(exporting.take, await world.amina.member())
    exported = next(one.content.decode() for one in taken.papers if one.name == "stories.json")
    assert '"The other"' in exported
    assert "roses" not in exported
    await world.db.write(stories.remove, world.amina.id, story)
    assert await found(world, world.amina, story) is None
    await world.bruno.tells_butler("yes")
    await world.settle()
    assert await world.db.read(rows.consents_of, world.bruno.id) == []
    await world.db.write(projects.remove, world.amina.id, world.garden)
    assert await found(world, world.dora, other) == ["Words."]
    await world.db.write(people_rows.change, world.amina.id, suspended_at=world.clock())
    assert await found(world, world.dora, other) is None
    await world.db.write(rows.forget_person, world.amina.id)
    assert await world.db.read(rows.by_id, other) is None
