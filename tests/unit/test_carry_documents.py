"""The signed carry: genuine documents hold, tampered ones do not (C02–C08, C13, J11–J13, O01)."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from fedi_aid.activitypub import carry_documents as carry
from fedi_aid.activitypub import documents, extension
from fedi_aid.activitypub.carry_documents import Dropped
from fedi_aid.activitypub.signatures import keys, proofs
from fedi_aid.activitypub.signatures.keys import PublicKey
from fedi_aid.errors import Refused

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ALICE = "https://a.example/users/alice"
FRANK = "https://b.example/users/frank"
GRACE = "https://c.example/users/grace"
HANA = "https://h.example/users/hana"
MALLORY = "https://m.example/users/mallory"
NOTE = "https://a.example/notes/1"
SECRETS = {person: Ed25519PrivateKey.generate() for person in (ALICE, FRANK, HANA, MALLORY)}
Change = Callable[[dict[str, Any]], object]


def key_id(person: str) -> str:
    return f"{person}#ed25519-key"


KEYS = {
    key_id(person): PublicKey(id=key_id(person), owner=person, material=secret.public_key())
    for person, secret in SECRETS.items()
}


def sign(document: dict[str, Any], person: str, when: datetime = NOW) -> dict[str, Any]:
    unsigned = {key: value for key, value in document.items() if key != "proof"}
    return proofs.sign(unsigned, SECRETS[person], key_id(person), when)


def unsigned_request(kind: str = "Create", **note: Any) -> dict[str, Any]:
    return {
        "@context": extension.CONTEXT,
        "id": f"{NOTE}/{kind.lower()}/{note.get('revision', 1)}",
        "type": kind,
        "actor": ALICE,
        "to": [f"{NOTE}/audience"],
        "object": {
            "id": NOTE,
            "type": "Note",
            "attributedTo": ALICE,
            "content": "<p>A heater, please.</p>",
            "intimacyLevel": 0,
            "helpFlag": True,
            "revision": 1,
            "tag": [{"type": "Hashtag", "name": "#Heating"}, {"type": "Mention", "name": "@x"}, 5],
            **note,
        },
    }


def ticket(**changed: Any) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "id": "https://a.example/tickets/1",
        "author": ALICE,
        "note_id": NOTE,
        "carrier": FRANK,
        "level": 0,
        "seats": 5,
        "salt": "5a17",
        "exclude": carry.exclusion_list("5a17", [HANA], b"key"),
        "published": NOW - timedelta(hours=1),
        "ends": NOW + timedelta(hours=71),
    }
    return carry.build_ticket(**{**arguments, **changed})


def offer(
    *,
    request: dict[str, Any] | None = None,
    instrument: dict[str, Any] | None = None,
    change_request: Change = lambda _: None,
    change_ticket: Change = lambda _: None,
    change_offer: Change = lambda _: None,
    signers: tuple[str, str, str] = (ALICE, ALICE, FRANK),
) -> dict[str, Any]:
    """A whole offer whose parts are changed *before* they are signed: every proof in it is true."""
    request = copy.deepcopy(request or unsigned_request())
    change_request(request)
    instrument = copy.deepcopy(instrument or ticket())
    change_ticket(instrument)
    made = carry.build_carry_offer(
        id="https://b.example/offers/1",
        carrier=FRANK,
        recipient=GRACE,
        document=sign(request, signers[0]),
        ticket=sign(instrument, signers[1]),
        published=NOW,
        introduction="<p>I know her.</p>",
    )
    change_offer(made)
    return documents.parse(json.dumps(sign(made, signers[2])).encode())


def verify(made: dict[str, Any], **changed: Any) -> carry.Carried:
    arguments: dict[str, Any] = {"signer": FRANK, "recipient_id": GRACE, "keys": KEYS.get, "now": NOW}
    before = json.dumps(made)
    try:
        return carry.verify_carry(made, **{**arguments, **changed})
    finally:
        assert json.dumps(made) == before, "J14: the documents are forwarded as they came"


def dropped(made: dict[str, Any], reason: str = "", **changed: Any) -> Dropped:
    with pytest.raises(Dropped, match=reason) as refusal:
        verify(made, **changed)
    assert refusal.value.unauthorized == ("not the carrier" in refusal.value.reason)
    return refusal.value


# --- the shared vectors ----------------------------------------------------------------------------------

VECTORS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "carry_vectors.json"


@pytest.fixture
def vectors() -> dict[str, Any]:
    if not VECTORS.exists():
        pytest.skip("the shared carry vectors are not beside this checkout")
    return documents.parse(VECTORS.read_bytes())


@pytest.fixture
def shared_keys(vectors: dict[str, Any]) -> proofs.KeyLookup:
    return {
        name: PublicKey(id=name, owner=name.partition("#")[0], material=keys.from_multikey(text))
        for name, text in vectors["keys"].items()
    }.get


def test_shared_offer_is_a_good_carry(vectors: dict[str, Any], shared_keys: proofs.KeyLookup) -> None:
    for now in (datetime(2026, 11, 20, 11, tzinfo=UTC), datetime(2026, 11, 23, 9, 59, 59, tzinfo=UTC)):
        found = verify(vectors["offer"], keys=shared_keys, now=now)
    assert (found.author, found.carrier, found.recipient) == (ALICE, FRANK, GRACE)
    assert (found.note_id, found.revision, found.level) == ("https://a.example/notes/7f3a", 1, 0)
    assert (found.ticket.id, found.ticket.seats) == ("https://a.example/tickets/41c9", 5)
    assert found.hashtags == ("newparents",)
    assert found.introduction is None
    assert found.author_proven
    assert found.document == vectors["create"]
    assert found.note == vectors["create"]["object"]


def test_shared_offer_outside_its_window_is_dropped(
    vectors: dict[str, Any], shared_keys: proofs.KeyLookup
) -> None:
    dropped(vectors["offer"], "lease", keys=shared_keys, now=datetime(2026, 11, 23, 10, tzinfo=UTC))
    dropped(vectors["offer"], "future", keys=shared_keys, now=datetime(2026, 11, 20, 9, 30, tzinfo=UTC))


def test_shared_offer_without_the_staple_is_as_good(
    vectors: dict[str, Any], shared_keys: proofs.KeyLookup
) -> None:
    """C04: the actor under `attachment` is not looked at; only the keys we know decide."""
    unknown = {key: value for key, value in vectors["keys"].items() if "alice" not in key}

    def without_alice(method: str) -> PublicKey | None:
        return shared_keys(method) if method in unknown else None

    dropped(vectors["offer"], "unknown key", keys=without_alice)
    assert not verify(vectors["offer"], keys=without_alice, allow_unknown_author=True).author_proven


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document except inside its inline contexts, which are long and alike."""
    found = [path] if path else []
    if isinstance(value, dict):
        for key, item in value.items():
            found += [(*path, key)] if key == "@context" else places(item, (*path, key))
    elif isinstance(value, list):
        for at, item in enumerate(value):
            found += places(item, (*path, at))
    return found


