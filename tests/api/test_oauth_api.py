"""OAuth: registering, the code, the token, revoking; each with what clients really send."""

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from fedi_aid.actions import access
from fedi_aid.errors import Refused
from fedi_aid.storage.tx import Tx
from tests.api.conftest import Caller, World, checked

pytestmark = pytest.mark.anyio

OOB = "urn:ietf:wg:oauth:2.0:oob"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


async def register(world: World, status: int = 200, **changes: Any) -> Any:
    form = {"client_name": "A client", "redirect_uris": "tooot://cb", "scopes": "read write follow push"}
    return checked(await world.http.post("/api/v1/apps", json=form | changes), status)


async def authorize(world: World, app: dict[str, Any], caller: Caller, **changes: str) -> str:
    """What the pages do: prepare, and grant for a member; where the browser would go."""
    asked = {
        "response_type": "code",
        "client_id": app["client_id"],
        "redirect_uri": "tooot://cb",
        "scope": "read write",
        "state": "xyz",
    } | changes

    def work(tx: Tx) -> str:
        request = access.prepare_authorization(tx, asked)
        assert access.prepare_authorization(tx, request.params()) == request
        return access.grant_code(tx, request, caller.member.id).location

    return await world.db.write(work)


def code_of(location: str) -> str:
    return parse_qs(urlsplit(location).query)["code"][0]


def grant(app: dict[str, Any], code: str, **changes: str) -> dict[str, str]:
    return {
        "grant_type": "authorization_code",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "redirect_uri": "tooot://cb",
        "code": code,
    } | changes


async def test_an_app_is_registered_in_every_way_clients_do_it(world: World) -> None:
    app = await register(world, redirect_uris=["tooot://cb", OOB], website="https://client.example")
    assert app["redirect_uris"] == ["tooot://cb", OOB]
    assert app["redirect_uri"] == f"tooot://cb\n{OOB}"
    assert app["client_secret_expires_at"] == 0
    assert app["website"] == "https://client.example"
    form = await world.http.post(
        "/api/v1/apps", data={"client_name": "B", "redirect_uris": "org.joinmastodon.android-auth://callback"}
    )
    assert checked(form)["scopes"] == ["read"]
    assert checked(form)["website"] is None


@pytest.mark.parametrize(
    "changes",
    [
        {"client_name": " "},
        {"redirect_uris": ""},
        {"redirect_uris": "not an address"},
        {"redirect_uris": "javascript:alert(1)"},
        {"redirect_uris": "data:text/html,hello"},
        {"redirect_uris": "vbscript:x"},
        {"redirect_uris": "https:///path"},
        {"redirect_uris": "https://client.example/cb#fragment"},
        {"scopes": "read everything"},
        {"website": "javascript:alert(1)"},
    ],
)
async def test_a_bad_registration_is_refused(world: World, changes: dict[str, str]) -> None:
    refused = await register(world, 422, **changes)
    assert refused["error"].startswith("Validation failed: ")


async def test_a_code_becomes_a_token_once(world: World, amina: Caller) -> None:
    app = await register(world)
    location = await authorize(world, app, amina)
    assert location.startswith("tooot://cb?code=")
    assert parse_qs(urlsplit(location).query)["state"] == ["xyz"]
    code = code_of(location)
    made = checked(await world.http.post("/oauth/token", data=grant(app, code)))
    assert made["token_type"] == "Bearer"
    assert made["scope"] == "read write"
    assert isinstance(made["created_at"], int)
    assert set(made) == {"access_token", "token_type", "scope", "created_at"}
    headers = {"Authorization": f"Bearer {made['access_token']}"}
    assert checked(await world.http.get("/oauth/userinfo", headers=headers))["preferred_username"] == "amina"
    for how in ({"params": {"access_token": made["access_token"]}}, {"headers": headers}):
        assert (await world.http.get("/api/v1/timelines/home", **how)).status_code == 200
    body = {"status": "by body", "access_token": made["access_token"]}
    assert (await world.http.post("/api/v1/statuses", data=body)).status_code == 200
    again = await world.http.post("/oauth/token", data=grant(app, code))
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    # X02: a code that comes twice was stolen once; the token it gave is dead.
    assert (await world.http.get("/api/v1/timelines/home", headers=headers)).status_code == 401


