"""`fedi_aid people alias`, `move`, `stay`, as an operator types them."""

from tests.cli.operator import Operator


def one_line(operator: Operator, *words: str) -> str:
    """What a refused command says: one sentence, on standard error."""
    done = operator.run("people", *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_member_moves_at_the_operator_s_hand(operator: Operator) -> None:
    """Between two members of one instance, so that nothing else has to run (A15)."""
    old, new = operator.create("amina")["uri"], operator.create("amina2")["uri"]
    assert "no member called dov" in one_line(operator, "move", "dov", new)
    assert "cannot be found" in one_line(operator, "alias", "amina", f"{old}-nobody")
    assert "does not name this account" in one_line(operator, "move", "amina", new)
    assert "has not moved" in one_line(operator, "stay", "amina")

    named = operator.ask("people", "alias", "amina2", old)
    assert (named["username"], named["aliases"], named["moved_to"]) == ("amina2", [old], None)
    moved = operator.ask("people", "move", "amina", new)
    assert moved["moved_to"] == new
    assert "moved already" in one_line(operator, "move", "amina", new)

    back = operator.run("people", "stay", "amina")
    assert (back.returncode, back.stdout) == (0, "amina lives here after all.\n")
    assert "30 days" in one_line(operator, "move", "amina", new)
    assert operator.ask("people", "alias", "amina2", old, "--remove")["aliases"] == []
