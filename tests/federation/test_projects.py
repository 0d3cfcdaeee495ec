"""R23, R26: projects between friends on different servers. Two instances; a hand-made peer that lies."""

from typing import Any

import pytest

from fedi_aid.actions import goals, invitations, posts, projects, ties
from fedi_aid.actions.posts import Draft
from fedi_aid.actions.projects import Wish
from fedi_aid.model.control_tags import Explicit
from fedi_aid.model.ids import ProjectId
from fedi_aid.storage import places
from fedi_aid.storage import projects as rows
from fedi_aid.storage.timelines import Page
from tests.federation.conftest import Fediverse, Peer, Persona, Server, Who

pytestmark = pytest.mark.anyio

SECRET = "The rose bed"
ROLE = "team"


class Two:
    """Amina's project on one server, Bruno on another, friends."""

    def __init__(self, fediverse: Fediverse, one: Server, two: Server, project_id: int) -> None:
        self.fediverse, self.one, self.two, self.project_id = fediverse, one, two, project_id
        self.amina, self.bruno = one.amina, two.bruno

    async def invites(self, role: str = ROLE, word: str = "") -> None:
        bruno = await self.amina.knows(self.bruno)
        me = await self.amina.member()
        await self.one.instance.db.write(invitations.invite, me, self.project_id, bruno.id, role, word)
        await self.fediverse.settle()

    async def received(self) -> list[invitations.Invitation]:
        return await self.two.instance.db.read(invitations.received, self.bruno.id)

    async def accepts(self) -> int:
        [asked] = await self.received()
        project = await self.two.instance.db.write(invitations.accept, self.bruno.id, asked.place.id)
        await self.fediverse.settle()
        return project.id

    async def seats(self) -> list[tuple[str, str]]:
        """(role, state) as Amina may know them."""
        found = await self.one.instance.db.read(invitations.people, self.amina.id, self.project_id)
        return [(one.role, one.state) for one in found]

    def sent(self, kind: str) -> list[bytes]:
        """Bodies of this kind that went to Bruno's inbox, or back to Amina's."""
        at = {self.bruno.inbox, self.amina.inbox}
        return [
            one.body
            for one in self.fediverse.internet.exchanges
            if one.method == "POST" and one.url in at and f'"type":"{kind}"'.encode() in one.body
        ]


@pytest.fixture
async def two(fediverse: Fediverse) -> Two:
    one = await fediverse.server("one.example", "amina", "frank")
    other = await fediverse.server("two.example", "bruno")
    await fediverse.befriend(one.amina, other.bruno)
    wish = Wish(title=SECRET, description="Roses <b>and</b> more.", causes=("garden",))
    made = await one.instance.db.write(projects.begin, one.amina.id, wish)
    return Two(fediverse, one, other, made.project.id)


async def writes_in(who: Who, project_id: int, text: str, **wish: Any) -> int:
    draft = Draft(
        text=text, language="en", approved=True, wish=Explicit(project_id=ProjectId(project_id), **wish)
    )
    return await who.server.instance.db.write(posts.publish, await who.member(), draft)


async def logbook(who: Who, project_id: int) -> list[str]:
    found = await who.server.instance.db.read(projects.logbook, who.id, project_id, Page(limit=20))
    return [one.post.text for one in found]


async def letters(who: Who) -> list[str]:
    return [text for text in await who.told() if text.startswith(f"@{who.name} ")]


async def tells_butler(who: Who, text: str) -> None:
    draft = Draft(text=f"@butler {text}", visibility="direct")
    await who.server.instance.db.write(posts.publish, await who.member(), draft)


async def test_an_invitation_is_put_by_the_butler_and_accepted_by_a_word(two: Two) -> None:
    await two.invites(word="You know roses.")
    [asked] = await two.received()
    assert (asked.project.title, asked.project.description) == (SECRET, "Roses <b>and</b> more.")
    assert (asked.place.role, asked.place.word, asked.owner.uri) == ("team", "You know roses.", two.amina.uri)
    [letter] = await letters(two.bruno)
    assert all(words in letter for words in ("Amina", SECRET, "You know roses.", "“yes”"))
    assert await two.seats() == [("team", "invited")]
    await tells_butler(two.bruno, "oui, volontiers")
    await tells_butler(two.bruno, "yes")
    await two.fediverse.settle()
    assert await two.seats() == [("team", "accepted")]
    assert any(f"Bruno is on the team of “{SECRET}” now." in one for one in await letters(two.amina))
    [mine] = await two.two.instance.db.read(projects.mine, two.bruno.id)
    assert (mine.project.title, mine.role, mine.goals, mine.causes) == (SECRET, "team", (), ())
    assert await two.one.waiting() == await two.two.waiting() == {}