@pytest.mark.parametrize(
    "changes,error",
    [
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "wrong"}, "invalid_client"),
        ({"code": "wrong"}, "invalid_grant"),
        ({"redirect_uri": "tooot://elsewhere"}, "invalid_grant"),
        ({"redirect_uri": ""}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "invalid_request"),
    ],
)
async def test_a_wrong_exchange_says_what_is_wrong(
    world: World, amina: Caller, changes: dict[str, str], error: str
) -> None:
    app = await register(world)
    code = code_of(await authorize(world, app, amina))
    refused = await world.http.post("/oauth/token", json=grant(app, code) | changes)
    assert refused.status_code == (401 if error == "invalid_client" else 400)
    assert refused.json()["error"] == error
    assert refused.json()["error_description"]
    assert refused.headers["access-control-allow-origin"] == "*"
    # Nothing was used up by it.
    assert (await world.http.post("/oauth/token", json=grant(app, code))).status_code == 200


async def test_pkce_with_and_without_the_secret(world: World, amina: Caller) -> None:
    """X02: the verifier stands for the secret; a wrong or missing one is refused."""
    app = await register(world)

    async def code() -> str:
        asked = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
        return code_of(await authorize(world, app, amina, **asked))

    without = grant(app, await code())
    del without["client_secret"]
    for wrong in ({}, {"code_verifier": "w" * 64}, {"code_verifier": "short"}):
        assert (await world.http.post("/oauth/token", data=without | wrong)).status_code == 400
    checked(await world.http.post("/oauth/token", data=without | {"code_verifier": VERIFIER}))
    both = grant(app, await code(), code_verifier=VERIFIER)
    checked(await world.http.post("/oauth/token", data=both))
    plain = grant(app, code_of(await authorize(world, app, amina)))
    del plain["client_secret"]
    refused = await world.http.post("/oauth/token", data=plain | {"code_verifier": VERIFIER})
    assert refused.json()["error"] == "invalid_client"


async def test_a_code_dies_after_ten_minutes(world: World, amina: Caller) -> None:
    app = await register(world)
    code = code_of(await authorize(world, app, amina))
    world.tick(minutes=11)
    refused = await world.http.post("/oauth/token", data=grant(app, code))
    assert refused.json()["error"] == "invalid_grant"


async def test_the_app_may_say_who_it_is_by_http_basic(world: World) -> None:
    app = await register(world)
    secret = base64.b64encode(f"{app['client_id']}:{app['client_secret']}".encode()).decode()
    made = await world.http.post(
        "/oauth/token",
        data={"grant_type": "client_credentials"},
        headers={"Authorization": f"Basic {secret}"},
    )
    assert checked(made)["scope"] == "read"
    broken = await world.http.post(
        "/oauth/token", data={"grant_type": "client_credentials"}, headers={"Authorization": "Basic !"}
    )
    assert broken.json()["error"] == "invalid_request"


@pytest.mark.parametrize(
    "changes,code,goes_back",
    [
        ({"client_id": "nobody"}, "invalid_client", False),
        ({"redirect_uri": "https://evil.example/"}, "invalid_redirect_uri", False),
        ({"response_type": "token"}, "unsupported_response_type", True),
        ({"scope": "read admin:write"}, "invalid_scope", True),
        ({"scope": "everything"}, "invalid_scope", True),
        ({"code_challenge": CHALLENGE, "code_challenge_method": "plain"}, "invalid_request", True),
        ({"code_challenge": "short", "code_challenge_method": "S256"}, "invalid_request", True),
        ({"code_challenge": CHALLENGE}, "invalid_request", True),
        ({"code_challenge_method": "S256"}, "invalid_request", True),
        ({"response_type": ""}, "unsupported_response_type", True),
        ({"response_mode": "fragment"}, "invalid_request", True),
        ({"state": "x" * 5_000}, "invalid_request", False),
        ({"redirect_uri": "tooot://cb/more"}, "invalid_redirect_uri", False),
        ({"redirect_uri": "tooot://CB"}, "invalid_redirect_uri", False),
    ],
)
async def test_what_an_app_may_not_ask(
    world: World, amina: Caller, changes: dict[str, str], code: str, goes_back: bool
) -> None:
    """X02: only an address the app registered is ever sent anything, an error included."""
    app = await register(world)
    with pytest.raises(access.OAuthRefused) as refused:
        await authorize(world, app, amina, **changes)
    assert refused.value.code == code
    assert bool(refused.value.location) is goes_back
    if goes_back:
        assert refused.value.location.startswith(f"tooot://cb?error={code}&")
        assert refused.value.location.endswith("state=xyz")


async def test_denying_and_out_of_band(world: World, amina: Caller) -> None:
    app = await register(world, redirect_uris=f"tooot://cb\n{OOB}")
    location = await authorize(world, app, amina, redirect_uri=OOB)
    assert location.startswith("/oauth/authorize/native?code=")
    named = await world.db.read(access.app_of_code, code_of(location))
    assert named is not None
    assert named.name == "A client"
    asked = {"response_type": "code", "client_id": app["client_id"], "redirect_uri": "tooot://cb"}
    request = await world.db.read(access.prepare_authorization, asked)
    assert request.scopes == ("read",)
    assert access.deny(request).startswith("tooot://cb?error=access_denied&")


