"""The documents are true where a machine can tell: links lead somewhere, files are there, commands parse."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from fedi_aid import settings
from fedi_aid.butler import commands
from fedi_aid.cli import commands as command_line
from fedi_aid.client_api.entities import account, instance, status
from fedi_aid.client_api.entities.look import Look
from fedi_aid.client_api.routes import ROUTES
from fedi_aid.model import control_tags
from fedi_aid.storage.database import Database
from fedi_aid.storage.tx import Tx
from tests.conftest import Clock
from tests.world import build

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.joinpath("docs").rglob("*.md"), *ROOT.joinpath("deploy").rglob("*.md")]
)
# Where our own files are; anything else in backticks may be a word, a route or somebody else's file.
OURS = re.compile(
    r"(?:fedi_aid|tests|docs|migrations|benchmarks|deploy|scripts)/[\w./*-]*"
    r"|pyproject\.toml|Makefile|Dockerfile|\.ci/run|requirements[\w-]*\.lock"
)


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def prose(text: str) -> str:
    """A page without its code blocks."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def tables(text: str) -> Iterator[list[list[str]]]:
    """Every table, row by row, without its head."""
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines()]
        yield rows[2:]


def table_with(text: str, first: str) -> list[list[str]]:
    """The table in which a row begins with this cell."""
    return next(rows for rows in tables(text) if any(row[0] == first for row in rows))


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


# -- links and files


def anchors(page: Path) -> set[str]:
    """The places of a page that a link may name, as the usual hosts make them from headings."""
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} (.+)$", prose(page.read_text(encoding="utf-8")), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
        kept = "".join(sign for sign in plain if sign in " -_" or unicodedata.category(sign)[0] in "LN")
        found.add(kept.strip().replace(" ", "-"))
    return found


def links() -> Iterator[tuple[Path, str]]:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)\s]+)\)", prose(page.read_text(encoding="utf-8"))):
            if not re.match(r"[a-z]+:", target):
                yield page, target


def test_there_are_pages_and_links() -> None:
    assert {"README.md", "CONTRIBUTING.md", "SECURITY.md", "FEDERATION.md"} <= {page.name for page in PAGES}
    assert len(list(links())) > 30


def test_links_lead_somewhere() -> None:
    for page, target in links():
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.is_relative_to(ROOT), f"{page.name} links to {target}"
        assert there.exists(), f"{page.name} links to {target}"
        assert not anchor or anchor in anchors(there), f"{page.name} links to {target}"


def test_named_files_exist() -> None:
    missing = [
        f"{page.name}: {word}"
        for page in PAGES
        for word in quoted(prose(page.read_text(encoding="utf-8")))
        if OURS.fullmatch(word) and not any(ROOT.glob(word.rstrip("/")))
    ]
    assert missing == []


def test_the_pages_name_no_machine() -> None:
    """Nobody's folders and registries belong here."""
    for page in PAGES:
        found = re.findall(
            r"(?<![\w.])/(?:home|root|work)/\S*|\.\./shared\S*", page.read_text(encoding="utf-8")
        )
        assert found == [], page.name


def test_every_decision_is_in_the_list() -> None:
    listed = text_of("docs/decisions/README.md")
    for record in ROOT.joinpath("docs/decisions").glob("[0-9]*.md"):
        assert f"]({record.name})" in listed
        assert {"## Context", "## Decision", "## Consequences"} <= set(record.read_text().splitlines())


# -- commands and settings