async def test_a_no_and_a_silence_send_nothing(two: Two) -> None:
    """R8: not one byte tells a no."""
    await two.invites("counsel")

    def said() -> int:
        """What Bruno's server told Amina's."""
        return sum(
            one.method == "POST" and one.sender == "two.example" for one in two.fediverse.internet.exchanges
        )

    before = said()
    await tells_butler(two.bruno, "no")
    await two.fediverse.settle()
    assert await two.received() == []
    await two.fediverse.later(days=20)
    assert said() == before
    assert await two.seats() == [("counsel", "invited")]
    # Taken back and asked anew: who said no is not asked again.
    await two.one.instance.db.write(
        invitations.remove,
        await two.amina.member(),
        two.project_id,
        (await two.amina.knows(two.bruno)).id,
        "counsel",
    )
    await two.fediverse.settle()
    await two.invites("counsel")
    assert await two.received() == []
    assert sum("advice on the project" in one for one in await letters(two.bruno)) == 1


async def test_the_logbook_has_what_each_may_read(two: Two) -> None:
    """R12, R26: posts travel as ordinary posts with the project's id, both ways."""
    await two.invites()
    there = await two.accepts()
    mine = await writes_in(two.amina, two.project_id, "Day one")
    await two.fediverse.settle()
    theirs = await writes_in(two.bruno, there, "Dug the bed")
    await two.fediverse.settle()
    assert await logbook(two.amina, two.project_id) == ["Dug the bed", "Day one"]
    assert await logbook(two.bruno, there) == ["Dug the bed", "Day one"]
    asked = await writes_in(two.bruno, there, "Who has a spade?", help=True, intimacy=0)
    await two.fediverse.settle()
    assert (await logbook(two.amina, two.project_id))[0] == "Who has a spade?"
    # Nobody but the project's owner is told where Bruno is in a project: it would be known to all his readers.
    uri = (await two.one.instance.db.read(rows.by_id, two.project_id)).uri.encode()
    for one in two.fediverse.internet.exchanges:
        if one.sender == "two.example" and uri in one.body:
            assert b'"type":"Accept"' in one.body or b'"type":"Add"' in one.body
    # Frank, a friend of Amina's, sees of the logbook what Amina shows him: her post, not Bruno's.
    await two.fediverse.befriend(two.one.frank, two.amina)
    assert await logbook(two.one.frank, two.project_id) == []
    await writes_in(two.amina, two.project_id, "Day two")
    assert await logbook(two.one.frank, two.project_id) == ["Day two"]
    assert None not in (mine, theirs, asked)


async def test_only_who_may_know_it_is_told_the_name(two: Two) -> None:
    """The name travels where every reader may know the project; else the bare id, which opens nothing."""
    await writes_in(two.amina, two.project_id, "For friends")
    await writes_in(two.amina, two.project_id, "A bottle", help=True, intimacy=0)
    await two.fediverse.settle()
    friends, bottle = two.sent("Create")
    assert SECRET.encode() in friends
    assert SECRET.encode() not in bottle
    assert b'"project":"https://one.example/projects/' in bottle
    for body in (friends, bottle):
        assert b"#Gardening" in body  # causes travel as hashtags (M9)
    uri = (await two.one.instance.db.read(rows.by_id, two.project_id)).uri
    answer = await two.fediverse.asks(uri)
    missing = await two.fediverse.asks("https://one.example/projects/nothing")
    assert (answer.status_code, answer.content) == (missing.status_code, missing.content)
    assert answer.status_code == 404


