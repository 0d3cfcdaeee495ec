"""From the engine's choice to the access list, and what changes it afterwards."""

from collections.abc import Collection, Sequence
from typing import Any

import msgspec

from fedi_aid.actions import abilities, aiming, bells, circles, notices
from fedi_aid.audience import candidates, engine, promises
from fedi_aid.audience.engine import Ask, Candidate, Urgency
from fedi_aid.audience.learned import coefficients
from fedi_aid.errors import NotFound
from fedi_aid.model.abilities import kinds_wanted
from fedi_aid.model.ids import PersonId, PostId, opaque, opaques
from fedi_aid.model.intimacy import Intimacy
from fedi_aid.model.people import Member, Person
from fedi_aid.model.posts import Post
from fedi_aid.storage import audience_rows, corrections, outcomes, timelines, withdrawal
from fedi_aid.storage import causes as cause_rows
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import projects as project_rows
from fedi_aid.storage import spheres as sphere_rows
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.ties import Around
from fedi_aid.storage.tx import Tx
from fedi_aid.work import errands, jobs


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What a post, written or not yet, is about; all that the choice depends on besides people."""

    level: Intimacy
    flag_raised: bool
    tags: frozenset[str]
    language: str | None
    wanted: tuple[str, ...] = ()  # skills, as `actions.abilities.wanted_by` finds them
    project_id: int | None = None
    sphere_id: int | None = None
    weights: dict[int, float] = {}  # of spheres, for a post launched from the map
    urgency: Urgency = "normal"
    helpers_needed: int = 1


def ask_about(
    tx: Tx, subject: Subject, *, named: Sequence[PersonId] = (), excluded: Collection[PersonId] = ()
) -> Ask:
    """The engine's question: causes and people of the project, the sphere it is aimed at."""
    causes = set(cause_rows.canonical(tx, subject.tags).values())
    team: set[PersonId] = set()
    counsel: set[PersonId] = set()
    if subject.project_id is not None:
        causes |= project_rows.causes_of_project(tx, subject.project_id)
        team = project_rows.team_of(tx, subject.project_id)
        counsel = project_rows.people_of(tx, subject.project_id, "counsel")
    weights = {subject.sphere_id: 1.0} if subject.sphere_id is not None else subject.weights
    aim = aiming.aim_at(tx, weights, request=subject.flag_raised)
    ask = Ask(
        level=subject.level,
        flag_raised=subject.flag_raised,
        wanted=subject.wanted,
        hinted=bool(subject.wanted),
        kinds=frozenset(kinds_wanted(subject.tags)),
        causes=frozenset(causes),
        languages=frozenset({subject.language} if subject.language else ()),
        team=frozenset(team),
        counsel=frozenset(counsel),
        urgency=subject.urgency,
        helpers_needed=subject.helpers_needed,
        named=tuple(named),
        excluded=frozenset(excluded),
    )
    return aimed(ask, aim)


def aimed(ask: Ask, aim: aiming.Aim) -> Ask:
    """The same question, of a post that goes in this direction."""
    return msgspec.structs.replace(
        ask, launched=aim.nearness, launched_elsewhere=aim.elsewhere, spheres=aim.spheres
    )


def at_level(ask: Ask, level: Intimacy) -> Ask:
    """The same question, of a post of another level."""
    return msgspec.structs.replace(ask, level=level)


def ask_of(tx: Tx, me: Member, post: Post, *, named: Sequence[PersonId] = ()) -> Ask:
    """What the engine needs to know of a stored post."""
    request = help_rows.request(tx, post.id)
    tags = frozenset(post_rows.tags_of(tx, post.id))
    subject = Subject(
        level=Intimacy(post.intimacy if post.intimacy is not None else 2),
        flag_raised=post.flag_is_up,
        tags=tags,
        language=post.language,
        wanted=abilities.wanted_by(tx, me.id, tags) if post.flag_is_up else (),
        project_id=post.project_id,
        sphere_id=post.sphere_id,
        weights=sphere_rows.aim_of(tx, post.id),
        urgency=request.urgency if request else "normal",
        helpers_needed=request.helpers_needed if request else 1,
    )
    return ask_about(tx, subject, named=named, excluded=corrections.left_out(tx, me.id, post.id))