WRONG: list[Any] = [None, True, False, 0, 1.0, -1, "x", [], {}]


def changed_at(document: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    copied = copy.deepcopy(document)
    place: Any = copied
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return copied


def test_shared_offer_with_any_field_changed_is_dropped(
    vectors: dict[str, Any], shared_keys: proofs.KeyLookup
) -> None:
    """C04, C05, C07: whatever a carrier edits, the carry falls; and no shape raises anything else (J10)."""
    genuine = vectors["offer"]
    spots = places(genuine)
    assert len(spots) > 100
    for number, path in enumerate(spots):
        for value in (WRONG[number % len(WRONG)], "https://m.example/users/mallory"):
            form = changed_at(genuine, path, value)
            if json.dumps(form, sort_keys=True) == json.dumps(genuine, sort_keys=True):
                continue
            with pytest.raises(Dropped):
                carry.verify_carry(form, signer=FRANK, recipient_id=GRACE, keys=shared_keys, now=NOW)


def test_c05_one_as_a_fraction_keeps_the_proof_and_is_dropped(
    vectors: dict[str, Any], shared_keys: proofs.KeyLookup
) -> None:
    """JCS writes 0 and 0.0 alike, so the author's proof still holds; the type decides."""
    note_level = ("object", "object", "intimacyLevel")
    form = changed_at(vectors["offer"], note_level, 0.0)
    proofs.verify(form["object"], shared_keys, NOW)
    proofs.verify(form, shared_keys, NOW)
    dropped(form, "level", keys=shared_keys)
    for path, reason in (
        (("instrument", "seats"), "seats"),
        (("object", "object", "revision"), "revision"),
        (("instrument", "exclude", 3), "exclusions"),
    ):
        place: Any = vectors["offer"]
        for step in path:
            place = place[step]
        dropped(changed_at(vectors["offer"], path, float(place)), reason, keys=shared_keys)


def test_c02_c03_shared_offer_for_others_is_dropped(
    vectors: dict[str, Any], shared_keys: proofs.KeyLookup
) -> None:
    dropped(vectors["offer"], "somebody else", keys=shared_keys, recipient_id=HANA)
    dropped(vectors["offer"], "not the carrier", keys=shared_keys, signer=MALLORY)
    dropped(vectors["offer"], "not the carrier", keys=shared_keys, signer=ALICE)


def test_shared_update_and_delete(vectors: dict[str, Any], shared_keys: proofs.KeyLookup) -> None:
    now = datetime(2026, 11, 22, 9, tzinfo=UTC)
    common: dict[str, Any] = {"keys": shared_keys, "stored_owner": ALICE, "now": now}
    assert (
        carry.subject_of(vectors["update"])
        == carry.subject_of(vectors["delete"])
        == ("https://a.example/notes/7f3a")
    )
    update = carry.verify_forwarded(vectors["update"], stored_revision=1, **common)
    assert (update.kind, update.revision, update.ends) == ("Update", 2, True)
    assert update.note == vectors["update"]["object"]
    delete = carry.verify_forwarded(vectors["delete"], stored_revision=99, **common)
    assert (delete.kind, delete.revision, delete.ends, delete.note) == ("Delete", None, True, None)
    for revision in (2, 3):
        with pytest.raises(Dropped, match="newer"):
            carry.verify_forwarded(vectors["update"], stored_revision=revision, **common)
    with pytest.raises(Dropped, match="neither"):
        carry.verify_forwarded(vectors["create"], stored_revision=0, **common)
    for name in ("update", "delete"):
        for number, path in enumerate(places(vectors[name])):
            form = changed_at(vectors[name], path, WRONG[number % len(WRONG)])
            if json.dumps(form) != json.dumps(vectors[name]):
                with pytest.raises(Dropped):
                    carry.verify_forwarded(form, stored_revision=1, **common)


# --- our own carries: every proof true, one thing wrong -------------------------------------------------


def test_our_own_carry_is_good() -> None:
    found = verify(offer())
    assert found.introduction == "<p>I know her.</p>"
    assert found.note["content"] == "<p>A heater, please.</p>"
    assert found.hashtags == ("heating",)
    assert found.author_keys == (key_id(ALICE), key_id(ALICE))
    assert carry.excluded(found.ticket, HANA)


def test_an_update_is_carried_like_a_create() -> None:
    assert verify(offer(request=unsigned_request("Update", revision=7))).revision == 7


def setter(*path: Any, to: Any) -> Change:
    def change(document: dict[str, Any]) -> None:
        place: Any = document
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = to

    return change


def remover(*path: Any) -> Change:
    def change(document: dict[str, Any]) -> None:
        place: Any = document
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]

    return change


