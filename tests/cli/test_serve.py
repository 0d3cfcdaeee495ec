"""A served instance and commands beside it, as real processes."""

import json
import signal

import pytest

from tests.cli.operator import Operator, Serving

pytestmark = pytest.mark.processes


def test_serve_and_commands_beside_it(operator: Operator) -> None:
    with Serving(operator) as server:
        assert f"fedi_aid is running at {server.url}" in server.stdout()
        assert "people create NAME --email YOU@EXAMPLE.ORG --admin" in server.stdout()
        # Where no base URL is given, commands find the one that the instance was first served under.
        assert operator.create("amina")["uri"] == f"{server.url}/users/amina"
        token = operator.token("amina")
        me = server.api("/api/v1/accounts/verify_credentials", token=token)
        assert (me["username"], me["url"]) == ("amina", f"{server.url}/@amina")
        assert server.get(f"/api/v1/accounts/verify_credentials?access_token={token}x")[0] == 401
        healthy = operator.run("doctor", "--health", f"http://127.0.0.1:{server.port}/health")
        assert healthy.returncode == 0, healthy.stdout
        # The port is taken, and so is the address of the members.
        busy = operator.run("serve", "--port", str(server.port))
        assert busy.returncode == 2
        assert "another program uses it" in busy.stderr
        moved = operator.run("serve", "--port", "9")
        assert moved.returncode == 2
        assert f"use --port {server.port}" in moved.stderr
        assert server.stop() == 0
    logged = server.stderr()
    assert "request method=GET path=/api/v1/accounts/verify_credentials status=200" in logged
    assert "request method=GET path=/api/v1/accounts/verify_credentials status=401" in logged
    assert token not in logged
    assert "access_token" not in logged
    assert "Traceback" not in logged
    # Served again it stands where it stood, and knows that it has a member.
    with Serving(operator, port=server.port) as server:
        assert "people create" not in server.stdout()
        assert server.api("/api/v1/accounts/verify_credentials", token=token)["id"] == me["id"]
        assert server.stop(signal.SIGINT) == 0


def test_json_logs_are_one_object_per_line(operator: Operator) -> None:
    operator.environ["FEDI_AID_LOG_FORMAT"] = "json"
    with Serving(operator) as server:
        assert server.get("/nothing/here?code=hidden")[0] == 404
        assert server.stop() == 0
    lines = [json.loads(line) for line in server.stderr().splitlines()]
    [request] = [line for line in lines if line["event"] == "request"]
    assert (request["path"], request["status"], request["level"]) == ("/nothing/here", 404, "info")
    assert "hidden" not in server.stderr()
