"""`fedi_aid announce`: words to all members, as an operator types them."""

from pathlib import Path

from tests.cli.operator import Operator


def test_announcing(operator: Operator, sqlite_template: Path) -> None:
    operator.has(sqlite_template)
    made = operator.ask("announce", "add", "We move on Sunday.", "--until", "2099-01-01T00:00Z")
    (listed,) = operator.ask("announce", "list")["announcements"]
    assert listed["id"] == made["id"]
    assert "We move on Sunday." in listed["html"]
    assert "We move on Sunday." in operator.run("announce", "list").stdout
    assert operator.ask("announce", "remove", made["id"]) == {"id": made["id"]}
    assert operator.ask("announce", "list") == {"announcements": []}
    gone = operator.run("announce", "remove", made["id"])
    assert gone.returncode == 1
    assert f"There is no announcement {made['id']}" in gone.stderr
    bad = operator.run("announce", "add", "x", "--until", "soon")
    assert bad.returncode == 2
    assert "'soon' is no date" in bad.stderr
    past = operator.run("announce", "add", "x", "--until", "2001-01-01")
    assert past.returncode == 1
    assert "over before it begins" in past.stderr
