"""`fedi_aid demo`: three federated instances with a small community, and a request that travels through them.

Each instance is its own process with its own data folder and SQLite file, on loopback. Everything goes
through the HTTP API, as a client would do it; the story is told in the terminal, and the instances stay up
to click around in until Ctrl-C.
"""

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

import click
from rich.console import Console
from rich.table import Table

from fedi_aid.errors import Refused
from fedi_aid.net.client import Net, user_agent
from fedi_aid.net.error import NetError

T = TypeVar("T")
PASSWORD = "a ramp for the shop"  # noqa: S105 - printed on purpose: these accounts exist for the demo alone
MARKER = ".fedi_aid_demo"
PATIENCE = 120.0

TOWNS = ("Lyon", "Grenoble", "Annecy")
PEOPLE: Mapping[str, tuple[int, str, str]] = {
    # login: (town, name, locale)
    "amina": (0, "Amina", "en"),
    "lucie": (0, "Lucie", "fr"),
    "marc": (0, "Marc", "fr"),
    "bruno": (1, "Bruno", "en"),
    "dov": (1, "Dov", "en"),
    "ines": (1, "Inès", "fr"),
    "chloe": (2, "Chloé", "en"),
    "hugo": (2, "Hugo", "en"),
}
FRIENDS = (
    ("amina", "lucie"),
    ("amina", "bruno"),
    ("amina", "dov"),
    ("lucie", "marc"),
    ("bruno", "chloe"),
    ("bruno", "ines"),
    ("bruno", "hugo"),
    ("chloe", "hugo"),
)
LOGBOOK = (
    ("lucie", "Premier jour au jardin de l’école : les enfants ont planté vingt fraisiers."),
    ("bruno", "Night shifts are over. I finally have time for the bicycle workshop again."),
    ("hugo", "La charpente de la cabane est levée. Merci à ceux qui ont tenu les échelles !"),
)
REQUEST = "My shop needs a ramp. Who knows a carpenter? #help #bottle"
RAMP = "My shop needs a ramp"


