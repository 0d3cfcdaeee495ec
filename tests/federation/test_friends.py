"""Between friends on different servers: endorsements, thanks, introductions and help profiles (R23), with
those who pretend to be one."""

from typing import Any

import pytest

from fedi_aid.actions import abilities, audiences, endorsements, introductions, thanks, ties
from fedi_aid.actions.abilities import Wish
from fedi_aid.audience import candidates, engine
from fedi_aid.errors import NotFound, Refused
from fedi_aid.storage import abilities as ability_rows
from fedi_aid.storage import endorsements as endorsement_rows
from fedi_aid.storage import introductions as introduction_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import standing
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.tx import Tx
from tests.federation.conftest import Fediverse, Persona, Server, Who

pytestmark = pytest.mark.anyio


async def two_friends(fediverse: Fediverse) -> tuple[Who, Who]:
    one = await fediverse.server("one.example", "amina")
    two = await fediverse.server("two.example", "bruno")
    await fediverse.befriend(one.amina, two.bruno)
    return one.amina, two.bruno


async def befriend_persona(fediverse: Fediverse, who: Who, persona: Persona) -> None:
    await persona.posts(who.inbox, persona.says("Follow", who.uri))
    await fediverse.settle()
    await who.does(ties.accept, persona)
    await fediverse.settle()
    asked = next(one for one in persona.peer.said("Follow") if one["object"] == persona.uri)
    await persona.posts(who.inbox, persona.says("Accept", asked))
    await fediverse.settle()
    known = await who.knows(persona)
    assert await who.server.instance.db.read(tie_rows.are_friends, who.id, known.id)


async def letters(who: Who) -> list[str]:
    """What the butler wrote to them, newest first."""
    return [text for text in await who.told() if text.startswith(f"@{who.name} ")]


async def received(who: Who) -> list[endorsement_rows.Endorsement]:
    return await who.server.instance.db.read(endorsement_rows.received, who.id)


async def given(who: Who) -> list[endorsement_rows.Endorsement]:
    return await who.server.instance.db.read(endorsements.given, who.id)


def sent_to(fediverse: Fediverse, path: str, word: bytes) -> list[bytes]:
    return [one.body for one in fediverse.posts_to(path) if word in one.body]


# -- endorsements


async def test_an_endorsement_is_offered_accepted_and_counts_on_both_sides(fediverse: Fediverse) -> None:
    amina, bruno = await two_friends(fediverse)
    await amina.does(endorsements.endorse, bruno, name="French paperwork", word="He saved my shop.")
    await fediverse.settle()
    (offer,) = await received(bruno)
    assert (offer.label, offer.kind, offer.word, offer.state) == (
        "French paperwork",
        "skill",
        "He saved my shop.",
        "offered",
    )
    assert "French paperwork" in (await letters(bruno))[0]
    # To his own inbox alone (R23), and it counts nowhere before his yes.
    assert sent_to(fediverse, "/users/bruno/inbox", b"Endorsement")
    assert not sent_to(fediverse, "/inbox", b"Endorsement")
    bruno_there = await amina.knows(bruno)

    async def capabilities() -> list[str]:
        pool = await amina.server.instance.db.read(candidates.around, amina.id)
        return [skill.label for one in pool if one.person == bruno_there.id for skill in one.capabilities]

    assert await capabilities() == []
    await bruno.server.instance.db.write(endorsements.accept, bruno.id, offer.id)
    await fediverse.settle()
    assert [one.state for one in await given(amina)] == ["accepted"]
    assert len(await capabilities()) == 1
    # Taken back, it is gone on both servers.
    await amina.server.instance.db.write(endorsements.withdraw, amina.id, (await given(amina))[0].id)
    await fediverse.settle()
    assert await received(bruno) == []
    assert await given(amina) == []