def typed_commands() -> Iterator[list[str]]:
    """The words after `fedi_aid` wherever a page shows a command of ours."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for code in [*re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL), *quoted(prose(text))]:
            for words in re.findall(r"(?:^|[\s(]|bin/)fedi_aid ([a-z][^\n)]*)", code):
                yield words.split()


def test_documented_commands_exist() -> None:
    """Every command in the pages is one that the program knows, with these options."""
    said = list(typed_commands())
    assert ["settings"] in said
    assert ["people", "token", "amina"] in said
    for typed in said:
        command: click.Command = command_line
        rest = list(typed)
        while isinstance(command, click.Group):
            found = command.get_command(click.Context(command), rest.pop(0))
            assert found is not None, typed
            command = found
        known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        assert {word for word in rest if word.startswith("--")} <= known, typed


def test_documented_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        fenced = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        for code in [*fenced, *quoted(prose(text))]:
            assert set(re.findall(r"\bmake ([a-z-]+)", code)) <= targets, page.name


def test_cited_rules_are_explained() -> None:
    """A number in a comment can be looked up, and what is explained is cited."""
    explained = text_of("docs/rules.md")
    rules = {row[0] for rows in tables(explained) for row in rows}
    cited: set[str] = set()
    for folder in ("fedi_aid", "tests"):
        for file in ROOT.joinpath(folder).rglob("*.py"):
            code = file.read_text(encoding="utf-8")
            cited |= set(re.findall(r"\bRULES (R[0-9]+)", code))
            for group in re.findall(r"\(([A-Z][0-9]{2}(?:(?:, |–)[A-Z][0-9]{2})*)\)", code):
                cited |= {check[0] for check in re.findall(r"[A-Z][0-9]{2}", group)} - {"R"}
    assert len(cited) > 20
    assert cited <= rules


def test_cited_sections_of_the_extension_exist() -> None:
    page = text_of("docs/extension.md")
    sections = {*re.findall(r"^## ([0-9])\.", page, re.MULTILINE)}
    sections |= {*re.findall(r"^\*\*([0-9]\.[0-9]+) ", page, re.MULTILINE)}
    assert "4.5" in sections
    for file in ROOT.joinpath("fedi_aid").rglob("*.py"):
        code = file.read_text(encoding="utf-8")
        cited = set(re.findall(r"FEDERATION_EXTENSION §([0-9](?:\.[0-9]+)?)", code))
        assert cited <= sections, file


BENCHMARKS_ONLY = "FEDI_AID_BENCH_DATA"


def test_the_settings_of_the_readme_are_those_of_the_code() -> None:
    known = {one.variable: one for one in settings.explain()}
    rows = table_with(text_of("README.md"), "`FEDI_AID_BASE_URL`")
    for variable, default, _ in rows:
        one = known[quoted(variable)[0]]
        written = quoted(default)[0] if default else ""
        assert written == one.default, one.variable
    for page in PAGES:
        named = set(re.findall(r"\bFEDI_AID_[A-Z_]*[A-Z]\b", page.read_text(encoding="utf-8")))
        assert named <= {*known, settings.CONFIG_VARIABLE, BENCHMARKS_ONLY}, page.name


# -- what members write

BUTLER = text_of("docs/butler.md")


def test_the_butler_understands_what_its_page_lists() -> None:
    rows = table_with(BUTLER, "yes")
    assert {row[0] for row in rows} == set(commands.WORDS)
    for verb, english, french in rows:
        assert quoted(english)
        assert quoted(french)
        for phrase in quoted(english) + quoted(french):
            for message in (phrase, f"@butler {phrase.upper()}!", f"{phrase}, please"):
                found = commands.parse(message)
                assert found is not None, message
                assert found.verb == verb, message


def test_control_tags_do_what_the_page_says() -> None:
    def asked(found: control_tags.Control) -> dict[str, Any]:
        asks = {
            "help": found.help and not found.bottle,
            "bottle": found.bottle and found.help and found.intimacy == 0,
            "level": found.intimacy == 3,
            "project": found.project in ("garden", "jardin"),
            "sphere": found.sphere in ("choir", "chorale"),
            "interest": found.paid,
        }
        return {name: value for name, value in asks.items() if value}

    rows = table_with(BUTLER, "bottle")
    assert {row[0] for row in rows} == {"help", "bottle", "interest", "level", "project", "sphere"}
    for name, _, english, french in rows:
        for tag in quoted(english) + quoted(french):
            found = control_tags.read(f"Who can? {tag}", ["garden", "jardin"], ["choir", "chorale"])
            assert found.text == "Who can?", tag
            assert list(asked(found)) == [name], tag


# -- what the API adds

API = text_of("docs/api-extension.md")


def fields(heading: str) -> set[str]:
    part = API.split(f"## {heading}\n")[1].split("\n## ")[0]
    return {quoted(row[0])[0] for row in next(tables(part))}


def test_the_endpoints_are_those_of_the_routes() -> None:
    ours = {
        (f"{route.methods} {route.path}", " ".join(route.scopes))
        for route in ROUTES
        if "/fedi_aid/" in route.path
    }
    said = {
        (quoted(row[0])[0], quoted(row[1])[0])
        for row in table_with(API, "`GET /api/v1/fedi_aid/statuses/{id}/why`")
    }
    assert said == ours


def test_the_instance_has_the_fields_of_the_page() -> None:
    found = instance.fedi_aid(settings.Settings(), "en")
    assert fields("On the instance") == set(found)
    row = next(row for row in table_with(API, "`levels`") if row[0] == "`levels`")
    assert set(re.findall(r"\w+", quoted(row[1])[0])) == set(found["levels"][0])


@pytest.mark.anyio
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_statuses_and_accounts_have_the_fields_of_the_page(database: Database, clock: Clock) -> None:
    world = await build(database, clock)
    post_id = await world.amina.asks("My shop needs a ramp", intimacy=0)
    view = await world.amina.sees(post_id)
    member = await world.amina.member()
    assert view is not None

    def shown(tx: Tx) -> tuple[Any, Any, Any]:
        look = Look(viewer=member.id, house=tx.house, locale="en")
        return (
            status.status(tx, look, view)["fedi_aid"],
            account.accounts(tx, look, [member.person])[0]["fedi_aid"],
            account.own_account(tx, look, member)["fedi_aid"],
        )

    of_status, of_account, of_oneself = await database.read(shown)
    assert fields("On a status") == set(of_status)
    assert fields("On an account") == set(of_account)
    assert set(of_oneself) - set(of_account) <= set(quoted(prose(API)))
    audience = next(row for row in table_with(API, "`audience`") if row[0] == "`audience`")
    assert set(re.findall(r"\w+", quoted(audience[2])[0])) == set(of_status["audience"])
    request = next(row for row in table_with(API, "`request`") if row[0] == "`request`")
    assert set(re.findall(r"\w+", quoted(request[2])[0])) == set(of_status["request"])
