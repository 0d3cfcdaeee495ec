"""A village on one server, for pages that only mean something with people on them: Amina, her friends in five
circles, and what they did in the last months. Always the same."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from fedi_aid.actions import lists
from fedi_aid.model.house import House
from fedi_aid.storage import people, ties
from fedi_aid.storage.database import open_database
from fedi_aid.storage.migrate import migrate
from fedi_aid.storage.tx import Tx
from tests.browser.village_life import live
from tests.world import World, build_empty

PASSWORD = "correct horse battery"
# sphere → who is in it; the first of each are closest to Amina
CIRCLES = {
    "Choir": ("Bruno", "Chloé", "Maëlle", "Oscar", "Inès", "Paul", "Rosa", "Théo"),
    "Garden": ("Dalia", "Hugo", "Yann", "Lucie", "Karim", "Nora"),
    "Neighbours": ("Simone", "Ahmed", "Farida", "Georges", "Lina", "Marius", "Odile", "Pia", "Quentin"),
    "Workshop": ("Viktor", "Wanda", "Zoé", "Basile", "Célia"),
    "Family": ("Aïcha", "Moussa", "Fatou"),
}
LANGUAGES_OF = {"Bruno": "en"}
WROTE = (
    ("Bruno", "Night shifts are over. I finally have time for the bicycle workshop again."),
    ("Chloé", "On chante samedi à la maison de quartier. Il reste des chaises, venez."),
    ("Dalia", "Les fèves sont sorties, et les limaces aussi."),
    ("Simone", "J'ai retrouvé le carnet de recettes de ma mère. Qui veut des copies ?"),
    ("Aïcha", "Maman est rentrée de l'hôpital. Elle vous embrasse."),
)


def username(name: str) -> str:
    plain = name.lower().translate(str.maketrans("ïéèëç", "ieeec"))
    return plain


class Moment:
    """A clock that the village's history moves along."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **parts: float) -> datetime:
        self.now += timedelta(**parts)
        return self.now


async def found(folder: Path, base_url: str, *, locale: str = "fr") -> None:
    """Make the village's database in a data folder, up to now; no server may run on it."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    url = f"sqlite:///{folder / 'fedi_aid.sqlite3'}"
    await migrate(url)
    clock = Moment(datetime.now(UTC) - timedelta(days=97))
    house = House(base_url=base_url, registration="open", allow_public_posts=True)
    db = open_database(url, clock=clock, dice=random.Random(7), house=house)
    try:
        await _people(await build_empty(db, clock), locale)
    finally:
        await db.close()


async def _people(world: World, locale: str) -> None:
    everybody = [name for circle in CIRCLES.values() for name in circle]
    await world.moves_in("amina", *(username(name) for name in everybody))
    await world.db.write(_dress, world, everybody, locale)
    for name in everybody:
        await world.befriend(world.amina, world.everybody[username(name)])
    for circle in CIRCLES.values():
        for one, other in pairwise(circle):
            await world.befriend(world.everybody[username(one)], world.everybody[username(other)])
    await world.db.write(_lists, world)
    await _history(world)
    for name, text in WROTE:
        await world.everybody[username(name)].writes(text, intimacy=2, language=LANGUAGES_OF.get(name, "fr"))
        world.clock.forward(minutes=50)
    await live(world, locale)


def _dress(tx: Tx, world: World, everybody: list[str], locale: str) -> None:
    """Names as they are written, and one language for all pages."""
    for name in ("Amina", *everybody):
        who = world.everybody[username(name)].id
        people.change(tx, who, display_name="Amina Ndiaye" if name == "Amina" else name)
        people.change_member(tx, who, locale=locale, time_zone="Europe/Paris", show_friends=True)


def _lists(tx: Tx, world: World) -> None:
    amina = world.amina.id
    for title in CIRCLES:
        drawn = lists.make(tx, amina, title=title)
        lists.add(tx, amina, drawn.id, [world.everybody[username(name)].id for name in CIRCLES[title]])


async def _history(world: World) -> None:
    """Three months of contact: the first of each circle every other day, the next weekly, the rest hardly."""
    dice = random.Random(11)
    amina = world.amina.id
    for day in range(96):
        world.clock.forward(days=1)
        pairs = []
        for circle in CIRCLES.values():
            for place, name in enumerate(circle):
                often = 0.6 if place == 0 else (0.25 if place < 3 else 0.03)
                if dice.random() < often and day % 2 == 0:
                    pairs.append(world.everybody[username(name)].id)
        await world.db.write(_acts, amina, pairs)


def _acts(tx: Tx, amina: int, others: list[int]) -> None:
    for other in others:
        ties.record_contact(tx, amina, other, "reply")
        ties.record_contact(tx, other, amina, "reply")