async def test_a_declined_endorsement_looks_unanswered(fediverse: Fediverse) -> None:
    """R8: nothing is sent, and offering it once more changes nothing."""
    amina, bruno = await two_friends(fediverse)
    await amina.does(endorsements.endorse, bruno, name="Patience", kind="quality")
    await fediverse.settle()
    (offer,) = await received(bruno)
    seen = len(fediverse.internet.exchanges)
    await bruno.server.instance.db.write(endorsements.decline, bruno.id, offer.id)
    await fediverse.settle()
    assert [one for one in fediverse.internet.exchanges[seen:] if one.method == "POST"] == []
    assert [one.state for one in await given(amina)] == ["offered"]
    await amina.does(endorsements.endorse, bruno, name="patience", kind="quality")
    await fediverse.settle()
    assert await received(bruno) == []


def endorsement(by: Persona, of: Who, **more: Any) -> dict[str, Any]:
    about = {
        "type": "Endorsement",
        "attributedTo": by.uri,
        "object": of.uri,
        "endorsed": "skill",
        "name": "Law",
    }
    return by.says("Offer", about | more, to=[of.uri], target=of.uri)


async def test_endorsements_by_no_friend_and_about_others_are_dropped(fediverse: Fediverse) -> None:
    """R23: by a friend, for the owner of the inbox, about them; a replay does not bring it back."""
    amina, bruno = await two_friends(fediverse)
    peer = fediverse.peer("three.example", "chloe", "mallory", plain=False)
    chloe, mallory = peer.persona("chloe"), peer.persona("mallory")
    await befriend_persona(fediverse, amina, chloe)
    await mallory.posts(amina.inbox, endorsement(mallory, amina))
    await chloe.posts(amina.inbox, endorsement(chloe, amina, object=bruno.uri))
    await chloe.posts(amina.inbox, endorsement(chloe, amina, attributedTo=mallory.uri))
    await chloe.posts(amina.inbox, endorsement(chloe, amina, endorsed="crime"))
    await chloe.posts(amina.inbox, endorsement(chloe, amina, name="!!!"))
    elsewhere = endorsement(chloe, amina) | {"to": [bruno.uri], "target": bruno.uri}
    await chloe.posts(amina.inbox, elsewhere)
    await chloe.posts(f"https://{amina.server.host}/inbox", endorsement(chloe, amina))
    await fediverse.settle()
    assert await received(amina) == []
    good = endorsement(chloe, amina)
    await chloe.posts(amina.inbox, good)
    await fediverse.settle()
    assert [one.label for one in await received(amina)] == ["Law"]
    await chloe.posts(amina.inbox, chloe.says("Undo", good["id"]))
    await fediverse.settle()
    assert await received(amina) == []
    await chloe.posts(amina.inbox, good | {"published": "2026-03-14T09:00:00Z"})
    await fediverse.settle()
    assert await received(amina) == []


async def test_only_its_subject_accepts_an_endorsement(fediverse: Fediverse) -> None:
    amina, bruno = await two_friends(fediverse)
    peer = fediverse.peer("three.example", "mallory", plain=False)
    mallory = peer.persona("mallory")
    await befriend_persona(fediverse, amina, mallory)
    await amina.does(endorsements.endorse, bruno, name="Law")
    await fediverse.settle()
    uri = (await given(amina))[0].uri
    for about in (uri, {"id": uri, "type": "Offer", "actor": amina.uri, "target": mallory.uri}):
        await mallory.posts(amina.inbox, mallory.says("Accept", about))
        await mallory.posts(bruno.inbox, mallory.says("Undo", about))
    await fediverse.settle()
    assert [one.state for one in await given(amina)] == ["offered"]
    assert [one.state for one in await received(bruno)] == ["offered"]


