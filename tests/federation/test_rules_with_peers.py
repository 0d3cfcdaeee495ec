"""RULES, stated against what other servers are given and what their people see there: R3, R4, R6, R15, R16,
R20, R21, and the delivery profile (FEDERATION_NOTES §1.5) row by row for each software."""

import json
from typing import Any

import pytest

from fedi_aid.actions import editing, ties
from fedi_aid.actions.posts import Draft
from fedi_aid.activitypub import extension
from fedi_aid.errors import Refused
from fedi_aid.model.control_tags import Explicit
from fedi_aid.storage import asks as ask_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import timelines
from fedi_aid.storage.timelines import Page
from fedi_aid.work import jobs
from tests.federation.conftest import Fediverse, Who
from tests.federation.peers.double import Double
from tests.federation.peers.held import PUBLIC
from tests.federation.peers.neighbourhood import Neighbourhood, move_in
from tests.federation.peers.software import SOFTWARE, GoToSocial, Mastodon, Mitra
from tests.federation.test_carry import LOOK_UP, Smuggler

pytestmark = pytest.mark.anyio
each = pytest.mark.parametrize("software", SOFTWARE, ids=lambda kind: kind.software)
AMINA = "https://one.example/users/amina"


async def named_by_amina(who: Who) -> bool:
    """Whether they were told that a post of hers names them; the butler's own letters are another matter."""
    found = await who.server.instance.db.read(timelines.notices, who.id, Page(limit=40))
    return any(
        one.kind == "mention" and one.post is not None and one.post.author.uri == AMINA for one in found
    )


async def copy_for(town: Neighbourhood, name: str, words: str) -> dict[str, Any]:
    (found,) = [
        held.note
        for double in town.doubles
        for held in double.held.values()
        if words in held.text and name in held.people
    ]
    return found


# -- the delivery profile


@each
async def test_the_delivery_profile(fediverse: Fediverse, software: type[Double]) -> None:
    """FEDERATION_NOTES §1.5, P04, P10, RULES R4, R16, R21: what exactly goes to one friend on a plain peer."""
    town = await move_in(fediverse, software)
    (double,) = town.doubles
    frank = double.resident("frank")
    await town.pin(frank)
    await town.write("A quiet one.", 1, False)
    await town.write("A request.", 1, True, frank)
    await town.write("A close one.", 3, False)
    await town.write("A secret.", 4, False)
    tag = {"type": "Mention", "href": frank.uri, "name": f"@frank@{double.host}"}
    for words, direct in (("A quiet one.", False), ("A request.", True), ("A close one.", True)):
        (create,) = [
            one
            for path, one in zip(double.got_at, double.got, strict=True)
            if double.owner_of(path) == "frank" and words in json.dumps(one)
        ]
        note = create["object"]
        shown = direct or software is GoToSocial
        assert note.get("directMessage") is (True if direct else None)
        assert [one for one in note.get("tag", []) if one["type"] == "Mention"] == ([tag] if shown else [])
        assert note.get("summary") == ("A message from a friend" if direct else None)
        assert note.get("sensitive") is (True if direct else None)
        assert note["interactionPolicy"] == {
            "canLike": {"automaticApproval": [frank.uri]},
            "canReply": {"automaticApproval": [frank.uri]},
            "canAnnounce": {"automaticApproval": [AMINA]},
            "canQuote": {"automaticApproval": [AMINA]},
        }
        assert not {"context", "conversation", "replies", "audience", "bto", "bcc"} & note.keys()
        # Not even the words of the extension are defined for it.
        own = {extension.INTIMACY_LEVEL, extension.HELP_FLAG, extension.REVISION, extension.HELP_OFFER}
        assert not [word for word in own if word in json.dumps(create)]
        assert "fedi-aid" not in json.dumps(create)
    given = b"".join(fediverse.internet.received_by(double.host))
    assert b"A secret." not in given