async def test_a_token_is_revoked_by_its_own_app(world: World, amina: Caller) -> None:
    app, other = await register(world), await register(world)
    code = code_of(await authorize(world, app, amina))
    token = checked(await world.http.post("/oauth/token", data=grant(app, code)))["access_token"]

    async def revoke(by: dict[str, Any], **changes: str) -> Any:
        form = {"client_id": by["client_id"], "client_secret": by["client_secret"], "token": token} | changes
        return await world.http.post("/oauth/revoke", data=form)

    for refused in (await revoke(other), await revoke(app, client_secret="wrong")):
        assert refused.status_code == 403
        assert refused.json()["error"] == "unauthorized_client"
    headers = {"Authorization": f"Bearer {token}"}
    assert (await world.http.get("/api/v1/timelines/home", headers=headers)).status_code == 200
    assert checked(await revoke(app)) == {}
    assert checked(await revoke(app)) == {}
    assert (await world.http.get("/api/v1/timelines/home", headers=headers)).status_code == 401


async def test_only_digests_are_stored(world: World, amina: Caller) -> None:
    """X02: neither a token nor a code nor a secret can be read out of the database file."""
    app = await register(world)
    code = code_of(await authorize(world, app, amina))
    session = await world.db.write(access.open_session, amina.member.id)
    stored = b"".join(path.read_bytes() for path in world.settings.data_dir.glob("*.sqlite3*"))
    assert app["client_id"].encode() in stored
    for secret in (app["client_secret"], code, amina.token, session.secret):
        assert secret.encode() not in stored


async def test_a_browser_session_opens_and_closes(world: World, amina: Caller) -> None:
    first = await world.db.write(access.open_session, amina.member.id, agent="Firefox")
    second = await world.db.write(access.open_session, amina.member.id)
    found = await world.db.read(access.session_of, first.secret)
    assert found is not None
    assert (found.member.id, found.csrf) == (amina.member.id, first.csrf)
    assert await world.db.read(access.session_of, "nobody") is None
    assert len(await world.db.read(access.sessions, amina.member.id)) == 2
    assert await world.db.write(access.close_other_sessions, amina.member.id, but=found.id) == 1
    assert await world.db.read(access.session_of, second.secret) is None
    await world.db.write(access.close_session, first.secret)
    assert await world.db.read(access.session_of, first.secret) is None
    third = await world.db.write(access.open_session, amina.member.id)
    world.tick(days=31)
    assert await world.db.read(access.session_of, third.secret) is None


async def test_a_member_takes_an_apps_keys_back(world: World, amina: Caller) -> None:
    apps = await world.db.read(access.authorised_apps, amina.member.id)
    assert [token.app.name for token in apps] == ["Command line"]
    await world.db.write(access.revoke_app, amina.member.id, apps[0].app.id)
    await amina.get("/api/v1/timelines/home", 401)
    assert await world.db.read(access.authorised_apps, amina.member.id) == []