async def test_what_is_told_of_a_project_and_what_is_not(two: Two) -> None:
    """Title, description and role; no goal, cause, level, picture, nor anybody else's name."""
    await two.one.instance.db.write(goals.add, two.amina.id, two.project_id, goals.Wish(title="Ten roses"))
    frank = await two.amina.knows(two.one.frank)
    await two.fediverse.befriend(two.one.frank, two.amina)
    await two.one.instance.db.write(
        invitations.invite, await two.amina.member(), two.project_id, frank.id, "counsel", ""
    )
    await two.invites()
    await two.accepts()
    await two.one.instance.db.write(
        projects.change, two.amina.id, two.project_id, Wish(title="The bed", state="closed")
    )
    await two.fediverse.settle()
    [mine] = await two.two.instance.db.read(projects.mine, two.bruno.id)
    assert (mine.project.title, mine.project.is_open, mine.writes) == ("The bed", False, False)
    for body in (*two.sent("Invite"), *two.sent("Update")):
        for word in (b"Ten roses", b"ardening", b"frank", b"shown", b"counsel"):
            assert word not in body


async def test_an_end_is_told_both_ways(two: Two) -> None:
    await two.invites()
    there = await two.accepts()
    await two.two.instance.db.write(invitations.leave, two.bruno.id, there, "team")
    await two.fediverse.settle()
    assert await two.seats() == []
    with pytest.raises(Exception, match="not yours"):
        await writes_in(two.bruno, there, "still here?")
    await two.invites()
    await two.accepts()
    await two.one.instance.db.write(projects.remove, two.amina.id, two.project_id)
    await two.fediverse.settle()
    assert await two.two.instance.db.read(projects.mine, two.bruno.id) == []
    assert await two.two.instance.db.read(rows.by_id, there) is None


async def test_with_the_friendship_it_ends_on_both_servers(two: Two) -> None:
    """R6, R26."""
    await two.invites()
    there = await two.accepts()
    await two.bruno.does(ties.unfollow, two.amina)
    await two.fediverse.settle()
    assert await two.seats() == []
    assert await two.two.instance.db.read(rows.by_id, there) is None


async def test_a_friend_on_an_ordinary_server_is_asked_in_words(two: Two) -> None:
    """R23: the same in a direct message, and their yes is the owner's to note."""
    peer = two.fediverse.peer("plain.example", "gus")
    gus = peer.persona("gus")
    await _befriend(two.fediverse, two.amina, gus)
    known, me = await two.amina.knows(gus), await two.amina.member()
    write = two.one.instance.db.write
    await write(invitations.invite, me, two.project_id, known.id, "team", "You know roses.")
    await two.fediverse.settle()
    [note] = [one["object"] for one in peer.said("Create")]
    assert all(words in note["content"] for words in (SECRET, "You know roses."))
    assert note["to"] == [gus.uri]
    assert peer.said("Invite") == []
    seat = await write(invitations.agreed, me, two.project_id, known.id, "team")
    assert (seat.state, seat.plain) == ("accepted", True)
    bruno = await two.amina.knows(two.bruno)
    await write(invitations.invite, me, two.project_id, bruno.id, "team")
    with pytest.raises(Exception, match="answer this themselves"):
        await write(invitations.agreed, me, two.project_id, bruno.id, "team")


# -- impostors


async def _befriend(fediverse: Fediverse, who: Who, persona: Persona) -> None:
    await who.does(ties.follow, persona)
    await fediverse.settle()
    follow = persona.peer.said("Follow")[-1]
    await persona.posts(who.inbox, persona.says("Accept", follow))
    await persona.posts(who.inbox, persona.says("Follow", who.uri))
    await fediverse.settle()
    await who.does(ties.accept, persona)
    await fediverse.settle()


@pytest.fixture
async def peer(two: Two) -> Peer:
    """Frank is Bruno's friend there, Mallory is nobody's."""
    peer = two.fediverse.peer("peer.example", "frank", "mallory", plain=False)
    await _befriend(two.fediverse, two.bruno, peer.persona("frank"))
    return peer


def invite(by: Persona, guest: str, **other: Any) -> dict[str, Any]:
    project = {
        "id": by.id("projects/1"),
        "type": "Project",
        "attributedTo": by.uri,
        "name": "Bees",
        "content": "<p>Honey.</p>",
    } | other.pop("project", {})
    more = {"to": [guest], "target": guest, "role": "team"} | other
    return by.says("Invite", project, **more)


