"""FEDERATION.md says what the code does: its tables and its examples are compared with the code itself."""

import ast
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from fedi_aid.activitypub import actors, answers, carry_documents, documents, extension
from fedi_aid.activitypub.builders import friends, moves, notes, projects
from fedi_aid.activitypub.signatures import cavage
from fedi_aid.activitypub.understood import LINK, UNDERSTOOD
from fedi_aid.model.house import House
from fedi_aid.model.ids import PersonId, PostId, ProjectId
from fedi_aid.model.people import CARRY_ABILITY, Field, Person, SigningKeys
from fedi_aid.model.posts import Post, PostView
from fedi_aid.storage.places import Place
from fedi_aid.storage.projects import Project

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "FEDERATION.md").read_text(encoding="utf-8")
AMINA = "https://one.example/users/amina"
BRUNO = "https://two.example/users/bruno"
CHLOE = "https://three.example/users/chloe"
WRITTEN = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)

# Every activity of ActivityStreams, and the one of Litepub that is read here.
ACTIVITIES = frozenset(
    "Accept Add Announce Arrive Block Create Delete Dislike EmojiReact Flag Follow Ignore Invite Join Leave "
    "Like Listen Move Offer Read Reject Remove TentativeAccept TentativeReject Travel Undo Update "
    "View".split()
)


