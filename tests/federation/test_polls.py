"""Polls between servers (FEP-9967): who is asked, whose vote counts, whose count is believed."""

from datetime import timedelta
from typing import Any

import pytest

from fedi_aid.actions import polls as poll_actions
from fedi_aid.activitypub import polls as reading
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.polls import Poll, PollWish
from fedi_aid.storage import polls as poll_rows
from tests.federation.conftest import Fediverse, Peer, Persona, Server, Who

pytestmark = pytest.mark.anyio
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
DAYS = PollWish(options=("Monday", "Tuesday", "Never"), lasts=timedelta(days=1))
SEVERAL = PollWish(options=("Monday", "Tuesday", "Never"), lasts=timedelta(days=1), multiple=True)


@pytest.fixture
async def one(fediverse: Fediverse) -> Server:
    return await fediverse.server("one.example", "amina", "eve")


@pytest.fixture
async def two(fediverse: Fediverse, one: Server) -> Server:
    made = await fediverse.server("two.example", "bruno", "dov")
    await fediverse.befriend(one.amina, made.bruno)
    return made


async def poll_of(who: Who, post_id: int) -> Poll:
    found = await who.server.instance.db.read(poll_rows.of_post, who.id, post_id)
    assert found is not None
    return found


async def votes(who: Who, post_id: int, *choices: int) -> None:
    poll = await poll_of(who, post_id)
    await who.server.instance.db.write(poll_actions.vote, await who.member(), poll.id, choices)


async def first_at(who: Who) -> int:
    return next(view.post.id for view in await who.home() if view.author.username != "butler")


async def befriended(fediverse: Fediverse, member: Who, peer: Peer, name: str) -> Persona:
    """A friend of a member on a hand-made peer."""
    from fedi_aid.actions import ties

    friend = peer.persona(name)
    await friend.posts(member.inbox, friend.says("Follow", member.uri))
    await fediverse.settle()
    await member.does(ties.accept, friend)
    await member.does(ties.follow, friend)
    await fediverse.settle()
    asked = next(one for one in reversed(peer.said("Follow")) if one["object"] == friend.uri)
    await friend.posts(member.inbox, friend.says("Accept", asked["id"]))
    await fediverse.settle()
    return friend


def ballot(voter: Persona, question: str, option: str, **more: Any) -> dict[str, Any]:
    voter.peer.made += 1
    note = {
        "id": f"{voter.uri}#votes/{voter.peer.made}",
        "type": "Note",
        "attributedTo": voter.uri,
        "to": ["https://one.example/users/amina"],
        "name": option,
        "inReplyTo": question,
        **more,
    }
    return voter.says("Create", note)


async def test_a_poll_travels_is_answered_and_ends(fediverse: Fediverse, one: Server, two: Server) -> None:
    """FEP-9967 both ways, between two instances: the question, the votes, the counts, the end."""
    post_id = await one.amina.writes("When shall we build?", poll=DAYS)
    await fediverse.settle()
    create = next(one for one in fediverse.posts_to("/users/bruno/inbox") if b'"Question"' in one.body)
    assert b'"oneOf"' in create.body
    theirs = await first_at(two.bruno)
    seen = await poll_of(two.bruno, theirs)
    assert (seen.options, seen.counts, seen.multiple) == (DAYS.options, (0, 0, 0), False)
    await votes(two.bruno, theirs, 1)
    await fediverse.settle()
    assert (await poll_of(one.amina, post_id)).counts == (0, 1, 0)
    assert (await poll_of(one.amina, post_id)).voters == 1
    # Counts come from the owner alone (A17), and together: not at the moment of a vote.
    assert (await poll_of(two.bruno, theirs)).counts == (0, 0, 0)
    assert (await poll_of(two.bruno, theirs)).own == (1,)
    await fediverse.later(minutes=5)
    assert (await poll_of(two.bruno, theirs)).counts == (0, 1, 0)
    changed = await two.bruno.sees(theirs)
    assert changed is not None
    assert changed.post.edited_at is None  # new results are no edit
    await fediverse.later(days=1)
    assert (await poll_of(one.amina, post_id)).closed_at is not None
    assert (await poll_of(two.bruno, theirs)).closed_at is not None
    assert "poll" in await one.amina.notices()
    assert "poll" in await two.bruno.notices()
    assert "poll" not in await one.eve.notices()
    assert await two.dov.reads() == []