def reaches(me: Member, person: Person | Around, level: Intimacy, *, flag: bool) -> bool:
    """Whether a friend's server can take this form of a post at all: a plain peer is never sent a
    confidence unless its author allowed that, nor shown a request without being asked by name."""
    if person.speaks_fedi_aid:
        return True
    return not flag and (level < Intimacy.CONFIDANTS or me.plain_confidants)


def named_by(tx: Tx, author_id: int, post_id: PostId) -> list[PersonId]:
    """Whom the author names for a post: in its text, or beside it."""
    return [*post_rows.mentioned_in(tx, post_id), *corrections.added(tx, author_id, post_id)]


def wrong_person(tx: Tx, me: Member, post_id: int, person_id: int, *, always: bool) -> None:
    """The author takes a reader out, silently, of this post or of all from now on: the only true label of a
    choice that went too far, kept for learning (AUDIENCE, explanation)."""
    post = post_rows.get(tx, me.id, post_id)
    if post is None or post.author_id != me.id or post.reach != "chosen":
        raise NotFound
    if not audience_rows.ever_held(tx, person_id, post.id):
        raise NotFound
    corrections.put(tx, me.id, person_id, post.id, "wrong_person")
    if always:
        corrections.put(tx, me.id, person_id, corrections.ALWAYS, "removed")
    outcomes.wrong_person(tx, post.id, person_id, level=post.intimacy)
    withdraw_from(tx, post, [PersonId(person_id)])


def choose_for(
    tx: Tx,
    me: Member,
    post_id: PostId,
    *,
    named: Sequence[PersonId],
    among: Collection[PersonId] | None = None,
    most: int | None = None,
) -> bool:
    """Let the engine choose the first circle, check the promises, and write the access list; where it stands
    already, of these people alone and no more than `most` (RULES R15). True when somebody elsewhere is among
    them.

    Local friends find the post in their home at once; friends elsewhere get it by delivery. On a plain peer
    a request is not shown quietly: it goes there when that person is asked (FEDERATION_EXTENSION §2).
    """
    post = post_rows.get(tx, me.id, post_id)
    assert post is not None
    ask = ask_of(tx, me, post, named=named)
    circle = circles.around(tx, me.id)
    choice, friends = circle.choose(tx, ask), circle.friends
    admitted = [
        one
        for one in choice.shown
        if one.person in friends
        and reaches(me, friends[one.person], ask.level, flag=post.flag_is_up)
        and (among is None or one.person in among)
    ][:most]
    names = opaques(len(admitted))
    rows = [_row(one, name) for one, name in zip(admitted, names, strict=True)]
    audience_rows.admit_all(tx, post.id, rows, revision=post.revision)
    if post.flag_is_up:
        terms = {one.person: msgspec.to_builtins(one.terms) for one in admitted}
        outcomes.record(tx, post.id, "shown", terms, level=post.intimacy)
    for one in admitted:
        if one.person in named:
            tie_rows.record_contact(tx, me.id, one.person, "mentioned")
    here = [one.person for one in admitted if friends[one.person].local]
    if among is None:
        timelines.add_home_to_all(tx, here, post_id)
    else:  # some may have it already
        for person_id in here:
            timelines.add_home(tx, person_id, post_id)
    for person in here:
        if person in named:
            notices.notify(tx, person, "mention", me.id, post_id=post_id)
    bells.ring(tx, post, here, named=named)
    if not admitted and among is None and _without_preview(post):
        errands.butler_unseen(tx, post.id)
    return len(here) < len(admitted)


def _without_preview(post: Post) -> bool:
    """An ordinary post from an app, whose author was not told beforehand who may see it: our pages say it,
    and so do the butler's letters about requests and confidences."""
    level = Intimacy(post.intimacy if post.intimacy is not None else 2)
    return post.app_id is not None and not post.flag_is_up and level < Intimacy.CLOSE