async def test_a_plain_server_is_not_sent_what_it_does_not_know(fediverse: Fediverse) -> None:
    """R23: there the same is said in a direct message."""
    one = await fediverse.server("one.example", "amina")
    peer = fediverse.peer("plain.example", "frank")
    frank = peer.persona("frank")
    await befriend_persona(fediverse, one.amina, frank)
    known = await one.amina.knows(frank)
    with pytest.raises(Refused):
        await one.amina.does(endorsements.endorse, frank, name="Law")
    member = await one.amina.member()
    await one.instance.db.write(thanks.thank, member, known.id, name="the bicycle", word="It runs.")
    await fediverse.settle()
    (note,) = [said["object"] for said in peer.said("Create")]
    assert note["to"] == [frank.uri]
    assert "Thank you for the bicycle." in note["content"]


# -- thanks


async def test_thanks_reach_a_friend_elsewhere(fediverse: Fediverse) -> None:
    amina, bruno = await two_friends(fediverse)
    member = await amina.member()
    known = await amina.knows(bruno)
    await amina.server.instance.db.write(
        thanks.thank, member, known.id, name="Bicycles", word="It runs again.", endorse=True
    )
    await fediverse.settle()
    (found,) = await bruno.server.instance.db.read(thanks.received, bruno.id)
    assert (found.label, found.word) == ("Bicycles", "It runs again.")
    assert any("says thank you for: Bicycles" in text for text in await letters(bruno))
    assert [one.label for one in await received(bruno)] == ["Bicycles"]


async def test_thanks_by_strangers_are_dropped(fediverse: Fediverse) -> None:
    amina, _ = await two_friends(fediverse)
    peer = fediverse.peer("three.example", "mallory", plain=False)
    mallory = peer.persona("mallory")
    said = mallory.says(
        "Create", {"type": "Thanks", "attributedTo": mallory.uri, "name": "x"}, to=[amina.uri]
    )
    await mallory.posts(amina.inbox, said)
    await fediverse.settle()
    assert await amina.server.instance.db.read(thanks.received, amina.id) == []
    await befriend_persona(fediverse, amina, mallory)
    again = mallory.says(
        "Create", {"type": "Thanks", "name": "x", "target": "https://x.example/a"}, to=[amina.uri]
    )
    await mallory.posts(amina.inbox, again)
    await fediverse.settle()
    assert await amina.server.instance.db.read(thanks.received, amina.id) == []


async def test_a_helper_who_is_no_friend_is_thanked_for_what_they_answered(fediverse: Fediverse) -> None:
    """A friend of a friend who offered help hears the thanks of the author; without an offer nobody does."""
    one = await fediverse.server("one.example", "amina")
    two = await fediverse.server("two.example", "bruno")
    third = await fediverse.server("three.example", "chloe")
    await fediverse.befriend(one.amina, two.bruno)
    await fediverse.befriend(two.bruno, third.chloe)
    member = await one.amina.member()
    known = await one.amina.knows(third.chloe)
    with pytest.raises(Refused):
        await one.instance.db.write(thanks.thank, member, known.id)
    with pytest.raises(NotFound):
        await one.instance.db.write(thanks.thank, member, known.id, post_id=999)
    post = await one.amina.asks("My shop needs a ramp", intimacy=0)
    with pytest.raises(Refused):
        await one.instance.db.write(thanks.thank, member, known.id, post_id=post)
    assert await third.instance.db.read(thanks.received, third.chloe.id) == []


# -- introductions


async def three(fediverse: Fediverse) -> tuple[Server, Server, Server]:
    """Bruno on two.example is the friend of Amina (one.example) and Chloe (three.example)."""
    one = await fediverse.server("one.example", "amina")
    two = await fediverse.server("two.example", "bruno")
    third = await fediverse.server("three.example", "chloe")
    await fediverse.befriend(one.amina, two.bruno)
    await fediverse.befriend(two.bruno, third.chloe)
    return one, two, third


async def introduce(two: Server, *others: Who, word: str = "You both sing.") -> None:
    ids = [(await two.bruno.knows(other)).id for other in others]
    await two.instance.db.write(introductions.introduce, two.bruno.id, *ids, word=word)


