"""RULES R20: a request by somebody whom nobody here has met is shown as vouched for by its carrier, and its
author is looked up hours later; nothing reaches their server before, and nothing stays of what was false."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from fedi_aid.actions import help, moderation, reactions, ties
from fedi_aid.activitypub import carry_documents
from fedi_aid.client_api.entities.look import Look
from fedi_aid.client_api.entities.status import statuses
from fedi_aid.model.people import Person
from fedi_aid.model.posts import PostView
from fedi_aid.net.fake import Exchange
from fedi_aid.storage import people, post_views
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.tables.help import leases
from fedi_aid.storage.tables.posts import media, posts
from fedi_aid.storage.tables.ties import contacts, follows
from tests.federation.conftest import Fediverse, Persona
from tests.federation.test_carry import LOOK_UP, Smuggler
from tests.federation.test_suspended_servers import suspend

pytestmark = pytest.mark.anyio

RAMP = "A ramp, please."
SOON = {"minutes": 59}  # before any look-up


class Vouched(Smuggler):
    """Bruno is Chloé's friend on a server made by hand; nobody on Chloé's server has met Amina."""

    def asked(self, host: str = "a.example") -> list[Exchange]:
        """Everything that reached the author's server."""
        return [one for one in self.fediverse.internet.exchanges if one.host == host]

    async def bring(self, *offers: dict[str, Any]) -> None:
        for one in offers or (self.offer(),):
            await self.bruno.posts(self.three.chloe.inbox, one)
        await self.fediverse.settle()

    async def seen(self) -> PostView | None:
        found = [one for one in await self.three.chloe.home() if one.author.username == "amina"]
        return found[0] if found else None

    async def post(self) -> PostView:
        found = await self.seen()
        assert found is not None
        return found

    async def told(self, locale: str = "en") -> dict[str, Any]:
        """As an app of Chloé's gets it."""
        chloe = self.three.chloe
        look = Look(viewer=chloe.id, house=self.three.instance.house, locale=locale)
        view = await self.post()
        (found,) = await self.three.instance.db.read(statuses, look, [view])
        shown: dict[str, Any] = found["reblog"]
        return shown

    async def author(self) -> Person | None:
        return await self.three.instance.db.read(people.by_uri_or_vouched, self.amina.uri)

    def forged(self, **note: Any) -> dict[str, Any]:
        """In Amina's name, and signed by Mallory as if with her key."""
        signer = Persona(self.one, "amina")
        signer.keys = self.mallory.keys
        activity = {key: value for key, value in self.create(**note).items() if key != "proof"}
        return signer.proves(activity, self.fediverse.clock())

    async def does(self, act: Any, *more: Any, **how: Any) -> Any:
        return await self.three.instance.db.write(act, self.three.chloe.id, *more, **how)


@pytest.fixture
async def vouched(fediverse: Fediverse) -> Vouched:
    made = Vouched(fediverse, await fediverse.server("three.example", "chloe", "eve"))
    await made.befriend(made.bruno)
    return made


async def test_it_is_shown_at_once_as_the_carriers_word(vouched: Vouched) -> None:
    """RULES R20, C14: with who vouches for it, in the reader's language, and no link that opens."""
    link = '<p>A ramp, please. <a href="https://a.example/pay">Pay</a></p>'
    await vouched.bring(vouched.offer(create=vouched.create(content=link)))
    shown = await vouched.told()
    assert shown["fedi_aid"]["vouched_by"]["acct"] == "bruno@b.example"
    assert shown["fedi_aid"]["caution"] == {"money": True}
    assert "So far only bruno vouches for it" in shown["content"]
    assert "<a " not in shown["content"]
    assert "il n'y a que bruno pour s'en porter garant" in (await vouched.told("fr"))["content"]
    await vouched.fediverse.later(**LOOK_UP)
    shown = await vouched.told()
    assert shown["fedi_aid"]["vouched_by"] is None
    assert "vouches" not in shown["content"]
    assert "<a " not in shown["content"]
    assert shown["fedi_aid"]["caution"] == {"money": True}


