"""Lists of servers, read and written: whatever stands in them (X03)."""

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedi_aid.actions import domains
from fedi_aid.errors import Refused
from fedi_aid.model.house import House
from fedi_aid.model.moderation import DomainRule, canonical_email, covers, email_digest, obfuscated


class NoDatabase:
    """Reading a list asks for nothing but the name of this server."""

    house = House(base_url="https://here.example")


NOWHERE = NoDatabase()
WHEN = datetime(2026, 3, 14, tzinfo=UTC)


def rule(comment: str, domain: str = "evil.example") -> DomainRule:
    return DomainRule(id=1, domain=domain, severity="suspend", public_comment=comment, created_at=WHEN)


@given(st.text(max_size=80))
def test_no_cell_is_a_formula_and_the_comment_comes_back(comment: str) -> None:
    """X03: spreadsheets run what begins so; the same list read again says the same."""
    comment = comment.strip()
    told = domains.written([rule(comment)])
    for row in csv.reader(io.StringIO(told, newline="")):
        assert not [cell for cell in row if cell[:1] in {"=", "+", "-", "@", "\t", "\r"}]
    ((name, wish),) = domains.read_list(NOWHERE, told)  # type: ignore[arg-type]
    assert (name, wish.severity, wish.public_comment) == ("evil.example", "suspend", comment)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = domains.read_list(NOWHERE, text)  # type: ignore[arg-type]
    except Refused:
        return
    for name, _ in found:
        assert "." in name or ":" in name
        assert name == name.lower()


@pytest.mark.parametrize(
    "name",
    [
        "here.example",
        "example",
        "EXAMPLE",
        "",
        " ",
        "a b.example",
        "https://evil.example",
        "evil.example/x",
        "..",
        "x" * 600,
    ],
)
def test_names_of_no_other_server(name: str) -> None:
    with pytest.raises(Refused) as refused:
        domains.name_of(NOWHERE, name)  # type: ignore[arg-type]
    assert refused.value.field == "domain"


def test_names_have_one_spelling() -> None:
    for name in ("Évil.example", "@évil.example", "*.évil.example", " ÉVIL.EXAMPLE "):
        assert domains.name_of(NOWHERE, name) == "xn--vil-9la.example"  # type: ignore[arg-type]


def test_obfuscation_keeps_the_length_and_the_dots() -> None:
    assert obfuscated("social.evil.example") == "soci**.****.***mple"
    assert obfuscated("a.b") == "*.*"


def test_what_a_rule_covers() -> None:
    assert covers("evil.example", "evil.example")
    assert covers("evil.example", "a.evil.example")
    assert not covers("evil.example", "notevil.example")


def test_an_address_has_one_digest() -> None:
    assert canonical_email(" N.a.d.i.a+spam@Mail.Example ") == "nadia@mail.example"
    assert email_digest("nadia@mail.example") == email_digest("NADIA+x@mail.example")
    assert email_digest("nadia@mail.example") != email_digest("nadia@other.example")