async def answer(who: Who, *, yes: bool) -> None:
    (waiting,) = await who.server.instance.db.read(introductions.waiting, who.id)
    act = introductions.accept if yes else introductions.decline
    await who.server.instance.db.write(act, who.id, waiting.id)


async def friends(one: Who, other: Who) -> bool:
    known = await one.knows(other)
    return await one.server.instance.db.read(tie_rows.are_friends, one.id, known.id)


def follows_to(fediverse: Fediverse, who: Who) -> int:
    return len(sent_to(fediverse, f"/users/{who.name}/inbox", b'"Follow"'))


async def test_two_friends_are_introduced_and_both_say_yes(fediverse: Fediverse) -> None:
    """R23, R26: each server befriends in the name of its own member, when both have agreed."""
    one, two, third = await three(fediverse)
    amina, chloe = one.amina, third.chloe
    await introduce(two, amina, chloe)
    await fediverse.settle()
    letter = (await letters(amina))[0]
    assert "You both sing." in letter
    assert "chloe@three.example" in letter
    before = follows_to(fediverse, chloe), len(await letters(chloe))
    await answer(amina, yes=True)
    await fediverse.settle()
    # One yes is told to nobody but the server of who introduced.
    assert (follows_to(fediverse, chloe), len(await letters(chloe))) == before
    assert not await friends(amina, chloe)
    await answer(chloe, yes=True)
    await fediverse.settle()
    assert await friends(amina, chloe)
    assert await friends(chloe, amina)
    assert sent_to(fediverse, "/inbox", b"Introduction") == []
    assert not await fediverse.servers["two.example"].waiting()


@pytest.mark.parametrize("first", [True, False])
async def test_a_no_is_told_to_nobody(fediverse: Fediverse, first: bool) -> None:
    """R8: not to who introduced, not to the other, whoever answers first; and it is not proposed again."""
    one, two, third = await three(fediverse)
    amina, chloe = one.amina, third.chloe
    await introduce(two, amina, chloe)
    await fediverse.settle()
    await answer(amina if first else chloe, yes=False)
    seen = len(fediverse.internet.exchanges)
    await answer(chloe if first else amina, yes=True)
    await fediverse.settle()
    sent = [one.url for one in fediverse.internet.exchanges[seen:] if one.method == "POST"]
    assert sent == ["https://two.example/users/bruno/inbox"]  # the yes, to who introduced
    assert not await friends(amina, chloe)
    refuser, other = (amina, chloe) if first else (chloe, amina)
    assert await introduced(refuser) == []
    known = await refuser.knows(other)
    assert await refuser.server.instance.db.read(introduction_rows.has_declined, refuser.id, known.id)


async def introduced(who: Who) -> list[introduction_rows.Introduced]:
    return await who.server.instance.db.read(introductions.waiting, who.id)


async def test_who_is_blocked_is_not_proposed(fediverse: Fediverse) -> None:
    """R6: a block is told to nobody; the introduction just comes to nothing."""
    one, two, third = await three(fediverse)
    await one.amina.does(ties.block, third.chloe)
    await fediverse.settle()
    await introduce(two, one.amina, third.chloe)
    await fediverse.settle()
    assert await introduced(one.amina) == []
    assert len(await introduced(third.chloe)) == 1