async def test_only_words_are_taken_on_his_word(vouched: Vouched) -> None:
    """RULES R20, F15: no file, no picture, no conversation, nobody named: nothing to be fetched by reading."""
    note = {
        "attachment": [{"type": "Image", "mediaType": "image/png", "url": "https://a.example/spy.png"}],
        "tag": [
            {"type": "Emoji", "name": ":spy:", "icon": {"type": "Image", "url": "https://a.example/e.png"}},
            {"type": "Mention", "href": vouched.three.eve.uri, "name": "@eve"},
        ],
        "inReplyTo": "https://a.example/notes/0",
        "context": "https://a.example/contexts/1",
        "replies": "https://a.example/notes/ramp/replies",
        "url": "https://evil.example/page",
        "quote": "https://a.example/notes/0",
    }
    await vouched.bring(vouched.offer(create=vouched.create(**note)))
    shown = await vouched.told()
    assert shown["media_attachments"] == shown["mentions"] == shown["emojis"] == []
    assert (shown["quote"], shown["in_reply_to_id"]) == (None, None)
    assert "evil.example" not in json.dumps(shown)
    await vouched.three.eve.home()
    assert vouched.asked() == []
    await vouched.fediverse.later(**LOOK_UP)
    files = await vouched.three.instance.db.read(lambda tx: tx.column(select(media.c.remote_url)))
    assert files == ["https://a.example/spy.png"]


async def test_nothing_reaches_the_author_before_the_look_up(vouched: Vouched) -> None:
    """RULES R20, P01, P10: answers, likes, offers of help, wishes for friendship and reports are taken and
    wait; not a byte goes to the author's server until the instance has asked it, and then all of it does."""
    chloe = vouched.three.chloe
    await vouched.bring()
    view = await vouched.post()
    answer = await chloe.writes("I know a carpenter.", reply_to_id=view.post.id)
    await chloe.writes("She is called Zoé.", reply_to_id=answer)
    await vouched.does(reactions.favourite, view.post.id)
    db = vouched.three.instance.db
    await db.write(help.offer, await chloe.member(), view.post.id, words="I can help.")
    await vouched.does(ties.follow, view.author.id, word="Hello!")
    await vouched.fediverse.settle()
    await vouched.fediverse.later(**SOON)
    assert vouched.asked() == []
    await vouched.fediverse.later(**LOOK_UP)
    first, *others = vouched.asked()
    assert (first.method, first.url) == ("GET", vouched.amina.uri)
    assert b"chloe" not in first.request_bytes
    assert others
    said = [one["object"]["content"] for one in vouched.one.said("Create")]
    assert [sum(word in one for one in said) for word in ("carpenter", "Zoé", "I can help")] == [1, 1, 1]
    assert [one["object"] for one in vouched.one.said("Like")] == [vouched.amina.id("notes/ramp")]
    (follow,) = vouched.one.said("Follow")
    assert (follow["object"], follow["content"]) == (vouched.amina.uri, "Hello!")
    answers = [one["object"] for one in vouched.one.said("Create")]
    assert any(one.get("instrument") == vouched.amina.id("tickets/1") for one in answers)


async def test_what_was_taken_back_meanwhile_is_never_sent(vouched: Vouched) -> None:
    """RULES R20: an answer that was deleted and a favourite that was undone leave no trace there."""
    await vouched.bring()
    view = await vouched.post()
    answer = await vouched.three.chloe.writes("Never mind.", reply_to_id=view.post.id)
    await vouched.three.chloe.deletes(answer)
    await vouched.does(reactions.favourite, view.post.id)
    await vouched.does(reactions.unfavourite, view.post.id)
    await vouched.does(ties.follow, view.author.id)
    await vouched.does(ties.unfollow, view.author.id)
    await vouched.fediverse.settle()
    await vouched.fediverse.later(**LOOK_UP)
    assert {one.method for one in vouched.asked()} == {"GET"}


