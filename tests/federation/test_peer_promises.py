"""The promises, stated against what other people's software shows: who sees what, where.

All six doubles at once, each with friends and people who are none; levels 0–4, flag up or down; then an edit,
a lowering or a removal. See `peers`.
"""

import json
from collections.abc import Iterator

import pytest

from fedi_aid.actions import editing, help, ties
from fedi_aid.actions.posts import Draft
from fedi_aid.activitypub import remote
from fedi_aid.model.control_tags import Explicit
from fedi_aid.storage import people
from tests.federation.conftest import Fediverse
from tests.federation.peers.double import Double, Place, Resident
from tests.federation.peers.neighbourhood import FRIENDS, OTHERS, Neighbourhood, move_in
from tests.federation.peers.software import SOFTWARE, GoToSocial, Mastodon, Misskey

pytestmark = pytest.mark.anyio

LEVELS = range(5)
CLOSE = 3
CONFIDANTS = 4
# Where a friend meets an ordinary post (level 0–2) and a direct one (a request, level 3) on each software.
QUIET: dict[str, set[Place]] = {
    "mastodon": {"home"},
    "gotosocial": {"home", "notified", "conversation"},
    "pleroma": {"home"},
    "misskey": {"home", "notified"},
    "mitra": {"home", "notified"},
    "snac": {"home", "notified"},
}
DIRECT: dict[str, set[Place]] = QUIET | {
    "mastodon": {"notified", "conversation"},
    "pleroma": {"notified", "conversation"},
}
# Words of ours that mean something to us alone (P10).
OURS = (
    *("intimacylevel", "intimacy", "helpflag", "helpoffer", "revision", "carryticket", "seats", "wave"),
    *("confidant", "close friend", "bottle", "fedi-aid/ns", "circle", "benevolence", "project", "butler"),
)


@pytest.fixture
async def town(fediverse: Fediverse) -> Neighbourhood:
    return await move_in(fediverse)


def friend(double: Double) -> Resident:
    return double.resident("frank")


async def prepare(town: Neighbourhood, intimacy: int) -> list[Resident]:
    """The people Amina writes to: the closest five of a ring are pinned first, from level 3 on."""
    if intimacy < CLOSE:
        return town.everybody(*FRIENDS)
    near = [friend(double) for double in town.doubles][: 5 if intimacy == CONFIDANTS else None]
    await town.pin(*near)
    return near


def assert_kept_apart(town: Neighbourhood, post_id: int) -> None:
    """P03, P04, P10, of everything that any of the six was sent since it moved in."""
    for double in town.doubles:
        for path, activity in zip(double.got_at, double.got, strict=True):
            owner = double.owner_of(path)
            assert owner is not None  # P03: never a shared inbox
            assert owner in FRIENDS or activity["type"] in ("Reject", "Undo", "Delete")
            assert not {"bto", "bcc", "audience", "proof"} & activity.keys()
            said = json.dumps(activity)
            for other in town.everybody(*FRIENDS, *OTHERS):
                if other is not double.resident(owner):
                    assert other.uri not in said  # P04
            for word in OURS:
                assert word not in said.lower()  # P10, the `@context` included
            if activity["type"] in ("Create", "Update"):
                note = activity["object"]
                mine = [double.resident(owner).uri]
                assert (note["to"], note["cc"], activity["to"], activity["cc"]) == (mine, [], mine, [])
                assert note["id"] != f"https://one.example/notes/{post_id}"
    ids = [held.id for double in town.doubles for held in double.held.values()]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("flag", [False, True], ids=["quiet", "flag"])
