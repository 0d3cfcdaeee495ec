"""The questions of storage.federation, on both engines."""

from datetime import timedelta
from typing import Any

import pytest

from fedi_aid.model.ids import opaque
from fedi_aid.storage import audience_rows, federation, people, posts, ties
from fedi_aid.storage.database import Database
from fedi_aid.storage.tables.moderation import domain_rules
from fedi_aid.storage.tx import Tx

pytestmark = pytest.mark.anyio

FRANK = "https://plain.example/users/frank"


def _people(tx: Tx) -> tuple[int, int]:
    amina = people.insert(tx, uri="https://one.example/users/amina", username="amina", domain="")
    frank = people.insert(tx, uri=FRANK, username="frank", domain="plain.example", inbox=f"{FRANK}/inbox")
    return amina, frank


async def test_an_activity_is_recorded_once_per_inbox(database: Database) -> None:
    """A21: and an id belongs to the actor who used it first."""

    def record(tx: Tx, inbox_of: int, actor: str = FRANK) -> int | None:
        return federation.record(
            tx,
            uri="https://plain.example/a/1",
            actor_uri=actor,
            inbox_of=inbox_of,
            kind="Offer",
            body=b"{}",
            signer_uri=actor,
        )

    first = await database.write(record, 0)
    assert first is not None
    assert await database.write(record, 0) is None
    assert await database.write(record, 7) is not None
    assert await database.write(record, 8, "https://evil.example/users/mallory") is None
    found = await database.read(federation.received_activity, first)
    assert found is not None
    assert found.body == b"{}"
    await database.write(federation.forget_body, first)
    found = await database.read(federation.received_activity, first)
    assert found is not None
    assert found.body is None
    hour = timedelta(hours=1)
    assert await database.read(federation.offers_within, FRANK, hour) == 2
    assert await database.read(federation.offers_within, "https://plain.example.evil/x", hour) == 0


async def test_a_missed_key_is_not_asked_for_again(database: Database, clock: Any) -> None:
    """H14."""
    for number in range(9):
        key_id = f"https://a.example/users/{number}#main-key"
        await database.write(federation.miss_key, key_id, timedelta(minutes=15))
    assert await database.read(federation.key_missed, "https://a.example/users/3#main-key")
    assert not await database.read(federation.key_missed, "https://a.example/users/new#main-key")
    await database.write(federation.miss_key, "https://a.example/users/9#main-key", timedelta(minutes=15))
    assert await database.read(federation.key_missed, "https://a.example/users/new#main-key")
    assert not await database.read(federation.key_missed, "https://a.example.org/users/new#main-key")
    clock.forward(minutes=16)
    assert not await database.read(federation.key_missed, "https://a.example/users/3#main-key")


async def test_a_suspended_domain_covers_what_is_under_it(database: Database) -> None:
    """A23."""

    def suspend(tx: Tx) -> None:
        for domain, severity in (("evil.example", "suspend"), ("dull.example", "limit")):
            tx.insert(domain_rules, domain=domain, severity=severity, created_at=tx.now)

    await database.write(suspend)
    for domain in ("evil.example", "EVIL.example", "a.b.evil.example", "evil.example:8443"):
        assert await database.read(federation.is_suspended, domain)
    for domain in ("dull.example", "notevil.example", "example", "evil.example.org"):
        assert not await database.read(federation.is_suspended, domain)


async def test_forms_and_access_of_a_post(database: Database) -> None:
    """P16: while a living row stands for somebody there, and no block is between."""

    def write(tx: Tx) -> tuple[int, int, int]:
        amina, frank = _people(tx)
        post_id = posts.insert(tx, uri=tx.house.new_note(), author_id=amina, reach="chosen", intimacy=1)
        audience_rows.admit(tx, post_id, frank, kind="chosen", opaque=opaque())
        federation.put_delivery(tx, post_id, frank, "projection", "https://one.example/notes/p")
        federation.put_activity(
            tx, uri="https://one.example/a", kind="Create", actor_id=amina, object_id=post_id, body=b"x"
        )
        return amina, frank, post_id

    amina, frank, post_id = await database.write(write)
    assert await database.read(federation.someone_there_may_see, post_id, "plain.example")
    assert not await database.read(federation.someone_there_may_see, post_id, "other.example")
    assert await database.read(federation.projection_of, "https://one.example/notes/p") == (post_id, frank)
    assert await database.read(federation.audience_name, post_id, frank)
    sent = await database.read(federation.deliveries_of, post_id)
    assert sent[frank].form == "projection"  # type: ignore[index]
    await database.write(federation.note_delivery, post_id, frank, "delivered")
    origin = await database.read(federation.origin_of, post_id)
    assert origin is not None
    assert (origin.local, origin.public, origin.provable) == (True, False, True)
    assert await database.read(federation.origin_by_uri, origin.uri) == origin
    activity = await database.read(federation.sent_activity, "https://one.example/a")
    assert activity is not None
    assert activity.body == b"x"
    await database.write(ties.put_block, frank, amina)
    assert not await database.read(federation.someone_there_may_see, post_id, "plain.example")
    await database.write(federation.withdraw_delivery, post_id, frank)
    assert await database.read(federation.deliveries_of, post_id) == {}


async def test_followers_and_peers(database: Database) -> None:
    def write(tx: Tx) -> tuple[int, int]:
        amina, frank = _people(tx)
        ties.put_follow(tx, frank, amina, state="accepted", uri="https://plain.example/f")
        ties.put_block(tx, frank, amina, uri="https://plain.example/b")
        federation.put_software(tx, "plain.example", "mastodon", "4.5")
        return amina, frank

    amina, frank = await database.write(write)
    assert await database.read(federation.follower_inboxes, amina) == [(frank, f"{FRANK}/inbox", None)]
    assert await database.read(federation.members_tied_to, frank) == [amina]
    name, asked_at = await database.read(federation.software_of, "plain.example")
    assert (name, asked_at) == ("mastodon", database.clock())
    assert await database.read(federation.software_of, "new.example") == (None, None)
    about = await database.read(federation.activity_about, FRANK, "https://plain.example/b")
    assert about == ("block", frank, amina)
    assert (
        await database.read(federation.activity_about, "https://x.example/", "https://plain.example/b")
        is None
    )
    assert not await database.read(federation.has_departed, FRANK)


async def test_the_days_counts_stand_still(database: Database) -> None:
    """P09, RULES R7."""
    assert await database.read(federation.counts_of_today) is None
    first = await database.write(federation.count_today)
    await database.write(_people)
    assert await database.read(federation.counts_of_today) == first
    assert first == federation.Counts(members=0, active_month=0, active_half_year=0, public_posts=0)