async def test_a_vote_is_a_note_for_the_author_alone(fediverse: Fediverse, one: Server, two: Server) -> None:
    """One Create per choice, with a name and no words, to the author's own inbox; it is never shown."""
    await one.amina.writes("When?", poll=SEVERAL)
    await fediverse.settle()
    before = len(fediverse.posts_to("/users/amina/inbox"))
    await votes(two.bruno, await first_at(two.bruno), 0, 2)
    await fediverse.settle()
    sent = [one.body for one in fediverse.posts_to("/users/amina/inbox")[before:]]
    assert len(sent) == 2
    assert all(b'"content"' not in body and b'"name"' in body for body in sent)
    assert fediverse.posts_to("/inbox") == []
    assert await one.amina.reads() == ["When?"]
    assert "mention" not in await one.amina.notices()


async def test_only_the_audience_votes_before_the_end_once_for_an_option(
    fediverse: Fediverse, one: Server
) -> None:
    """A16, RULES R16: by a plain peer, on its own form of the post."""
    peer = fediverse.peer("plain.example", "frank", "gus")
    frank = await befriended(fediverse, one.amina, peer, "frank")
    gus = peer.persona("gus")
    post_id = await one.amina.writes("When?", poll=DAYS)
    await fediverse.settle()
    note = peer.said("Create")[-1]["object"]
    assert note["type"] == "Question"
    assert [option["name"] for option in note["oneOf"]] == list(DAYS.options)
    assert note["endTime"] > note["published"]
    question = note["id"]

    async def arrives(voter: Persona, activity: dict[str, Any]) -> tuple[int, ...]:
        assert (await voter.posts(one.amina.inbox, activity)).status_code == 202
        await fediverse.settle()
        return (await poll_of(one.amina, post_id)).counts

    assert await arrives(gus, ballot(gus, question, "Monday")) == (0, 0, 0)  # not in the audience
    assert await arrives(frank, ballot(frank, question, "Sunday")) == (0, 0, 0)  # no such option
    public = ballot(frank, question, "Monday", to=[PUBLIC])
    assert await arrives(frank, public) == (0, 0, 0)  # said to everybody
    forged = ballot(frank, question, "Monday", attributedTo=gus.uri)
    assert await arrives(frank, forged) == (0, 0, 0)
    mine = ballot(frank, question, "Monday")
    assert await arrives(frank, mine) == (1, 0, 0)
    assert await arrives(frank, mine) == (1, 0, 0)  # a replay
    assert await arrives(frank, ballot(frank, question, "Tuesday")) == (1, 0, 0)  # a second choice
    assert await one.amina.reads() == ["When?"]
    await fediverse.later(days=1, minutes=1)
    closed = peer.said("Update")[-1]["object"]
    assert closed["closed"]
    assert closed["oneOf"][0]["replies"]["totalItems"] == 1
    assert closed["votersCount"] == 1
    assert "updated" not in closed
    other = await one.amina.writes("And now?", poll=SEVERAL)
    await fediverse.settle()
    question = peer.said("Create")[-1]["object"]["id"]
    for option in ("Monday", "Tuesday", "Monday"):
        await frank.posts(one.amina.inbox, ballot(frank, question, option))
        await fediverse.settle()
    found = await poll_of(one.amina, other)
    assert (found.counts, found.voters) == ((1, 1, 0), 1)
    await fediverse.later(days=2)
    await frank.posts(one.amina.inbox, ballot(frank, question, "Never"))
    await fediverse.settle()
    assert (await poll_of(one.amina, other)).counts == (1, 1, 0)  # too late


async def test_who_voted_in_a_public_poll_is_told_the_result(fediverse: Fediverse) -> None:
    """Also who follows nobody here; and the question is fetched like any public post."""
    open_server = await fediverse.server("one.example", "amina", allow_public_posts=True)
    amina = open_server.amina
    post_id = await amina.writes("Soup?", visibility="public", poll=DAYS)
    await fediverse.settle()
    (question,) = (await fediverse.asks(f"{amina.uri}/outbox")).json()["orderedItems"]
    assert question["object"]["type"] == "Question"
    peer = fediverse.peer("far.example", "zoe")
    zoe = peer.persona("zoe")
    await zoe.posts(amina.inbox, ballot(zoe, question["object"]["id"], "Never"))
    await fediverse.settle()
    assert (await poll_of(amina, post_id)).counts == (0, 0, 1)
    await fediverse.later(days=1, minutes=1)
    results = [one["object"] for one in peer.said("Update")]
    assert results[-1]["closed"]
    assert results[-1]["oneOf"][2]["replies"]["totalItems"] == 1