async def test_an_offer_of_help_has_a_word_of_ours_for_fedi_aid_alone(fediverse: Fediverse) -> None:
    """P10, RULES R23: to Bruno it says `helpOffer`; to Frank, who is named in it too, the same words, and no
    word of the extension."""
    town = await move_in(fediverse, Mastodon)
    two = await fediverse.server("two.example", "bruno")
    await fediverse.befriend(town.one.amina, two.bruno)
    text = "@frank@mastodon.example @bruno@two.example I can help."
    post_id = await town.one.amina.writes(text, visibility="direct")
    await town.one.instance.db.write(lambda tx: post_rows.change(tx, post_id, offers_help=True))
    await fediverse.settle()
    (for_frank,) = [one for one in town.doubles[0].got if "I can help." in json.dumps(one)]
    sent = [json.loads(one.body) for one in fediverse.posts_to("/users/bruno/inbox")]
    (for_bruno,) = [one for one in sent if "I can help." in json.dumps(one)]
    assert for_bruno["object"]["helpOffer"] is True
    assert "helpOffer" not in json.dumps(for_frank)
    assert for_frank["object"]["content"] == for_bruno["object"]["content"]


async def test_a_friend_on_fedi_aid_is_given_one_note_with_an_opaque_audience(fediverse: Fediverse) -> None:
    """FEDERATION_NOTES §1.5, first row, and P01: any level; the audience opens for nobody, its reader
    included."""
    one = await fediverse.server("one.example", "amina")
    two = await fediverse.server("two.example", "bruno")
    await fediverse.befriend(one.amina, two.bruno)
    await one.amina.does(ties.pin_as_close, two.bruno)
    for level in range(5):
        await one.amina.writes(f"At {level}.", intimacy=level)
    await fediverse.settle()
    sent = [json.loads(one.body) for one in fediverse.posts_to("/users/bruno/inbox")]
    notes = [one["object"] for one in sent if one["type"] == "Create"]
    assert [note["intimacyLevel"] for note in notes] == [0, 1, 2, 3, 4]
    missing = await fediverse.asks("https://one.example/notes/2222222222222222")
    for create in (one for one in sent if one["type"] == "Create"):
        (audience,) = create["to"]
        assert audience == create["object"]["id"] + "/audience"
        assert create["cc"] == []
        assert "proof" not in create
        hidden = await fediverse.asks(audience)
        assert (hidden.status_code, hidden.content) == (404, missing.content)


@each
async def test_a_friend_of_a_friend_there_is_never_written_to(
    fediverse: Fediverse, software: type[Double]
) -> None:
    """FEDERATION_NOTES §1.5, last row: Olga follows Frank and knows Amina no more; level 0, flag up, a week of
    waves, and not one byte for her."""
    town = await move_in(fediverse, software)
    (double,) = town.doubles
    double.follows |= {("olga", double.resident("frank").uri), ("nina", double.resident("frank").uri)}
    await town.write("A bottle.", 0, True, double.resident("frank"))
    for _ in range(4):
        await fediverse.later(days=2)
    for name in ("olga", "nina"):
        assert double.resident(name).reads("A bottle.") == set()
        sent = [one for one in double.got if double.resident(name).uri in json.dumps(one)]
        assert [one for one in sent if one["type"] in ("Create", "Update", "Offer")] == []


# -- R3


async def test_r3_a_name_adds_nobody_who_is_no_friend(fediverse: Fediverse) -> None:
    """RULES R3: Nina and Olga are named in a post for friends: it stays plain text, and nothing is sent."""
    town = await move_in(fediverse, Mastodon, Mitra)
    for name in ("nina", "olga"):
        await town.write(f"Ask @{name}@mastodon.example about {name}!", 2, False)
    for double in town.doubles:
        for held in double.held.values():
            assert set(held.people) <= {"frank", "grace"}
            for name in ("nina", "olga"):
                assert double.resident(name).uri not in held.text
                assert f"/@{name}" not in held.text
    for name in ("nina", "olga"):
        who = town.doubles[0].resident(name)
        assert who.reads("about") == set()
    copies = [held for held in town.doubles[0].held.values() if "frank" in held.people]
    assert len(copies) == 2  # the friends did get it
    assert all("@nina@mastodon.example" in one.text or "@olga@mastodon.example" in one.text for one in copies)


