"""B14: whether a page that somebody names is on their own server, and what is given instead when it is not."""

from typing import Any

import msgspec
import pytest

from fedi_aid.model.house import House
from fedi_aid.model.leaving import host_of, is_theirs, read, way_to
from fedi_aid.model.people import Person

HOUSE = House(base_url="https://one.example")


def somebody(domain: str, uri: str) -> Person:
    """Only what these functions read matters."""
    empty: dict[str, Any] = dict.fromkeys(Person.__struct_fields__)
    return msgspec.structs.replace(Person(**empty), domain=domain, uri=uri, username="frank")


FRANK = somebody("good.example", "https://social.good.example/users/frank")


@pytest.mark.parametrize(
    "url",
    [
        "https://good.example/@frank",
        "https://www.good.example/@frank",
        "https://GOOD.example:443/@frank",
        "https://social.good.example/@frank",
        "http://good.example/@frank",
    ],
)
def test_b14_pages_at_home_are_given_as_they_are(url: str) -> None:
    assert is_theirs(url, FRANK)
    assert way_to(HOUSE, "person", 7, url, FRANK) == url


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/@frank",
        "https://good.example.evil.example/",
        "https://evil.example/good.example",
        "https://good.example@evil.example/",
        "https://good.example:8443/",
        "https://xn--god-sna.example/",
        "https://evilgood.example/",
        "//good.example/",
        "ftp://good.example/",
        "javascript:alert(1)",
        "https://[",
        "",
    ],
)
def test_b14_others_are_reached_by_a_page_of_ours(url: str) -> None:
    assert not is_theirs(url, FRANK)
    for kind in ("person", "post"):
        way = way_to(HOUSE, kind, 7, url, FRANK)  # type: ignore[arg-type]
        assert way.startswith("https://one.example/leaving/")
        assert read(HOUSE, way.rpartition("/")[2]) == (kind, 7)


def test_b14_an_address_without_a_host_has_none() -> None:
    assert host_of("https://Good.Example./a") in ("good.example", "")
    assert host_of("mailto:a@b") == ""


def test_b14_nobody_else_makes_such_addresses() -> None:
    way = way_to(HOUSE, "person", 7, "https://evil.example/", FRANK).rpartition("/")[2]
    assert read(House(base_url="https://one.example"), way) is None  # of another instance
    assert read(HOUSE, way[:-1] + ("A" if way[-1] != "A" else "B")) is None
    assert read(HOUSE, HOUSE.seal.word("file", b"x" * 9)) is None
    assert read(HOUSE, "x" * 5_000) is None


def test_b14_our_own_members_live_here() -> None:
    here = somebody("", "https://one.example/users/amina")
    assert way_to(HOUSE, "post", 7, "https://one.example/@amina/7", here) == "https://one.example/@amina/7"
