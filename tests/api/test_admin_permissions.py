"""Who may call the API for moderators and admins: every route of it, by everybody it could matter to, and with
every scope that could or could not do (X02)."""

import re
from typing import Any, Final

import pytest

from fedi_aid.actions import judging
from fedi_aid.client_api.admin_routes import ROUTES
from fedi_aid.client_api.call import Route
from tests.api.conftest import Caller, World

pytestmark = pytest.mark.anyio

EVERY: Final = [(method, route) for route in ROUTES for method in route.methods.split()]
NAMES: Final = [f"{method} {route.path}" for method, route in EVERY]
ADMIN_SCOPES: Final = "read write admin:read admin:write"


async def call(world: World, method: str, route: Route, token: str | None) -> int:
    path = re.sub(r"\{id\}", "999999999999999", route.path)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = await world.http.request(method, path, headers=headers)
    assert "error" in answer.json() or answer.status_code == 200
    return answer.status_code


@pytest.fixture
async def people(world: World) -> dict[str, Caller]:
    return {
        "member": await world.member("mara", scopes=ADMIN_SCOPES),
        "moderator": await world.member("mona", scopes=ADMIN_SCOPES, role="moderator"),
        "admin": await world.member("ada", scopes=ADMIN_SCOPES, role="admin"),
    }


@pytest.mark.parametrize(("method", "route"), EVERY, ids=NAMES)
async def test_by_role_and_by_scope(
    method: str, route: Route, world: World, people: dict[str, Caller]
) -> None:
    assert route.need in ("moderator", "admin")
    assert await call(world, method, route, None) == 401
    assert await call(world, method, route, "nothing") == 401
    assert await call(world, method, route, people["member"].token) == 403
    moderator = await call(world, method, route, people["moderator"].token)
    admin = await call(world, method, route, people["admin"].token)
    # Past the door: what is asked for is missing (404), or not said (422), or here (200).
    assert admin in (200, 404, 422)
    assert moderator == (admin if route.need == "moderator" else 403)
    (scope,) = route.scopes
    narrow = await world.token(people["admin"], scope)
    assert await call(world, method, route, narrow) == admin
    verb = scope.split(":")[1]
    others = f"read write follow push profile admin:{'write' if verb == 'read' else 'read'}"
    assert await call(world, method, route, await world.token(people["admin"], others)) == 403


async def test_an_app_alone_is_nobody(world: World) -> None:
    made = await world.http.post(
        "/api/v1/apps",
        data={"client_name": "x", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": ADMIN_SCOPES},
    )
    app: dict[str, Any] = made.json()
    got = await world.http.post(
        "/oauth/token",
        data={
            "grant_type": "client_credentials",
            "client_id": app["client_id"],
            "client_secret": app["client_secret"],
            "scope": ADMIN_SCOPES,
        },
    )
    headers = {"Authorization": f"Bearer {got.json()['access_token']}"}
    answer = await world.http.get("/api/v1/admin/accounts", headers=headers)
    assert answer.status_code == 422


async def test_who_lost_the_role_loses_the_door(world: World, people: dict[str, Caller]) -> None:
    mona = people["moderator"]
    await mona.get("/api/v1/admin/accounts")
    await world.db.write(judging.give_role, None, mona.member.id, "member")
    await mona.get("/api/v1/admin/accounts", 403)
    assert (await mona.get("/api/v1/accounts/verify_credentials"))["role"]["permissions"] == "0"


async def test_apps_are_told_which_tools_to_show(people: dict[str, Caller]) -> None:
    roles = {
        name: (await one.get("/api/v1/accounts/verify_credentials"))["role"] for name, one in people.items()
    }
    assert roles["member"]["permissions"] == "0"
    manage_reports, manage_federation = 1 << 4, 1 << 5
    assert int(roles["moderator"]["permissions"]) & manage_reports
    assert not int(roles["moderator"]["permissions"]) & manage_federation
    assert int(roles["admin"]["permissions"]) & manage_federation
