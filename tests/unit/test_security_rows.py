"""Every attack of the list and every rule has a test that names it, or a reason in SECURITY.md."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "security_rows.py"


def run(script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(script), *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={"PYTHONIOENCODING": "utf-8"},
    )


def test_no_row_is_without() -> None:
    """If this fails, the rows that are printed need a test with their number, or a reason."""
    done = run(SCRIPT, "--short")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_lists_are_whole() -> None:
    """28 rules, and 171 attacks in ten groups: none is lost by editing the pages."""
    done = run(SCRIPT)
    said = {line.split()[0]: int(line.split()[1]) for line in done.stdout.split("\n\n")[-1].splitlines()}
    groups = {"H": 22, "F": 19, "O": 15, "A": 24, "J": 15, "D": 13, "B": 14, "P": 19, "C": 22, "X": 8}
    assert said == groups | {"R": 28}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project with one attack, H01, one rule, R1, and no test yet."""
    for folder in ("docs", "scripts", "tests"):
        (tmp_path / folder).mkdir()
    (tmp_path / "scripts/rows.py").write_bytes(SCRIPT.read_bytes())
    (tmp_path / "docs/security-checks.md").write_text("| | |\n| --- | --- |\n| H01 | Signed. |\n")
    (tmp_path / "docs/rules.md").write_text("| | |\n| --- | --- |\n| R1 | Chosen. |\n| H | letters |\n")
    (tmp_path / "SECURITY.md").write_text("# Security\n")
    return tmp_path


def judged(project: Path, tests: str, reasons: str = "") -> tuple[int, str]:
    (project / "tests/test_it.py").write_text(tests)
    if reasons:
        (project / "SECURITY.md").write_text(f"## Attacks that do not apply here\n\n{reasons}\n")
    done = run(project / "scripts/rows.py")
    return done.returncode, done.stdout + done.stderr


def test_what_counts_as_a_test_of_a_row(project: Path) -> None:
    """Names and docstrings of tests count; comments, modules, helpers and longer words do not."""
    for counted in (
        'def test_h01_x():\n    "R1."\n',
        'class TestAll:\n    "H01"\n    async def test_x(self):\n        "R1, and more"\n',
        '@mark.parametrize("a", [pytest.param(1, id="H01 a"), pytest.param(2, id="R1")])\ndef test_x(a):\n    pass\n',
    ):
        assert judged(project, counted)[0] == 0, counted
    for not_counted in (
        "# H01 R1\ndef test_x():\n    pass\n",
        '"""H01 R1"""\ndef test_x():\n    pass\n',
        'def helper_h01():\n    "R1"\n',
        'def test_sha01():\n    "AR1 R1st"\n',
        'def test_x():\n    assert "H01 R1"\n',
    ):
        code, said = judged(project, not_counted)
        assert code == 1, not_counted
        assert said.count("NO TEST AND NO REASON") == 2


def test_a_reason_is_as_good_and_must_be_about_a_row(project: Path) -> None:
    tests = 'def test_x():\n    "R1"\n'
    assert judged(project, tests)[0] == 1
    assert judged(project, tests, "| | |\n| --- | --- |\n| H01 | Nothing is received. |")[0] == 0
    assert judged(project, tests, "| | |\n| --- | --- |\n| H99 | Nothing is received. |")[0] == 1
    assert judged(project, 'def test_x():\n    "R1 H99"\n')[0] == 1