@pytest.mark.parametrize("level", [2, 3, 4, 5, -1, True, False, "0", "1", None, 0.0, 1.0, [0], {}])
def test_c05_levels_signed_by_the_author_herself(level: Any) -> None:
    dropped(offer(change_request=setter("object", "intimacyLevel", to=level)), "level does not allow")
    dropped(offer(change_request=remover("object", "intimacyLevel")), "level does not allow")


@pytest.mark.parametrize("flag", [False, None, 1, "true", [True]])
def test_c06_the_flag_must_be_raised(flag: Any) -> None:
    dropped(offer(change_request=setter("object", "helpFlag", to=flag)), "not raised")
    dropped(offer(change_request=remover("object", "helpFlag")), "not raised")


@pytest.mark.parametrize("seats", [900, 51, 0, -1, True, "5", None, 5.0, [5]])
def test_c06_seats_signed_by_the_author_herself(seats: Any) -> None:
    dropped(offer(change_ticket=setter("seats", to=seats)), "number of seats")


def test_c06_level_1_has_few_seats() -> None:
    near = setter("object", "intimacyLevel", to=1)
    assert verify(offer(change_request=near)).level == 1
    dropped(offer(change_request=near, change_ticket=setter("seats", to=6)), "more seats")
    assert verify(offer(change_ticket=setter("seats", to=50))).ticket.seats == 50


