"""Which addresses may be spoken to (F01 to F05): pure, without a socket."""

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address

import httpx
import pytest
import yarl
from hypothesis import given
from hypothesis import strategies as st

from fedi_aid.net.error import NetError
from fedi_aid.net.guard import (
    AddressRefused,
    GuardedResolver,
    allowed_address,
    canonical_url,
    check_url,
    guarded_socket,
)

PUBLIC = ["1.1.1.1", "8.8.8.8", "100.63.255.255", "172.32.0.1", "192.0.1.1", "198.20.0.1", "223.255.255.255"]
PUBLIC_V6 = ["2606:4700:4700::1111", "2a01:4f8::1", "2001:4860:4860::8888", "64:ff9b::808:808"]

F02 = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "100.100.100.200",
    "127.0.0.1", "127.255.255.254", "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255",
    "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "100::1",
    "2001:db8::1", "2001:2::1", "2001:10::1", "3fff::1", "5f00::1", "4000::1",
]  # fmt: skip

F03 = [
    "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:a9fe:a9fe", "::127.0.0.1", "::8.8.8.8", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b::a00:1", "64:ff9b:1::808:808", "2002:7f00:1::", "2002:808:808::1",
    "2001:0:7f00:1::", "2001::1", "::ffff:0:127.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC + PUBLIC_V6)
def test_public_addresses_are_spoken_to(address: str) -> None:
    assert allowed_address(address, False)
    assert allowed_address(address, True)


@pytest.mark.parametrize("address", F02)
def test_f02_special_ranges_are_refused(address: str) -> None:
    assert not allowed_address(address, False)


@pytest.mark.parametrize("address", F03)
@pytest.mark.parametrize("allow_private", [False, True])
def test_f03_ipv4_inside_ipv6_is_refused(address: str, allow_private: bool) -> None:
    """F03: in every disguise, and in development too."""
    assert not allowed_address(address, allow_private)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "127.8.8.8", "10.1.2.3", "172.20.0.2", "192.168.0.9", "::1", "fd12::1"]
)
def test_allow_private_opens_loopback_and_private_networks(address: str) -> None:
    assert allowed_address(address, True)
    assert not allowed_address(address, False)


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "0.0.0.0", "::", "fe80::1", "224.0.0.1", "100.64.0.1", "255.255.255.255"]
)
def test_allow_private_opens_nothing_else(address: str) -> None:
    """F02: the metadata of a cloud is nobody's peer, not even in development."""
    assert not allowed_address(address, True)