async def test_a_report_waits_too(vouched: Vouched) -> None:
    """RULES R20, C14: a report in one gesture, also while nobody has asked their server."""
    await vouched.bring()
    view = await vouched.post()
    await vouched.does(moderation.report, view.author.id, post_ids=[view.post.id], forward=True)
    await vouched.fediverse.settle()
    await vouched.fediverse.later(**SOON)
    assert vouched.asked() == []
    await vouched.fediverse.later(**LOOK_UP)
    await vouched.fediverse.later(hours=2)
    assert len(vouched.one.said("Flag")) == 1


@pytest.mark.parametrize("why", ["forged", "gone", "missing", "someone else", "silent"])
async def test_what_was_false_goes(vouched: Vouched, why: str) -> None:
    """RULES R20, C04: a bad proof, or an author who is not there: everybody loses it, the answers stay with
    who wrote them, and nothing is sent."""
    chloe, path = vouched.three.chloe, "/users/amina"
    create = vouched.forged() if why == "forged" else vouched.create()
    if why in ("gone", "missing"):
        vouched.one.documents[path] = (410 if why == "gone" else 404, {})
    if why == "someone else":
        vouched.one.documents[path] = (200, vouched.one.persona("zoe").document())
    await vouched.bring(vouched.offer(create=create))
    view = await vouched.post()
    answer = await chloe.writes("I know a carpenter.", reply_to_id=view.post.id)
    await vouched.does(reactions.favourite, view.post.id)
    await vouched.does(ties.follow, view.author.id)
    if why == "silent":
        vouched.fediverse.internet.kill("a.example")
    for _ in range(8 if why == "silent" else 1):
        await vouched.fediverse.later(**LOOK_UP)
    assert RAMP not in await chloe.reads()
    assert await chloe.sees(view.post.id) is None
    mine = await chloe.sees(answer)
    assert mine is not None
    assert "I know a carpenter." in mine.post.text
    assert {one.method for one in vouched.asked()} <= {"GET"}
    asked = await vouched.three.instance.db.read(
        lambda tx: tx.column(select(follows.c.id).where(follows.c.state == "asked"))
    )
    assert (asked == []) is (why != "forged")  # Amina exists: the wish for her friendship is Chloé's own
    live = await vouched.three.instance.db.read(
        lambda tx: tx.column(select(leases.c.state).where(leases.c.state != "ended"))
    )
    assert live == []


async def test_after_a_false_word_the_true_one_can_come(vouched: Vouched) -> None:
    """RULES R20: a forged request does not keep the true one out; and who forged is believed only after the
    look-up for a while."""
    await vouched.bring(vouched.offer(create=vouched.forged(content="<p>Send money.</p>", revision=99)))
    assert await vouched.three.chloe.reads() == ["Send money."]
    await vouched.fediverse.later(**LOOK_UP)
    assert await vouched.three.chloe.reads() == []
    await vouched.fediverse.later(hours=24)
    zoe = vouched.fediverse.peer("z.example", "amina", plain=False).persona("amina")
    vouched.amina, before = zoe, vouched.amina
    theirs = vouched.create(to=["https://z.example/notes/ramp/audience"])
    await vouched.bring(vouched.offer(name="offers/2", create=theirs))
    assert await vouched.three.chloe.reads() == []  # by another stranger: held until she is looked up
    await vouched.fediverse.later(**LOOK_UP)
    assert await vouched.three.chloe.reads() == [RAMP]
    vouched.amina = before
    await vouched.fediverse.later(hours=25)
    await vouched.bring(vouched.offer(name="offers/3"))
    assert await vouched.three.chloe.reads() == [RAMP, RAMP]


