"""Rules, decisions, the log and who is known: the same on SQLite and PostgreSQL."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from fedi_aid.actions import registration
from fedi_aid.model.ids import PersonId
from fedi_aid.storage import domain_rules, entry_rules, moderation, people, reports, roster, ties
from fedi_aid.storage.database import Database
from fedi_aid.storage.roster import Sought
from fedi_aid.storage.timelines import Page
from fedi_aid.storage.tx import Tx

pytestmark = pytest.mark.anyio


def elsewhere(tx: Tx, name: str, domain: str, host: str = "") -> PersonId:
    return people.insert(
        tx, uri=f"https://{host or domain}/users/{name}", username=name, domain=domain, kind="person"
    )


def member(tx: Tx, name: str, keys: registration.NewKeys, **more: str) -> PersonId:
    made = registration.sign_up(
        tx, username=name, email=f"{name}@mail.example", password_hash="x", keys=keys, trusted=True, **more
    )
    return made.id


@pytest.fixture(scope="session")
def keys() -> registration.NewKeys:
    return registration.new_keys()


# -- rules about servers


async def test_a_rule_is_about_everything_below_a_name(database: Database) -> None:
    await database.write(lambda tx: domain_rules.put(tx, "evil.example", severity="suspend"))
    for domain, meant in (
        ("evil.example", True),
        ("EVIL.example", True),
        ("a.b.evil.example", True),
        ("evil.example:8443", True),
        ("x@evil.example", True),
        ("notevil.example", False),
        ("evil.example.com", False),
        ("example", False),
        ("", False),
    ):
        assert await database.read(domain_rules.is_suspended, domain) is meant, domain


async def test_the_other_severities(database: Database) -> None:
    def rules(tx: Tx) -> None:
        domain_rules.put(tx, "quiet.example", severity="limit")
        domain_rules.put(tx, "pictures.example", severity="none", reject_media=True)
        domain_rules.put(tx, "gossip.example", severity="none", reject_reports=True)
        domain_rules.put(tx, "gone.example", severity="suspend")

    await database.write(rules)
    asked = (
        (domain_rules.is_limited, "quiet.example"),
        (domain_rules.rejects_media, "pictures.example"),
        (domain_rules.rejects_media, "gone.example"),
        (domain_rules.rejects_reports, "gossip.example"),
    )
    for question, domain in asked:
        assert await database.read(question, f"sub.{domain}") is True
        assert await database.read(question, "other.example") is False
        assert await database.read(question, "") is False
    assert not await database.read(domain_rules.is_suspended, "quiet.example")


async def test_limited_federation_is_a_list_of_very_names(database: Database) -> None:
    database.house = replace(database.house, base_url="https://here.example", limited_federation=True)
    await database.write(lambda tx: domain_rules.put(tx, "good.example", severity="allow"))
    for domain, barred in (
        ("good.example", False),
        ("good.example:8443", False),
        ("sub.good.example", True),
        ("other.example", True),
        ("here.example", False),
        ("", False),
    ):
        assert await database.read(domain_rules.is_suspended, domain) is barred, domain


async def test_who_is_of_a_server(database: Database) -> None:
    """By the handle or by the host of the actor, never by a path that holds the name."""

    def act(tx: Tx) -> list[tuple[str, bool]]:
        cast = [
            (elsewhere(tx, "a", "evil.example"), True),
            (elsewhere(tx, "b", "deep.evil.example"), True),
            (elsewhere(tx, "c", "split.example", "social.evil.example"), True),
            (elsewhere(tx, "d", "port.example", "evil.example:8443"), True),
            (elsewhere(tx, "e", "notevil.example"), False),
            (elsewhere(tx, "evil.example", "fine.example"), False),
            (elsewhere(tx, "f", "fine.example", "evil.example.fine.example"), False),
            (elsewhere(tx, "g", "evil%example"), False),
            (elsewhere(tx, "h", "evil_example"), False),
        ]
        domain_rules.put(tx, "evil.example", severity="suspend")
        domain_rules.suspend_people(tx, "evil.example")
        found = []
        for person_id, meant in cast:
            person = people.by_id(tx, person_id)
            assert person is not None
            found.append((f"{person.handle} {person.uri}", (person.suspended_at is not None) is meant))
        assert domain_rules.cut(tx, "evil.example").people == 4
        return found

    for handle, right in await database.write(act):
        assert right, handle


async def test_lifting_frees_only_whom_no_other_rule_means(database: Database) -> None:
    def act(tx: Tx) -> tuple[bool, bool, bool]:
        a, b = elsewhere(tx, "a", "evil.example"), elsewhere(tx, "b", "deep.evil.example")
        c = elsewhere(tx, "c", "evil.example")
        people.change(tx, c, suspended_at=tx.now)  # for what they did themselves
        for name in ("evil.example", "deep.evil.example"):
            domain_rules.put(tx, name, severity="suspend")
            domain_rules.suspend_people(tx, name)
        domain_rules.drop(tx, "evil.example")
        domain_rules.free_people(tx, "evil.example", suspended=True, limited=True)
        found = [people.by_id(tx, one) for one in (a, b, c)]
        return tuple(one is not None and one.suspended_at is not None for one in found)  # type: ignore[return-value]

    assert await database.write(act) == (False, True, True)


async def test_what_a_suspension_would_cut(database: Database, keys: registration.NewKeys) -> None:
    def act(tx: Tx) -> None:
        amina, bruno = member(tx, "amina", keys), member(tx, "bruno", keys)
        a, b, other = (
            elsewhere(tx, "a", "evil.example"),
            elsewhere(tx, "b", "evil.example"),
            elsewhere(tx, "o", "fine.example"),
        )
        for one, two, state in (
            (amina, a, "accepted"),
            (a, amina, "accepted"),
            (amina, b, "asked"),
            (b, bruno, "accepted"),
            (amina, other, "accepted"),
        ):
            ties.put_follow(tx, one, two, state=state, uri=None)
        cut = domain_rules.cut(tx, "evil.example")
        assert (cut.people, cut.members, cut.friendships, cut.following, cut.followers) == (2, 2, 1, 1, 2)
        assert sorted(domain_rules.tied_members(tx, "evil.example", limit=9)) == sorted([amina, bruno])
        assert [one.id for one in domain_rules.tied_with(tx, amina, "evil.example")] == [a, b]
        assert [one.id for one in ties.tied_to(tx, a, limit=9, here=True)] == [amina]

    await database.write(act)


async def test_jobs_for_a_server_are_dropped(database: Database) -> None:
    def act(tx: Tx) -> int:
        for host in ("evil.example", "evil.example:8443", "deep.evil.example", "notevil.example"):
            tx.enqueue("fetch_actor", "fetch", {"uri": host}, host=host)
        assert domain_rules.cut(tx, "evil.example").waiting == 3
        return domain_rules.drop_jobs(tx, "evil.example")

    assert await database.write(act) == 3


async def test_pages_of_rules(database: Database) -> None:
    def act(tx: Tx) -> None:
        for name in ("a.example", "b.example", "c.example"):
            domain_rules.put(tx, name, severity="limit")
        domain_rules.put(tx, "good.example", severity="allow")
        first = domain_rules.page_of(tx, Page(limit=2), allow=False)
        assert [one.domain for one in first] == ["c.example", "b.example"]
        rest = domain_rules.page_of(tx, Page(limit=2, max_id=first[-1].id), allow=False)
        assert [one.domain for one in rest] == ["a.example"]
        back = domain_rules.page_of(tx, Page(limit=2, min_id=rest[0].id), allow=False)
        assert back == first
        assert [one.domain for one in domain_rules.page_of(tx, Page(), allow=True)] == ["good.example"]
        assert domain_rules.by_id(tx, first[0].id, allow=True) is None
        changed = domain_rules.put(tx, "a.example", severity="suspend")
        assert (changed.id, changed.severity) == (rest[0].id, "suspend")

    await database.write(act)


# -- the door


async def test_rules_of_the_door(database: Database) -> None:
    def act(tx: Tx) -> None:
        until = tx.now + timedelta(minutes=1)
        first = entry_rules.insert(tx, "ip", "203.0.113.0/24", severity="no_access", expires_at=until)
        assert entry_rules.insert(tx, "ip", "203.0.113.0/24", severity="approval") is None
        entry_rules.insert(tx, "email_domain", "203.0.113.0/24", severity="block")  # another kind
        assert [one.id for one in entry_rules.networks(tx)] == [first]
        assert entry_rules.by_id(tx, "email_domain", first or 0) is None
        assert len(entry_rules.page_of(tx, "ip", Page())) == 1

    await database.write(act)
    database.clock.forward(minutes=2)  # type: ignore[attr-defined]
    assert await database.read(entry_rules.networks) == []
    assert len(await database.read(entry_rules.page_of, "ip", Page())) == 1
    assert await database.write(lambda tx: entry_rules.drop(tx, "ip", value="203.0.113.0/24"))
    assert not await database.write(lambda tx: entry_rules.drop(tx, "ip", value="203.0.113.0/24"))


# -- decisions and the log


async def test_decisions_stand_until_they_are_lifted(database: Database, keys: registration.NewKeys) -> None:
    def act(tx: Tx) -> None:
        amina = member(tx, "amina", keys)
        first = moderation.put_decision(
            tx, about_id=amina, by_id=None, action="limit", reason="why", rule_ids=["1"], post_ids=[7]
        )
        found = moderation.decisions_by_ids(tx, [first])[first]
        assert (found.reason, found.rule_ids, found.post_ids) == ("why", ("1",), (7,))
        assert moderation.stands(tx, amina, "limit")
        assert not moderation.stands(tx, amina, "suspend")
        assert moderation.lift(tx, amina, "limit") == 1
        assert not moderation.stands(tx, amina, "limit")
        assert moderation.decisions_about(tx, amina)[0].lifted_at == tx.now

    await database.write(act)


async def test_the_public_log_names_nobody(database: Database, keys: registration.NewKeys) -> None:
    """PRODUCT S4c: what was decided and why; who looked at what is not in it."""

    def act(tx: Tx) -> None:
        amina = member(tx, "amina", keys)
        moderation.note(tx, amina, "suspend", about_id=amina, details={"reason": "spam", "rule_ids": ["2"]})
        moderation.note_view(tx, amina, 5, [1, 2])
        moderation.note_view(tx, amina, 5, [2, 3])
        moderation.note(tx, None, "domain", subject="evil.example")
        assert [one.what for one in moderation.entries(tx)] == ["domain", "view", "view", "suspend"]
        assert [one.details for one in moderation.entries(tx)][1:3] == [
            {"posts": ["3"]},
            {"posts": ["1", "2"]},
        ]
        (told,) = moderation.public_entries(tx)
        assert (told.what, told.reason, told.rule_ids) == ("suspend", "spam", ("2",))
        assert {"by_id", "about_id", "subject"}.isdisjoint(type(told).__struct_fields__)
        newest = moderation.entries(tx, limit=1)[0]
        assert len(moderation.entries(tx, before=newest.id)) == 3

    await database.write(act)


async def test_what_was_cut_is_for_its_member_alone(database: Database, keys: registration.NewKeys) -> None:
    def act(tx: Tx) -> None:
        amina, bruno = member(tx, "amina", keys), member(tx, "bruno", keys)
        cut = moderation.put_severance(
            tx, amina, "domain", "evil.example", followed=["a@evil.example"], followers=[]
        )
        found = moderation.severances_by_ids(tx, amina, [cut])[cut]
        assert (found.followed, found.followers, found.kind) == (("a@evil.example",), (), "domain")
        assert moderation.severances_by_ids(tx, bruno, [cut]) == {}

    await database.write(act)


async def test_staff_and_those_whose_time_is_over(database: Database, keys: registration.NewKeys) -> None:
    def act(tx: Tx) -> None:
        amina = member(tx, "amina", keys)
        mona, ada = member(tx, "mona", keys, role="moderator"), member(tx, "ada", keys, role="admin")
        assert sorted(moderation.staff(tx)) == sorted([mona, ada])
        people.change_member(tx, mona, state="disabled")
        assert moderation.staff(tx) == [ada]
        people.change(tx, amina, suspended_at=tx.now - timedelta(days=31))
        assert moderation.to_purge(tx, tx.now - timedelta(days=30), limit=9) == [amina]
        people.change(tx, amina, purged_at=tx.now)
        assert moderation.to_purge(tx, tx.now - timedelta(days=30), limit=9) == []
        assert people.is_purged(tx, amina)

    await database.write(act)


# -- who is known, and reports


async def test_seeking(database: Database, keys: registration.NewKeys) -> None:
    def act(tx: Tx) -> None:
        amina, waits = member(tx, "amina", keys), member(tx, "nadia", keys)
        far = elsewhere(tx, "faye", "far.example")
        people.change_member(tx, waits, state="waiting")
        people.change(tx, far, suspended_at=tx.now, display_name="Faye_%")

        def ids(**sought: object) -> list[PersonId]:
            found = roster.seek(tx, Sought(**sought), Page())  # type: ignore[arg-type]
            return [one.person.id for one in found]

        assert ids() == [far, waits, amina]
        assert ids(here=True) == [waits, amina]
        assert ids(state="pending") == [waits]
        assert ids(state="suspended") == [far]
        assert ids(state="active") == [amina]
        assert ids(display_name="faye_%") == [far]
        assert ids(display_name="faye%") == []
        assert ids(domain="far.example", username="FAY") == [far]
        assert ids(staff=True) == []
        roster.remove(tx, waits)
        assert ids(here=True) == [amina]
        assert people.by_handle(tx, "nadia") is None

    await database.write(act)


async def test_cases(database: Database, keys: registration.NewKeys) -> None:
    def act(tx: Tx) -> None:
        amina, bruno = member(tx, "amina", keys), member(tx, "bruno", keys)
        made = [
            reports.insert(
                tx, bruno, amina, post_ids=[1], comment="c", category="spam", rule_ids=[], forward=False
            )
            for _ in range(3)
        ]
        assert [one.id for one in reports.cases(tx, Page(limit=2))] == [made[2], made[1]]
        reports.change(tx, made[1], assigned_id=bruno)
        found = reports.case(tx, made[1])
        assert found is not None
        assert (found.assigned_id, found.post_ids, found.updated_at) == (bruno, (1,), tx.now)
        assert reports.close_about(tx, amina, None) == 3
        assert reports.cases(tx, Page(), closed=False) == []
        assert len(reports.cases(tx, Page(), closed=True, from_id=bruno, about_id=amina)) == 3
        assert reports.cases(tx, Page(), about_domain="far.example") == []
        assert len(reports.created_between(tx, tx.now, tx.now + timedelta(days=1))) == 3
        assert len(reports.closed_between(tx, tx.now, tx.now + timedelta(days=1))) == 3
        assert reports.case(tx, 1) is None

    await database.write(act)