@pytest.mark.parametrize(("intimacy", "help_"), [(0, True), (2, False)], ids=["carriable", "ordinary"])
async def test_r3_a_friend_on_fedi_aid_who_is_named_is_told_and_no_other(
    fediverse: Fediverse, intimacy: int, help_: bool
) -> None:
    """RULES R3: what may be carried is one signed document for all, without a Mention for anybody: its reader
    finds the own name in the words; a name that only begins like it is another's."""
    one = await fediverse.server("one.example", "amina")
    two = await fediverse.server("two.example", "bruno", "brun")
    three = await fediverse.server("three.example", "chloe")
    for friend in (two.bruno, two.brun, three.chloe):
        await fediverse.befriend(one.amina, friend)
    await one.amina.writes("Thanks to @bruno@two.example!", intimacy=intimacy, help=help_ or None)
    await fediverse.settle()
    for reader in (two.bruno, two.brun, three.chloe):
        assert any("Thanks to" in text for text in await reader.reads())
    assert [who for who in (two.bruno, two.brun, three.chloe) if await named_by_amina(who)] == [two.bruno]
    sent = [json.loads(found.body) for found in fediverse.posts_to("/users/chloe/inbox")]
    (create,) = [found for found in sent if found["type"] == "Create"]
    assert "users/bruno" not in json.dumps(create)
    assert ("proof" in create) is help_


# -- R4


async def test_r4_a_continuation_goes_to_readers_who_are_still_eligible(fediverse: Fediverse) -> None:
    """RULES R4: never a new choice, nobody who left meanwhile; under the id by which each has the parent."""
    town = await move_in(fediverse, Mastodon)
    (double,) = town.doubles
    frank, grace = double.resident("frank"), double.resident("grace")
    parent = await town.write("Day 12.", 2, False)
    mine = await copy_for(town, "grace", "Day 12.")
    await town.one.amina.does(ties.unfollow, frank)
    await fediverse.settle()
    await town.one.amina.writes("Day 13.", reply_to_id=parent)
    await fediverse.settle()
    assert frank.reads("Day 13.") == set()
    assert grace.reads("Day 13.")
    note = await copy_for(town, "grace", "Day 13.")
    assert note["inReplyTo"] == mine["id"]
    assert "context" not in note


@each
async def test_r4_a_public_answer_to_a_hidden_post_loses_its_parent(
    fediverse: Fediverse, software: type[Double]
) -> None:
    """RULES R4, A20: shown to its author without its parent link, with a warning by the butler, once; nobody
    learns from it that there is a post."""
    town = await move_in(fediverse, software)
    (double,) = town.doubles
    frank, amina = double.resident("frank"), town.one.amina
    post_id = await town.write("Between us.", 2, False)
    held = next(one for one in double.held.values() if "frank" in one.people)
    answer = frank.writes("Congratulations!", [PUBLIC], naming=(amina,), cc=(amina.uri,), inReplyTo=held.id)
    for _ in range(2):
        await frank.posts(amina.inbox, answer)
        await fediverse.settle()
    (seen,) = [one for one in await amina.home() if one.author.uri == frank.uri]
    assert (seen.post.reply_to_id, seen.post.reply_to_uri, seen.post.reply_to_person_id) == (None, None, None)
    assert "mention" in await amina.notices()
    warnings = [text for text in await amina.told() if "everybody can read it" in text]
    assert len(warnings) == 1
    assert "Between us." in warnings[0]
    mine = await amina.sees(post_id)
    assert mine is not None
    assert mine.replies == 0