@pytest.mark.parametrize(
    ("published", "ends"),
    [
        ("2026-11-20T11:00:00Z", "2027-11-20T11:00:00Z"),
        ("2026-11-20T11:00:00Z", "2026-11-23T11:00:01Z"),
        ("2026-11-17T11:00:00Z", "2026-11-20T11:00:00Z"),
        ("2026-11-20T11:00:00Z", "2026-11-20T12:00:00Z"),
        ("2026-11-20T12:00:01Z", "2026-11-21T12:00:00Z"),
        ("2026-11-20T11:00:00Z", None),
        (None, "2026-11-21T11:00:00Z"),
        ("2026-11-20T11:00:00Z", 1_800_000_000),
        ("2026-11-20T11:00:00Z", "9999-12-31T23:59:59Z"),
        ("2026-11-20T11:00:00Z", ["2026-11-21T11:00:00Z"]),
    ],
)
def test_c06_leases_signed_by_the_author_herself(published: Any, ends: Any) -> None:
    def change(document: dict[str, Any]) -> None:
        document.update(published=published, endTime=ends)

    dropped(offer(change_ticket=change), "lease")


@pytest.mark.parametrize(
    "exclude",
    [
        None, [], [1] * 31, [1] * 33, ["1"] * 32, [True] * 32, [1.0] * 32, [-1] * 32, [1024] * 32, [4096] * 128,
        [1] * 600, "1" * 32, {str(n): n for n in range(32)},
    ],
)  # fmt: skip
def test_c07_malformed_exclusions_are_dropped(exclude: Any) -> None:
    dropped(offer(change_ticket=setter("exclude", to=exclude)), "exclusions")


@pytest.mark.parametrize("salt", ["", None, 5, "x" * 65, ["a"]])
def test_c07_malformed_salt_is_dropped(salt: Any) -> None:
    dropped(offer(change_ticket=setter("salt", to=salt)), "salt")


def test_c07_the_carrier_cannot_edit_the_ticket() -> None:
    for change in (
        setter("instrument", "seats", to=50),
        lambda made: made["instrument"]["exclude"].reverse(),
        setter("instrument", "endTime", to="2026-11-23T10:59:00Z"),
        setter("instrument", "salt", to="other"),
    ):
        dropped(offer(change_offer=change), "CarryTicket: proof does not fit")
    dropped(offer(signers=(ALICE, FRANK, FRANK)), "CarryTicket: key of another origin")


def test_c03_a_ticket_is_for_one_note_and_one_carrier() -> None:
    dropped(offer(instrument=ticket(note_id="https://a.example/notes/2")), "another note")
    dropped(offer(instrument=ticket(carrier=HANA)), "not the carrier")
    stolen = offer(change_offer=lambda made: made.update(actor=MALLORY, id="https://m.example/1"),
                   signers=(ALICE, ALICE, MALLORY))  # fmt: skip
    dropped(stolen, "not the carrier", signer=MALLORY)


def test_c02_an_offer_is_for_one_inbox() -> None:
    for change in (
        setter("to", to=[HANA]),
        setter("to", to=[GRACE, HANA]),
        setter("to", to=GRACE),
        setter("to", to=[]),
        setter("target", to=HANA),
        setter("target", to=[GRACE]),
        remover("target"),
        remover("to"),
    ):
        dropped(offer(change_offer=change), "somebody else")
    dropped(offer(), "somebody else", recipient_id=HANA)


