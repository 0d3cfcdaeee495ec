"""What happens in the village, so that every room has something in it: a project with its logbook, requests here
and there, an offer, a conversation, introductions to answer, and a report for those who look after the place."""

from typing import Any

from fedi_aid.actions import goals, introductions, moderation, posts, projects, ties
from fedi_aid.actions import help as help_actions
from fedi_aid.actions.posts import Draft
from fedi_aid.model.control_tags import Explicit
from fedi_aid.model.ids import PostId, ProjectId
from fedi_aid.storage import people
from fedi_aid.storage.tx import Tx
from tests.world import Who, World

ROLES = {"eve": "admin", "mona": "moderator", "nadia": "moderator"}
NAMES = {
    "eve": "Ève",
    "mona": "Mona",
    "nadia": "Nadia",
    "samir": "Samir Haddad",
    "jeanne": "Jeanne",
    "paola": "Paola",
}

PROJECT = projects.Wish(
    title="La boutique sans argent",
    description="Un local ouvert le samedi : on y dépose, on y prend, on y répare. Rien ne s'achète.",
    causes=("réemploi", "accessibilité"),
    shown_to_level=1,
)
LOGBOOK = (
    "Les clés sont là ! Merci à toutes celles qui ont écrit à la mairie.",
    "Premier samedi : on a nettoyé, repeint un mur et demi, et fini la soupe de Georges.",
)
RAMP = "Il manque une rampe pour les trois marches de la boutique. Deux planches solides et quelqu'un qui sait visser."


async def live(world: World, locale: str) -> None:
    """After the months of contact; the clock moves on by a day."""
    await world.moves_in(*NAMES)
    await world.db.write(_dress, world, locale)
    bruno, amina = world.bruno, world.amina
    await world.befriend(bruno, world.samir)
    project_id = await world.db.write(_project, amina)
    for text in LOGBOOK:
        await _publish(world, amina, text, Explicit(intimacy=1, project_id=project_id))
        world.clock.forward(hours=5)
    ramp = await _publish(
        world, amina, RAMP, Explicit(intimacy=1, help=True, project_id=project_id), helpers_needed=2
    )
    await _publish(
        world,
        world.dalia,
        "Qui aurait une demi-heure jeudi pour arroser le jardin partagé ? Je suis à Grenoble.",
        Explicit(intimacy=2, help=True),
    )
    unkind = await _publish(
        world,
        world.quentin,
        "Encore vous ? Votre boutique n'intéresse personne.",
        Explicit(),
        visibility="public",
    )
    await world.settle()
    await world.later(hours=3)
    await world.db.write(
        help_actions.offer,
        await bruno.member(),
        ramp,
        words="J'ai les planches et la visseuse. Samedi matin ?",
    )
    await _talk(world, amina, bruno)
    await world.db.write(_meetings, world)
    await world.db.write(_report, world, unkind)
    await world.later(hours=2)


def _dress(tx: Tx, world: World, locale: str) -> None:
    for name, shown in NAMES.items():
        people.change(tx, world.everybody[name].id, display_name=shown)
        role: dict[str, Any] = {"role": ROLES[name]} if name in ROLES else {}
        people.change_member(tx, world.everybody[name].id, locale=locale, time_zone="Europe/Paris", **role)
    people.change(
        tx,
        world.everybody["amina"].id,
        bio="<p>Cuisinière à Lyon. Je répare des vélos et j'ouvre une boutique sans argent.</p>",
    )


def _project(tx: Tx, amina: Who) -> ProjectId:
    made = projects.begin(tx, amina.id, PROJECT, "fr").project.id
    done = goals.add(tx, amina.id, made, goals.Wish(title="Trouver un local"))
    goals.change(tx, amina.id, made, done.id, goals.Wish(state="done"))
    goals.add(tx, amina.id, made, goals.Wish(title="Ouvrir à tout le monde, même en fauteuil"))
    return made


async def _publish(world: World, who: Who, text: str, wish: Explicit, **more: Any) -> PostId:
    draft = Draft(text=text, wish=wish, language="fr", approved=True, **more)
    return await world.db.write(posts.publish, await who.member(), draft)


async def _talk(world: World, amina: Who, bruno: Who) -> None:
    asked = await bruno.writes("@amina Tu as mesuré les marches ?", visibility="direct", language="fr")
    world.clock.forward(minutes=12)
    said = "@bruno Dix-sept centimètres chacune, et un mètre dix de large."
    await amina.writes(said, visibility="direct", language="fr", reply_to_id=asked)


def _meetings(tx: Tx, world: World) -> None:
    """Bruno introduces somebody, and somebody asks to be friends."""
    word = "Samir est menuisier, il a fait la rampe de la crèche."
    introductions.introduce(tx, world.bruno.id, world.amina.id, world.samir.id, word=word)
    ties.follow(
        tx, world.jeanne.id, world.amina.id, word="On s'est croisées au marché, je suis celle aux courges."
    )


def _report(tx: Tx, world: World, unkind: PostId) -> None:
    words = "Il écrit cela sous chaque message de la boutique."
    moderation.report(tx, world.simone.id, world.quentin.id, post_ids=[unkind], comment=words, rule_ids=["4"])
