"""`Net` against real servers on loopback, well-behaved and hostile."""

import asyncio
import datetime
import gzip
import re
import ssl
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest
from conftest import Asked, Serve
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fedi_aid.net.client import Net, user_agent
from fedi_aid.net.error import NetError
from fedi_aid.net.slots import Slots, WarmHosts

pytestmark = pytest.mark.anyio


def answer(body: bytes = b"ok", *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


async def fine(asked: Asked, writer: asyncio.StreamWriter) -> None:
    writer.write(answer())


@asynccontextmanager
async def opened(net: Net) -> AsyncIterator[Net]:
    try:
        yield net
    finally:
        await net.aclose()


async def failure(net: Net, url: str, **options: object) -> NetError:
    with pytest.raises(NetError) as caught:
        await net.get(url, **options)  # type: ignore[arg-type]
    return caught.value


# --- what is sent ---------------------------------------------------------------------------------------


async def test_get_gives_status_headers_body_and_type(net: Net, serve: Serve) -> None:
    async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(answer("é".encode(), "Content-Type: Image/PNG; x=y", "X-A: 1", status="404 Not Found"))

    server = await serve(handler)
    got = await net.get(f"{server.url}/a/b?c=d#frag", accept="image/*", headers={"X-Mine": "yes"})
    assert (got.status, got.body, got.content_type) == (404, "é".encode(), "image/png")
    assert got.headers["x-a"] == got.headers["X-A"] == "1"
    assert got.url == f"{server.url}/a/b?c=d"
    assert server.asked[0].target == "/a/b?c=d"
    assert server.asked[0].header("accept") == "image/*" and server.asked[0].header("x-mine") == "yes"


async def test_f17_nothing_is_sent_that_was_not_asked_for(
    net: Net, serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """F17: no cookie, no proxy, no .netrc, whatever the environment and the peer say; the instance's name only."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login amina password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(b"", "Set-Cookie: who=amina; Path=/"))

    server = await serve(handler)
    for _ in range(2):
        await net.get(f"{server.url}/")
        await net.post(f"{server.url}/", b"x", {"Content-Type": "text/plain"})
    sent = {name.lower() for asked in server.asked for name, _ in asked.headers}
    assert sent == {
        "host",
        "accept",
        "accept-encoding",
        "connection",
        "user-agent",
        "content-length",
        "content-type",
    }
    assert {asked.header("user-agent") for asked in server.asked} == {"fedi_aid/test (+http://127.0.0.1)"}
    assert re.fullmatch(r"fedi_aid/[0-9.]+ \(\+https://a\.example\)", user_agent("https://a.example"))


async def test_post_sends_the_very_bytes_and_the_signed_address(net: Net, serve: Serve) -> None:
    """H09 rests on it: what `sign` is given is what goes on the wire."""
    signed: list[tuple[str, str]] = []

    def sign(method: str, url: str) -> Mapping[str, str]:
        signed.append((method, url))
        return {"Signature": "s", "Digest": "d"}

    server = await serve(fine)
    body = bytes(range(256))
    got = await net.post(f"{server.url}/users/%7eé/in box?x=a|b%20c".replace(" ", "%20"), body, sign=sign)
    asked = server.asked[0]
    assert (got.status, got.body, asked.body) == (200, b"ok", body)
    assert signed == [("POST", server.url + asked.target)]
    assert (asked.header("signature"), asked.header("digest")) == ("s", "d")
    assert asked.header("host") == f"127.0.0.1:{server.port}"


async def test_a_header_cannot_be_split(net: Net, serve: Serve) -> None:
    server = await serve(fine)
    for headers in ({"X": "a\r\nY: b"}, {"X\r\nY": "a"}, {"X": "é\x00"}):
        with pytest.raises(NetError) as caught:
            await net.post(f"{server.url}/", b"", headers)
        assert caught.value.kind == "refused"
    assert server.asked == []


async def test_connections_are_used_again(net: Net, serve: Serve) -> None:
    server = await serve(fine)
    for _ in range(5):
        await net.get(f"{server.url}/")
        await net.post(f"{server.url}/", b"x")
    assert (len(server.asked), server.connections) == (10, 1)


# --- redirects ------------------------------------------------------------------------------------------


def redirects(*targets: str, status: str = "302 Found") -> "object":
    async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
        step = int(asked.target.strip("/") or 0)
        if step < len(targets):
            writer.write(answer(b"moved", f"Location: {targets[step]}", status=status))
        else:
            writer.write(answer(b"here"))

    return handler


@pytest.mark.parametrize("status", ["301 x", "302 x", "303 x", "307 x", "308 x"])
async def test_f06_three_redirects_are_followed_and_signed_anew(net: Net, serve: Serve, status: str) -> None:
    """F06, H20: each hop has a signature of its own, and nothing of the first one's."""
    other = await serve(redirects("", "", "", status=status))
    server = await serve(redirects("/1", f"{other.url}/9#f", status=status))
    given = {"Authorization": "Bearer x", "Date": "then", "X-Kept": "1"}
    got = await net.get(
        f"{server.url}/", headers=given, sign=lambda method, url: {"Signature": f"{method} {url}"}
    )
    assert (got.body, got.url) == (b"here", f"{other.url}/9")
    first, second, third = [*server.asked, *other.asked]
    assert first.header("authorization") == "Bearer x" and first.header("date") == "then"
    assert second.header("authorization") is None and third.header("authorization") is None
    assert second.header("date") is None and third.header("x-kept") == "1"
    assert [asked.header("signature") for asked in (first, second, third)] == [
        f"GET {server.url}/", f"GET {server.url}/1", f"GET {other.url}/9"
    ]  # fmt: skip
    assert third.header("host") == f"127.0.0.1:{other.port}"


async def test_f06_a_signature_given_as_a_header_stays_with_the_first_address(net: Net, serve: Serve) -> None:
    """H20: also when the caller signed by hand."""
    other = await serve(fine)
    server = await serve(redirects(f"{other.url}/"))
    names = ("Signature", "Signature-Input", "Digest", "Content-Digest", "Host")
    await net.get(f"{server.url}/", headers=dict.fromkeys(names, "first"))
    assert [server.asked[0].header(name) for name in names] == ["first"] * 5
    assert [other.asked[0].header(name) for name in names] == [None] * 4 + [f"127.0.0.1:{other.port}"]


async def test_f06_hops_are_counted_and_circles_seen(net: Net, serve: Serve) -> None:
    server = await serve(redirects("/1", "/2", "/3"))
    assert (await net.get(f"{server.url}/")).body == b"here"
    server = await serve(redirects("/1", "/2", "/3", "/4"))
    assert (await failure(net, f"{server.url}/")).kind == "redirect"
    assert len(server.asked) == 4
    circle = await serve(redirects("/1", "/"))
    assert (await failure(net, f"{circle.url}/")).kind == "redirect"
    assert len(circle.asked) == 2
    itself = await serve(redirects("#again"))
    assert (await failure(net, f"{itself.url}/")).kind == "redirect"
    assert len(itself.asked) == 1


@pytest.mark.parametrize(
    "target",
    ["http://169.254.169.254/latest/", "http://[::ffff:127.0.0.1]/", "http://0.0.0.0/", "file:///etc/passwd",
     "//u:p@127.0.0.1/", "http://0x7f000001/", "http://bad name/", "https://[::1"],
)  # fmt: skip
async def test_f06_a_redirect_is_checked_like_the_first_address(net: Net, serve: Serve, target: str) -> None:
    server = await serve(redirects(target))
    assert (await failure(net, f"{server.url}/")).kind in ("refused", "redirect", "bad_response")
    assert len(server.asked) == 1


async def test_f06_from_a_public_host_to_private_ones_and_to_http(serve: Serve) -> None:
    """F06: with the guard of a real instance, and a real server behind the address the redirect names."""
    server = await serve(fine)
    targets = [
        server.url, f"https://127.0.0.1:{server.port}/", "https://127.0.0.1/", "https://10.0.0.1/",
        "https://localhost/", "http://b.example/", "https://b.example:8443/",
    ]  # fmt: skip

    for target in targets:
        transport = httpx.MockTransport(
            lambda request, to=target: httpx.Response(302, headers={"Location": to})
        )
        async with opened(Net(False, "x", transport=transport)) as net:
            assert (await failure(net, "https://a.example/")).kind == "refused"
    async with opened(
        Net(
            True,
            "x",
            transport=httpx.MockTransport(
                lambda r: httpx.Response(301, headers={"Location": "http://a.example/"})
            ),
        )
    ) as net:
        assert (await failure(net, "https://a.example/")).kind == "redirect", (
            "no downgrade, even in development"
        )
    assert server.connections == 0


async def test_h20_a_post_is_never_redirected(net: Net, serve: Serve) -> None:
    """H20: 307 and 308 would repeat a signed body elsewhere."""
    other = await serve(fine)
    for status in ("301 x", "302 x", "303 x", "307 x", "308 x"):
        server = await serve(redirects(f"{other.url}/", status=status))
        got = await net.post(f"{server.url}/", b"signed", {"Signature": "s"})
        assert got.status == int(status[:3]) and len(server.asked) == 1
        assert got.headers["location"] == f"{other.url}/"
    assert other.connections == 0


# --- names ----------------------------------------------------------------------------------------------


class Names:
    """A name server that gives the next set of answers at each question."""

    def __init__(self, *rounds: Sequence[str]) -> None:
        self.rounds = list(rounds)
        self.questions: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.questions.append(host)
        return self.rounds[min(len(self.questions), len(self.rounds)) - 1]


async def test_f05_the_connection_goes_to_the_checked_address(serve: Serve) -> None:
    """F05: one question; a second answer that turned bad is never used for this request. Host keeps the name."""
    server = await serve(fine)
    names = Names(["127.0.0.1"], ["169.254.169.254"])
    async with opened(Net(True, "x", lookup=names)) as net:
        assert (await net.get(f"http://peer.example:{server.port}/")).body == b"ok"
    assert names.questions == ["peer.example"]
    assert server.asked[0].header("host") == f"peer.example:{server.port}"


@pytest.mark.parametrize(
    "answers", [["169.254.169.254"], ["127.0.0.1", "169.254.169.254"], ["::ffff:127.0.0.1"]]
)
async def test_f05_a_bad_answer_refuses_the_name(serve: Serve, answers: list[str]) -> None:
    server = await serve(fine)
    async with opened(Net(True, "x", lookup=Names(answers))) as net:
        problem = await failure(net, f"http://peer.example:{server.port}/")
        with pytest.raises(NetError) as caught:
            await net.post(f"http://peer.example:{server.port}/", b"x")
    assert problem.kind == caught.value.kind == "refused" and problem.permanent
    assert server.connections == 0


async def test_f05_a_real_instance_refuses_names_that_lead_inside() -> None:
    for answers in (["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::1"], ["64:ff9b::7f00:1"]):
        async with opened(Net(False, "x", lookup=Names(answers))) as net:
            assert (await failure(net, "https://peer.example/")).kind == "refused"


async def test_f06_a_redirect_to_a_name_that_leads_inside(serve: Serve) -> None:
    server = await serve(redirects("http://inside.example/"))
    async with opened(Net(True, "x", lookup=Names(["127.0.0.1"], ["169.254.169.254"]))) as net:
        problem = await failure(net, f"http://peer.example:{server.port}/")
    assert problem.kind == "refused" and problem.url == "http://inside.example/"


async def test_a_name_without_an_address() -> None:
    async with opened(Net(False, "x", lookup=Names([]))) as net:
        assert (await failure(net, "https://nowhere.example/")).kind == "dns"


def _certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The server's context and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "peer.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(pem)
    return server, ssl.create_default_context(cafile=str(pem))


async def test_f05_tls_keeps_the_name(serve: Serve, tmp_path: Path) -> None:
    """F05: connected by checked address, greeted (SNI) and verified by name; no trust, no answer."""
    serving, trusting = _certificate(tmp_path, "peer.example")
    greeted: list[str | None] = []
    serving.sni_callback = lambda _socket, name, _context: greeted.append(name)
    server = await serve(fine, ssl_context=serving)
    async with opened(Net(True, "x", lookup=Names(["127.0.0.1"]), ssl_context=trusting)) as net:
        assert (await net.get(f"https://peer.example:{server.port}/")).body == b"ok"
        assert (await failure(net, f"https://other.example:{server.port}/")).kind == "connect"
    async with opened(Net(True, "x", lookup=Names(["127.0.0.1"]))) as net:
        assert (await failure(net, f"https://peer.example:{server.port}/")).kind == "connect"
    assert greeted[:2] == ["peer.example", "other.example"]
    assert [asked.header("host") for asked in server.asked] == [f"peer.example:{server.port}"]


# --- size and time --------------------------------------------------------------------------------------


async def test_gzip_is_decoded(net: Net, serve: Serve) -> None:
    async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
        assert asked.header("accept-encoding") == "gzip"
        writer.write(answer(gzip.compress(b"hello" * 100), "Content-Encoding: gzip"))

    server = await serve(handler)
    assert (await net.get(f"{server.url}/", max_bytes=500)).body == b"hello" * 100
    assert (await failure(net, f"{server.url}/", max_bytes=499)).kind == "too_large"


async def test_f10_a_gzip_bomb_is_not_unpacked(net: Net, serve: Serve) -> None:
    """F10: 1 : 1000, far below the cap as sent and far above it unpacked."""
    bomb = gzip.compress(bytes(200_000_000), 9)
    assert len(bomb) < 250_000

    async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(bomb, "Content-Encoding: gzip"))

    server = await serve(handler)
    assert (await failure(net, f"{server.url}/")).kind == "too_large"


ENCODED = {
    "cut short": (gzip.compress(b"hello" * 99)[:-9], "gzip"),
    "bytes after the end": (gzip.compress(b"hello") + b"more", "gzip"),
    "not gzip": (b"hello", "gzip"),
    "brotli": (b"\x0b\x02\x80hello\x03", "br"),
    "deflate": (zlib.compress(b"hello"), "deflate"),
    "twice": (gzip.compress(gzip.compress(b"hello")), "gzip, gzip"),
    "unknown": (b"hello", "x"),
}


@pytest.mark.parametrize("case", ENCODED)
async def test_f10_odd_encodings_are_refused(net: Net, serve: Serve, case: str) -> None:
    body, encoding = ENCODED[case]

    async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(body, f"Content-Encoding: {encoding}"))

    server = await serve(handler)
    assert (await failure(net, f"{server.url}/")).kind == "bad_response"
    assert (await net.post(f"{server.url}/", b"")).status == 200, "a delivery's status counts, not its body"


