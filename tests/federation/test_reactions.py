"""Reactions of other kinds of servers (FEP-c0e0): whatever the emoji, one favourite."""

from typing import Any

import pytest

from tests.federation.conftest import Fediverse, Persona, Server
from tests.federation.test_polls import befriended

pytestmark = pytest.mark.anyio


@pytest.fixture
async def one(fediverse: Fediverse) -> Server:
    return await fediverse.server("one.example", "amina")


@pytest.fixture
async def frank(fediverse: Fediverse, one: Server) -> Persona:
    return await befriended(fediverse, one.amina, fediverse.peer("plain.example", "frank"), "frank")


@pytest.mark.parametrize(
    "kind,more",
    [
        ("Like", {}),
        ("Like", {"content": "🔥", "_misskey_reaction": "🔥"}),
        ("EmojiReact", {"content": "🐑"}),
        ("EmojiReact", {"content": ":blobcat:", "tag": [{"type": "Emoji", "name": ":blobcat:", "icon": 7}]}),
    ],
)
async def test_a_reaction_is_a_favourite(
    fediverse: Fediverse, one: Server, frank: Persona, kind: str, more: dict[str, Any]
) -> None:
    """Given under the id of one's own form of the post, counted once, and taken back."""
    post_id = await one.amina.writes("A good day.")
    await fediverse.settle()
    about = frank.peer.said("Create")[-1]["object"]["id"]
    reaction = frank.says(kind, about, **more)
    for activity in (reaction, frank.says("Like", about)):
        await frank.posts(one.amina.inbox, activity)
        await fediverse.settle()
    seen = await one.amina.sees(post_id)
    assert seen is not None
    assert seen.favourites == 1
    assert (await one.amina.notices()).count("favourite") == 1
    await frank.posts(one.amina.inbox, frank.says("Undo", reaction))
    await fediverse.settle()
    seen = await one.amina.sees(post_id)
    assert seen is not None
    assert seen.favourites == 0