async def test_r4_an_answer_is_never_wider_than_the_post(fediverse: Fediverse) -> None:
    """FEDERATION_EXTENSION §2, P07: Frank answers to his followers, as Mastodon proposes. Eve follows Frank
    and lives with Amina: she does not hold the post, and does not get the answer. Zoé, who holds it, does."""
    town = await move_in(fediverse, Mastodon)
    (double,) = town.doubles
    frank, one = double.resident("frank"), town.one
    await one.moves_in("eve", "zoe")
    await one.amina.does(ties.follow, one.zoe)
    await one.zoe.does(ties.accept, one.amina)
    for who in (one.eve, one.zoe):
        await who.does(ties.follow, frank)
        await fediverse.settle()
        await frank.posts(who.inbox, frank.says("Accept", double.said("Follow")[-1]))
        await fediverse.settle()
    await town.write("Between friends.", 2, False)
    held = next(found for found in double.held.values() if "frank" in found.people)
    answer = frank.answers(held, "Well done.", one.amina)
    for who in (one.amina, one.eve, one.zoe):
        await frank.posts(who.inbox, answer)
    await frank.posts("https://one.example/inbox", answer)
    await fediverse.settle()
    assert any("Well done." in text for text in await one.amina.reads())
    assert any("Well done." in text for text in await one.zoe.reads())
    assert not any("Well done." in text for text in await one.eve.reads())
    # What Frank writes to his followers otherwise, Eve is shown.
    await frank.posts(one.eve.inbox, frank.writes("Good morning.", [frank.followers]))
    await fediverse.settle()
    assert any("Good morning." in text for text in await one.eve.reads())


# -- R6, R15


@each
async def test_r6_a_mute_acts_on_what_comes_later_only(fediverse: Fediverse, software: type[Double]) -> None:
    """RULES R6: withdrawing the old would tell Frank that he was muted; nothing is sent at all."""
    town = await move_in(fediverse, software)
    (double,) = town.doubles
    frank = double.resident("frank")
    await town.write("Before.", 2, False)
    sent = len(double.got)
    await town.one.amina.does(ties.mute, frank)
    await fediverse.settle()
    assert len(double.got) == sent
    await town.write("After.", 2, False)
    assert frank.reads("Before.")
    assert frank.reads("After.") == set()
    assert double.resident("grace").reads("After.")


async def test_r15_no_edit_widens(fediverse: Fediverse) -> None:
    """RULES R15: an edit from level 3 to 1 is shown to nobody new: she is asked to write a new post; an edit
    without a level changes nothing of it."""
    town = await move_in(fediverse, Mastodon, Mitra)
    near = [double.resident("frank") for double in town.doubles]
    await town.pin(*near)
    post_id = await town.write("For few.", 3, False)
    await town.one.amina.edits(post_id, "For few, again.")
    await fediverse.settle()
    draft = Draft(text="For all.", wish=Explicit(intimacy=1))
    amina = await town.one.amina.member()
    with pytest.raises(Refused):
        await town.one.instance.db.write(editing.edit, amina, post_id, draft)
    await fediverse.settle()
    for who in town.everybody("frank"):
        assert who.reads("For few, again.")
        assert who.reads("For all.") == set()
    for who in town.everybody("grace", "nina", "olga"):
        assert who.reads("For few") == set()


async def test_r15_a_widened_post_reaches_more_and_its_answers_do_not(fediverse: Fediverse) -> None:
    """RULES R15: with its author's second word; each plain friend gets one copy, and nothing that was answered
    before; who had it keeps one copy, edited."""
    town = await move_in(fediverse, Mastodon, Mitra)
    await town.pin(*[double.resident("frank") for double in town.doubles])
    post_id = await town.write("For few.", 3, False)
    more = await town.one.amina.writes("And for them alone.", reply_to_id=post_id)
    await fediverse.settle()
    assert more
    draft = Draft(text="For friends.", wish=Explicit(intimacy=2), widen=True)
    await town.one.instance.db.write(editing.edit, await town.one.amina.member(), post_id, draft)
    await fediverse.settle()
    for who in town.everybody("frank"):
        assert who.reads("For friends.")
        assert who.reads("And for them alone.")
    reached = [who for who in town.everybody("grace") if who.reads("For friends.")]
    assert reached
    for who in town.everybody("grace", "nina", "olga"):
        assert who.reads("For few.") == set()
        assert who.reads("And for them alone.") == set()