async def test_f10_the_cap_is_exact_and_declared_sizes_are_believed(net: Net, serve: Serve) -> None:
    async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.target == "/declares":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n")
        else:
            writer.write(answer(b"x" * 1000))

    server = await serve(handler)
    assert len((await net.get(f"{server.url}/", max_bytes=1000)).body) == 1000
    assert (await failure(net, f"{server.url}/", max_bytes=999)).kind == "too_large"
    assert (await failure(net, f"{server.url}/declares")).kind in ("too_large", "bad_response")


async def test_f10_an_endless_body_ends(net: Net, serve: Serve) -> None:
    async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
            await writer.drain()

    server = await serve(handler)
    assert (await failure(net, f"{server.url}/")).kind == "too_large"
    assert (await net.post(f"{server.url}/", b"x")).status == 200


async def test_f11_slow_drips_meet_the_deadline(net: Net, serve: Serve) -> None:
    """F11: a byte at a time restarts every per-read timeout, but not this one. Head, body, and redirects."""

    async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.target == "/body":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        if asked.target == "/redirect":
            writer.write(answer(b"", "Location: /head", status="302 Found"))
            return
        while True:
            writer.write(b"H")
            await writer.drain()
            await asyncio.sleep(0.02)

    async def silent(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    server, mute = await serve(handler), await serve(silent)
    for url in (f"{server.url}/body", f"{mute.url}/", f"{mute.url}/redirect"):
        async with asyncio.timeout(30):
            assert (await failure(net, url, deadline=0.2)).kind == "timeout"
    async with asyncio.timeout(30):
        # A head of nothing but H is refused by the parser or by the clock, whichever comes first.
        assert (await failure(net, f"{server.url}/head", deadline=0.2)).kind in ("timeout", "bad_response")
        with pytest.raises(NetError) as caught:
            await net.post(f"{mute.url}/", b"x", deadline=0.2)
        assert caught.value.kind == "timeout" and not caught.value.ours


async def test_f11_accepted_is_accepted_however_slow_the_rest(net: Net, serve: Serve) -> None:
    async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            writer.write(b"H")
            await writer.drain()
            await asyncio.sleep(0.02)

    server = await serve(handler)
    for deadline in (0.2, 2, 20):  # a busy machine may need longer to connect
        try:
            got = await net.post(f"{server.url}/body", b"x", deadline=deadline)
        except NetError:
            assert deadline < 20
            continue
        assert (got.status, got.body) == (200, b"")
        break


@pytest.mark.filterwarnings("ignore:Sending a large body")
async def test_f11_a_peer_that_does_not_read_holds_nothing_up(net: Net, serve: Serve) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
        await over.wait()
        writer.transport.abort()
        gone.set()

    over, gone = asyncio.Event(), asyncio.Event()
    server = await asyncio.start_server(connected, "127.0.0.1", 0, limit=1)
    async with asyncio.timeout(30):
        port = server.sockets[0].getsockname()[1]
        # The early answer, or an error about the body that could not be written: but soon, and one of the two.
        with suppress(NetError):
            assert (
                await net.post(f"http://127.0.0.1:{port}/", bytes(32_000_000), deadline=0.5)
            ).status == 202
        over.set()
        await gone.wait()
    server.close()


HOSTILE = {
    "big header": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\nContent-Length: 0\r\n\r\n",
    "many headers": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000 + b"Content-Length: 0\r\n\r\n",
    "big reason": b"HTTP/1.1 200 " + b"x" * 70_000 + b"\r\n\r\n",
    "not http": b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
    "nothing": b"",
    "head cut": b"HTTP/1.1 200 OK\r\nContent-",
    "body cut": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
    "chunk cut": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    "bad chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n",
    "bad length": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "upgrade": b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
    "status 0": b"HTTP/1.1 000 OK\r\nContent-Length: 0\r\n\r\n",
    "binary": bytes(range(256)) * 10,
    "bad location": b"HTTP/1.1 302 Found\r\nLocation: http://[\xff\r\nContent-Length: 0\r\n\r\n",
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
async def test_a_hostile_answer_is_a_net_error(net: Net, serve: Serve, case: str) -> None:
    """D01, F10: never another exception, never an answer made of rubbish."""

    async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(HOSTILE[case])
        await writer.drain()
        writer.close()

    server = await serve(handler)
    problem = await failure(net, f"{server.url}/", deadline=10)
    assert problem.kind in ("bad_response", "connect", "refused", "redirect")
    assert problem.sentence and case not in problem.sentence
    async with opened(Net(True, "x")) as fresh:
        # The status line of a delivery may be fine and only its body rubbish: an answer, or a NetError.
        with suppress(NetError):
            assert (await fresh.post(f"{server.url}/", b"x", deadline=10)).status in (200, 302)


async def test_nobody_listens(net: Net, serve: Serve) -> None:
    server = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    problem = await failure(net, f"http://127.0.0.1:{port}/")
    assert problem.kind == "connect" and not problem.permanent and not problem.ours


# --- how much at once -----------------------------------------------------------------------------------


async def test_f12_requests_at_once_are_capped_by_host_and_in_all(serve: Serve) -> None:
    busy: dict[str, int] = {}
    most: dict[str, int] = {}
    full = asyncio.Event()

    async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
        for key in ("all", asked.header("host") or ""):
            busy[key] = busy.get(key, 0) + 1
            most[key] = max(most.get(key, 0), busy[key])
        if busy["all"] == 5:
            full.set()
        await full.wait()
        await asyncio.sleep(0.02)  # time for one too many to come
        for key in ("all", asked.header("host") or ""):
            busy[key] -= 1
        writer.write(answer())

    server = await serve(handler)
    async with opened(Net(True, "x", total=5, per_host=2, lookup=Names(["127.0.0.1"]))) as net:
        urls = [f"http://h{n % 4}.example:{server.port}/" for n in range(40)]
        assert {one.status for one in await asyncio.gather(*map(net.get, urls))} == {200}
    assert most.pop("all") == 5
    assert max(most.values()) == 2 and len(most) == 4


async def test_f12_a_slow_host_keeps_no_slot_from_the_others(serve: Serve) -> None:
    """F12: what waits for a slow host's own slots holds none of the common ones; and it is not the peer's fault."""

    async def silent(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    slow, quick = await serve(silent), await serve(fine)
    async with opened(Net(True, "x", total=2, per_host=1)) as net:
        waiting = [asyncio.create_task(failure(net, f"{slow.url}/", deadline=2 - bool(n))) for n in range(20)]
        await asyncio.sleep(0.1)
        assert (await net.get(f"{quick.url}/", deadline=10)).status == 200
        problems = await asyncio.gather(*waiting)
    assert {one.kind for one in problems} == {"timeout"}
    assert sorted(one.ours for one in problems) == [False] + [True] * 19


async def test_f12_memory_is_bounded_by_what_is_in_progress() -> None:
    end = asyncio.get_running_loop().time() + 30
    slots = Slots(total=10, per_host=2, waiting=5)
    for n in range(1000):
        async with slots.hold(f"https://h{n}.example:443", end):
            assert len(slots) == 1
    assert len(slots) == 0

    async def held(n: int, release: asyncio.Event) -> None:
        async with slots.hold(f"https://h{n}.example:443", end):
            await release.wait()

    release = asyncio.Event()
    tasks = [asyncio.create_task(held(n, release)) for n in range(15)]
    await asyncio.sleep(0)
    with pytest.raises(NetError) as caught:
        await held(99, release)
    assert caught.value.ours and len(slots) == 15
    tasks[14].cancel()
    release.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert len(slots) == 0
    async with slots.hold("https://again.example:443", end):
        assert len(slots) == 1


async def test_f12_idle_connections_are_bounded(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """F12: a post for 200 hosts leaves at most 64 sockets open behind it."""
    monkeypatch.setattr("fedi_aid.net.client._KEEP_SECONDS", 600.0)  # none grows old meanwhile
    server = await serve(fine)
    async with opened(Net(True, "x", lookup=Names(["127.0.0.1"]))) as net:
        for n in range(200):
            await net.post(f"http://h{n}.example:{server.port}/", b"x")
        async with asyncio.timeout(30):
            while server.open > 64:  # noqa: ASYNC110 - a closed connection sends no event
                await asyncio.sleep(0.01)
        assert server.connections == 200
        assert sum(asked.header("connection") == "close" for asked in server.asked) == 136


def test_f12_which_hosts_stay_warm() -> None:
    warm = WarmHosts(hosts=2, seconds=4)
    assert warm.has_room("a", 0) and warm.has_room("b", 1) and not warm.has_room("c", 2)
    assert warm.has_room("a", 3)
    assert warm.has_room("c", 5.5), "b has not been asked for 4.5 s"
    assert not warm.has_room("b", 6) and len(warm) == 2


# --- documents ------------------------------------------------------------------------------------------

AS = "https://www.w3.org/ns/activitystreams"
GOOD_TYPES = [
    "application/activity+json", "Application/Activity+JSON; charset=utf-8", f'application/ld+json; profile="{AS}"',
    f'application/ld+json;charset=utf-8;profile="https://x.example/ns {AS}"',
]  # fmt: skip
BAD_TYPES = [
    "", "text/plain", "application/json", "text/html", "application/ld+json", "image/png",
    'application/ld+json; profile="https://evil.example/"', f'application/ld+json; profile="{AS}x"', f'text/plain; profile="{AS}"',
    "application/activity+json, text/html", "text/html, application/activity+json", "application/activity+jsonx",
    "application/activity+json\r\nContent-Type: text/html", "text/html; application/activity+json",
]  # fmt: skip


def typed(kind: str) -> "object":
    async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
        lines = [f"Content-Type: {kind}"] if kind else []
        status = "410 Gone" if asked.target == "/gone" else "200 OK"
        writer.write(answer(b'{"id": 1}', *lines, status=status))

    return handler


@pytest.mark.parametrize("kind", GOOD_TYPES)
async def test_f08_documents_are_asked_for_and_given_raw(net: Net, serve: Serve, kind: str) -> None:
    server = await serve(typed(kind))
    got = await net.get_json(f"{server.url}/users/a#main-key")
    assert (got.status, got.body, got.url) == (200, b'{"id": 1}', f"{server.url}/users/a")
    assert (
        server.asked[0].header("accept") == f'application/activity+json, application/ld+json; profile="{AS}"'
    )


@pytest.mark.parametrize("kind", BAD_TYPES)
async def test_f08_other_content_types_are_no_documents(net: Net, serve: Serve, kind: str) -> None:
    """F08: a member's upload on an honest host is not that host's word."""
    server = await serve(typed(kind))
    with pytest.raises(NetError) as caught:
        await net.get_json(f"{server.url}/x")
    assert caught.value.kind == "bad_response" and not caught.value.permanent
    assert (await net.get_json(f"{server.url}/gone")).status == 410, (
        "an error page has the type it likes (F19)"
    )