def _row(chosen: engine.Chosen, name: str) -> dict[str, Any]:
    return {
        "person_id": chosen.person,
        "kind": "chosen",
        "circle": 1,
        "reasons": msgspec.to_builtins(chosen.reasons),
        "score": chosen.p,
        "opaque": name,
    }


def foreseen(tx: Tx, me: Member, post: Post) -> list[PersonId]:
    """Who would see a held post if it went now: for its author's eyes (RULES R14)."""
    ask = ask_of(tx, me, post, named=named_by(tx, me.id, post.id))
    return [one.id for one in would_see(tx, me, [ask], candidates.around(tx, me.id))[0]]


def would_see(tx: Tx, me: Member, asks: Sequence[Ask], pool: Sequence[Candidate]) -> list[list[Person]]:
    """For each of these, the friends who would see such a post if it were written now. By the alphabet: who
    is closer than whom is told to nobody, the author included."""
    k = coefficients(tx)
    choices = []
    for ask in asks:
        choice = engine.choose(ask, pool, tx.now, tx.dice, k)
        promises.check(choice, ask, pool)
        choices.append(choice)
    people = people_rows.many(tx, {one.person for choice in choices for one in choice.shown})
    order = sorted(people.values(), key=lambda one: (one.name.casefold(), one.id))
    found = []
    for ask, choice in zip(asks, choices, strict=True):
        shown = {one.person for one in choice.shown}
        found.append(
            [one for one in order if one.id in shown and reaches(me, one, ask.level, flag=ask.flag_raised)]
        )
    return found


def admit(tx: Tx, post: Post, chosen: engine.Chosen, *, kind: str = "chosen") -> bool:
    """One row of the access list, with its reasons and the terms of its score."""
    written = audience_rows.admit(
        tx,
        post.id,
        chosen.person,
        kind=kind,
        opaque=opaque(),
        reasons=msgspec.to_builtins(chosen.reasons),
        score=chosen.p,
        revision=post.revision,
    )
    if written and post.flag_is_up and kind == "chosen":
        terms = {chosen.person: msgspec.to_builtins(chosen.terms)}
        outcomes.record(tx, post.id, "shown", terms, level=post.intimacy)
    return written


def still_eligible(tx: Tx, me: Member, parent: Post) -> list[tuple[PersonId, int]]:
    """(person, circle) of a post's readers who would pass its gate today: for the author's continuation."""
    ask = ask_of(tx, me, parent)
    pool = candidates.circle(tx, me.id)[1]
    today = {one.person for one in engine.eligible(pool, ask.level)}
    return [
        (person, circle)
        for person, kind, circle in audience_rows.audience_of(tx, parent.id)
        if circle == 1 and kind != "reply" and person in today
    ]


def narrow(tx: Tx, me: Member, post: Post, level: Intimacy) -> None:
    """Raise a post's level: who does not pass the new gate loses it at once (RULES R15). Above level 1 the
    second circle loses it too: raising the level is a withdrawal everywhere (FEDERATION_EXTENSION §4.7)."""
    post_rows.change(tx, post.id, intimacy=int(level))
    pool = candidates.circle(tx, me.id)[1]
    stay = {one.person for one in engine.eligible(pool, level)}
    out = [
        person
        for person, kind, circle in audience_rows.audience_of(tx, post.id)
        if (circle == 2 and level >= Intimacy.FRIENDS) or (kind in ("chosen", "asked") and person not in stay)
    ]
    withdraw_from(tx, post, out)


def withdraw_from(tx: Tx, post: Post, people: Sequence[PersonId]) -> None:
    """End these readers' access at once, close what they were asked, and tell their servers (P06)."""
    known = people_rows.many(tx, people)
    for gone in withdrawal.from_post(tx, post.id, people):
        reader = known.get(gone.person_id)
        for ask_id, post_id in withdrawal.open_asks_on(tx, post.id, gone.person_id):
            jobs.undo_ask(tx, ask_id, post_id)
        if reader is not None and not reader.local:
            jobs.tell_removed(tx, post.id, reader.id, gone.opaque)


def pool_of(tx: Tx, me: Member) -> list[Candidate]:
    """The author's first circle, for the butler's waves."""
    return circles.pool_of(tx, me.id)