@pytest.mark.parametrize("intimacy", LEVELS)
async def test_who_sees_what_where(town: Neighbourhood, intimacy: int, flag: bool) -> None:
    """P03, P04, P05, P06, P10, P12, RULES R6, R15, R21: a post from its first word to its removal."""
    meant = await prepare(town, intimacy)
    post_id = await town.write("Words of March.", intimacy, flag, *meant)
    expected = DIRECT if flag or intimacy >= CLOSE else QUIET
    got_it = [] if intimacy == CONFIDANTS else meant
    for who in town.everybody(*FRIENDS, *OTHERS):
        places = expected[who.double.software] if who in got_it else set()
        assert who.reads("Words of March.") == places, (who.uri, intimacy, flag)
        others = [held for held in who.double.held.values() if held.author == town.one.amina.uri]
        assert all(len(held.people) == 1 for held in others)
    assert_kept_apart(town, post_id)
    holders = _holders(town)
    assert len(holders) == len(got_it)

    # An edit goes to the same people, in the same places (P05).
    await town.one.amina.edits(post_id, "Words of April.")
    await town.fediverse.settle()
    assert _holders(town) == holders
    for who in got_it:
        assert (
            who.reads("Words of April." if who.double.understands_edits else "March")
            == (expected[who.double.software])
        )
    updates = [path for double in town.doubles for path in _updated(double)]
    assert len(updates) == len(got_it)
    assert_kept_apart(town, post_id)

    if flag:  # lowered: a visible line in the same places
        await town.one.instance.db.write(help.lower, town.one.amina.id, post_id)
        await town.fediverse.settle()
        assert _holders(town) == holders
        for who in got_it:
            if who.double.understands_edits:
                assert who.reads("✅ Solved") == expected[who.double.software]
        assert_kept_apart(town, post_id)

    # Removal reaches every copy, and no late word brings it back (P06).
    late = [(double, dict(one)) for double in town.doubles for one in double.said("Create")]
    await town.one.amina.deletes(post_id)
    await town.fediverse.settle()
    assert _holders(town) == {}
    for double, create in late:
        double._take(create, "frank")
        assert _copies(double) == []
    assert_kept_apart(town, post_id)
    assert [double.refused for double in town.doubles] == [[]] * len(town.doubles)


def _copies(double: Double) -> list[str]:
    return sorted(double.held)


def _holders(town: Neighbourhood) -> dict[str, tuple[str, ...]]:
    """note id → residents it is for."""
    return {
        held.id: (double.software, *sorted(held.people))
        for double in town.doubles
        for held in double.held.values()
    }


def _updated(double: Double) -> list[str]:
    pairs = zip(double.got_at, double.got, strict=True)
    return [path for path, one in pairs if one["type"] == "Update"]


async def test_level_four_goes_out_only_where_its_author_allowed_it(town: Neighbourhood) -> None:
    """FEDERATION_EXTENSION §2: and then as a direct message with the neutral summary, to the pinned alone."""
    near = await prepare(town, CONFIDANTS)
    await town.write("A first secret.", CONFIDANTS, False)
    assert _holders(town) == {}
    amina = town.one.amina.id
    await town.one.instance.db.write(lambda tx: people.change_member(tx, amina, plain_confidants=True))
    await town.write("A second secret.", CONFIDANTS, False)
    for who in town.everybody(*FRIENDS, *OTHERS):
        assert who.reads("A second secret.") == (DIRECT[who.double.software] if who in near else set())
        assert who.reads("A first secret.") == set()
    for double in town.doubles:
        for held in double.held.values():
            assert held.note["summary"] == "A message from a friend"
            assert held.note["sensitive"] is True
    assert len(_holders(town)) == len(near)


@pytest.mark.parametrize("software", SOFTWARE, ids=lambda kind: kind.software)
async def test_a_limited_post_to_somebody_who_does_not_follow(
    fediverse: Fediverse, software: type[Double]
) -> None:
    """Frank's server forgot that he follows Amina: nobody but himself can see it, and on software that has
    limited posts nobody at all."""
    town = await move_in(fediverse, software)
    (double,) = town.doubles
    frank = friend(double)
    double.follows.discard((frank.name, town.one.amina.uri))
    await town.write("For followers.", 2, False)
    assert (
        frank.reads("For followers.")
        == {
            "mastodon": set(),
            "gotosocial": {"home", "notified", "conversation"},  # tagged, as it shows nothing otherwise
            "pleroma": {"home"},
            "misskey": {"home", "notified"},
            "mitra": {"home", "notified"},
            "snac": {"home", "notified"},
        }[double.software]
    )
    for name in OTHERS:
        assert double.resident(name).reads("For followers.") == set()
    (for_frank,) = [held for held in double.held.values() if "frank" in held.people]
    assert double.resident("grace").sees(for_frank.id) == set()


@pytest.mark.parametrize("end", ["unfollow", "block", "theirs"])
async def test_the_end_of_a_friendship_reaches_the_copies(town: Neighbourhood, end: str) -> None:
    """RULES R6, P06, P12: Frank loses his copy on every server, Grace keeps hers; nothing more comes."""
    post_id = await town.write("Among friends.", 2, False)
    amina = town.one.amina
    for double in town.doubles:
        frank = friend(double)
        assert frank.reads("Among friends.")
        if end == "theirs":
            await frank.posts(amina.inbox, frank.says("Block", amina.uri))
        else:
            await amina.does(ties.unfollow if end == "unfollow" else ties.block, frank)
    await town.fediverse.settle()
    await amina.edits(post_id, "Among fewer friends.")
    await town.write("One more.", 2, False)
    await town.fediverse.settle()
    for double in town.doubles:
        frank, grace = friend(double), double.resident("grace")
        assert frank.reads("Among") == frank.reads("One more.") == set()
        assert grace.reads("Among")
        assert grace.reads("One more.")
        assert double.said("Block") == []
        kept = [held.people for held in double.held.values()]
        assert all(list(people) == ["grace"] for people in kept)