class Town:
    """One instance: its process, its folder, its address."""

    def __init__(self, name: str, port: int, folder: Path, speed: float) -> None:
        self.name = name
        self.port = port
        self.url = f"http://localhost:{port}"
        self.domain = f"localhost:{port}"
        self.folder = folder
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("FEDI_AID_")},
            "FEDI_AID_BASE_URL": self.url,
            "FEDI_AID_DATA_DIR": str(folder),
            "FEDI_AID_INSTANCE_NAME": f"Entraide {name}",
            "FEDI_AID_REGISTRATION": "open",
            "FEDI_AID_ALLOW_PRIVATE_ADDRESSES": "true",
            "FEDI_AID_FAST_BUTLER": str(speed),
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "fedi_aid", "serve", "--host", "127.0.0.1", "--port", str(self.port)],
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is the demo's to hear, and the demo ends its servers
            )

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()

    async def command(self, *words: str, stdin: str = "") -> dict[str, Any]:
        """One of the operator's commands, with its JSON answer."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "fedi_aid", *words, "--json"),
            env=self.environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate(stdin.encode())
        if process.returncode:
            raise Refused(f"{self.name}: {err.decode().strip()}")
        answer: dict[str, Any] = json.loads(out)
        return answer


class Person:
    """Somebody with a client: the few calls of the API that the story needs."""

    def __init__(self, net: Net, town: Town, login: str, token: str) -> None:
        self._net = net
        self.town = town
        self.login = login
        self._headers = {"Authorization": f"Bearer {token}"}

    @property
    def handle(self) -> str:
        return f"{self.login}@{self.town.domain}"

    async def get(self, path: str, **query: str) -> Any:
        address = f"{self.town.url}{path}" + (f"?{urlencode(query)}" if query else "")
        answer = await self._net.get(address, headers=self._headers, max_bytes=4_000_000)
        return json.loads(answer.body)

    async def post(self, path: str, **body: Any) -> Any:
        headers = {**self._headers, "Content-Type": "application/json"}
        answer = await self._net.post(f"{self.town.url}{path}", json.dumps(body).encode(), headers)
        if answer.status >= 400:
            raise Refused(f"{self.login} was refused {path}: {answer.body.decode()[:200]}")
        return json.loads(answer.body or b"{}")

    async def write(self, text: str, **more: Any) -> Any:
        return await self.post("/api/v1/statuses", status=text, **more)

    async def home(self, words: str) -> Any:
        """The newest home entry that says this, or None."""
        for entry in await self.get("/api/v1/timelines/home", limit="40"):
            if words in plain((entry["reblog"] or entry)["content"]):
                return entry
        return None

    async def letter(self, words: str) -> Any:
        """The newest message of the butler that says this, or None."""
        for notice in await self.get("/api/v1/notifications", limit="40"):
            if notice["account"]["acct"] == "butler" and words in plain(notice["status"]["content"]):
                return notice["status"]
        return None

    async def answer_butler(self, words: str, message: Any) -> None:
        await self.write(f"@butler {words}", in_reply_to_id=message["id"], visibility="direct")

    async def find(self, handle: str) -> Any:
        found = await self.get("/api/v2/search", q=f"@{handle}", resolve="true", type="accounts")
        return found["accounts"][0] if found["accounts"] else None


def plain(html: str) -> str:
    return re.sub(r"<[^>]+>", "", html)


async def until(what: str, look: Callable[[], Awaitable[T | None]]) -> T:
    """Look again and again; give up with a sentence after two minutes."""
    pause = 0.2
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                with suppress(NetError):  # the server is starting
                    if found := await look():
                        return found
                await asyncio.sleep(pause)
                pause = min(1.0, pause * 1.2)  # the servers limit how often one may ask
    except TimeoutError:
        raise Refused(f"This never happened: {what}.") from None


class Story:
    """The demo from the empty folder to the lowered flag."""

    def __init__(self, console: Console, net: Net, towns: list[Town]) -> None:
        self.console = console
        self.net = net
        self.towns = towns
        self.people: dict[str, Person] = {}

    def tell(self, text: str) -> None:
        self.console.print(text)

    async def set_the_scene(self) -> None:
        """Start the servers, move people in, make friends, write a few days of logbook."""
        for town in self.towns:
            town.start()
        for town in self.towns:
            await until(f"{town.url} answers", partial(self._is_up, town))
            self.tell(f"  [green]●[/] {town.name}: {town.url}")
        with self.console.status("People move in…"):
            for login, (home, name, locale) in PEOPLE.items():
                await self._move_in(self.towns[home], login, name, locale)
        with self.console.status("They become friends, with signed Follow and Accept…"):
            for one, other in FRIENDS:
                await self._befriend(self.people[one], self.people[other])
            amina, dov = self.people["amina"], self.people["dov"]
            stranger = await amina.find(dov.handle)
            await amina.post(f"/api/v1/accounts/{stranger['id']}/block")
        for login, text in LOGBOOK:
            await self.people[login].write(text)
        self.tell("  Amina knows Lucie and Bruno; Bruno knows Chloé and Hugo; Amina has blocked Dov.\n")

    async def _is_up(self, town: Town) -> bool:
        if town.process is not None and town.process.poll() is not None:
            log = (town.folder / "server.log").read_text().strip().splitlines()
            raise Refused(f"{town.name} did not start: {log[-1] if log else 'no word'}")
        return (await self.net.get(f"{town.url}/health", deadline=2)).status == 200

    async def _move_in(self, town: Town, login: str, name: str, locale: str) -> None:
        await town.command(
            *("people", "create", login, "--email", f"{login}@example.org", "--password-stdin"),
            *("--display-name", name, "--locale", locale),
            stdin=PASSWORD,
        )
        made = await town.command("people", "token", login, "--scopes", "read write follow push")
        self.people[login] = Person(self.net, town, login, made["access_token"])

    async def _befriend(self, one: Person, other: Person) -> None:
        there = await until(f"{one.login} finds {other.login}", lambda: one.find(other.handle))
        await one.post(f"/api/v1/accounts/{there['id']}/follow")

        async def waiting() -> Any:
            asked = await other.get("/api/v1/follow_requests")
            return next((each for each in asked if each["username"] == one.login), None)

        asker = await until(f"{other.login} is asked", waiting)
        await other.post(f"/api/v1/follow_requests/{asker['id']}/authorize")

        async def friends() -> bool:
            [stands] = await one.get("/api/v1/accounts/relationships", **{"id[]": there["id"]})
            return bool(stands["following"] and stands["followed_by"])

        await until(f"{one.login} and {other.login} are friends", friends)

    async def tell_it(self) -> None:
        """The request travels, and comes home."""
        amina, bruno, dov = (self.people[name] for name in ("amina", "bruno", "dov"))
        self.tell(f"[bold]Amina[/] (Lyon) writes from her usual client: “{REQUEST}”")
        status = await amina.write(REQUEST)
        fedi_aid = status["fedi_aid"]
        self.tell(
            f"  The control tags are obeyed and gone: “{plain(status['content'])}” – {status['visibility']}, "
            f"level {fedi_aid['intimacy']}, flag raised."
        )
        await until("the butler confirms", lambda: amina.letter("Your flag is up"))
        self.tell("  Her butler confirms that the flag is up.")
        self.tell("[red]kill -9[/] on Grenoble, in the middle of it; it starts again.")
        self.towns[1].kill()
        self.towns[1].start()
        at_bruno = await until("Bruno sees it", lambda: bruno.home(RAMP))
        question = await until("Bruno is asked to carry", lambda: bruno.letter("May I show this"))
        self.tell("[bold]Bruno[/] (Grenoble) sees it in his home, and his butler asks:")
        self.tell(f"  [italic]{plain(question['content'])}[/]")
        await bruno.answer_butler("yes", question)
        self.tell("  He answers: yes.")
        chloe = await until("a friend of Bruno's sees it", self._reader)
        name = PEOPLE[chloe.login][1]
        carried = (await chloe.home(RAMP))["reblog"]
        why = await chloe.get(f"/api/v1/fedi_aid/statuses/{carried['id']}/why")
        self.tell(f"[bold]{name}[/] (Annecy), whom Amina does not know, sees it as a boost by Bruno. Why?")
        self.tell(f"  [italic]{why['why']}[/]")
        self.tell(
            "  Annecy has never met Amina: it shows this on Bruno's word, and asks Lyon some hours later,"
        )
        self.tell(
            "  which are seconds here, so that Lyon cannot tell who read it, or when. Answers wait so long."
        )
        await chloe.write(
            f"@{amina.handle} My cousin is a carpenter!",
            in_reply_to_id=carried["id"],
            visibility="private",
        )
        offer = await until(f"{name} is asked", lambda: chloe.letter("that you can help?"))
        await chloe.answer_butler("yes", offer)
        news = await until("Amina hears of it", lambda: amina.letter("offers to help"))
        self.tell("  She answers Amina, and says yes when her butler asks whether Amina may know.")
        self.tell(f"[bold]Amina[/] reads: [italic]{plain(news['content'])}[/]")
        if await dov.home(RAMP) is None:
            self.tell("[bold]Dov[/], whom she blocked, sees nothing, on any route.")
        await amina.answer_butler("done", news)
        for person, status_id in (
            (amina, status["id"]),
            (bruno, at_bruno["id"]),
            (chloe, carried["id"]),
        ):
            await until(
                "the flag comes down",
                partial(self._is_down, person, status_id),
            )
        await until(f"{name} is thanked", lambda: chloe.letter("Thank you for coming forward"))
        self.tell(
            "She answers her butler: done. [green]The flag is down on all three servers[/], those who helped "
            "are thanked, nothing circulates any more.\n"
        )

    async def _reader(self) -> Person | None:
        """Whom it reached: Chloé, or Hugo when she is the one in 32 left out by chance, so that nobody can
        tell a block from chance (RULES R19)."""
        for login in ("chloe", "hugo"):
            if await self.people[login].home(RAMP):
                return self.people[login]
        return None

    async def _is_down(self, person: Person, status_id: str) -> bool:
        status = await person.get(f"/api/v1/statuses/{status_id}")
        return status["fedi_aid"]["help"] is False

    def introduce(self) -> None:
        """Where to click, and as whom."""
        table = Table("Who", "Where", "Log in as", title="Look around")
        for login, (home, name, _) in PEOPLE.items():
            table.add_row(name, self.towns[home].url, login)
        self.console.print(table)
        self.tell(f"Password of everybody: {PASSWORD}")
        self.tell("In a Mastodon client that allows http, the server's name is localhost:PORT.")


def _fresh(folder: Path) -> None:
    """Start from nothing, but only in a folder that an earlier demo made."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARKER).exists():
            raise Refused(f"{folder} is not empty and is no demo's: name another folder with --folder.")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).write_text("This folder was made by `fedi_aid demo` and may be deleted.\n")


