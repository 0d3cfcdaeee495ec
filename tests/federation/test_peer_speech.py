"""What each software says, as it says it, and what a member here makes of it: posts, answers, reactions,
boosts, quotes, polls, edits, removals; singular properties, empty ones, words nobody knows."""

from typing import Any

import pytest

from fedi_aid.model.posts import PostView
from fedi_aid.storage import quotes
from tests.federation.conftest import Fediverse
from tests.federation.peers.double import Double, Resident
from tests.federation.peers.held import PUBLIC, copy_of
from tests.federation.peers.neighbourhood import Neighbourhood, move_in
from tests.federation.peers.software import SOFTWARE, Mastodon, Misskey, Mitra, Pleroma, Snac

pytestmark = pytest.mark.anyio
each = pytest.mark.parametrize("software", SOFTWARE, ids=lambda kind: kind.software)


class Scene:
    """Amina, and Frank on a server of one software; they are friends."""

    def __init__(self, town: Neighbourhood) -> None:
        self.town, self.one = town, town.one
        (self.double,) = town.doubles
        self.frank: Resident = self.double.resident("frank")

    async def hears(self, activity: dict[str, Any]) -> None:
        assert (await self.frank.posts(self.one.amina.inbox, activity)).status_code == 202
        await self.town.fediverse.settle()
        waiting = await self.one.waiting()
        assert not [name for name in waiting if name.startswith("handle_activity")], waiting

    async def from_frank(self) -> list[PostView]:
        return [seen for seen in await self.one.amina.home() if seen.author.uri == self.frank.uri]


async def scene_of(fediverse: Fediverse, software: type[Double]) -> Scene:
    return Scene(await move_in(fediverse, software))


@each
async def test_what_they_write_is_read_as_it_was_meant(fediverse: Fediverse, software: type[Double]) -> None:
    """A public post, one for followers, a direct one; an edit and a removal of each."""
    scene = await scene_of(fediverse, software)
    frank, amina = scene.frank, scene.one.amina
    said = [
        frank.writes("To everybody.", [PUBLIC], cc=(frank.followers,)),
        frank.writes("To followers.", [frank.followers]),
        frank.writes("To Amina.", [amina.uri], naming=(amina,)),
    ]
    for create in said:
        await scene.hears(create)
    found = {seen.post.text.removeprefix("@amina ").strip(): seen.post for seen in await scene.from_frank()}
    reaches = {text: post.reach for text, post in found.items()}
    assert reaches == {"To everybody.": "public", "To followers.": "followers", "To Amina.": "direct"}
    assert "mention" in await amina.notices()
    for create in said:
        await scene.hears(frank.edits(create["object"], "Changed."))
    if scene.double.understands_edits:
        assert {seen.post.text for seen in await scene.from_frank()} == {"Changed."}
        # The audience is what it was.
        assert {seen.post.reach for seen in await scene.from_frank()} == set(reaches.values())
    for create in said:
        await scene.hears(frank.deletes(create["object"]))
    assert await scene.from_frank() == []


@each
async def test_the_profile_is_read(fediverse: Fediverse, software: type[Double]) -> None:
    scene = await scene_of(fediverse, software)
    known = await scene.one.amina.knows(scene.frank)
    assert (known.username, known.domain) == ("frank", scene.double.host)
    assert known.display_name == "Frank"
    assert known.followers_uri == scene.frank.followers
    assert not known.speaks_fedi_aid
    assert "<script" not in known.bio


@each
async def test_an_answer_as_the_composer_proposes_it(fediverse: Fediverse, software: type[Double]) -> None:
    """P07, RULES R4: to a limited post and to a direct one. Mastodon answers the first to the answerer's own
    followers; whatever it says, Amina alone is shown it here."""
    scene = await scene_of(fediverse, software)
    frank, amina = scene.frank, scene.one.amina
    nina = scene.double.resident("nina")
    scene.double.follows.add(("nina", frank.uri))
    post_id = await scene.town.write("Day 12.", 2, False)
    asked_id = await scene.town.write("A ramp, please.", 1, True, frank)
    for words, parent in (("Well done.", post_id), ("I have wood.", asked_id)):
        about = "Day 12" if parent == post_id else "A ramp"
        (held,) = [one for one in scene.double.held.values() if about in one.text and "frank" in one.people]
        answer = frank.answers(held, words, amina)
        await frank.publishes(answer, amina.inbox)
        await fediverse.settle()
        wide = scene.double.answer_scope(held) == "followers"
        assert wide is (software is Mastodon and parent == post_id)
        assert bool(nina.reads(words)) is wide  # why every quiet form ends with a warning
        seen = next(one for one in await scene.from_frank() if words in one.post.text)
        assert seen.post.reply_to_id == parent
        assert seen.post.reach == ("followers" if wide else "direct")
        # Nobody else here is shown it; nor does it leave again.
        await scene.one.moves_in("eve") if "eve" not in scene.one.people else None
        assert await scene.one.eve.sees(seen.post.id) is None
    for double in scene.town.doubles:
        assert not [one for one in double.said("Create") if "Well done." in str(one["object"])]