async def test_scopes_contain_each_other(world: World, amina: Caller) -> None:
    for scopes, path, status in (
        ("read", "/api/v1/timelines/home", 200),
        ("read:statuses", "/api/v1/timelines/home", 200),
        ("read:accounts", "/api/v1/timelines/home", 403),
        ("follow", "/api/v1/blocks", 200),
        ("follow", "/api/v1/timelines/home", 403),
        ("profile", "/api/v1/accounts/verify_credentials", 200),
        ("profile", "/api/v1/blocks", 403),
        ("write", "/api/v1/timelines/home", 403),
    ):
        token = await world.token(amina, scopes)
        answer = await world.http.get(path, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == status, (scopes, path)
    with pytest.raises(Refused):
        await world.token(amina, "everything")


async def test_metadata_names_what_there_is(world: World) -> None:
    found = checked(await world.http.get("/.well-known/oauth-authorization-server"))
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["token_endpoint"] == "http://aid.example/oauth/token"
    assert {"read", "write", "follow", "push", "profile"} <= set(found["scopes_supported"])


async def test_a_code_is_for_one_app_and_one_way(world: World, amina: Caller) -> None:
    """X02, RFC 6749 §4.1.3, RFC 7636 §4.6, RFC 9700 §4.8.2."""
    app, other = await register(world), await register(world)
    plain = code_of(await authorize(world, app, amina))
    challenged = code_of(
        await authorize(world, app, amina, code_challenge=CHALLENGE, code_challenge_method="S256")
    )
    for body in (
        grant(other, plain),
        grant(app, plain, code_verifier=VERIFIER),  # a challenge that was taken out on the way
        grant(app, challenged),  # the secret alone does not do, once there is a challenge
        grant(app, challenged, code_verifier="w" * 64),
        grant(app, challenged, code_verifier=CHALLENGE),
    ):
        refused = await world.http.post("/oauth/token", data=body)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
        assert refused.headers["cache-control"] == "private, no-store"
    checked(await world.http.post("/oauth/token", data=grant(app, plain)))
    checked(await world.http.post("/oauth/token", data=grant(app, challenged, code_verifier=VERIFIER)))


async def test_a_program_on_this_machine_may_choose_its_port(world: World, amina: Caller) -> None:
    """RFC 8252 §7.3; only loopback by number, and only the port."""
    app = await register(
        world, redirect_uris=["http://127.0.0.1/cb", "http://[::1]:1/cb", "http://localhost:1/cb"]
    )
    for uri in ("http://127.0.0.1:51004/cb", "http://127.0.0.1/cb", "http://[::1]:8080/cb"):
        code = code_of(await authorize(world, app, amina, redirect_uri=uri))
        other = await world.http.post(
            "/oauth/token", data=grant(app, code, redirect_uri="http://127.0.0.1:9/cb")
        )
        assert other.json()["error"] == "invalid_grant", "the port of the request is the one it is for"
        checked(await world.http.post("/oauth/token", data=grant(app, code, redirect_uri=uri)))
    for uri in (
        "http://127.0.0.1:51004/other",
        "http://127.0.0.1:51004/cb?x",
        "http://127.0.0.1:99999/cb",
        "http://127.0.0.1:5@evil.example/cb",
        "http://127.0.0.1.evil.example/cb",
        "https://127.0.0.1:51004/cb",
        "http://127.0.0.2:51004/cb",
        "http://localhost:2/cb",
    ):
        with pytest.raises(access.OAuthRefused) as refused:
            await authorize(world, app, amina, redirect_uri=uri)
        assert (refused.value.code, refused.value.location) == ("invalid_redirect_uri", ""), uri


async def test_a_refused_client_is_told_how_it_tried(world: World) -> None:
    """RFC 6749 §2.3, §5.2; RFC 6750 §3."""
    app = await register(world)

    def basic(secret: str) -> dict[str, str]:
        pair = base64.b64encode(f"{app['client_id']}:{secret}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}

    body = {"grant_type": "client_credentials"}
    wrong = await world.http.post("/oauth/token", data=body, headers=basic("wrong"))
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    assert wrong.headers["www-authenticate"].startswith("Basic ")
    posted = await world.http.post("/oauth/token", data=body | {"client_id": app["client_id"]})
    assert posted.status_code == 401
    assert "www-authenticate" not in posted.headers, "a browser would ask for a password"
    both = await world.http.post(
        "/oauth/token", data=body | {"client_id": "another"}, headers=basic(app["client_secret"])
    )
    assert (both.status_code, both.json()["error"]) == (400, "invalid_request")
    same = body | {"client_id": app["client_id"], "client_secret": app["client_secret"]}
    checked(await world.http.post("/oauth/token", data=same, headers=basic(app["client_secret"])))
    wide = await world.http.post("/oauth/token", data=same | {"scope": "admin:read"})
    assert (wide.status_code, wide.json()["error"]) == (400, "invalid_scope")
    nobody = await world.http.get("/api/v1/timelines/home")
    assert (nobody.status_code, nobody.headers["www-authenticate"]) == (401, 'Bearer realm="fedi_aid"')


async def test_an_apps_own_token_is_nobodys(world: World) -> None:
    app = await register(world)
    body = {"grant_type": "client_credentials", "scope": "read write"}
    made = checked(await world.http.post("/oauth/token", data=grant(app, "") | body))
    headers = {"Authorization": f"Bearer {made['access_token']}"}
    assert checked(await world.http.get("/api/v1/apps/verify_credentials", headers=headers))["name"]
    refused = await world.http.get("/api/v1/timelines/home", headers=headers)
    assert refused.status_code == 422
    form = {"client_id": app["client_id"], "client_secret": app["client_secret"]}
    again = {"token": made["access_token"], "token_type_hint": "refresh_token"}
    assert checked(await world.http.post("/oauth/revoke", json=form | again)) == {}
    assert (await world.http.get("/api/v1/apps/verify_credentials", headers=headers)).status_code == 401