async def _play(folder: Path, first_port: int, speed: float, *, once: bool) -> None:
    console = Console()
    net = Net(True, user_agent(f"http://localhost:{first_port}"))
    towns = [Town(name, first_port + at, folder / name.lower(), speed) for at, name in enumerate(TOWNS)]
    story = Story(console, net, towns)
    playing = asyncio.current_task()
    assert playing is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, playing.cancel)
    try:
        await story.set_the_scene()
        await story.tell_it()
        story.introduce()
        if not once:
            console.print("The three instances stay up. Ctrl-C ends them.")
            await asyncio.Event().wait()
    except TimeoutError:
        raise Refused(f"It took too long; the servers' logs are in {folder}.") from None
    finally:
        for town in towns:
            town.stop()
        await net.aclose()


@click.command()
@click.option(
    "--folder", type=click.Path(path_type=Path), default=Path("demo-data"), help="Where the data goes."
)
@click.option("--first-port", default=8081, show_default=True, help="The first of three ports.")
@click.option("--speed", default=3600.0, show_default=True, help="How much faster the butler's clock runs.")
@click.option("--once", is_flag=True, help="Stop when the story is told.")
def demo(folder: Path, first_port: int, speed: float, once: bool) -> None:
    """Three federated instances with a small community, and a request for help that travels."""
    _fresh(folder)
    try:
        asyncio.run(_play(folder.resolve(), first_port, speed, once=once))
    except (KeyboardInterrupt, asyncio.CancelledError):
        click.echo("Good-bye.")
