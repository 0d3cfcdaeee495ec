"""The operator's contract, with real processes: what is wrong ends in one clear sentence, exit code 2, and
nothing created; what commands print as JSON; exit codes."""

import socket
import sqlite3
import subprocess
from pathlib import Path

import click
import pytest

from fedi_aid.cli import COMMANDS, commands
from tests.cli.operator import PASSWORD, Operator
from tests.ports import free_port

CREATE = ("people", "create", "amina", "--email", "amina@example.org", "--password-stdin")


def one_sentence(done: "subprocess.CompletedProcess[str]", code: int) -> str:
    """The failure said one thing, once, to people; never a stack trace."""
    assert done.returncode == code, (done.returncode, done.stderr)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    [line] = done.stderr.splitlines()
    assert line.startswith("fedi_aid: ")
    assert line.endswith((".", "?"))
    return line


def refused(operator: Operator, *words: str, **variables: str) -> str:
    """Exit code 2, one sentence, nothing created."""
    before = operator.files()
    said = one_sentence(operator.run(*words, stdin=PASSWORD, **variables), 2)
    assert operator.files() == before
    return said


@pytest.mark.parametrize("words", [("serve",), CREATE])
def test_unknown_setting(operator: Operator, words: tuple[str, ...]) -> None:
    said = refused(operator, *words, FEDI_AID_REGISTRATOIN="open")
    assert "FEDI_AID_REGISTRATOIN is not a setting: did you mean FEDI_AID_REGISTRATION?" in said


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"FEDI_AID_REGISTRATION": "maybe"}, "open, approval, invite or closed"),
        ({"FEDI_AID_BASE_URL": "https://aid.example/path"}, "FEDI_AID_BASE_URL"),
        ({"FEDI_AID_BASE_URL": "http://aid.example"}, "plain http"),
        ({"FEDI_AID_DATABASE_URL": "mysql://root:hidden@localhost/x"}, "FEDI_AID_DATABASE_URL"),
        ({"FEDI_AID_FAST_BUTLER": "60"}, "allow_private_addresses"),  # RULES R27
        ({"FEDI_AID_CONFIG": "missing.toml"}, "missing.toml does not exist"),
    ],
)
def test_bad_value(operator: Operator, variables: dict[str, str], named: str) -> None:
    said = refused(operator, "serve", **variables)
    assert named in said
    assert "hidden" not in said


def test_bad_settings_file(operator: Operator) -> None:
    (operator.folder / "mine.toml").write_text("registration = open\n")
    assert "is not valid TOML" in refused(operator, "--config", "mine.toml", "serve")


@pytest.mark.parametrize(
    "words",
    [("serve", "--port", "70000"), ("serve", "--only", "play"), ("surf",), ("people", "create", "amina")],
)
def test_bad_call(operator: Operator, words: tuple[str, ...]) -> None:
    assert "--help`" in refused(operator, *words)


def test_busy_port(operator: Operator) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = refused(operator, "serve", "--port", str(port))
    assert f"Port {port} on 127.0.0.1" in said
    assert "another program uses it" in said


def test_address_of_another_machine(operator: Operator) -> None:
    assert "not one of this machine" in refused(operator, "serve", "--host", "192.0.2.1", "--port", "8099")


@pytest.mark.parametrize("words", [("serve",), CREATE])
def test_unwritable_folder(operator: Operator, words: tuple[str, ...]) -> None:
    """A path under a file: not even root can write there."""
    (operator.folder / "file").write_text("not a folder")
    said = refused(operator, *words, FEDI_AID_DATA_DIR="file/data")
    assert "file/data cannot be made" in said


def test_database_that_does_not_answer(operator: Operator) -> None:
    url = f"postgresql+asyncpg://amina:hidden@127.0.0.1:{free_port()}/aid"
    said = refused(operator, "serve", FEDI_AID_DATABASE_URL=url)
    assert "does not answer" in said
    assert "hidden" not in said


def test_file_that_is_no_database(operator: Operator) -> None:
    (operator.folder / "data").mkdir()
    (operator.folder / "data" / "fedi_aid.sqlite3").write_text("a letter to my aunt")
    assert "is not an SQLite database" in refused(operator, "serve")


def test_database_of_a_newer_version(operator: Operator, sqlite_template: Path) -> None:
    """It is understood and not done: 1, and the file stays as it was."""
    path = operator.has(sqlite_template)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    assert "newer" in one_sentence(operator.run("serve", "--port", str(free_port())), 1)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)
    connection.close()


def test_something_unexpected_is_one_line_and_debug_shows_all(
    operator: Operator, sqlite_template: Path
) -> None:
    with sqlite3.connect(operator.has(sqlite_template)) as connection:
        connection.execute("DROP TABLE members")
    connection.close()
    said = one_sentence(operator.run("people", "list"), 1)
    assert "fedi_aid --debug" in said
    assert "Traceback" in operator.run("--debug", "people", "list").stderr


def test_migrate_says_what_it_did(operator: Operator) -> None:
    first, again = operator.ask("db", "migrate"), operator.ask("db", "migrate")
    assert first == {"changed": True, "revision": again["revision"]}
    assert again["changed"] is False