async def test_narrowing_takes_it_from_those_who_fall_out(town: Neighbourhood) -> None:
    """RULES R15: from level 2 to 3 everybody loses it but the pinned; the pinned keep one copy, edited."""
    near = [friend(double) for double in town.doubles]
    await town.pin(*near)
    post_id = await town.write("At first for friends.", 2, False)
    assert len(_holders(town)) == 2 * len(town.doubles)
    draft = Draft(text="Now for few.", wish=Explicit(intimacy=CLOSE))
    await town.one.instance.db.write(editing.edit, await town.one.amina.member(), post_id, draft)
    await town.fediverse.settle()
    for who in town.everybody(*FRIENDS):
        if who not in near:
            assert who.reads("for ") == set()
    assert len(_holders(town)) == len(near)
    for double in town.doubles:
        for held in double.held.values():
            if double.understands_edits:  # the audience there is what it was, the words are covered
                assert (held.note["summary"], held.note["sensitive"]) == ("A message from a friend", True)
                assert "Now for few." in held.note["content"]
    assert_kept_apart(town, post_id)


@pytest.mark.parametrize("intimacy", [1, CONFIDANTS])
async def test_the_posts_own_id_opens_nothing_on_a_plain_peer(fediverse: Fediverse, intimacy: int) -> None:
    """P01, P10: if it leaked, Frank, who is among its readers, and his server get the 404 of what is missing;
    Bruno on fedi_aid gets the note."""
    town = await move_in(fediverse, Mastodon, Misskey)
    two = await fediverse.server("two.example", "bruno")
    await fediverse.befriend(town.one.amina, two.bruno)
    near = [friend(double) for double in town.doubles]
    await town.pin(*near)
    await town.one.amina.does(ties.pin_as_close, two.bruno)
    post_id = await town.write("Only in its own form.", intimacy, False)
    view = await town.one.amina.sees(post_id)
    assert view is not None
    missing = await near[0].double.gets(near[0], "https://one.example/notes/2222222222222222")
    for double in town.doubles:
        for asker in (friend(double), double.itself, double.resident("nina")):
            for address in (view.post.uri, view.post.uri + "/activity"):
                hidden = await double.gets(asker, address)
                assert (hidden.status_code, hidden.content) == (404, missing.content)
    found = await remote.fetch_document(two.instance, view.post.uri, remote.Budget())
    assert found.plain["intimacyLevel"] == intimacy


async def test_what_becomes_a_confidence_is_taken_back(fediverse: Fediverse) -> None:
    """P05, RULES R15: narrowed to level 4, a post leaves the ordinary servers, also for those who stay among
    its readers; the new words are not sent there, and not given when they are asked for."""
    town = await move_in(fediverse, Mastodon, GoToSocial, Misskey)
    near = [friend(double) for double in town.doubles]
    await town.pin(*near)
    post_id = await town.write("At first for friends.", 1, False)
    copies = [held.id for double in town.doubles for held in double.held.values()]
    assert len(copies) == 2 * len(town.doubles)
    draft = Draft(text="Now for two ears.", wish=Explicit(intimacy=CONFIDANTS), approved=True)
    await town.one.instance.db.write(editing.edit, await town.one.amina.member(), post_id, draft)
    await town.fediverse.settle()
    assert _holders(town) == {}
    for double in town.doubles:
        for copy in copies:
            assert (await double.gets(friend(double), copy)).status_code == 404
        assert b"two ears" not in b"".join(fediverse.internet.received_by(double.host))


async def test_a_mention_of_one_friend_is_a_link_for_that_friend_alone(town: Neighbourhood) -> None:
    """RULES R3, P04: named in the text, a Mention for nobody else."""
    frank = friend(town.doubles[0])
    await town.write(f"Thank you @frank@{frank.peer.host}!", 2, False)
    for double in town.doubles:
        for held in double.held.values():
            mine = list(held.people) == ["frank"] and double is frank.double
            assert (frank.uri in held.text) is mine
            if not mine:
                assert f"@frank@{frank.peer.host}" in held.note["content"]