async def test_counts_are_the_owners_word(fediverse: Fediverse, one: Server) -> None:
    """A17: an Update by anybody else changes nothing; the options stay what people voted for."""
    peer = fediverse.peer("plain.example", "frank")
    frank = await befriended(fediverse, one.amina, peer, "frank")
    evil = fediverse.peer("evil.example", "mallory").persona("mallory")

    def question(*counts: int, **more: Any) -> dict[str, Any]:
        options = [
            {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": count}}
            for name, count in zip(("Soup", "Salad"), counts, strict=True)
        ]
        base = frank.note("Lunch?", [one.amina.uri], "notes/lunch", oneOf=options)
        return (
            base | {"type": "Question", "endTime": "2026-03-20T09:00:00Z", "votersCount": sum(counts)} | more
        )

    await frank.posts(one.amina.inbox, frank.says("Create", question(3, 4)))
    await fediverse.settle()
    post_id = await first_at(one.amina)
    assert (await poll_of(one.amina, post_id)).counts == (3, 4)
    forged = question(900, 0)
    await evil.posts(one.amina.inbox, evil.says("Update", forged))
    await evil.posts(one.amina.inbox, evil.says("Update", forged | {"attributedTo": evil.uri}))
    await fediverse.settle()
    assert (await poll_of(one.amina, post_id)).counts == (3, 4)
    await frank.posts(one.amina.inbox, frank.says("Update", question(5, 4)))
    await fediverse.settle()
    assert (await poll_of(one.amina, post_id)).counts == (5, 4)
    renamed = question(1, 1)
    renamed["oneOf"][0]["name"] = "Poison"
    await frank.posts(one.amina.inbox, frank.says("Update", renamed))
    await fediverse.settle()
    found = await poll_of(one.amina, post_id)
    assert (found.options, found.counts) == (("Soup", "Salad"), (5, 4))
    await votes(one.amina, post_id, 0)
    await fediverse.settle()
    vote = peer.said("Create")[-1]["object"]
    assert (vote["name"], vote["inReplyTo"], vote["to"]) == ("Soup", frank.id("notes/lunch"), [frank.uri])
    assert (await poll_of(one.amina, post_id)).counts == (5, 4)
    ended = question(6, 4, closed="2026-03-14T09:00:00Z")
    await frank.posts(one.amina.inbox, frank.says("Update", ended))
    await fediverse.settle()
    assert "poll" in await one.amina.notices()
    with pytest.raises(Refused, match="ended"):
        await votes(one.amina, post_id, 1)


async def test_who_does_not_see_a_poll_cannot_find_it(fediverse: Fediverse, one: Server, two: Server) -> None:
    """R16, R7: to an outsider on the same server it is as absent as no poll at all."""
    post_id = await one.amina.writes("For friends.", poll=DAYS)
    poll = await poll_of(one.amina, post_id)
    with pytest.raises(NotFound):
        await one.instance.db.write(poll_actions.vote, await one.eve.member(), poll.id, [0])
    with pytest.raises(NotFound):
        await one.instance.db.write(poll_actions.vote, await one.eve.member(), 1, [0])
    with pytest.raises(Refused, match="own"):
        await votes(one.amina, post_id, 0)


async def test_a_deleted_poll_takes_its_votes_along(fediverse: Fediverse, one: Server, two: Server) -> None:
    post_id = await one.amina.writes("When?", poll=DAYS)
    await fediverse.settle()
    await votes(two.bruno, await first_at(two.bruno), 1)
    await fediverse.settle()
    await one.amina.deletes(post_id)
    await fediverse.later(days=2)
    for server in (one, two):
        assert (
            await server.instance.db.read(lambda tx: tx.column(poll_rows.select(poll_rows.votes.c.uri))) == []
        )
        assert (
            await server.instance.db.read(lambda tx: tx.column(poll_rows.select(poll_rows.polls.c.id))) == []
        )
    assert "poll" not in await two.bruno.notices()


def test_a_huge_poll_is_cut(clock: Any) -> None:
    """D04, D12: 20 options are kept of at most 500 that are looked at; numbers are bounded; names are text."""
    options: list[Any] = [{"name": f"Option {at}", "replies": {"totalItems": 10**15}} for at in range(600)]
    found = reading.read_poll({"type": "Question", "oneOf": options, "votersCount": -5}, clock())
    assert found is not None
    assert len(found.options) == len(found.counts) == 20
    assert set(found.counts) == {10**9}
    assert found.voters == 0
    late = [{"name": ""}] * 500 + [{"name": "Beyond"}]
    assert reading.read_poll({"type": "Question", "anyOf": late}, clock()) is None
    twice = [{"name": "A"}, {"name": "A"}, {"name": "B" * 900}, "no object", {"name": 7}]
    found = reading.read_poll({"type": "Question", "anyOf": twice, "closed": True}, clock())
    assert found is not None
    assert found.options == ("A", "B" * 500)
    assert found.closed_at == clock()
    assert reading.read_poll({"type": "Question", "oneOf": "x", "anyOf": 3}, clock()) is None
    assert reading.read_poll({"type": "Note", "oneOf": options}, clock()) is None