async def test_another_version_waits_for_proofs(vouched: Vouched) -> None:
    """RULES R20, C08: while one version is only vouched for, no other takes its place or its readers."""
    forged = vouched.forged(content="<p>Send money.</p>", revision=99)
    await vouched.bring(vouched.offer(create=forged))
    await vouched.bring(vouched.offer(name="offers/2"))
    assert await vouched.three.chloe.reads() == ["Send money."]
    by = await vouched.three.instance.db.read(lambda tx: tx.column(select(leases.c.offer_uri)))
    assert by == [vouched.bruno.id("offers/1")]
    await vouched.fediverse.later(**LOOK_UP)
    assert "Send money." not in await vouched.three.chloe.reads()
    shown = await vouched.seen()
    assert shown is None or (shown.post.text, shown.post.revision) == (RAMP, 1)


async def test_a_wrong_ticket_is_found_out(vouched: Vouched) -> None:
    """RULES R20, C03, C07: also where the request is true, a ticket that its author never gave shows nothing
    for long."""
    signer = Persona(vouched.one, "amina")
    signer.keys = vouched.mallory.keys
    bare = {key: value for key, value in vouched.ticket().items() if key != "proof"}
    await vouched.bring(vouched.offer(ticket=signer.proves(bare, vouched.fediverse.clock())))
    assert await vouched.three.chloe.reads() == [RAMP]
    await vouched.fediverse.later(**LOOK_UP)
    assert await vouched.three.chloe.reads() == []


# -- nobody gets in by it


async def test_they_are_nobody_yet(vouched: Vouched) -> None:
    """RULES R20, R9, O05: found by no name and no address, no friend, no evidence for the engine."""
    await vouched.bring()
    view = await vouched.post()
    chloe, db = vouched.three.chloe, vouched.three.instance.db
    assert await db.read(people.by_uri, vouched.amina.uri) is None
    assert await db.read(people.by_handle, "amina", "a.example") is None
    assert await db.read(lambda tx: people.search(tx, "amina", limit=10)) == []
    assert (view.author.inbox, view.author.public_key_pem, view.author.ed25519_multikey) == (None,) * 3
    await chloe.writes("I know a carpenter.", reply_to_id=view.post.id)
    await vouched.does(reactions.favourite, view.post.id)
    await vouched.does(ties.follow, view.author.id)
    assert not await db.read(tie_rows.are_friends, chloe.id, view.author.id)
    about = await db.read(
        lambda tx: tx.column(select(contacts.c.kind).where(contacts.c.to_id == view.author.id))
    )
    assert about == []


@pytest.mark.parametrize("by", ["member", "domain", "instance"])
async def test_blocks_hold_before_anybody_is_met(vouched: Vouched, by: str) -> None:
    """RULES R20, C18, A23: whoever is blocked, or lives on a server that is, is not carried in on a word."""
    chloe = vouched.three.chloe
    if by == "member":
        known = await chloe.knows(vouched.amina)
        await vouched.does(ties.block, known.id)
    elif by == "domain":
        await vouched.does(ties.mute_domain, "a.example")
    else:
        await suspend(vouched.three, "a.example")
    await vouched.bring()
    assert await vouched.seen() is None
    await vouched.fediverse.later(**LOOK_UP)
    assert await vouched.seen() is None


async def test_a_block_afterwards_holds_too(vouched: Vouched) -> None:
    """RULES R6, R20: blocked while she was only vouched for, she stays blocked when she is met."""
    await vouched.bring()
    view = await vouched.post()
    await vouched.does(ties.block, view.author.id)
    assert await vouched.seen() is None
    await vouched.fediverse.later(**LOOK_UP)
    assert await vouched.seen() is None
    met = await vouched.author()
    assert met is not None
    assert met.id == view.author.id
    assert await vouched.three.instance.db.read(tie_rows.has_blocked, vouched.three.chloe.id, met.id)