@each
async def test_reactions(fediverse: Fediverse, software: type[Double]) -> None:
    """FEP-c0e0: a Like, one with a picture, an EmojiReact: each is one heart for Amina, once."""
    scene = await scene_of(fediverse, software)
    post_id = await scene.town.write("The ramp stands.", 2, False)
    held = next(one for one in scene.double.held.values() if "frank" in one.people)
    await scene.hears(scene.frank.likes(held))
    if isinstance(scene.double, Pleroma | Mitra | Snac):
        await scene.hears(scene.double.reacts(scene.frank, held, "🔥"))
    assert (await scene.one.amina.notices()).count("favourite") == 1
    seen = await scene.one.amina.sees(post_id)
    assert seen is not None
    assert seen.favourites == 1


@each
async def test_who_may_boost_what(fediverse: Fediverse, software: type[Double]) -> None:
    """FEDERATION_NOTES §1.4, RULES R16: no software boosts a limited or direct copy; a modified one that does
    is not heard; a boost of its own public post is."""
    scene = await scene_of(fediverse, software)
    frank, amina = scene.frank, scene.one.amina
    await scene.town.write("Not for boosting.", 2, False)
    await scene.town.write("Nor is this.", 2, True, frank)
    for held in list(scene.double.copies(amina.uri)):
        assert frank.boosts(held) is None
        await scene.hears(frank.announces(held.id))
    assert "boost" not in await amina.notices()
    create = frank.writes("Boost me.", [PUBLIC], cc=(frank.followers,))
    await scene.hears(create)
    mine = copy_of(create["object"], "public", {}, None)
    boost = frank.boosts(mine)
    assert boost is not None
    await scene.hears(boost)
    assert [seen.boost for seen in await scene.from_frank() if "Boost me." in seen.post.text]


@pytest.mark.parametrize("software", [Mastodon, Misskey, Mitra], ids=lambda kind: kind.software)
async def test_quotes(fediverse: Fediverse, software: type[Any]) -> None:
    """Three ways to say it; the quoted post is a link under the words, or shown with them."""
    scene = await scene_of(fediverse, software)
    frank = scene.frank
    first = frank.writes("Who has a saw?", [PUBLIC], cc=(frank.followers,))
    await scene.hears(first)
    await scene.hears(scene.double.quotes(frank, first["object"]["id"], "He asks."))  # type: ignore[attr-defined]
    quote = next(seen for seen in await scene.from_frank() if "He asks." in seen.post.text)
    found = await scene.one.instance.db.read(quotes.of_post, quote.post.id)
    assert found is not None
    assert found.uri == first["object"]["id"]


@each
async def test_a_poll(fediverse: Fediverse, software: type[Double]) -> None:
    scene = await scene_of(fediverse, software)
    frank = scene.frank
    create = frank.writes("Saw or plane?", [PUBLIC], cc=(frank.followers,))
    options = [
        {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": 0}}
        for name in ("Saw", "Plane")
    ]
    more = {"type": "Question", "oneOf": options, "endTime": "2026-03-20T09:00:00Z", "votersCount": 0}
    await scene.hears(create | {"object": create["object"] | more})
    (seen,) = await scene.from_frank()
    assert seen.post.text == "Saw or plane?"
    assert seen.poll_id


@each
async def test_the_end_of_a_friendship_as_they_say_it(fediverse: Fediverse, software: type[Double]) -> None:
    """Undo(Follow) from their side: nothing more comes, and the copies are taken back."""
    scene = await scene_of(fediverse, software)
    frank, amina = scene.frank, scene.one.amina
    await scene.town.write("While it lasted.", 2, False)
    follow = frank.says("Follow", amina.uri)
    await scene.hears(frank.says("Undo", {key: follow[key] for key in ("type", "actor", "object")}))
    scene.double.follows.discard(("frank", amina.uri))
    assert not [held for held in scene.double.copies(amina.uri) if "frank" in held.people]
    await scene.town.write("Without him.", 2, False)
    assert frank.reads("Without him.") == set()
