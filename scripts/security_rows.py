"""Print which attacks and rules have tests; fail when one has neither a test nor a reason (`make security`).

The rows are those of docs/security-checks.md and docs/rules.md. A test counts for a row when its name, one of
its cases or its own docstring has the number (`test_h01_…`, `id="F05 …"`, `R9`); comments and the docstrings
of modules do not count.
Reasons are read from the table of SECURITY.md that begins with a number.
"""

import argparse
import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
REASONS = "## Attacks that do not apply here"
NUMBER = r"(?:[HFOAJDBPCX][0-9]{2}|R[0-9]{1,2})"
IN_TEXT = re.compile(rf"(?<![A-Za-z0-9]){NUMBER}(?![A-Za-z0-9])")
IN_A_NAME = re.compile(rf"(?<![A-Z0-9]){NUMBER}(?![A-Z0-9])")


class Row(NamedTuple):
    """One attack or rule: its number, what must hold, the tests that name it, why it needs none."""

    number: str
    title: str
    tests: tuple[str, ...]
    reason: str | None

    @property
    def missing(self) -> bool:
        return not self.tests and not self.reason


def table(text: str) -> dict[str, str]:
    """Number → what the row says, of every row of a Markdown page that begins with a number."""
    cells = (
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("| ")
    )
    return {found[0]: found[1] for found in cells if len(found) > 1 and re.fullmatch(NUMBER, found[0])}


def tests_in(file: Path, shown: str) -> Iterator[tuple[str, set[str]]]:
    """(name as pytest takes it, numbers it names) of every test of a file; a class names for its tests."""

    def visit(body: list[ast.stmt], above: str, given: set[str]) -> Iterator[tuple[str, set[str]]]:
        for node in body:
            if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
                yield from visit(node.body, f"{above}::{node.name}", given | named(node))
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
                yield f"{above}::{node.name}", given | named(node)

    yield from visit(ast.parse(file.read_text(encoding="utf-8")).body, shown, set())


def named(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """The numbers in its name, in its cases (`pytest.param(…, id="H01 unsigned")`) and in its docstring."""
    words = node.name.upper().replace("_", " ")
    cases = [
        word.value.value
        for decorator in node.decorator_list
        for word in ast.walk(decorator)
        if isinstance(word, ast.keyword) and word.arg == "id" and isinstance(word.value, ast.Constant)
    ]
    texts = [ast.get_docstring(node) or "", *(case for case in cases if isinstance(case, str))]
    return {*IN_A_NAME.findall(words), *(number for text in texts for number in IN_TEXT.findall(text))}


def rows(root: Path = ROOT) -> list[Row]:
    """Every row, in the order of the pages. `ValueError` when a test or a reason names another."""
    titles = {
        **table((root / "docs/security-checks.md").read_text(encoding="utf-8")),
        **table((root / "docs/rules.md").read_text(encoding="utf-8")),
    }
    _, heading, after = (root / "SECURITY.md").read_text(encoding="utf-8").partition(REASONS)
    reasons = table(after.partition("\n## ")[0]) if heading else {}
    found: dict[str, list[str]] = {number: [] for number in titles}
    for file in sorted((root / "tests").rglob("test_*.py")):
        for name, numbers in tests_in(file, file.relative_to(root).as_posix()):
            for number in numbers:
                if number not in found:
                    raise ValueError(f"{name} names {number}, and there is no such row")
                found[number].append(name)
    if unknown := sorted(reasons.keys() - titles.keys()):
        raise ValueError(f"SECURITY.md has reasons for {', '.join(unknown)}, and there are no such rows")
    return [Row(number, title, tuple(found[number]), reasons.get(number)) for number, title in titles.items()]


def report(found: list[Row], *, short: bool) -> Iterator[str]:
    """The lines to print: each row with its tests or its reason, then one line of numbers per letter."""
    for row in found:
        if not short or row.missing:
            yield f"{row.number:4}{row.title}"
            yield from (f"      {test}" for test in row.tests)
            if row.reason:
                yield f"      not applicable: {row.reason}"
            if row.missing:
                yield "      NO TEST AND NO REASON"
    yield ""
    for letter in dict.fromkeys(row.number[0] for row in found):
        group = [row for row in found if row.number[0] == letter]
        without = [row.number for row in group if row.missing]
        tested = sum(bool(row.tests) for row in group)
        excused = len(group) - tested - len(without)
        line = f"{letter}  {len(group):3} rows, {tested:3} with a test, {excused} not applicable"
        yield line + (f", {len(without)} without: {' '.join(without)}" if without else "")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--short", action="store_true", help="only what is missing, and the numbers")
    short = parser.parse_args(arguments).short
    try:
        found = rows()
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(report(found, short=short)))
    return 1 if any(row.missing for row in found) else 0


if __name__ == "__main__":
    sys.exit(main())