def test_c04_one_author_and_one_origin() -> None:
    elsewhere = "https://m.example/x"
    dropped(offer(change_request=setter("object", "id", to=elsewhere)), "author's origin")
    dropped(offer(change_request=setter("object", "attributedTo", to=MALLORY)), "one author")
    dropped(offer(change_request=setter("object", "attributedTo", to=[ALICE])), "one author")
    dropped(offer(change_request=setter("id", to=elsewhere)), "another origin than its owner")
    dropped(offer(change_request=remover("id")), "author's origin")
    dropped(offer(change_ticket=remover("id")), "author's origin")
    dropped(offer(change_ticket=setter("id", to=elsewhere)), "another origin than its owner")
    dropped(
        offer(change_ticket=setter("attributedTo", to=MALLORY), signers=(ALICE, MALLORY, FRANK)), "Create"
    )
    dropped(offer(change_request=setter("actor", to=MALLORY), signers=(MALLORY, ALICE, FRANK)), "Create")
    dropped(offer(change_offer=setter("id", to="https://a.example/offers/1")), "carrier's origin")
    dropped(offer(change_offer=remover("id")), "carrier's origin")
    dropped(offer(signers=(FRANK, ALICE, FRANK)), "key of another origin")
    dropped(offer(signers=(ALICE, ALICE, ALICE)), "Offer: key of another origin")


def test_c04_swapped_documents_and_types() -> None:
    dropped(offer(change_request=setter("type", to="Announce")), "neither a Create nor an Update")
    dropped(offer(change_request=setter("type", to=["Create"])), "neither a Create nor an Update")
    dropped(offer(change_request=setter("object", "type", to="Tombstone")), "not a note")
    dropped(offer(change_request=setter("object", to=NOTE)), "not a note")
    dropped(offer(change_ticket=setter("type", to="Note")), "not a ticket")
    dropped(offer(change_offer=setter("type", to="Announce")), "not an offer")
    for revision in (0, -1, "1", True, 1.0, None):
        dropped(offer(change_request=setter("object", "revision", to=revision)), "no revision")


def test_a_carrier_is_neither_the_author_nor_the_recipient() -> None:
    own = offer(
        instrument=ticket(carrier=ALICE),
        change_offer=lambda made: made.update(actor=ALICE, id="https://a.example/offers/1"),
        signers=(ALICE, ALICE, ALICE),
    )
    dropped(own, "carries or receives", signer=ALICE)
    back = offer(change_offer=lambda made: made.update(to=[ALICE], target=ALICE))
    dropped(back, "carries or receives", recipient_id=ALICE)


def test_r20_an_unknown_author_is_only_vouched_for_and_only_when_asked() -> None:
    new = Ed25519PrivateKey.generate()
    rotated = f"{ALICE}#new"
    made = offer()
    made["object"] = proofs.sign(unsigned_request(), new, rotated, NOW)
    del made["proof"]
    made = sign(made, FRANK)
    dropped(made, "unknown key")
    found = verify(made, allow_unknown_author=True)
    assert not found.author_proven
    assert found.author_keys == (rotated, key_id(ALICE))
    known = {**KEYS, rotated: PublicKey(id=rotated, owner=ALICE, material=new.public_key())}
    assert verify(made, keys=known.get).author_proven
    dropped(made, "does not fit", allow_unknown_author=True, keys={
        **KEYS, rotated: PublicKey(id=rotated, owner=ALICE, material=SECRETS[MALLORY].public_key())}.get)  # fmt: skip
    without_frank = {key: value for key, value in KEYS.items() if key != key_id(FRANK)}
    dropped(made, "unknown key", allow_unknown_author=True, keys=without_frank.get)


def test_j13_the_carriers_words_are_never_the_authors() -> None:
    found = verify(offer(change_offer=setter("content", to="<p>Send money.</p>")))
    assert found.introduction == "<p>Send money.</p>"
    assert "money" not in json.dumps([found.note, found.document])
    assert verify(offer(change_offer=setter("content", to=["x"]))).introduction is None


@settings(max_examples=60)
@given(st.data())
def test_j10_any_shape_is_carried_or_dropped(data: st.DataObject) -> None:
    genuine = offer()
    value = data.draw(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                                   lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=6))  # fmt: skip
    path = data.draw(st.sampled_from(places(genuine)))
    form = changed_at(genuine, path, value)
    unproven: proofs.KeyLookup = lambda method: KEYS.get(method) if FRANK in method else None  # noqa: E731
    for find in (KEYS.get, unproven):
        try:
            carry.verify_carry(
                form, signer=FRANK, recipient_id=GRACE, keys=find, now=NOW, allow_unknown_author=True
            )
        except Dropped:
            continue
        assert form == genuine


# --- forwarding ------------------------------------------------------------------------------------------