# -- R20


async def test_r20_the_author_is_looked_up_late_and_by_the_instance(fediverse: Fediverse) -> None:
    """RULES R20: an author known here costs no look-up; one who is not is asked for after 1 to 12 hours, once,
    in the instance's name; until then the carrier vouches for it (tests/federation/test_vouched.py)."""
    three = await fediverse.server("three.example", "chloe", "eve")
    smuggler = Smuggler(fediverse, three)
    await smuggler.befriend(smuggler.bruno)
    asked = smuggler.one.asked
    await smuggler.bruno.posts(three.chloe.inbox, smuggler.offer())
    await fediverse.settle()
    await fediverse.later(minutes=59)
    assert asked == []
    assert await three.chloe.reads() == ["A ramp, please."]
    (shown,) = [one for one in await three.chloe.home() if one.author.username == "amina"]
    assert shown.post.vouched_at is not None
    await fediverse.later(**LOOK_UP)
    assert await three.chloe.reads() == ["A ramp, please."]
    (shown,) = [one for one in await three.chloe.home() if one.author.username == "amina"]
    assert shown.post.vouched_at is None
    assert asked.count("/users/amina") == 1
    gets = [one for one in fediverse.internet.exchanges if one.host == "a.example" and one.method == "GET"]
    for one in gets:
        assert b"chloe" not in one.request_bytes
        assert b"bruno" not in one.request_bytes
    # A second request of hers is shown as soon as it comes.
    again = smuggler.create(content="<p>Newer words.</p>", revision=2)
    await smuggler.bruno.posts(three.chloe.inbox, smuggler.offer(create=again, name="offers/2"))
    await fediverse.settle()
    assert await three.chloe.reads() == ["Newer words."]
    assert asked.count("/users/amina") == 1


# -- R21


@each
async def test_r21_a_request_rings_once(fediverse: Fediverse, software: type[Double]) -> None:
    """RULES R21: as a direct message, notified exactly once, however often it is edited, asked again, lowered;
    and to those alone who are asked."""
    town = await move_in(fediverse, software)
    (double,) = town.doubles
    frank, grace = double.resident("frank"), double.resident("grace")
    post_id = await town.write("A ramp, please.", 1, True, frank)
    assert frank.rang("A ramp") == 1
    assert "notified" in frank.reads("A ramp")
    await town.one.amina.edits(post_id, "A ramp of 2 m, please.")
    await fediverse.settle()
    known = await town.one.amina.knows(frank)

    def ask_again(tx: Any) -> None:
        for ask in ask_rows.asks_of(tx, post_id):
            if ask.person_id == known.id:
                jobs.send_ask(tx, ask.id, post_id)

    await town.one.instance.db.write(ask_again)
    await fediverse.settle()
    assert frank.rang("A ramp") == 1
    assert len([one for one in double.said("Create") if frank.uri in one["to"]]) == 1
    assert grace.rang("A ramp") <= 1


async def test_r21_a_hidden_thing_is_missing_for_everybody_else(fediverse: Fediverse) -> None:
    """RULES R21, R7: 404 and the same bytes and headers, also for what hangs on it."""
    town = await move_in(fediverse, Mastodon, Mitra)
    await town.write("Hidden.", 2, False)
    mastodon, mitra = town.doubles
    hidden = next(iter(mastodon.held))
    for suffix in ("", "/audience", "/activity", "/replies", "/likes", "/shares"):
        for asker in (mitra.itself, mitra.resident("frank"), mitra.resident("nina")):
            found = await mitra.gets(asker, hidden + suffix)
            missing = await mitra.gets(asker, f"https://one.example/notes/{'2' * 26}{suffix}")
            assert found.status_code == missing.status_code == 404
            assert found.content == missing.content
            apart = {"date", "x-request-id"}
            assert {(k, v) for k, v in found.headers.items() if k not in apart} == {
                (k, v) for k, v in missing.headers.items() if k not in apart
            }