async def test_introductions_by_no_friend_or_of_nobody_are_dropped(fediverse: Fediverse) -> None:
    amina, bruno = await two_friends(fediverse)
    peer = fediverse.peer("three.example", "chloe", "mallory", plain=False)
    chloe, mallory = peer.persona("chloe"), peer.persona("mallory")

    def offer(by: Persona, of: str, **more: Any) -> dict[str, Any]:
        about = {"type": "Introduction", "attributedTo": by.uri, "object": of}
        return by.says("Offer", about, **({"to": [amina.uri], "target": amina.uri} | more))

    await mallory.posts(amina.inbox, offer(mallory, bruno.uri))
    await fediverse.settle()
    assert await introduced(amina) == []
    assert "/users/chloe" not in peer.asked  # no stranger makes this server fetch anybody
    await befriend_persona(fediverse, amina, mallory)
    for of in (amina.uri, mallory.uri, f"https://{amina.server.host}/users/nobody", "no address"):
        await mallory.posts(amina.inbox, offer(mallory, of))
    await mallory.posts(amina.inbox, offer(mallory, chloe.uri, to=[bruno.uri], target=bruno.uri))
    await mallory.posts(f"https://{amina.server.host}/inbox", offer(mallory, chloe.uri))
    await fediverse.settle()
    assert await introduced(amina) == []
    good = offer(mallory, chloe.uri)
    await mallory.posts(amina.inbox, good)
    await fediverse.settle()
    (found,) = await introduced(amina)
    # What another says about a yes makes nobody anybody's friend: neither before the member's own yes …
    both = {"type": "Introduction", "object": chloe.uri, "context": good["id"]}
    await mallory.posts(amina.inbox, mallory.says("Create", both, to=[amina.uri]))
    await chloe.posts(amina.inbox, chloe.says("Create", both, to=[amina.uri]))
    await fediverse.settle()
    known = await amina.knows(chloe)
    follow = await amina.server.instance.db.read(tie_rows.follow, amina.id, known.id)
    assert follow is None
    # … nor after it, beyond a wish for friendship, which the other is free to answer.
    await amina.server.instance.db.write(introductions.accept, amina.id, found.id)
    await fediverse.settle()
    await mallory.posts(amina.inbox, mallory.says("Create", both, to=[amina.uri]))
    await fediverse.settle()
    asked = await amina.server.instance.db.read(tie_rows.follow, amina.id, known.id)
    assert asked is not None
    assert asked.state == "asked"
    assert "mallory" in asked.word


async def test_a_yes_counts_from_the_one_it_was_offered_to(fediverse: Fediverse) -> None:
    one, two, third = await three(fediverse)
    await introduce(two, one.amina, third.chloe)
    await fediverse.settle()
    amina_there = await two.bruno.knows(one.amina)
    chloe_there = await two.bruno.knows(third.chloe)
    made = await two.instance.db.read(
        introduction_rows.of_the_two, two.bruno.id, amina_there.id, chloe_there.id
    )
    assert made is not None
    peer = fediverse.peer("evil.example", "mallory", plain=False)
    mallory = peer.persona("mallory")
    for uri in (made.one_uri, made.other_uri):
        await mallory.posts(two.bruno.inbox, mallory.says("Accept", uri))
    await answer(one.amina, yes=True)
    await fediverse.settle()
    again = await two.instance.db.read(introduction_rows.by_id, made.id)
    assert again is not None
    assert {again.one_accepted, again.other_accepted} == {True, None}


# -- help profiles


async def says(who: Who, **wish: Any) -> None:
    await who.server.instance.db.write(abilities.change, who.id, Wish(**wish))


async def known_of(who: Who, other: Who) -> tuple[list[str], tuple[str, ...], bool]:
    """(skills, languages, paused) that a friend's server knows."""
    known = await who.knows(other)

    def work(tx: Tx) -> tuple[list[str], tuple[str, ...], bool]:
        said = ability_rows.profile_of(tx, known.id)
        skills = [label for _, label, _ in ability_rows.skills_of(tx, known.id)]
        return skills, said.languages, said.paused

    return await who.server.instance.db.read(work)


NOTHING: tuple[list[str], tuple[str, ...], bool] = ([], (), False)