@pytest.mark.parametrize(
    "address", ["", "x", "127.1", "0177.0.0.1", "1.2.3", "::g", "1.1.1.1/32", "２.2.2.2"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    assert not allowed_address(address, True)


@given(st.integers(0, 2**32 - 1))
def test_f02_nothing_ipv4_is_allowed_that_python_calls_special(number: int) -> None:
    address = IPv4Address(number)
    if allowed_address(address, False):
        assert address.is_global and not address.is_multicast and not address.is_reserved


@given(st.integers(0, 2**32 - 1))
def test_f03_a_disguise_never_opens_what_the_plain_form_does_not(number: int) -> None:
    plain = allowed_address(IPv4Address(number), False)
    for inside in (number, 0xFFFF << 32 | number, 0x2002 << 112 | number << 80, 0x64FF9B << 96 | number):
        assert not allowed_address(IPv6Address(inside), False) or plain


@given(st.integers(0, 2**128 - 1))
def test_f02_nothing_ipv6_is_allowed_that_python_calls_special(number: int) -> None:
    for address in (IPv6Address(number), IPv6Address(number >> 3 | 1 << 125)):
        if allowed_address(address, False):
            assert address.is_global and not address.is_multicast and address.ipv4_mapped is None
            assert address.sixtofour is None and address.teredo is None


@pytest.mark.parametrize(
    "url, sent",
    [
        ("https://a.example", "https://a.example/"),
        ("https://A.Example:443/users/amina#main-key", "https://a.example/users/amina"),
        ("HTTPS://a.example/x?y=1", "https://a.example/x?y=1"),
        ("https://é.example/", "https://xn--9ca.example/"),
        ("https://xn--9ca.example/", "https://xn--9ca.example/"),
        ("https://a.example/é", "https://a.example/%C3%A9"),
        ("https://a.example/a/../b", "https://a.example/b"),
        ("https://8.8.8.8/", "https://8.8.8.8/"),
        ("https://[2606:4700:4700:0::1111]/", "https://[2606:4700:4700::1111]/"),
        ("https://a.example/@b/1;c=d,e:f", "https://a.example/@b/1;c=d,e:f"),
        ("https://a_b.example/?u=https://x@y/", "https://a_b.example/?u=https://x@y/"),
    ],
)  # fmt: skip
def test_what_may_be_asked_and_how_it_is_spelled(url: str, sent: str) -> None:
    assert check_url(url, allow_private=False).url == sent
    assert canonical_url(url) == sent


F01 = [
    "http://a.example/", "file:///etc/passwd", "gopher://a.example/", "ftp://a.example/", "ws://a.example/",
    "javascript:alert(1)", "data:text/plain,x", "unix:///run/x", "//a.example/", "a.example", "", "https:", "https://",
    "https:///x", "https:a.example", "https://a.example:22/", "https://a.example:80/", "https://a.example:0/",
    "https://a.example:99999/", "https://a.example:8443/", "https://user@a.example/", "https://user:p@a.example/",
    "https://@a.example/", "https://a.example:x@b.example/", "https://a.example\\@b.example/", "https://a.example\\.b/",
    " https://a.example/", "https://a.example/ x", "https://a.example/\n", "https://a.exam\tple/", "https://a.example/\x00",
    "https://a..example/", "https://a.example./", "https://.example/", "https://-a.example/", "https://a%2eexample/",
    "https://exa mple/", "https://a\u00a0b.example/", "https://[::1/", "https://::1/", "https://a.example]/",
    "https://[v1.x]/", "https://[fe80::1%25eth0]/", "https://" + "a" * 64 + ".example/",
    "https://" + "a." * 127 + "example/", "https://a.example/" + "x" * 5000,
    "https://localhost/", "https://intranet/", "https://x.localhost/", "https://printer.local/",
    "https://metadata.google.internal/", "https://nas.home.arpa/", "https://x.onion/", "https://LOCALHOST/",
    "https://127。0。0。1/",
]  # fmt: skip


@pytest.mark.parametrize("url", F01)
def test_f01_only_plain_https_addresses(url: str) -> None:
    with pytest.raises(NetError) as caught:
        check_url(url, allow_private=False)
    assert caught.value.kind == "refused" and caught.value.permanent


F04 = [
    "0x7f000001", "2130706433", "0177.1", "127.1", "0177.0.0.1", "0x7f.0.0.1", "127.0.0.0x1", "127.0.0.1.", "0",
    "1.2.3.4.5", "a.example.1", "127.0.1", "010.0.0.1", "8.8.2056", "0x08080808", "%31%32%37.0.0.1", "１２７.0.0.1",
    "①②⑦.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("host", F04)
@pytest.mark.parametrize("allow_private", [False, True])
def test_f04_odd_numerals_are_refused(host: str, allow_private: bool) -> None:
    with pytest.raises(NetError) as caught:
        check_url(f"https://{host}/", allow_private=allow_private)
    assert caught.value.kind == "refused"


@pytest.mark.parametrize("address", F02 + F03)
def test_f02_f03_literals_are_checked_too(address: str) -> None:
    """An address in a URL never meets the resolver."""
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(NetError):
        check_url(f"https://{host}/", allow_private=False)


def test_allow_private_opens_http_ports_and_bare_names() -> None:
    checked = check_url("http://127.0.0.1:8000/x", allow_private=True)
    assert (checked.scheme, checked.host, checked.port) == ("http", "127.0.0.1", 8000)
    assert checked.origin == "http://127.0.0.1:8000"
    assert check_url("http://db:80/", allow_private=True).url == "http://db/"
    assert check_url("https://[::1]:8443/", allow_private=True).origin == "https://[::1]:8443"
    for url in ("file:///x", "http://u@localhost/", "http://169.254.169.254/", "http://localhost:0/"):
        with pytest.raises(NetError):
            check_url(url, allow_private=True)


@given(st.text(max_size=30), st.text(alphabet="%aF2/?&=+~'\"|^[]{}é.;:@!$()*, ", max_size=40))
def test_f01_both_libraries_leave_the_checked_url_alone(host: str, rest: str) -> None:
    """F01, F05: what is checked, what is signed and what is sent are one spelling, whatever was given."""
    for url in (f"https://{host}/{rest}", f"https://a.example/{rest}"):
        try:
            checked = check_url(url, allow_private=False)
        except NetError:
            continue
        sent = yarl.URL(str(httpx.URL(checked.url)))
        assert str(sent.with_fragment(None)) in (checked.url, checked.url.removesuffix("/"))
        assert sent.raw_host == httpx.URL(checked.url).raw_host.decode() == checked.host
        assert check_url(checked.url, allow_private=False) == checked


def resolve(answers: Sequence[str], *, allow_private: bool = False) -> list[str]:
    async def lookup(host: str, port: int) -> Sequence[str]:
        return answers

    async def run() -> list[str]:
        resolver = GuardedResolver(allow_private=allow_private, lookup=lookup)
        return [one["host"] for one in await resolver.resolve("a.example", 443)]

    return asyncio.run(run())


def test_f05_every_answer_is_checked() -> None:
    assert resolve(["8.8.8.8", "2606:4700::1", "8.8.8.8"]) == ["8.8.8.8", "2606:4700::1"]
    for bad in (
        "127.0.0.1",
        "10.0.0.1",
        "::1",
        "::ffff:10.0.0.1",
        "fe80::1%2",
        "169.254.169.254",
        "nonsense",
    ):
        for answers in ([bad], ["8.8.8.8", bad], [bad, "8.8.8.8"]):
            with pytest.raises(AddressRefused):
                resolve(answers)
    with pytest.raises(AddressRefused):
        resolve(["127.0.0.1", "169.254.169.254"], allow_private=True)


def test_f05_no_answer_and_too_many() -> None:
    with pytest.raises(socket.gaierror):
        resolve([])
    with pytest.raises(AddressRefused):
        resolve([f"8.8.{n}.8" for n in range(100)])


def test_f05_the_machines_own_resolver_is_guarded() -> None:
    async def run(allow_private: bool) -> list[str]:
        resolver = GuardedResolver(allow_private=allow_private)
        try:
            return [one["host"] for one in await resolver.resolve("localhost", 80)]
        finally:
            await resolver.close()

    assert set(asyncio.run(run(True))) <= {"127.0.0.1", "::1"}
    with pytest.raises(AddressRefused):
        asyncio.run(run(False))


def test_f05_no_socket_is_made_for_a_forbidden_address() -> None:
    make = guarded_socket(False)
    for address in (("127.0.0.1", 80), ("10.0.0.1", 443)):
        with pytest.raises(AddressRefused):
            make((socket.AF_INET, socket.SOCK_STREAM, 0, "", address))
    with guarded_socket(True)((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 80))) as made:
        assert made.family == socket.AF_INET
