"""Rows of the checklist on identity that show in the API alone."""

import pytest

from fedi_aid.actions.people import RemoteActor, remember
from tests.api.conftest import World

pytestmark = pytest.mark.anyio


async def test_no_link_in_a_profile_passes_for_a_verified_one(world: World) -> None:
    """O12: nothing is verified here, whatever a profile claims: no `rel="me"`, no comment around it, no domain
    that its owner names."""
    amina = await world.member("amina")
    values = (
        '<a href="https://bank.example" rel="me">bank.example</a>',
        '<!-- <a rel="me" href="https://bank.example"> -->https://bank.example',
        '<a href="https://bank.example" rel="me nofollow" class="verified">✔ bank.example</a>',
    )
    actor = RemoteActor(
        uri="https://far.example/users/mallory",
        username="mallory",
        domain="far.example",
        inbox="https://far.example/users/mallory/inbox",
        fields=tuple((f"site {number}", value) for number, value in enumerate(values)),
    )
    person = await world.db.write(remember, actor)
    shown = await amina.get(f"/api/v1/accounts/{person}")
    assert len(shown["fields"]) == len(values)
    for field in shown["fields"]:
        assert field["verified_at"] is None
        assert "<!--" not in field["value"]
        assert "verified" not in field["value"]