async def test_a_help_profile_is_known_to_friends_servers_while_its_owner_lets_them(
    fediverse: Fediverse,
) -> None:
    """R23: opt-in, told to the servers of friends, forgotten when either ends."""
    amina, bruno = await two_friends(fediverse)
    await says(bruno, skills=["Plumbing", "Choir"], languages=["en", "es"], causes=["Music"])
    await fediverse.settle()
    assert await known_of(amina, bruno) == NOTHING
    await says(bruno, shared_with_friends_servers=True)
    await fediverse.settle()
    assert await known_of(amina, bruno) == (["Choir", "Plumbing"], ("en", "es"), False)
    known = await amina.knows(bruno)
    pool = await amina.server.instance.db.read(candidates.around, amina.id)
    (friend,) = [one for one in pool if one.person == known.id]
    assert {one.skill for one in friend.capabilities} == {"plumbing", "choir"}
    assert friend.languages == {"en", "es"}
    assert friend.causes == {"music"}
    # Her request goes by its hashtag to whom it concerns: his skill is a reason here.
    post = await amina.asks("My tap drips #plumbing", intimacy=1)
    await fediverse.settle()
    assert await bruno.reads() == ["My tap drips #plumbing"]
    member = await amina.member()

    def reasons(tx: Tx) -> list[tuple[str, tuple[str, ...]]]:
        written = post_rows.get(tx, amina.id, post)
        assert written is not None
        ask = audiences.ask_of(tx, member, written)
        choice = engine.choose(ask, candidates.around(tx, amina.id), tx.now, tx.dice)
        return [(why.kind, why.about) for one in choice.shown for why in one.reasons]

    assert await amina.server.instance.db.read(reasons) == [("declared", ("Plumbing",))]
    # It is told anew when it changes, and by the clock.
    await says(bruno, not_my_thing=["Plumbing"])
    await fediverse.settle()
    assert (await known_of(amina, bruno))[0] == ["Choir"]
    await says(bruno, shared_with_friends_servers=False)
    await fediverse.settle()
    assert await known_of(amina, bruno) == NOTHING
    await says(bruno, shared_with_friends_servers=True)
    await fediverse.settle()
    assert (await known_of(amina, bruno))[0] == ["Choir"]
    await amina.does(ties.unfollow, bruno)
    await fediverse.settle()
    assert await known_of(amina, bruno) == NOTHING
    profile = await amina.server.instance.db.read(ability_rows.profiles_of, [known.id])
    assert profile == {}


async def test_a_help_profile_is_refreshed_by_the_clock(fediverse: Fediverse) -> None:
    amina, bruno = await two_friends(fediverse)
    await says(bruno, skills=["Choir"], shared_with_friends_servers=True)
    await fediverse.settle()
    # As if the word that it changed had been lost on the way.
    await bruno.server.instance.db.write(lambda tx: ability_rows.put_skills(tx, bruno.id, {"law": "Law"}, {}))
    await fediverse.later(hours=2)
    assert (await known_of(amina, bruno))[0] == ["Choir"]
    await fediverse.later(hours=23)
    assert (await known_of(amina, bruno))[0] == ["Law"]


async def test_a_help_profile_answers_friends_servers_alone(fediverse: Fediverse) -> None:
    """R7, R23: everybody else gets what they would get for a member who is not there."""
    _, bruno = await two_friends(fediverse)
    peer = fediverse.peer("three.example", "mallory", plain=False)
    mallory = peer.persona("mallory")
    await says(bruno, skills=["Plumbing"], shared_with_friends_servers=True)
    await fediverse.settle()
    url, missing = f"{bruno.uri}/help", f"https://{bruno.server.host}/users/nobody/help"
    for ask in (fediverse.asks, lambda one: peer.gets(mallory, one)):
        got, none = await ask(url), await ask(missing)
        assert (got.status_code, got.content) == (none.status_code, none.content)
        assert got.status_code == 404
    await befriend_persona(fediverse, bruno, mallory)
    assert (await peer.gets(mallory, url)).json()["skills"] == ["Plumbing"]
    await bruno.does(ties.block, mallory)
    await fediverse.settle()
    assert (await peer.gets(mallory, url)).status_code == 404