async def test_the_name_of_a_muted_server_comes_out(vouched: Vouched) -> None:
    """RULES R20, O09: an address on one host, a name on another that Chloé has muted: it shows when the author
    is met, and then it goes."""
    acct, path = "acct:amina@quiet.example", "/.well-known/webfinger"
    jrd = {
        "subject": acct,
        "links": [{"rel": "self", "type": "application/activity+json", "href": vouched.amina.uri}],
    }
    vouched.one.documents[path] = (200, jrd)
    vouched.fediverse.peer("quiet.example").documents[path] = (200, jrd)
    await vouched.does(ties.mute_domain, "quiet.example")
    await vouched.bring()
    assert (await vouched.post()).author.handle == "amina@a.example"
    await vouched.fediverse.later(**LOOK_UP)
    met = await vouched.author()
    assert met is not None
    assert met.handle == "amina@quiet.example"
    assert await vouched.seen() is None


async def test_a_server_suspended_meanwhile_is_not_asked(vouched: Vouched) -> None:
    """RULES R20, A23, C18."""
    await vouched.bring()
    await suspend(vouched.three, "a.example")
    assert await vouched.seen() is None
    await vouched.fediverse.later(**LOOK_UP)
    assert vouched.asked() == []
    assert await vouched.seen() is None


async def test_nobody_known_is_taken_for_somebody_else(vouched: Vouched) -> None:
    """RULES R20, O05: a name that somebody known has is not lent to another address: it is held instead."""
    chloe, two = vouched.three.chloe, vouched.fediverse.internet
    known = await chloe.knows(vouched.amina)
    other = Persona(vouched.one, "amina")
    other.uri = "https://a.example/elsewhere/amina"
    other.proof_key_id = f"{other.uri}#ed25519-key"
    vouched.amina, before = other, vouched.amina
    offer = vouched.offer()
    vouched.amina = before
    await vouched.bring(offer)
    assert await vouched.three.chloe.reads() == []
    await vouched.fediverse.later(**LOOK_UP)
    assert await vouched.three.chloe.reads() == []
    assert two is vouched.fediverse.internet
    same = await vouched.three.instance.db.read(people.by_handle, "amina", "a.example")
    assert same is not None
    assert (same.id, same.uri) == (known.id, vouched.amina.uri)


async def test_a_stand_in_gives_way_to_whoever_comes(vouched: Vouched) -> None:
    """RULES R20, O05: somebody real with that name, under another address, is met as if nothing had been."""
    other = Persona(vouched.one, "amina")
    other.uri = "https://a.example/elsewhere/amina"
    other.proof_key_id = f"{other.uri}#ed25519-key"
    vouched.amina, before = other, vouched.amina
    offer = vouched.offer()
    vouched.amina = before
    await vouched.bring(offer)
    view = await vouched.post()
    assert view.author.handle == "amina@a.example"
    met = await vouched.three.chloe.knows(vouched.amina)
    assert (met.handle, met.vouched_at) == ("amina@a.example", None)
    again = await vouched.three.chloe.sees(view.post.id)
    assert again is not None
    assert again.author.handle != "amina@a.example"


async def test_our_own_people_are_not_vouched_for(vouched: Vouched) -> None:
    """RULES R20: an author who would be a member here, and is not."""
    ghost = Persona(vouched.one, "ghost")
    ghost.uri = "https://three.example/users/ghost"
    ghost.proof_key_id = f"{ghost.uri}#ed25519-key"
    note = "https://three.example/notes/ramp"
    vouched.amina = ghost
    create = vouched.create(id=note, attributedTo=ghost.uri, to=[f"{note}/audience"])
    create = ghost.proves(
        {**{k: v for k, v in create.items() if k != "proof"}, "id": f"{note}/activity"},
        vouched.fediverse.clock(),
    )
    ticket = vouched.ticket(id="https://three.example/tickets/1", object=note)
    await vouched.bring(vouched.offer(create=create, ticket=ticket))
    assert await vouched.three.chloe.reads() == []


# -- what happens meanwhile