async def test_an_answer_is_a_direct_message_everywhere(town: Neighbourhood) -> None:
    """RULES R4, P07: Amina's answer to Frank's answer is for Frank; no thread of hers is named."""
    await town.write("Who has a saw?", 2, False)
    for double in town.doubles:
        frank = friend(double)
        mine = next(held for held in double.held.values() if "frank" in held.people)
        mention = {"type": "Mention", "href": town.one.amina.uri, "name": "@amina@one.example"}
        answer = frank.note(f"I, {double.software}.", [town.one.amina.uri], inReplyTo=mine.id, tag=[mention])
        await frank.posts(town.one.amina.inbox, frank.says("Create", answer, to=answer["to"]))
    await town.fediverse.settle()
    for seen in await town.one.amina.home():
        if seen.post.text.startswith("I, "):
            assert seen.post.reach == "direct"
            await town.one.amina.writes("Thank you.", reply_to_id=seen.post.id)
    await town.fediverse.settle()
    for double in town.doubles:
        assert "notified" in friend(double).reads("Thank you.")
        assert double.resident("grace").reads("Thank you.") == set()
        (sent,) = [one for one in double.said("Create") if "Thank you." in json.dumps(one)]
        assert "context" not in sent["object"]


async def test_every_direct_form_looks_the_same_and_every_quiet_one_warns(fediverse: Fediverse) -> None:
    """RULES R21: one neutral summary whatever the level; the line on answering below each quiet form; hidden
    things answer 404, to a stranger's server as to one that holds a copy of its own."""
    town = await move_in(fediverse, Mastodon, GoToSocial)
    near = [friend(double) for double in town.doubles]
    await town.pin(*near)
    amina = town.one.amina.id
    await town.one.instance.db.write(lambda tx: people.change_member(tx, amina, plain_confidants=True))
    for intimacy in LEVELS:
        fediverse.clock.forward(days=8)  # a new week's budget, where everything rings
        await town.write(f"Quiet {intimacy}.", intimacy, False)
        await town.write(f"Asked {intimacy}.", intimacy, True, *near)
        town.fediverse.clock.forward(days=8)  # a new week for those who can only be notified
    copies = [held for double in town.doubles for held in double.held.values()]
    direct = [held.note for held in copies if "directMessage" in held.note]
    quiet = [held.note for held in copies if "directMessage" not in held.note]
    mine = [held for held in copies if "directMessage" in held.note and "frank" in held.people]
    assert len(mine) == 2 * (5 + 2)  # five requests, and the posts of levels 3 and 4
    assert {(note["summary"], note["sensitive"]) for note in direct} == {("A message from a friend", True)}
    assert all("no answer is owed" in note["content"] for note in direct if "Asked" in note["content"])
    assert quiet
    for note in quiet:
        assert "summary" not in note
        assert "mentioned people only" in note["content"].rpartition("<p>")[2]
    mastodon, gotosocial = town.doubles
    one = next(iter(mastodon.held))
    missing = await friend(gotosocial).double.gets(gotosocial.itself, "https://one.example/notes/2222222222")
    for asker in (gotosocial.itself, friend(gotosocial), mastodon.resident("nina")):
        hidden = await asker.double.gets(asker, one)
        assert (hidden.status_code, hidden.content) == (404, missing.content)
    for asker in (mastodon.itself, friend(mastodon)):
        assert (await asker.double.gets(asker, next(_ids_for(mastodon, "frank")))).status_code == 200


def _ids_for(double: Double, name: str) -> Iterator[str]:
    return (held.id for held in double.held.values() if name in held.people)


async def test_a_boost_of_a_copy_shows_it_to_nobody(fediverse: Fediverse) -> None:
    """RULES R16, R7: an Announce of one's own copy, or of the post itself if its id leaked, is nothing: no
    count, no notice, no reader more, here or elsewhere; and the answers to it are alike."""
    town = await move_in(fediverse, Mastodon, Misskey)
    post_id = await town.write("Not to be boosted.", 2, False)
    before = await town.one.amina.notices()
    answers = set()
    for double in town.doubles:
        frank = friend(double)
        copy = next(_ids_for(double, "frank"))
        for about in (copy, copy + "x", "https://one.example/notes/2222222222"):
            got = await frank.posts(town.one.amina.inbox, frank.says("Announce", about))
            answers.add((got.status_code, got.content))
    await town.fediverse.settle()
    assert answers == {(202, b"")}
    seen = await town.one.amina.sees(post_id)
    assert seen is not None
    assert seen.boosts == 0
    assert await town.one.amina.notices() == before
    # What may be asked of Amina tells no number to anybody, friend or stranger.
    for path in ("", "/outbox", "/followers", "/following"):
        given = {
            (await who.double.gets(who, town.one.amina.uri + path)).content
            for who in town.everybody("frank", "nina", "instance")
        }
        assert len(given) == 1
        assert b"totalItems" not in given.pop()
