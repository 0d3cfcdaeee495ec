"""The named cast, built by calling actions, so that it cannot drift from what people can really do.

Amina (Lyon, cook) · Bruno (her friend) · Chloé (Bruno's friend) · Dov (blocked by Amina) · Eve (admin).
Here they all live on one server; tests/federation and tests/scenario spread them over three.
"""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from fedi_aid.actions import carrying, posts, registration, ties
from fedi_aid.actions.posts import Draft
from fedi_aid.butler import handlers as butler
from fedi_aid.errors import FediAidError
from fedi_aid.model.control_tags import Explicit
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.people import Member
from fedi_aid.model.posts import PostView
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import post_views, timelines
from fedi_aid.storage.database import Database
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.timelines import Page
from fedi_aid.storage.tx import Tx
from fedi_aid.work.runner import Finish, Runner


@cache
def some_keys() -> registration.NewKeys:
    """One pair for everybody: making RSA keys is slow and no test here signs anything."""
    return registration.new_keys()


@cache
def a_password_hash() -> str:
    return registration.hash_password("correct horse battery")


class Who:
    """One of the cast: what a person can do, in one line each."""

    def __init__(self, world: "World", member: Member) -> None:
        self.world = world
        self.id: PersonId = member.id
        self.name = member.person.username

    async def member(self) -> Member:
        found = await self.world.db.read(people_rows.member, self.id)
        assert found is not None
        return found

    async def writes(self, text: str, **draft: Any) -> PostId:
        """Publish; `intimacy=`, `help=` are put into the `fedi_aid` object."""
        wish = Explicit(intimacy=draft.pop("intimacy", None), help=draft.pop("help", None))
        draft.setdefault("language", "en")
        written = Draft(text=text, wish=wish, **draft)
        return await self.world.db.write(posts.publish, await self.member(), written)

    async def asks(self, text: str, *, intimacy: int = 2, **draft: Any) -> PostId:
        """Raise a flag."""
        return await self.writes(text, intimacy=intimacy, help=True, **draft)

    async def sees(self, post_id: int) -> PostView | None:
        return await self.world.db.read(post_views.view, self.id, post_id)

    async def home(self) -> list[PostView]:
        return await self.world.db.read(timelines.home, self.id, Page(limit=40))

    async def letters(self) -> list[str]:
        """What the butler wrote to them, newest first."""
        notices = await self.world.db.read(timelines.notices, self.id, Page(limit=80))
        return [one.post.post.text for one in notices if one.post and one.person.username == "butler"]

    async def tells_butler(self, text: str, *, reply_to: int | None = None) -> PostId:
        return await self.writes(f"@butler {text}", visibility="direct", reply_to_id=reply_to)

    async def blocks(self, other: "Who") -> None:
        await self.world.db.write(ties.block, self.id, other.id)


class World:
    """People on one server, its clock, and its butler's work."""

    def __init__(self, db: Database, clock: Any) -> None:
        self.db = db
        self.clock = clock
        self.everybody: dict[str, Who] = {}
        kinds = {**butler.handlers()}
        for wire in WIRE_JOBS:
            kinds[wire] = _nothing
        kinds["carry_spread"] = _spread
        self.runner = Runner(
            db,
            kinds,
            concurrency={"inbox": 1, "deliver": 1, "fetch": 1, "butler": 1},
            worker_id="test",
        )

    async def settle(self) -> None:
        """Let the butler do all that is due."""
        await self.runner.run_until_idle()

    async def later(self, **parts: float) -> datetime:
        """Time passes; the butler looks at what is due."""
        self.clock.forward(**parts)
        await self.db.write(lambda tx: [task.act(tx) for task in butler.periodic_tasks()])
        await self.settle()
        now: datetime = self.clock()
        return now

    async def moves_in(self, *names: str) -> None:
        for name in names:
            member = await self.db.write(
                registration.sign_up,
                username=name,
                email=f"{name}@example.org",
                password_hash=a_password_hash(),
                keys=some_keys(),
                display_name=name.capitalize(),
                trusted=True,
            )
            self.everybody[name] = Who(self, member)

    def __getattr__(self, name: str) -> Who:
        try:
            return self.everybody[name]
        except KeyError:
            raise AttributeError(name) from None

    async def befriend(self, one: Who, other: Who) -> None:
        await self.db.write(ties.follow, one.id, other.id)
        await self.db.write(ties.accept, other.id, one.id)


# Jobs that need the network: on one server they have nobody to tell.
WIRE_JOBS = (
    *("fan_out", "tell_tie", "tell_reaction", "tell_removed", "tell_person", "send_ask", "undo_ask"),
    *("answer_ask", "carry_on", "forward", "undo_carry"),
)


async def _nothing(job: Job) -> Finish | None:
    return None


async def _spread(job: Job) -> Finish | None:
    """As the wire does it, without tickets: nobody here lives elsewhere."""
    return lambda tx: _spread_now(tx, job)


def _spread_now(tx: Tx, job: Job) -> None:
    carrying.spread(tx, job.args["post_id"], job.args["carrier_id"], renewed=job.args["renewed"])


async def build_empty(db: Database, clock: Any) -> World:
    """A server on which nobody lives yet."""
    await db.write(registration.ensure_instance, some_keys(), some_keys())
    return World(db, clock)


async def build(db: Database, clock: Any) -> World:
    """Amina–Bruno, Bruno–Chloé are friends; Dov was Amina's friend until she blocked him; Eve knows nobody."""
    world = await build_empty(db, clock)
    await world.moves_in("amina", "bruno", "chloe", "dov", "eve")
    await world.befriend(world.amina, world.bruno)
    await world.befriend(world.bruno, world.chloe)
    await world.befriend(world.amina, world.dov)
    await world.amina.blocks(world.dov)
    return world


__all__ = ["FediAidError", "Page", "Who", "World", "build", "build_empty", "some_keys", "timedelta"]