async def test_the_carrier_takes_it_back(vouched: Vouched) -> None:
    """RULES R20, §4.9: Undo(Offer) hides it at once, and it stays hidden when its author is met."""
    offer = vouched.offer()
    await vouched.bring(offer)
    await vouched.bruno.posts(vouched.three.chloe.inbox, vouched.bruno.says("Undo", offer["id"]))
    await vouched.fediverse.settle()
    assert await vouched.seen() is None
    await vouched.fediverse.later(**LOOK_UP)
    assert await vouched.seen() is None


async def test_a_forwarded_delete_hides_and_is_believed_later(vouched: Vouched) -> None:
    """RULES R20, C08, C09: hiding is safe; that it stays deleted needs the author's proof."""
    await vouched.bring()
    note = vouched.amina.id("notes/ramp")
    delete = vouched.amina.proves(vouched.amina.says("Delete", note), vouched.fediverse.clock())
    await vouched.bruno.posts(vouched.three.chloe.inbox, delete)
    await vouched.fediverse.settle()
    assert await vouched.seen() is None
    assert vouched.asked() == []
    await vouched.fediverse.later(**LOOK_UP)
    await vouched.fediverse.later(**LOOK_UP)
    await vouched.bring(vouched.offer(name="offers/2"))
    assert await vouched.seen() is None


async def test_a_stranger_deletes_nothing(vouched: Vouched) -> None:
    """RULES R20, C09: only who brought it can say that it is over."""
    await vouched.bring()
    note = vouched.amina.id("notes/ramp")
    delete = vouched.amina.proves(vouched.amina.says("Delete", note), vouched.fediverse.clock())
    await vouched.mallory.posts(vouched.three.chloe.inbox, delete)
    await vouched.fediverse.settle()
    assert await vouched.seen() is not None


async def test_a_forwarded_update_waits_for_its_proof(vouched: Vouched) -> None:
    """RULES R20, C08: kept, and applied when the author has been met; a forged one never."""
    await vouched.bring()
    note = vouched.create(content="<p>Two ramps, please.</p>", revision=2)["object"]
    says = vouched.amina.says("Update", note, "updates/2", to=note["to"])
    await vouched.bruno.posts(
        vouched.three.chloe.inbox, vouched.amina.proves(says, vouched.fediverse.clock())
    )
    forged = Persona(vouched.one, "amina")
    forged.keys = vouched.mallory.keys
    worse = vouched.amina.says("Update", note | {"content": "<p>Send money.</p>", "revision": 3}, "updates/3")
    await vouched.bruno.posts(vouched.three.chloe.inbox, forged.proves(worse, vouched.fediverse.clock()))
    await vouched.fediverse.settle()
    assert await vouched.three.chloe.reads() == [RAMP]
    await vouched.fediverse.later(**LOOK_UP)
    assert await vouched.three.chloe.reads() == ["Two ramps, please."]


async def test_the_end_of_the_lease_hides_it(vouched: Vouched) -> None:
    """RULES R20, C11: a lease that ends before the author could be met."""
    clock = vouched.fediverse.clock
    short = vouched.ticket(endTime=clock().replace(minute=30).strftime("%Y-%m-%dT%H:%M:%SZ"))
    await vouched.bring(vouched.offer(ticket=short))
    assert await vouched.seen() is not None
    await vouched.fediverse.later(**SOON)
    assert await vouched.seen() is None
    await vouched.fediverse.later(**LOOK_UP)
    assert await vouched.seen() is None


async def test_the_author_speaks_first(vouched: Vouched) -> None:
    """RULES R20, A03: what the author's server says itself takes the place of what was said in her name."""
    await vouched.bring(vouched.offer(create=vouched.forged(content="<p>Send money.</p>", revision=99)))
    eve = vouched.three.eve
    await eve.does(ties.follow, vouched.amina)
    await vouched.fediverse.settle()
    asked = vouched.one.said("Follow")[-1]
    await vouched.amina.posts(eve.inbox, vouched.amina.says("Accept", asked))
    await vouched.fediverse.settle()
    await vouched.amina.posts(eve.inbox, vouched.create())
    await vouched.fediverse.settle()
    assert await eve.reads() == [RAMP]
    assert await vouched.three.chloe.reads() == [RAMP]
    await vouched.fediverse.later(**LOOK_UP)
    assert await vouched.three.chloe.reads() == []  # her ticket was forged with it