async def test_an_invitation_of_a_friend_stands_once(two: Two, peer: Peer) -> None:
    frank = peer.persona("frank")
    sent = invite(frank, two.bruno.uri, content="<p>Will you?</p>")
    for _ in range(2):  # a replay
        assert (await frank.posts(two.bruno.inbox, sent)).status_code == 202
    await two.fediverse.settle()
    [asked] = await two.received()
    assert (asked.project.title, asked.place.word) == ("Bees", "Will you?")
    await two.two.instance.db.write(invitations.accept, two.bruno.id, asked.place.id)
    await two.fediverse.settle()
    [accept] = [one for one in peer.said("Accept") if one["object"]["type"] == "Invite"]
    assert (accept["object"]["id"], accept["to"]) == (sent["id"], [frank.uri])
    await frank.posts(two.bruno.inbox, sent | {"id": frank.id("activities/again")})
    await two.fediverse.settle()
    assert await two.received() == []


async def test_other_invitations_are_dropped(two: Two, peer: Peer) -> None:
    """R23: personal inbox, signed by the member, a friend, their own project; else the same 202, and nothing."""
    frank, mallory = peer.persona("frank"), peer.persona("mallory")
    both = [frank.uri, two.amina.uri]
    for by, at, change in (
        (mallory, two.bruno.inbox, {}),  # no friend
        (frank, two.bruno.inbox, {"project": {"attributedTo": mallory.uri}}),  # somebody else's project
        (frank, two.bruno.inbox, {"project": {"attributedTo": both}}),
        (frank, two.bruno.inbox, {"project": {"id": "https://one.example/projects/1"}}),  # of another origin
        (frank, two.bruno.inbox, {"target": "https://two.example/users/somebody"}),
        (frank, two.bruno.inbox, {"to": [two.bruno.uri, "https://two.example/users/somebody"]}),
        (frank, two.bruno.inbox, {"role": "owner"}),
        (frank, two.bruno.inbox, {"role": None}),
        (frank, two.bruno.inbox, {"project": {"endTime": "2026-01-01T00:00:00Z"}}),  # over
        (frank, "https://two.example/inbox", {}),  # the shared inbox
    ):
        answer = await by.posts(at, invite(by, two.bruno.uri, **change))
        assert answer.status_code == 202, change
        await two.fediverse.settle()
        assert await two.received() == [], change
    assert await letters(two.bruno) == []


async def test_a_friend_cannot_take_over_another_s_project(two: Two, peer: Peer) -> None:
    """The id of a project is its owner's for good, on the same server too."""
    frank, mallory = peer.persona("frank"), peer.persona("mallory")
    await _befriend(two.fediverse, two.bruno, mallory)
    await frank.posts(two.bruno.inbox, invite(frank, two.bruno.uri))
    await mallory.posts(two.bruno.inbox, invite(mallory, two.bruno.uri))
    stolen = {"id": frank.id("projects/1"), "type": "Project", "attributedTo": mallory.uri, "name": "Wasps"}
    await mallory.posts(two.bruno.inbox, mallory.says("Update", stolen))
    await mallory.posts(two.bruno.inbox, mallory.says("Update", stolen | {"attributedTo": frank.uri}))
    await two.fediverse.settle()
    [asked] = await two.received()
    assert (asked.owner.uri, asked.project.title) == (frank.uri, "Bees")
    # Nor end another's place.
    await mallory.posts(two.bruno.inbox, mallory.says("Undo", asked.place.uri))
    await mallory.posts(two.bruno.inbox, mallory.says("Undo", {"id": asked.place.uri, "type": "Invite"}))
    await two.fediverse.settle()
    assert len(await two.received()) == 1
    await frank.posts(two.bruno.inbox, frank.says("Undo", asked.place.uri))
    await two.fediverse.settle()
    assert await two.received() == []


async def test_only_who_was_invited_accepts(two: Two, peer: Peer) -> None:
    """A08: by the one we asked, naming exactly that Invite; after a removal it counts for nothing."""
    frank, mallory = peer.persona("frank"), peer.persona("mallory")
    await _befriend(two.fediverse, two.amina, frank)
    known, me = await two.amina.knows(frank), await two.amina.member()
    write = two.one.instance.db.write
    await write(invitations.invite, me, two.project_id, known.id, "team")
    await two.fediverse.settle()
    [sent] = peer.said("Invite")
    assert sent["role"] == "team"
    for claim in (sent, sent["id"]):
        await mallory.posts(two.amina.inbox, mallory.says("Accept", claim))
    await frank.posts(two.amina.inbox, frank.says("Accept", sent | {"id": frank.id("activities/none")}))
    await two.fediverse.settle()
    assert await two.seats() == [("team", "invited")]
    accept = frank.says("Accept", sent["id"])
    await frank.posts(two.amina.inbox, accept)
    await two.fediverse.settle()
    assert await two.seats() == [("team", "accepted")]
    await write(invitations.remove, me, two.project_id, known.id, "team")
    for again in (accept, frank.says("Accept", sent)):
        await frank.posts(two.amina.inbox, again)
    await two.fediverse.settle()
    assert await two.seats() == []
    [undo] = [one for one in peer.said("Undo") if one["object"].get("type") == "Invite"]
    assert undo["object"]["id"] == sent["id"]


