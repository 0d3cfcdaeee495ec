"""`fedi_aid peers` and the decisions of `fedi_aid people`, as an operator types them."""

import csv
from pathlib import Path

import pytest

from tests.cli.operator import Operator


@pytest.fixture
def ready(operator: Operator, sqlite_template: Path) -> Operator:
    operator.has(sqlite_template)
    return operator


def test_block_list_export_import_unblock(ready: Operator) -> None:
    """X03: a comment that is a formula or HTML goes round as the same harmless text."""
    formula = "=cmd|' /C calc'!A0"
    made = ready.ask(
        *("peers", "block", "Evil.example", "--public-comment", formula, "--private-comment", "seen by mona")
    )
    assert (made["domain"], made["severity"]) == ("evil.example", "suspend")
    ready.ask(
        "peers", "block", "quiet.example", "--severity", "limit", "--public-comment", '<b>loud</b>, "so"'
    )
    ready.ask("peers", "allow", "good.example")
    rules = ready.ask("peers", "list")["rules"]
    assert [(one["domain"], one["severity"]) for one in rules] == [
        ("evil.example", "suspend"),
        ("good.example", "allow"),
        ("quiet.example", "limit"),
    ]
    told = ready.run("peers", "export").stdout
    assert "seen by mona" not in told
    cells = [cell for row in csv.reader(told.splitlines()) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert f"'{formula}" in cells
    assert [row[:2] for row in csv.reader(told.splitlines())] == [
        ["#domain", "#severity"],
        ["evil.example", "suspend"],
        ["quiet.example", "silence"],
    ]
    (ready.folder / "list.csv").write_text(told)
    assert ready.ask("peers", "import", "list.csv") == {"domains": []}
    for name in ("evil.example", "quiet.example"):
        ready.ask("peers", "unblock", name)
    assert ready.ask("peers", "import", "list.csv") == {"domains": ["evil.example", "quiet.example"]}
    again = {one["domain"]: one for one in ready.ask("peers", "list")["rules"]}
    assert again["evil.example"]["public_comment"] == formula
    assert again["quiet.example"]["public_comment"] == '<b>loud</b>, "so"'
    assert ready.ask("peers", "disallow", "good.example") == {"domain": "good.example"}
    twice = ready.run("peers", "unblock", "nothing.example")
    assert twice.returncode == 1


def test_a_list_with_a_wrong_line_changes_nothing(ready: Operator) -> None:
    """X03: the line is named, nothing of the list is taken."""
    wrong = {
        "#domain,#severity\ngood.example,suspend\n=1+1,suspend\n": "Line 3: Domain",
        "#domain,#severity\ngood.example,burn\n": "Line 2: Severity",
        "#domain,#severity,#reject_media\ngood.example,silence,perhaps\n": "Line 2: What stands there",
        "good.example\nlocalhost:8080\n": "Line 2: Domain is the one of this server",
        'good.example\n"evil.exam\n': "no list",
    }
    for text, sentence in wrong.items():
        (ready.folder / "list.csv").write_text(text)
        done = ready.run("peers", "import", "list.csv")
        assert done.returncode == 1, text
        assert sentence in done.stderr, done.stderr
        assert done.stderr.count("\n") == 1
    (ready.folder / "list.csv").write_bytes(b"\xff\xfe\x00")
    assert "not UTF-8" in ready.run("peers", "import", "list.csv").stderr
    assert ready.ask("peers", "list") == {"rules": []}
    (ready.folder / "list.csv").write_text("\ufeffone.example\n\n# a remark\ntwo.example\none.example\n")
    made = ready.ask("peers", "import", "list.csv", "--severity", "limit")
    assert made == {"domains": ["one.example", "two.example"]}


def test_names_that_are_none(ready: Operator) -> None:
    for name in ("nonsense", "localhost:8080", "a b.example", ""):
        done = ready.run("peers", "block", name, "--yes")
        assert done.returncode in (1, 2), name
        assert "Traceback" not in done.stderr
    assert ready.ask("peers", "preview", "evil.example")["cut"]["friendships"] == 0
    assert ready.ask("peers", "list") == {"rules": []}


def test_roles_and_decisions(ready: Operator) -> None:
    ready.create("amina")
    ready.create("bruno")
    assert ready.ask("people", "role", "amina", "moderator")["role"] == "moderator"
    done = ready.ask("people", "suspend", "@bruno", "--reason", "spam")
    assert (done["suspended"], done["state"]) == (True, "suspended")
    done = ready.ask("people", "unsuspend", "bruno")
    assert (done["suspended"], done["state"]) == (False, "active")
    for words in (
        ("people", "role", "nobody", "admin"),
        ("people", "approve", "bruno"),
        ("people", "reject", "bruno"),
        ("people", "suspend", "butler", "--reason", "x"),
    ):
        failed = ready.run(*words)
        assert failed.returncode == 1, words
        assert "Traceback" not in failed.stderr
    assert ready.run("people", "suspend", "bruno").returncode == 2