async def test_level_one_still_needs_two(vouched: Vouched) -> None:
    """RULES R20, C10: two carriers who live, with the same words; one who comes twice is one."""
    create, chloe = vouched.create(intimacyLevel=1), vouched.three.chloe

    def by(carrier: Persona, name: str) -> dict[str, Any]:
        ticket = vouched.ticket(id=vouched.amina.id(f"tickets/{name}"), target=carrier.uri)
        made = carry_documents.build_carry_offer(
            id=carrier.id(f"offers/{name}"),
            carrier=carrier.uri,
            recipient=chloe.uri,
            document=create,
            ticket=ticket,
            published=vouched.fediverse.clock(),
        )
        return carrier.proves(made, vouched.fediverse.clock())

    await vouched.befriend(vouched.mallory)
    await vouched.bring(by(vouched.bruno, "1"), by(vouched.bruno, "2"))
    assert await vouched.seen() is None
    await vouched.mallory.posts(chloe.inbox, by(vouched.mallory, "3"))
    await vouched.fediverse.settle()
    shown = await vouched.post()
    assert {one.username for one in shown.carriers} == {"bruno", "mallory"}
    assert vouched.asked() == []
    await vouched.fediverse.later(**LOOK_UP)
    assert (await vouched.post()).post.vouched_at is None


async def test_a_person_met_meanwhile_is_not_asked_again(vouched: Vouched) -> None:
    """RULES R20: a member who looks them up themselves does it in their own time, and by their own wish."""
    await vouched.bring()
    view = await vouched.post()
    met = await vouched.three.chloe.knows(vouched.amina)
    assert (met.id, met.vouched_at) == (view.author.id, None)
    assert (await vouched.post()).post.vouched_at is not None  # that she exists proves nothing
    gets = len(vouched.asked())
    await vouched.fediverse.later(**LOOK_UP)
    assert len(vouched.asked()) == gets
    assert (await vouched.post()).post.vouched_at is None


@pytest.mark.parametrize("true", [True, False], ids=["true", "forged"])
async def test_that_somebody_exists_proves_nothing(vouched: Vouched, true: bool) -> None:
    """RULES R20: met meanwhile, her server still hears of no answer before it is known whether it is hers."""
    await vouched.bring(vouched.offer(create=None if true else vouched.forged()))
    view = await vouched.post()
    await vouched.three.chloe.knows(vouched.amina)
    await vouched.three.chloe.writes("I know a carpenter.", reply_to_id=view.post.id)
    await vouched.does(reactions.favourite, view.post.id)
    await vouched.fediverse.settle()
    await vouched.fediverse.later(**SOON)
    assert {one.method for one in vouched.asked()} == {"GET"}
    await vouched.fediverse.later(**LOOK_UP)
    assert (len(vouched.one.said("Create")), len(vouched.one.said("Like"))) == (true, true)


async def test_others_here_know_nothing_of_it(vouched: Vouched) -> None:
    """RULES R20, R7: for everybody but its reader there is no such post."""
    await vouched.bring()
    view, eve = await vouched.post(), vouched.three.eve
    assert await eve.sees(view.post.id) is None
    db = vouched.three.instance.db
    assert await db.read(post_views.view, None, view.post.id) is None
    assert await db.read(post_rows.by_uri, eve.id, view.post.uri) is None
    kept = await db.read(lambda tx: tx.column(select(posts.c.uri).where(posts.c.vouched_at.is_not(None))))
    assert kept == [vouched.amina.id("notes/ramp")]