def section(heading: str) -> str:
    """What stands under a heading, up to the next one of the same rank or higher."""
    rank = len(heading) - len(heading.lstrip("#"))
    found = re.search(rf"^{re.escape(heading)}$\n(.*?)(?=^#{{1,{rank}}} |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None, f"FEDERATION.md has no {heading!r}"
    return found[1]


def rows(text: str) -> list[list[str]]:
    """The cells of a table's rows, without its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def words(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def example(name: str) -> Any:
    found = re.search(r"```json\n(.*?)```", section(name), re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def shortened(value: Any) -> Any:
    """As the page shows a document: contexts, proofs and lists of numbers are not written out."""
    if isinstance(value, dict):
        cut = {"@context": ["…"], "proof": {"…": "…"}, "exclude": ["…"]}
        return {key: cut[key] if key in cut else shortened(inner) for key, inner in value.items()}
    return [shortened(inner) for inner in value] if isinstance(value, list) else value


# -- the tables


def test_what_is_understood_is_the_dispatch_table() -> None:
    said = [
        (words(activity)[0], LINK if kind == "by id" else kind.strip("`"))
        for activity, kinds, *_ in rows(section("### Understood"))
        for kind in (one.strip() for one in kinds.split(","))
    ]
    assert len(said) == len(set(said))
    assert set(said) == set(UNDERSTOOD)


def sent_by_the_builders() -> set[str]:
    """Activity types that occur as a whole string in the code that builds documents."""
    package = ROOT / "fedi_aid" / "activitypub"
    found: set[str] = set()
    for file in package.joinpath("builders").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and node.value in ACTIVITIES:
                found.add(node.value)
    return found | {carry_offer()["type"]}


def test_what_is_sent_is_what_the_builders_make() -> None:
    said = {words(activity)[0] for activity, *_ in rows(section("### Sent"))}
    assert said == sent_by_the_builders()


def test_a_block_is_never_sent() -> None:
    """RULES R6: a peer learns of a block only that the friendship ended."""
    assert "Block" not in sent_by_the_builders()
    assert "no `Block` is ever sent" in " ".join(section("### Sent").split())


def test_the_terms_are_those_of_the_namespace() -> None:
    ours = {
        term
        for part in extension.CONTEXT
        if isinstance(part, dict)
        for term, meaning in part.items()
        if str(meaning["@id"] if isinstance(meaning, dict) else meaning).startswith("fa:")
    }
    said = {words(term)[0] for term, *_ in rows(section("## The extension in short"))}
    assert said == ours
    assert extension.NAMESPACE in PAGE
    assert extension.CARRY in PAGE


def test_an_endorsement_is_what_the_builder_makes() -> None:
    made = friends.endorsement(
        "https://one.example/activities/e5n7d2r9s4k8m3t6v9w2x5z8by",
        AMINA,
        BRUNO,
        kind="skill",
        name="French paperwork",
        word="He saved my shop.",
        published=WRITTEN,
    )
    assert example("### An endorsement") == shortened(made)


def test_the_types_between_friends_are_those_of_the_builders() -> None:
    [definitions] = [part for part in friends.CONTEXT if isinstance(part, dict)]
    said = {word for row in rows(section("## Between friends")) for cell in row for word in words(cell)}
    assert {word for word in definitions if word not in ("fa", "xsd")} <= said


def test_the_limits_are_those_of_the_code() -> None:
    limits = " ".join(section("## Limits").split())
    assert documents.MAX_BYTES == 2**20
    assert "1 MiB" in limits
    assert f"{documents.MAX_DEPTH} levels" in limits
    assert f"{documents.MAX_NODES:,} values" in limits
    assert cavage.MAX_AGE.total_seconds() == 3600
    assert cavage.MAX_FUTURE.total_seconds() == 300
    assert "one hour old or five minutes ahead" in limits
    assert carry_documents.MAX_LEASE.total_seconds() == 72 * 3600
    assert "72 hours" in limits
    assert f"{carry_documents.MAX_SEATS[0]} people at level 0, {carry_documents.MAX_SEATS[1]}" in limits


# -- the examples


def person(uri: str, number: int) -> Person:
    return Person(
        id=PersonId(number),
        uri=uri,
        username=uri.rpartition("/")[2],
        domain="",
        kind="person",
        display_name="",
        bio="",
        url=uri,
        avatar_url=None,
        header_url=None,
        fields=(),
        locked=True,
        discoverable=False,
        public_key_pem=None,
        public_key_id=None,
        ed25519_multikey=None,
        ed25519_key_id=None,
        inbox=f"{uri}/inbox",
        shared_inbox=None,
        followers_uri=None,
        implements=(CARRY_ABILITY,),
        created_at=WRITTEN,
        fetched_at=None,
        suspended_at=None,
    )


def request() -> PostView:
    """Amina's request, as the builders are given it."""
    uri = "https://one.example/notes/7h3kq9w2mzb4x8r5t6vny2cdef"
    post = Post(
        id=PostId(1),
        uri=uri,
        url=uri,
        author_id=PersonId(1),
        reach="chosen",
        intimacy=0,
        text="My shop needs a ramp. Who knows a carpenter?",
        html="",
        summary="",
        sensitive=False,
        language="en",
        reply_to_id=None,
        reply_to_uri=None,
        reply_to_person_id=None,
        thread_id=PostId(1),
        project_id=None,
        project_name=None,
        sphere_id=None,
        help_flag=True,
        revision=1,
        offers_help=False,
        app_id=None,
        created_at=WRITTEN,
        edited_at=None,
        held_until=None,
        has_proof=False,
    )
    return PostView(
        post=post,
        author=person(AMINA, 1),
        viewer=PersonId(1),
        access=None,
        reply_to_visible=False,
        mentions=(),
        tags=(),
        media=(),
    )


def request_note() -> dict[str, Any]:
    thread = "https://one.example/threads/m8w3n5q7k2v9b4x6h3z5r8t2cy"
    return notes.whole(request(), notes.Context(house=House(base_url="https://one.example"), thread=thread))


def carry_offer() -> dict[str, Any]:
    """Bruno's Offer to Chloé, around what Amina signed (the proofs stand where they would stand)."""
    note = request_note()
    ticket = carry_documents.build_ticket(
        id="https://one.example/tickets/q4n8s2k6w9b3z7x5h2m4r6t8vy",
        author=AMINA,
        note_id=note["id"],
        carrier=BRUNO,
        level=0,
        seats=50,
        salt="5d41402abc4b2a76b9719d911017c592",
        exclude=carry_documents.exclusion_list("salt", [], b"key"),
        published=datetime(2026, 3, 14, 9, 1, tzinfo=UTC),
        ends=datetime(2026, 3, 17, 9, 1, tzinfo=UTC),
    )
    offer = carry_documents.build_carry_offer(
        id="https://two.example/activities/c6v9b2n4m8k3j7h5g2f4d6s8aq",
        carrier=BRUNO,
        recipient=CHLOE,
        document=notes.create(note) | {"proof": {}},
        ticket=ticket | {"proof": {}},
        published=datetime(2026, 3, 14, 9, 20, tzinfo=UTC),
    )
    return offer | {"proof": {}}


def test_the_note_is_what_the_builder_makes() -> None:
    assert example("### A request") == shortened(notes.document(request_note()))


def test_the_carry_is_what_the_builder_makes() -> None:
    assert example("### A carry") == without_the_note(shortened(carry_offer()))


def without_the_note(offer: dict[str, Any]) -> dict[str, Any]:
    """The note stands on the page already."""
    inner = offer["object"] | {"object": {"…": "the note above"}}
    return offer | {"object": inner}


def actor() -> dict[str, Any]:
    found = actors.person_document(
        msgspec.structs.replace(
            person(AMINA, 1),
            display_name="Amina",
            bio="<p>I bake.</p>",
            fields=(Field("Shop", '<a href="https://bread.example" rel="me">bread.example</a>'),),
            public_key_pem="…",
        ),
        SigningKeys(PersonId(1), AMINA, "", ed25519_pem()),
        House(base_url="https://one.example"),
    )
    found["assertionMethod"][0]["publicKeyMultibase"] = "…"
    return found | {"alsoKnownAs": ["https://old.example/users/amina"]}


def ed25519_pem() -> str:
    private = ed25519.Ed25519PrivateKey.from_private_bytes(b"0" * 32)
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def test_the_actor_is_what_the_builder_makes() -> None:
    assert example("### A member") == shortened(actor())


def move() -> dict[str, Any]:
    uri = "https://one.example/activities/v3k7n2b8m4x6h5q9w2z8r4t6cy"
    return moves.move(uri, AMINA, AMINA, "https://new.example/users/amina")


def test_the_move_is_what_the_builder_makes() -> None:
    assert example("### A move") == shortened(move())


def invitation() -> dict[str, Any]:
    project = Project(
        id=ProjectId(1),
        uri="https://one.example/projects/7h3kq9w2mzb4x8r5t6vny2cdef",
        owner_id=PersonId(1),
        slug="the_rose_bed",
        title="The rose bed",
        description="Roses for the square.",
        created_at=WRITTEN,
        touched_at=WRITTEN,
    )
    place = Place(
        id=2,
        project_id=project.id,
        person_id=PersonId(2),
        role="team",
        state="invited",
        uri="https://one.example/activities/k2n8b4m7x3h6q9w5z2r8t4v6cy",
        word="You know roses.",
        created_at=WRITTEN,
        answered_at=None,
    )
    return projects.invite(place, project, AMINA, BRUNO)


def test_the_invitation_is_what_the_builder_makes() -> None:
    assert example("### An invitation") == shortened(invitation())


def tombstone() -> Any:
    return json.loads(
        bytes(answers.gone("https://one.example/notes/7h3kq9w2mzb4x8r5t6vny2cdef", "Note").body)
    )


def test_the_tombstone_is_what_is_answered() -> None:
    assert example("### A tombstone") == shortened(tombstone())


def test_every_fep_is_linked_by_its_own_number() -> None:
    page = " ".join(section("## Supported FEPs").split())
    links = re.findall(r"\[FEP-(\w{4}): [^\]]+\]\((\S+)\)", page)
    assert len(links) == page.count("[FEP-") == len({number for number, _ in links})
    for number, address in links:
        assert address.endswith(f"/fep/{number}/fep-{number}.md")