def test_people_without_a_server(operator: Operator) -> None:
    made = operator.create("Amina", "--admin", "--display-name", "Amina B.", "--locale", "fr")
    assert made["id"].isdigit()
    del made["id"]
    assert made == {
        "username": "amina",
        "email": "amina@example.org",
        "role": "admin",
        "state": "active",
        "uri": "http://localhost:8080/users/amina",
    }
    token = operator.ask("people", "token", "amina", "--scopes", "read write")
    assert token["token_type"] == "Bearer"
    assert token["scope"] == "read write"
    assert len(token["access_token"]) >= 40
    assert isinstance(token["created_at"], int)
    fresh = operator.ask("people", "rotate-keys", "amina")  # X05
    assert (fresh["username"], fresh["uri"]) == ("amina", made["uri"])
    assert operator.ask("people", "rotate-keys", "instance")["uri"] == "http://localhost:8080/actor"
    assert "nobody called dov" in one_sentence(operator.run("people", "rotate-keys", "dov"), 1)
    [listed] = operator.ask("people", "list")["people"]
    assert (listed["username"], listed["role"]) == ("amina", "admin")
    # Members' private keys are in there.
    data = operator.folder / "data"
    assert data.stat().st_mode & 0o077 == 0
    assert (data / "fedi_aid.sqlite3").stat().st_mode & 0o077 == 0
    # What is understood and not done: exit code 1.
    assert "taken" in one_sentence(operator.run(*CREATE, stdin=PASSWORD), 1)
    assert "no member called dov" in one_sentence(operator.run("people", "token", "dov"), 1)
    assert "amina is asked for codes" in one_sentence(
        operator.run("people", "forget-second-factor", "amina"), 1
    )
    assert "no request 42" in one_sentence(operator.run("butler", "why", "42"), 1)


def test_weak_password_creates_nothing(operator: Operator) -> None:
    said = one_sentence(operator.run(*CREATE, stdin="short\n"), 1)
    assert "between 10 and 200" in said
    assert "short" not in said
    assert operator.files() == []


def test_a_password_is_never_an_argument(operator: Operator) -> None:
    """With no terminal and no --password-stdin there is nobody to ask."""
    said = refused(operator, *CREATE[:-1])
    assert "--password-stdin" in said


def test_settings_are_listed_even_when_they_are_wrong(operator: Operator) -> None:
    done = operator.run("settings", FEDI_AID_REGISTRATION="maybe")
    assert done.returncode == 0
    for variable in ("BASE_URL", "DATA_DIR", "DATABASE_URL", "REGISTRATION", "ALLOW_PRIVATE_ADDRESSES"):
        assert f"FEDI_AID_{variable} = " in done.stdout
    names = {one["name"] for one in operator.ask("settings")["settings"]}
    assert {"allow_public_posts", "fast_butler"} <= names
    assert operator.files() == []


def test_doctor_of_a_healthy_instance(operator: Operator) -> None:
    found = operator.ask("doctor")
    assert found["ok"] is True
    assert operator.files() == []  # it looks, and creates nothing
    assert {check["name"] for check in found["checks"]} >= {"python", "settings", "data folder", "database"}


@pytest.mark.parametrize(
    ("variables", "wrong", "advice"),
    [
        ({"FEDI_AID_REGISTRATION": "maybe"}, "settings", "open, approval, invite or closed"),
        ({"FEDI_AID_DATA_DIR": "file/data"}, "data folder", "FEDI_AID_DATA_DIR"),
        ({"FEDI_AID_BASE_URL": "https://192.0.2.7"}, "base URL", "choose a host name"),
        ({"FEDI_AID_FFMPEG": "no-such-program"}, "films", "Install ffmpeg"),
    ],
)
def test_doctor_says_what_is_wrong(
    operator: Operator, variables: dict[str, str], wrong: str, advice: str
) -> None:
    (operator.folder / "file").write_text("not a folder")
    done = operator.run("doctor", **variables)
    assert done.returncode == 1
    [line] = [line for line in done.stdout.splitlines() if line.startswith("WRONG")]
    assert line.startswith(f"WRONG  {wrong}: ")
    assert advice in line
    assert done.stderr == f"fedi_aid: This is wrong: {wrong}.\n"


def test_health_of_nobody(operator: Operator) -> None:
    done = operator.run("doctor", "--health", f"http://127.0.0.1:{free_port()}/health")
    assert done.returncode == 1
    assert "does not answer" in done.stdout


def test_help_names_every_command(operator: Operator) -> None:
    done = operator.run("--help")
    assert done.returncode == 0
    for name in COMMANDS:
        assert f"  {name} " in done.stdout
        command = commands.get_command(click.Context(commands), name)
        assert command is not None
        assert command.help


def test_settings_file(operator: Operator, tmp_path: Path) -> None:
    """A settings file gives what no variable does, and variables win."""
    (tmp_path / "mine.toml").write_text(
        f'data_dir = "{tmp_path}/elsewhere"\nbase_url = "https://aid.example"\n'
    )
    operator.environ["FEDI_AID_CONFIG"] = str(tmp_path / "mine.toml")
    assert operator.create("amina")["uri"] == "https://aid.example/users/amina"
    assert operator.files() == []
    said = one_sentence(operator.run(*CREATE, stdin=PASSWORD, FEDI_AID_BASE_URL="https://other.example"), 2)
    assert "belongs to https://aid.example" in said
