"""Before sending: who might see it, and what another level or direction would change. Nothing is stored.

The preview asks the same engine the same question as `posts.publish`, so it can only differ by what happens
in between.
"""

from typing import Literal

import msgspec

from fedi_aid.actions import abilities, aiming, audiences, placing, posts
from fedi_aid.actions.audiences import Subject
from fedi_aid.audience import candidates, engine
from fedi_aid.audience.learned import coefficients
from fedi_aid.model.control_tags import WishedReach
from fedi_aid.model.ids import PersonId
from fedi_aid.model.intimacy import LEVELS, Intimacy
from fedi_aid.model.people import Member, Person
from fedi_aid.storage import corrections
from fedi_aid.storage.tx import Tx

FACES_FROM = Intimacy.FRIENDS  # wider posts are previewed by their number (AUDIENCE, the table of levels)


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """Who might see a draft. `people`: by the alphabet, empty below level 2, where only the number is told.

    `friends`: how many would see it. `levels`: the same for every level. `directions`: the same for each
    sphere or list it could be launched at instead, at its own level; only where that was asked for.
    `may_ask_to_carry`: friends who could be asked to carry it; whom they would show it to is theirs to say
    (RULES R1). `empty`: why nobody.
    """

    reach: WishedReach
    intimacy: Intimacy | None
    help: bool
    friends: int = 0
    people: tuple[Person, ...] = ()
    levels: dict[int, int] = {}
    directions: dict[int, int] | None = None
    may_ask_to_carry: int = 0
    second_circle: Literal["never", "if_carried", "if_carried_twice"] = "never"
    empty: engine.Empty | None = None


def preview(tx: Tx, me: Member, draft: posts.Draft, *, directions: bool = False) -> Preview:
    """Refused like `publish`: contradicting tags, a project or sphere of somebody else's."""
    want, project_id, sphere_id = posts.weigh(tx, me, draft)
    if want.reach != "chosen" or want.intimacy is None:
        return Preview(reach=want.reach, intimacy=None, help=False)
    named = [*(person.id for person in posts.nameable(tx, me, want)), *posts.friends_named(tx, me, draft)]
    pool = candidates.around(tx, me.id)
    tags = frozenset(tag.folded for tag in placing.tags_in(want.text))
    subject = Subject(
        level=want.intimacy,
        flag_raised=want.help,
        tags=tags,
        language=draft.language or me.default_language,
        wanted=abilities.wanted_by(tx, me.id, tags) if want.help else (),
        project_id=project_id,
        sphere_id=sphere_id,
        weights=aiming.weights_of(tx, me.id, want.weights),
    )
    removed = corrections.left_out(tx, me.id, corrections.ALWAYS) | {PersonId(one) for one in draft.removed}
    own = audiences.ask_about(tx, subject, named=named, excluded=removed)
    asks = [audiences.at_level(own, level) for level in Intimacy]
    aims = aiming.each_alone(tx, me.id, request=want.help) if directions else {}
    asks += [audiences.aimed(own, aim) for aim in aims.values()]
    seen = audiences.would_see(tx, me, asks, pool)
    mine = seen[want.intimacy]
    k = coefficients(tx)
    carriers = engine.carriers(own, pool, len(pool), tx.now, k=k)
    return Preview(
        reach="chosen",
        intimacy=want.intimacy,
        help=want.help,
        friends=len(mine),
        people=tuple(mine) if want.intimacy >= FACES_FROM else (),
        levels={int(level): len(seen[level]) for level in Intimacy},
        directions=(
            {sphere: len(people) for sphere, people in zip(aims, seen[len(Intimacy) :], strict=True)}
            if directions
            else None
        ),
        may_ask_to_carry=len(carriers),
        second_circle=_second_circle(want.intimacy, raised=want.help),
        empty=None if mine else engine.choose(own, pool, tx.now, tx.dice, k).empty,
    )


def _second_circle(level: Intimacy, *, raised: bool) -> Literal["never", "if_carried", "if_carried_twice"]:
    rule = LEVELS[level].second_circle
    if not raised or rule == "never":
        return "never"
    return "if_carried" if rule == "one_carrier" else "if_carried_twice"
