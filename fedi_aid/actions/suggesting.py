"""The butler's counsel: whom one might come to know, heed on a project, or rest from heeding (AUDIENCE §5).

Only facts that the member may know: friends in common where both show it, what people show of themselves and
of what others vouch for. A suggestion to rest comes from the member's own acts alone, is shown to them alone,
and removes nobody.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Final, Literal

import msgspec

from fedi_aid.actions import abilities
from fedi_aid.audience import authenticity, scores
from fedi_aid.audience.authenticity import Finding
from fedi_aid.model.ids import PersonId, ProjectId
from fedi_aid.model.people import Person
from fedi_aid.storage import abilities as ability_rows
from fedi_aid.storage import causes as cause_rows
from fedi_aid.storage import endorsements as endorsement_rows
from fedi_aid.storage import nearby, standing, ties
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import projects as project_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs

FOUND: Final = 80  # friends of friends among whom the best are looked for
HEEDED: Final = 2  # so many people at least vouch for whom a member might heed
SILENT: Final = timedelta(days=180)
SETTLED: Final = timedelta(days=90)
SEEN_FOR: Final = timedelta(days=90)
NAMED: Final = 3
COUNTED_AT_ONCE: Final = 25
FIGURES_KEPT: Final = timedelta(days=180)

What = Literal["meet", "heed", "rest"]


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """`meet` somebody whom friends know, `heed` a friend on a project, `rest` from heeding somebody.

    `through`: friends in common that may be named; `vouched`: how many vouch for them, `labels` for what;
    `causes`: shared ones, as they are called in the member's language; `findings`: of this server, about
    them."""

    what: What
    person: Person
    project_id: ProjectId | None = None
    project: str = ""
    through: tuple[Person, ...] = ()
    vouched: int = 0
    labels: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    months: int = 0
    findings: tuple[Finding, ...] = ()


class Merits(msgspec.Struct, frozen=True, kw_only=True):
    """What may be known of the people around a member: keys of causes, how many show that they vouch and for
    what; and for the order alone, how many `vouchers` there are with those who thanked them."""

    vouchers: dict[int, int]
    vouched: dict[int, int]
    labels: dict[int, tuple[str, ...]]
    causes: dict[int, set[str]]


def merits(tx: Tx, me: int, people: Sequence[Person]) -> Merits:
    """Of those alone who show the member such things. What projects of theirs serve is left out: a project
    may be hidden."""
    ids = [one.id for one in people]
    visible = abilities.visible_among(tx, me, ids)
    shown = {
        person: [one for one in found if one.from_id != me]
        for person, found in endorsement_rows.shown_of(tx, visible).items()
    }
    return Merits(
        vouchers=dict(endorsement_rows.vouchers(tx, visible, but=me)),
        vouched={person: len({one.from_id for one in found}) for person, found in shown.items()},
        labels={
            person: tuple({one.name: one.label or one.name for one in reversed(found)}.values())[::-1][:NAMED]
            for person, found in shown.items()
        },
        causes=ability_rows.cause_keys_of(tx, visible),
    )


def to_meet(tx: Tx, me: int, *, limit: int, locale: str = "en") -> list[Suggestion]:
    """Friends of friends one might get to know: by the counsel they give, then by causes shared, then by
    friends in common."""
    found = nearby.suggested(tx, me, limit=FOUND)
    known, mine = merits(tx, me, found), project_rows.causes_of_people(tx, [me]).get(me, set())
    place = {one.id: at for at, one in enumerate(found)}
    found.sort(
        key=lambda one: (
            -scores.counsel(known.vouchers.get(one.id, 0)),
            -len(mine & known.causes.get(one.id, set())),
            place[one.id],
        )
    )
    best = found[:limit]
    through = nearby.in_common(tx, me, [one.id for one in best])
    return [
        _suggestion(tx, "meet", one, known, mine, locale, through=tuple(through.get(one.id, ())))
        for one in best
    ]


def _suggestion(
    tx: Tx,
    what: What,
    person: Person,
    known: Merits,
    mine: Collection[str],
    locale: str,
    *,
    through: tuple[Person, ...] = (),
    project_id: ProjectId | None = None,
    project: str = "",
) -> Suggestion:
    shared = set(mine) & known.causes.get(person.id, set())
    names = cause_rows.names(tx, shared, locale)
    return Suggestion(
        what=what,
        person=person,
        project_id=project_id,
        project=project,
        through=through,
        vouched=known.vouched.get(person.id, 0),
        labels=known.labels.get(person.id, ()),
        causes=tuple(sorted(names.values())),
        findings=seen(tx, person),
    )


def to_heed(tx: Tx, me: PersonId, *, limit: int = 3, locale: str = "en") -> list[Suggestion]:
    """Friends for whom several people vouch and who share a cause with an open project that nobody of them
    was asked to counsel yet; at most one suggestion a person, the most vouched for first."""
    friends = [one for one in ties.friends_of(tx, me) if one.kind == "person"]
    barred = ties.barred_ids(tx, me, [one.id for one in friends])
    passed = nearby.passed_over_by(tx, me)
    known = merits(tx, me, friends)
    asked = {(one.project_id, one.person_id) for one in standing.around_projects(tx, me)}
    worth = [
        one
        for one in friends
        if known.vouchers.get(one.id, 0) >= HEEDED and one.id not in barred and one.id not in passed
    ]
    worth.sort(key=lambda one: (-known.vouchers[one.id], one.id))
    found: list[Suggestion] = []
    for project in project_rows.owned_by(tx, me):
        causes = project_rows.causes_of_project(tx, project.id) if project.is_open else set()
        taken = {one.person.id for one in found}
        for one in worth:
            shares = causes & known.causes.get(one.id, set())
            if shares and one.id not in taken and (project.id, one.id) not in asked:
                found.append(
                    _suggestion(
                        tx, "heed", one, known, causes, locale, project_id=project.id, project=project.title
                    )
                )
                break
    return found[:limit]


def to_rest(tx: Tx, me: PersonId, *, limit: int = 3) -> list[Suggestion]:
    """People who have counselled one's project for a season and towards whom one has not turned for half a
    year: by the member's own acts alone."""
    seats = [
        one
        for one in standing.around_projects(tx, me)
        if one.role == "counsel" and one.state == "accepted" and one.since < tx.now - SETTLED
    ]
    passed = nearby.passed_over_by(tx, me)
    acts = standing.last_acts(tx, me, [one.person_id for one in seats])
    people = people_rows.many(tx, [one.person_id for one in seats])
    today = ties.day_number(tx.now)
    found = []
    for one in seats:
        since = max(acts.get(one.person_id, 0), ties.day_number(one.since))
        if today - since < SILENT.days or one.person_id not in people or one.person_id in passed:
            continue
        found.append(
            Suggestion(
                what="rest",
                person=people[one.person_id],
                project_id=one.project_id,
                project=one.title,
                months=(today - since) // 30,
            )
        )
    return found[:limit]


def count_followers(tx: Tx) -> None:
    """Have the follower figures of a few people elsewhere looked up, one a day each; forget old ones. By the
    hour."""
    for person_id in standing.figures_due(tx, limit=COUNTED_AT_ONCE):
        jobs.fetch_figures(tx, person_id)
    standing.forget_figures(tx, FIGURES_KEPT)


def seen(tx: Tx, person: Person) -> tuple[Finding, ...]:
    """What can be said of somebody elsewhere whose influence one might heed. Of members here nothing: their
    numbers are theirs (PRODUCT S1)."""
    if person.local:
        return ()
    counted = standing.seen_of(tx, person.id, tx.now - SEEN_FOR)
    days = standing.figures_of(tx, [person.id]).get(person.id, [])
    return authenticity.findings(
        authenticity.Known(
            posts=counted.posts,
            reactions=counted.reactions,
            readers=counted.readers,
            days=tuple(authenticity.Day(one.day, one.followers, one.following) for one in days),
        )
    )