def forwarded(activity: dict[str, Any], **changed: Any) -> carry.Forwarded:
    arguments: dict[str, Any] = {"keys": KEYS.get, "stored_owner": ALICE, "stored_revision": 1, "now": NOW}
    return carry.verify_forwarded(activity, **{**arguments, **changed})


def deletion(target: Any, signer: str = ALICE) -> dict[str, Any]:
    return sign({"@context": extension.CONTEXT, "id": f"{ALICE}/d/1", "type": "Delete", "actor": ALICE, "object": target}, signer)  # fmt: skip


def test_c08_revisions_grow_and_a_delete_is_final() -> None:
    update = sign(unsigned_request("Update", revision=3), ALICE)
    assert not forwarded(update).ends
    for stored in (3, 4):
        with pytest.raises(Dropped, match="newer"):
            forwarded(update, stored_revision=stored)
    with pytest.raises(Dropped, match="deleted before"):
        forwarded(update, deleted=True)
    for target in (NOTE, {"id": NOTE, "type": "Tombstone"}, "https://a.example/tickets/1"):
        for already in (False, True):
            found = forwarded(deletion(target), stored_revision=10**6, deleted=already)
            assert (found.kind, found.ends, found.object_id) == (
                "Delete",
                True,
                carry.subject_of({"object": target}),
            )


@pytest.mark.parametrize("revision", [2.0, True, "2", None, 0, -5])
def test_c08_a_revision_is_an_integer(revision: Any) -> None:
    with pytest.raises(Dropped, match="newer"):
        forwarded(sign(unsigned_request("Update", revision=revision), ALICE))


@pytest.mark.parametrize(
    ("flag", "level", "ends"),
    [(True, 0, False), (True, 1, False), (False, 0, True), (True, 2, True), (True, 4, True)],
)
def test_lowering_and_raising_the_level_withdraw(flag: bool, level: int, ends: bool) -> None:
    update = unsigned_request("Update", revision=2, helpFlag=flag, intimacyLevel=level)
    assert forwarded(sign(update, ALICE)).ends is ends


@pytest.mark.parametrize(
    "note",
    [{"helpFlag": 1}, {"helpFlag": None}, {"intimacyLevel": 0.0}, {"intimacyLevel": "0"}, {"intimacyLevel": True},
     {"intimacyLevel": None}, {"intimacyLevel": 5}, {"intimacyLevel": -1}],
)  # fmt: skip
def test_c05_an_update_with_a_doubtful_level_or_flag_is_dropped(note: dict[str, Any]) -> None:
    with pytest.raises(Dropped, match="cannot be read"):
        forwarded(sign(unsigned_request("Update", **{"revision": 2, **note}), ALICE))


def test_o01_only_the_owner_updates_and_deletes() -> None:
    update = unsigned_request("Update", revision=2)
    bad = [
        sign(update, MALLORY),
        sign({**update, "actor": MALLORY}, MALLORY),
        sign({**update, "id": "https://m.example/1"}, ALICE),
        sign({**update, "object": {**update["object"], "id": "https://m.example/notes/1"}}, ALICE),
        sign({**update, "object": {**update["object"], "attributedTo": MALLORY}}, ALICE),
        sign({**update, "object": {**update["object"], "type": "Tombstone"}}, ALICE),
        sign({**update, "object": NOTE}, ALICE),
        sign({**update, "object": [update["object"]]}, ALICE),
        sign({**update, "type": "Create"}, ALICE),
        sign({key: value for key, value in update.items() if key != "actor"}, ALICE),
        update,
        deletion(NOTE, MALLORY),
        deletion("https://m.example/notes/1"),
        deletion(None),
        deletion([NOTE]),
    ]
    for activity in bad:
        with pytest.raises(Dropped):
            forwarded(activity)
    with pytest.raises(Dropped, match="not by the owner"):
        forwarded(sign(update, ALICE), stored_owner=HANA)


# --- exclusions and building -----------------------------------------------------------------------------


def people(count: int, host: str = "x.example") -> list[str]:
    return [f"https://{host}/users/{number}" for number in range(count)]


