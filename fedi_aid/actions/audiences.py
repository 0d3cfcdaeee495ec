"""From the engine's choice to the access list, and what changes it afterwards."""

from collections.abc import Sequence

import msgspec

from fedi_aid.audience import candidates, engine, promises
from fedi_aid.audience.engine import Ask, Candidate, Choice
from fedi_aid.model.ids import PersonId, PostId, opaque
from fedi_aid.model.intimacy import Intimacy
from fedi_aid.model.people import Member
from fedi_aid.model.posts import Post
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import projects as project_rows
from fedi_aid.storage import timelines, withdrawal
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs


def ask_of(tx: Tx, me: Member, post: Post, *, named: Sequence[PersonId] = ()) -> Ask:
    """What the engine needs to know of a post."""
    request = help_rows.request(tx, post.id)
    causes = set(post_rows.tags_of(tx, post.id))
    team: set[PersonId] = set()
    counsel: set[PersonId] = set()
    if post.project_id is not None:
        causes |= project_rows.causes_of_project(tx, post.project_id)
        team = project_rows.people_of(tx, post.project_id, "team")
        counsel = project_rows.people_of(tx, post.project_id, "counsel")
    launched = None
    if post.sphere_id is not None:
        aimed = project_rows.people_on_list(tx, post.sphere_id)
        launched = dict.fromkeys(aimed, 1.0)
    return Ask(
        level=Intimacy(post.intimacy if post.intimacy is not None else 2),
        flag_raised=post.flag_is_up,
        causes=frozenset(causes),
        languages=frozenset({post.language} if post.language else ()),
        team=frozenset(team),
        counsel=frozenset(counsel),
        launched=launched,
        urgency=request.urgency if request else "normal",
        helpers_needed=request.helpers_needed if request else 1,
        named=tuple(named),
        excluded=frozenset(post_rows.removed_from(tx, me.id, post.id)),
    )


def choose_for(tx: Tx, me: Member, post_id: PostId, *, named: Sequence[PersonId]) -> Choice:
    """Let the engine choose the first circle, check the promises, and write the access list.

    Local friends find the post in their home at once; friends elsewhere get it by delivery. On a plain peer
    a request is not shown quietly: it goes there when that person is asked (FEDERATION_EXTENSION §2).
    """
    post = post_rows.get(tx, me.id, post_id)
    assert post is not None
    ask = ask_of(tx, me, post, named=named)
    pool = candidates.around(tx, me.id)
    choice = engine.choose(ask, pool, tx.now, tx.dice)
    promises.check(choice, ask, pool)
    people = people_rows.many(tx, [one.person for one in choice.shown])
    for chosen in choice.shown:
        person = people.get(chosen.person)
        if person is None or (post.flag_is_up and not person.speaks_fedi_aid):
            continue
        admit(tx, post, chosen)
        if person.local:
            timelines.add_home(tx, person.id, post_id)
            if person.id in named:
                timelines.notify(tx, person.id, "mention", me.id, post_id=post_id)
    return choice


def foreseen(tx: Tx, me: Member, post: Post) -> list[PersonId]:
    """Who would see a held post if it went now, closest first: for its author's eyes (RULES R14)."""
    ask = ask_of(tx, me, post, named=post_rows.mentioned_in(tx, post.id))
    pool = candidates.around(tx, me.id)
    choice = engine.choose(ask, pool, tx.now, tx.dice)
    promises.check(choice, ask, pool)
    return [one.person for one in choice.shown]


def admit(tx: Tx, post: Post, chosen: engine.Chosen, *, kind: str = "chosen") -> bool:
    """One row of the access list, with its reasons and the terms of its score."""
    written = post_rows.admit(
        tx,
        post.id,
        chosen.person,
        kind=kind,
        opaque=opaque(),
        reasons=msgspec.to_builtins(chosen.reasons),
        score=chosen.p,
        revision=post.revision,
    )
    if written:
        help_rows.record_outcome(tx, post.id, chosen.person, "shown", msgspec.to_builtins(chosen.terms))
    return written


def still_eligible(tx: Tx, me: Member, parent: Post) -> list[tuple[PersonId, int]]:
    """(person, circle) of a post's readers who would pass its gate today: for the author's continuation."""
    ask = ask_of(tx, me, parent)
    pool = candidates.around(tx, me.id)
    today = {one.person for one in engine.eligible(pool, ask.level)}
    return [
        (person, circle)
        for person, kind, circle in post_rows.audience_of(tx, parent.id)
        if circle == 1 and kind != "reply" and person in today
    ]


def narrow(tx: Tx, me: Member, post: Post, level: Intimacy) -> None:
    """Raise a post's level: who does not pass the new gate loses it at once (RULES R15). Above level 1 the
    second circle loses it too: raising the level is a withdrawal everywhere (FEDERATION_EXTENSION §4.7)."""
    post_rows.change(tx, post.id, intimacy=int(level))
    pool = candidates.around(tx, me.id)
    stay = {one.person for one in engine.eligible(pool, level)}
    out = [
        person
        for person, kind, circle in post_rows.audience_of(tx, post.id)
        if (circle == 2 and level >= Intimacy.FRIENDS) or (kind in ("chosen", "asked") and person not in stay)
    ]
    people = people_rows.many(tx, out)
    for gone in withdrawal.from_post(tx, post.id, out):
        reader = people.get(gone.person_id)
        for ask_id, post_id in withdrawal.open_asks_on(tx, post.id, gone.person_id):
            jobs.undo_ask(tx, ask_id, post_id)
        if reader is not None and not reader.local:
            jobs.tell_removed(tx, post.id, reader.id, gone.opaque)


def pool_of(tx: Tx, me: Member) -> list[Candidate]:
    """The author's first circle, for the butler's waves."""
    return candidates.around(tx, me.id)
