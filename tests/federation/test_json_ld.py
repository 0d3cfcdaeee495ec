"""Posts in unusual JSON-LD forms, signed and sent by a peer: shown like any other, or refused whole (J01–J04, J14)."""

import json
from typing import Any

import pytest

from fedi_aid.activitypub import documents
from fedi_aid.storage import posts as post_rows
from tests.federation.conftest import Fediverse, Persona, Server
from tests.federation.test_polls import befriended
from tests.unit.test_linked_data import EXPANDED, OWN_WORDS

pytestmark = pytest.mark.anyio
AS = "https://www.w3.org/ns/activitystreams"


@pytest.fixture
async def one(fediverse: Fediverse) -> Server:
    return await fediverse.server("one.example", "amina")


@pytest.fixture
async def frank(fediverse: Fediverse, one: Server) -> Persona:
    return await befriended(fediverse, one.amina, fediverse.peer("plain.example", "frank"), "frank")


def expanded(frank: Persona) -> list[dict[str, Any]]:
    return [
        {
            "@id": frank.id("notes/1/create"),
            "@type": [f"{AS}#Create"],
            f"{AS}#actor": [{"@id": frank.uri}],
            f"{AS}#object": [EXPANDED],
        }
    ]


def in_own_words(frank: Persona) -> dict[str, Any]:
    """The note's own context counts for the activity around it too."""
    note = {key: value for key, value in OWN_WORDS.items() if key != "@context"}
    return {
        "@context": OWN_WORDS["@context"],
        "uri": frank.id("notes/1/create"),
        "art": "activity:Create",
        "activity:actor": {"uri": frank.uri},
        "activity:object": note,
    }


@pytest.mark.parametrize("form", [expanded, in_own_words])
async def test_j01_j04_a_post_in_another_form_is_shown(
    fediverse: Fediverse, one: Server, frank: Persona, form: Any
) -> None:
    answer = await frank.posts(one.amina.inbox, json.dumps(form(frank)).encode())
    assert answer.status_code == 202
    await fediverse.settle()
    assert await one.amina.reads() == ["Who has a ladder?"]
    (view,) = await one.amina.home()
    assert [tag.name for tag in view.tags] == ["ladder"]
    # Nothing was asked of anybody for it but who signed.
    assert not any("context" in path for path in frank.peer.asked)


@pytest.mark.parametrize("field", ["object", "activity:object", "as:object"])
async def test_j04_a_second_object_is_not_slipped_in(
    fediverse: Fediverse, one: Server, frank: Persona, field: str
) -> None:
    forged = frank.note("Send money", [documents.PUBLIC], "notes/1")
    body = in_own_words(frank) | {"obj": in_own_words(frank)["activity:object"], field: forged}
    body["@context"] = [*body["@context"], {"obj": {"@id": "as:object", "@type": "@id"}}]
    answer = await frank.posts(one.amina.inbox, json.dumps(body).encode())
    assert answer.status_code == 400
    await fediverse.settle()
    assert await one.amina.reads() == []


async def test_j14_what_is_kept_of_a_proven_activity_is_what_came(
    fediverse: Fediverse, one: Server, frank: Persona
) -> None:
    """The proof is checked on the document as written, and the bytes are kept as they came."""
    proven = frank.proves(in_own_words(frank), fediverse.clock())
    body = json.dumps(proven, indent=1).encode()
    assert (await frank.posts(one.amina.inbox, body)).status_code == 202
    await fediverse.settle()
    (view,) = await one.amina.home()
    assert await one.instance.db.read(post_rows.signed_activity, view.post.id) == body
    bent = proven | {"inhalt": "<p>Something else</p>", "uri": frank.id("notes/2/create")}
    bent["activity:object"] = proven["activity:object"] | {"uri": frank.id("notes/2")}
    assert (await frank.posts(one.amina.inbox, bent)).status_code == 202
    await fediverse.settle()
    found = await one.instance.db.read(post_rows.by_uri, None, frank.id("notes/2"))
    assert found is not None
    assert not found.has_proof