@pytest.mark.parametrize(
    ("blocked", "size", "bits"),
    [(0, 32, 10), (1, 32, 10), (32, 32, 10), (33, 128, 12), (128, 128, 12), (129, 512, 14), (512, 512, 14)],
)
def test_r19_the_next_size_that_fits(blocked: int, size: int, bits: int) -> None:
    numbers = carry.exclusion_list("salt", people(blocked), b"key")
    assert numbers == sorted(set(numbers))
    assert len(numbers) == size
    assert 0 <= numbers[0] <= numbers[-1] < 2**bits
    built = carry.read_ticket(ticket(salt="salt", exclude=numbers), NOW)
    assert all(carry.excluded(built, person) for person in people(blocked))
    strangers = people(2_000, "y.example")
    by_chance = sum(carry.excluded(built, person) for person in strangers)
    assert 20 <= by_chance <= 120, "about one in 32 of anybody"


def test_r19_too_many_blocks_are_not_cut_off() -> None:
    with pytest.raises(Refused, match="too many"):
        carry.exclusion_list("salt", people(513), b"key")


def test_c13_the_padding_is_stable_and_changes_as_little_as_possible() -> None:
    one = carry.exclusion_list("salt", people(5), b"key")
    assert one == carry.exclusion_list("salt", reversed(people(5)), b"key")
    assert one == carry.exclusion_list("salt", people(5) * 2, b"key")
    six = carry.exclusion_list("salt", people(6), b"key")
    assert len(set(one) ^ set(six)) <= 2
    assert one != carry.exclusion_list("salt", people(5), b"other key")
    assert one != carry.exclusion_list("pepper", people(5), b"key")


def test_short_hash_is_the_first_bits_of_sha_256() -> None:
    """`sha256sum` gives 0def6826… for the text `abc|def`."""
    assert [carry.short_hash("abc", "def", bits) for bits in (10, 12, 14)] == [
        0b0000_1101_11,
        0b0000_1101_1110,
        0b0000_1101_1110_11,
    ]


@pytest.mark.parametrize(
    "changed",
    [
        {"seats": 0}, {"seats": 51}, {"level": 1, "seats": 6}, {"level": 2}, {"ends": NOW + timedelta(days=365)},
        {"ends": NOW - timedelta(hours=2)}, {"salt": ""}, {"exclude": [1, 2, 3]}, {"exclude": [5000] * 32},
    ],
)  # fmt: skip
def test_a_ticket_nobody_would_accept_is_not_built(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        ticket(**changed)


# --- the extension's words -------------------------------------------------------------------------------


def test_our_context_passes_our_own_parser() -> None:
    body = json.dumps({"@context": extension.CONTEXT, "type": "Note"}).encode()
    assert documents.parse(body)["@context"] == extension.CONTEXT
    assert isinstance(extension.CONTEXT, list)
    assert extension.CONTEXT[-1]["fa"] == extension.NAMESPACE == "https://w3id.org/fedi-aid/ns#"


def test_c05_readers_of_the_extension_are_strict() -> None:
    assert [extension.intimacy_level({"intimacyLevel": level}) for level in range(5)] == [0, 1, 2, 3, 4]
    assert extension.intimacy_level({}) is None
    assert extension.intimacy_level(None) is None
    for level in (5, -1, True, "2", 2.0, None, [2]):
        with pytest.raises(Refused, match="cannot be read"):
            extension.intimacy_level({"intimacyLevel": level})
    flags = [extension.help_flag({"helpFlag": flag}) for flag in (True, False, 1, "true", None)]
    assert flags == [True, False, None, None, None]
    assert extension.help_flag({}) is None
    revisions = [extension.revision({"revision": value}) for value in (1, 9, 0, -1, 1.0, True, "1", None)]
    assert revisions == [1, 9, None, None, None, None, None, None]
    offers = [extension.help_offer({"helpOffer": value}) for value in (True, False, 1, "true", None)]
    assert offers == [True, False, False, False, False]


def test_implements_goes_both_ways() -> None:
    actor = {"generator": {"type": "Application", "implements": extension.implements()}}
    assert extension.implemented_by(actor) == {
        extension.RFC9421,
        extension.ED25519,
        extension.CARRY,
    }
    assert extension.implemented_by({"implements": [extension.CARRY]}) == {extension.CARRY}
    for odd in (None, {}, {"generator": "https://a.example/"}, {"generator": {"implements": 5}}):
        assert extension.implemented_by(odd) == frozenset()
