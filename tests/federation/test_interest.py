"""S4b: a post that its author earns or gains by says so, on every server, and is never shown as a request."""

import json
from typing import Any

import pytest

from fedi_aid.actions import editing, posts
from fedi_aid.actions.posts import Draft
from fedi_aid.errors import Refused
from fedi_aid.model.control_tags import Explicit
from fedi_aid.model.posts import PostView
from tests.federation.conftest import Fediverse, Server
from tests.federation.test_polls import befriended

pytestmark = pytest.mark.anyio

LINE = "Interest declared: my sister sells these"


@pytest.fixture
async def one(fediverse: Fediverse) -> Server:
    return await fediverse.server("one.example", "amina")


@pytest.fixture
async def two(fediverse: Fediverse, one: Server) -> Server:
    made = await fediverse.server("two.example", "bruno")
    await fediverse.befriend(one.amina, made.bruno)
    return made


async def says(one: Server, text: str, **wish: Any) -> int:
    explicit = Explicit(**{"paid": True, "interest": "my sister sells these"} | wish)
    draft = Draft(text=text, wish=explicit, language="en")
    return await one.instance.db.write(posts.publish, await one.amina.member(), draft)


async def read(two: Server) -> PostView:
    return next(one for one in await two.bruno.home() if one.author.username == "amina")


async def test_it_reads_as_text_and_as_a_property_and_survives_edits(
    fediverse: Fediverse, one: Server, two: Server
) -> None:
    post_id = await says(one, "The best saws in town.")
    await fediverse.settle()
    seen = await read(two)
    assert (seen.post.paid, seen.post.interest) == (True, "my sister sells these")
    assert seen.post.html == f"<p>{LINE}</p><p>The best saws in town.</p>"
    create = json.loads(fediverse.posts_to("/users/bruno/inbox")[-1].body)
    assert create["object"]["interest"] == "my sister sells these"
    assert create["object"]["content"].startswith(f"<p>{LINE}</p>")
    await one.amina.edits(post_id, "The best saws in the country.")
    await fediverse.settle()
    seen = await read(two)
    assert seen.post.paid
    assert seen.post.html == f"<p>{LINE}</p><p>The best saws in the country.</p>"
    await one.instance.db.write(
        editing.edit, await one.amina.member(), post_id, Draft(text="Saws.", wish=Explicit(paid=False))
    )
    await fediverse.settle()
    seen = await read(two)
    assert (seen.post.paid, seen.post.html) == (False, "<p>Saws.</p>")


async def test_a_plain_peer_reads_it_and_learns_no_word_of_ours(fediverse: Fediverse, one: Server) -> None:
    """P10, on every form that it may get."""
    frank = await befriended(fediverse, one.amina, fediverse.peer("plain.example", "frank"), "frank")
    await says(one, "The best saws in town.", intimacy=0)
    direct = Draft(
        text="@frank@plain.example for you", visibility="direct", wish=Explicit(paid=True), language="fr"
    )
    await one.instance.db.write(posts.publish, await one.amina.member(), direct)
    await fediverse.settle()
    notes = [activity["object"] for activity in frank.peer.said("Create")[-2:]]
    named, shown = sorted(notes, key=lambda note: "for you" not in note["content"])  # either may come first
    assert LINE in shown["content"]
    assert "Intérêt déclaré : la personne qui écrit est payée pour ceci, ou y gagne" in named["content"]
    for note in (shown, named):
        assert "interest" not in note
        assert "w3id.org/fedi-aid" not in json.dumps(note)


async def test_a_public_post_says_it_and_nothing_of_levels(fediverse: Fediverse) -> None:
    one = await fediverse.server("one.example", "amina", allow_public_posts=True)
    frank = await befriended(fediverse, one.amina, fediverse.peer("plain.example", "frank"), "frank")
    draft = Draft(text="Saws for all! #paid", visibility="public", language="en")
    await one.instance.db.write(posts.publish, await one.amina.member(), draft)
    await fediverse.settle()
    create = frank.peer.said("Create")[-1]
    assert create["object"]["interest"] == "the author is paid for this, or gains by it"
    assert "the author is paid for this" in create["object"]["content"]
    assert "intimacyLevel" not in json.dumps(create)


async def test_a_declared_interest_is_no_request_whatever_a_peer_says(
    fediverse: Fediverse, one: Server
) -> None:
    """Neither when it comes nor when a request turns into one; and the line is said where the peer did not."""
    peer = fediverse.peer("three.example", "gwen", plain=False)
    gwen = await befriended(fediverse, one.amina, peer, "gwen")
    note = gwen.note("Buy my saws", [], helpFlag=True, intimacyLevel=1, revision=1, interest="I sell saws")
    note["to"] = [f"{note['id']}/audience"]
    await gwen.posts(one.amina.inbox, gwen.says("Create", note, to=note["to"]))
    other = gwen.note("Who has a saw?", [], helpFlag=True, intimacyLevel=1, revision=1)
    other["to"] = [f"{other['id']}/audience"]
    await gwen.posts(one.amina.inbox, gwen.says("Create", other, to=other["to"]))
    await fediverse.settle()
    asked, sold = [view for view in await one.amina.home() if view.author.username == "gwen"]
    assert sold.post.html == "<p>Interest declared: I sell saws</p><p>Buy my saws</p>"
    assert (sold.post.help_flag, sold.post.paid) == (None, True)
    assert asked.post.flag_is_up
    changed = other | {"interest": "<b>I sell</b> saws", "revision": 2, "updated": "2026-03-14T09:30:00Z"}
    await gwen.posts(one.amina.inbox, gwen.says("Update", changed, to=other["to"]))
    await fediverse.settle()
    seen = await one.amina.sees(asked.post.id)
    assert seen is not None
    assert (seen.post.help_flag, seen.post.interest) == (None, "I sell saws")


@pytest.mark.parametrize(
    "text,wish",
    [
        ("Saws #help #paid", Explicit()),
        ("Saws #aide #intéressé", Explicit()),
        ("Saws #paid", Explicit(help=True)),
        ("Saws #bottle", Explicit(paid=True)),
        ("Saws", Explicit(paid=True, help=True)),
    ],
)
async def test_what_one_earns_by_raises_no_flag(one: Server, text: str, wish: Explicit) -> None:
    with pytest.raises(Refused, match="never a request for help"):
        await one.instance.db.write(posts.publish, await one.amina.member(), Draft(text=text, wish=wish))


async def test_a_request_cannot_turn_into_what_one_earns_by(one: Server) -> None:
    post_id = await one.amina.asks("Who has a saw?")
    for edited in (Draft(text="Buy saws", wish=Explicit(paid=True)), Draft(text="Buy saws #paid")):
        with pytest.raises(Refused, match="never a request for help"):
            await one.instance.db.write(editing.edit, await one.amina.member(), post_id, edited)
    seen = await one.amina.sees(post_id)
    assert seen is not None
    assert (seen.post.text, seen.post.flag_is_up) == ("Who has a saw?", True)