async def test_a_false_help_profile_is_not_believed(fediverse: Fediverse) -> None:
    """It has to be about the one whose server gives it, is read within bounds, and never for a stranger."""
    one = await fediverse.server("one.example", "amina")
    peer = fediverse.peer("three.example", "chloe", plain=False)
    chloe = peer.persona("chloe")
    plain_document = chloe.document
    url = f"{chloe.uri}/help"
    chloe.document = lambda: plain_document() | {"helpProfile": url}  # type: ignore[method-assign]
    said = {"id": url, "type": "Profile", "describes": f"{chloe.uri}x", "skills": ["Law"]}
    peer.documents["/users/chloe/help"] = (200, said)
    await befriend_persona(fediverse, one.amina, chloe)
    known = await one.amina.knows(chloe)

    async def skills() -> list[str]:
        found = await one.instance.db.read(ability_rows.skills_of, known.id)
        return [label for _, label, _ in found]

    assert await skills() == []
    many = ["Law", "law", "", 7, "x" * 500, *[f"skill {number}" for number in range(100)]]
    peer.documents["/users/chloe/help"] = (200, said | {"describes": chloe.uri, "skills": many})
    changed = chloe.says("Update", {"id": url, "type": "Profile"}, to=[one.amina.uri])
    await chloe.posts(one.amina.inbox, changed)
    await fediverse.settle()
    found = await skills()
    assert "Law" in found
    assert len(found) == 30
    asked = peer.asked.count("/users/chloe/help")
    elsewhere = chloe.says("Update", {"id": f"{chloe.uri}/other", "type": "Profile"}, to=[one.amina.uri])
    await chloe.posts(one.amina.inbox, elsewhere)
    await fediverse.settle()
    assert peer.asked.count("/users/chloe/help") == asked


# -- how many follow somebody elsewhere


async def test_follower_figures_are_asked_for_once_a_day_and_kept_for_half_a_year(
    fediverse: Fediverse,
) -> None:
    """S4a: of people whom members follow, as their own server says it to everybody; a server that says none is
    not asked again that day, one that understands the extension never."""
    one = await fediverse.server("one.example", "amina")
    two = await fediverse.server("two.example", "bruno")
    await fediverse.befriend(one.amina, two.bruno)
    peer = fediverse.peer("plain.example", "frank", "gwen", "stranger")
    frank, gwen = peer.persona("frank"), peer.persona("gwen")
    for persona in (frank, gwen):
        await befriend_persona(fediverse, one.amina, persona)
    await one.amina.knows(peer.persona("stranger"))
    peer.documents["/users/frank/followers"] = (200, collection(f"{frank.uri}/followers", 1_200))
    peer.documents["/users/frank/following"] = (200, collection(f"{frank.uri}/following", 30))
    peer.documents["/users/gwen/followers"] = (200, collection(f"{gwen.uri}/followers", None))
    asked = len(peer.asked)
    for _ in range(3):
        await fediverse.later(hours=1)
    assert sorted(peer.asked[asked:]) == [
        "/users/frank/followers",
        "/users/frank/following",
        "/users/gwen/followers",
    ]
    peer.documents["/users/frank/followers"] = (200, collection(f"{frank.uri}/followers", 1_300))
    await fediverse.later(hours=24)
    known = await one.amina.knows(frank)

    async def figures() -> list[tuple[int, int | None]]:
        found = await one.instance.db.read(standing.figures_of, [known.id, (await one.amina.knows(gwen)).id])
        assert set(found) <= {known.id}
        return [(day.followers, day.following) for day in found.get(known.id, [])]

    assert await figures() == [(1_200, 30), (1_300, 30)]
    peer.documents.pop("/users/frank/followers")
    await fediverse.later(days=180)
    assert await figures() == [(1_300, 30)]


def collection(uri: str, total: int | None) -> dict[str, Any]:
    found = {"id": uri, "type": "OrderedCollection"}
    return found | ({"totalItems": total} if total is not None else {"totalItems": "many"})