async def test_a_reject_is_silent_before_and_an_end_after(two: Two, peer: Peer) -> None:
    frank = peer.persona("frank")
    await _befriend(two.fediverse, two.amina, frank)
    known, me = await two.amina.knows(frank), await two.amina.member()
    write = two.one.instance.db.write
    await write(invitations.invite, me, two.project_id, known.id, "counsel")
    await two.fediverse.settle()
    [sent] = peer.said("Invite")
    before = await letters(two.amina)
    await frank.posts(two.amina.inbox, frank.says("Reject", sent))
    await two.fediverse.settle()
    assert await two.seats() == [("counsel", "invited")]
    await frank.posts(two.amina.inbox, frank.says("Accept", sent))
    await two.fediverse.settle()
    assert await two.seats() == [("counsel", "accepted")]
    await frank.posts(two.amina.inbox, frank.says("Reject", sent["id"]))
    await two.fediverse.settle()
    assert await two.seats() == []
    assert len(await letters(two.amina)) == len(before) + 1  # that he agreed, and nothing else


async def test_a_post_is_filed_by_who_wrote_it(two: Two, peer: Peer) -> None:
    """R26: on the team one files one's own posts, and nobody else's; one that comes late is waited for."""
    frank = peer.persona("frank")
    await _befriend(two.fediverse, two.amina, frank)
    known, me = await two.amina.knows(frank), await two.amina.member()
    await two.one.instance.db.write(invitations.invite, me, two.project_id, known.id, "team")
    await two.fediverse.settle()
    await frank.posts(two.amina.inbox, frank.says("Accept", peer.said("Invite")[0]["id"]))
    await two.fediverse.settle()
    uri = (await two.one.instance.db.read(rows.by_id, two.project_id)).uri
    hers = await two.amina.writes("Mine alone", intimacy=2)
    post = await two.amina.sees(hers)
    assert post is not None
    note = frank.note("Bees came", [], intimacyLevel=2)
    note["to"] = [f"{note['id']}/audience"]
    for claim in (note["id"], post.post.uri):
        await frank.posts(two.amina.inbox, frank.says("Add", claim, target=uri, to=[two.amina.uri]))
    await two.fediverse.settle()
    await frank.posts(two.amina.inbox, frank.says("Create", note, to=note["to"]))
    await two.fediverse.settle()
    await two.fediverse.later(hours=1)
    assert await logbook(two.amina, two.project_id) == ["Bees came"]


async def test_who_is_not_on_the_team_files_nothing(two: Two, peer: Peer) -> None:
    """R26: a post that claims a project arrives as an ordinary one."""
    frank = peer.persona("frank")
    await _befriend(two.fediverse, two.amina, frank)
    uri = (await two.one.instance.db.read(rows.by_id, two.project_id)).uri
    said = []
    for claim in (uri, {"id": uri, "name": SECRET, "causes": []}):
        note = frank.note("Let me in", [], project=claim, intimacyLevel=2)
        note["to"] = [f"{note['id']}/audience"]
        await frank.posts(two.amina.inbox, frank.says("Create", note, to=note["to"]))
        said.append(note["id"])
    await two.fediverse.settle()
    add = {"target": uri, "to": [two.amina.uri]}
    await frank.posts(two.amina.inbox, frank.says("Add", said[0], **add))
    await frank.posts(two.amina.inbox, frank.says("Add", frank.id("notes/none"), **add))
    await two.fediverse.settle()
    assert await two.one.waiting() == {}
    assert (await two.amina.reads())[:2] == ["Let me in", "Let me in"]
    assert await logbook(two.amina, two.project_id) == []
    place = await two.one.instance.db.read(places.in_project, two.project_id)
    assert place == []
