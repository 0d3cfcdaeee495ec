"""What the engine knows about a member, for that member (PRODUCT S4e): facts gathered, then told in words.

For the page, the API and the butler alike. Nothing here is read from rows that others gave privately, nor
from what is kept to learn from (RULES R8).
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from fedi_aid.actions import abilities, spheres
from fedi_aid.actions.spheres import Surroundings
from fedi_aid.model.help import ReceivedAsk, ReceivedState
from fedi_aid.model.ids import PersonId
from fedi_aid.model.intimacy import Intimacy
from fedi_aid.model.knowledge import (
    Acts,
    Answered,
    Facts,
    Put,
    Raised,
    Region,
    Section,
    Someone,
    excerpt,
    tell,
)
from fedi_aid.model.people import Member, Person
from fedi_aid.storage import (
    contacts,
    corrections,
    endorsements,
    faces,
    own_asks,
    post_views,
    projects,
    ties,
)
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage.tx import Tx

WEEK: Final = timedelta(days=7)
ROWS: Final = 100
"""So many of anything that grows with time; the newest, or the most."""
PEOPLE: Final = 3_000
_DAY_ONE: Final = date(1970, 1, 1)
_ANSWERED: Final[dict[ReceivedState, Answered]] = {
    "accepted": "yes",
    "resting": "yes",
    "refused": "no",
    "asked": "open",
    "closed": "over",
}


def knowledge(tx: Tx, me: Member, locale: str | None = None) -> tuple[Section, ...]:
    """All sections, in the member's language unless another is given."""
    return tell(facts(tx, me), locale or me.locale)


def facts(tx: Tx, me: Member) -> Facts:
    """Everything that is told; each part is what the member did or said, or what others show them."""
    able = abilities.show(tx, me.id, me.locale)
    around = spheres.gather(tx, me)
    return Facts(
        member=me,
        now=tx.now,
        spent=own_asks.interruptions_of(tx, me.id, tx.now - tx.house.soon(WEEK)),
        skills=able.skills,
        not_my_thing=able.not_my_thing,
        languages=able.languages,
        causes=able.causes,
        vouched=_vouched(tx, me.id),
        thanks=len(endorsements.thanks_to(tx, me.id, limit=ROWS)),
        projects=tuple(one.title for one in projects.usable_by(tx, me.id, closed=True)),
        rings=_rings(around),
        spheres=_regions(tx, me, around),
        acts=_acts(tx, me.id),
        asked=_asked(tx, me.id),
        requests=_requests(tx, me.id),
        close=_named(tx, ties.close_ids(tx, me.id)),
        left_out=_named(tx, corrections.always_left_out(tx, me.id)),
        muted=_someones(faces.muted_people(tx, me.id, max_id=None, since_id=None, limit=PEOPLE)),
        blocked=_someones(ties.blocked_people(tx, me.id, max_id=None, since_id=None, limit=PEOPLE)),
        muted_servers=tuple(domain for _, domain in ties.muted_domains(tx, me.id)),
    )


def _someone(person: Person) -> Someone:
    return Someone(person.id, person.name)


def _someones(rows: Iterable[tuple[int, Person]]) -> tuple[Someone, ...]:
    return tuple(_someone(person) for _, person in rows)


def _named(tx: Tx, ids: Iterable[PersonId]) -> tuple[Someone, ...]:
    """In the order of the alphabet, so that the order tells nothing."""
    return _by_name(people_rows.many(tx, ids).values())


def _by_name(people: Iterable[Person]) -> tuple[Someone, ...]:
    return tuple(_someone(one) for one in sorted(people, key=lambda one: (one.name.lower(), one.id)))


def _vouched(tx: Tx, me: PersonId) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What others vouch for, and the member has accepted."""
    by_label: dict[str, list[PersonId]] = defaultdict(list)
    for one in endorsements.received(tx, me):
        if one.state == "accepted":
            by_label[one.label].append(one.from_id)
    people = people_rows.many(tx, {by for ids in by_label.values() for by in ids})
    return tuple(
        (label, tuple(people[by].name for by in by_label[label] if by in people))
        for label in sorted(by_label)
    )


def _regions(tx: Tx, me: Member, around: Surroundings) -> tuple[Region, ...]:
    """The spheres that were found, and every list."""
    found = spheres.all_of(tx, me, around.people, around)
    drawn = [
        Region(name=title, people=len(around.lists.get(list_id, ())), is_list=True, hidden=False)
        for list_id, title in around.titles.items()
    ]
    return (
        *(
            Region(name=one.name, people=len(one.people), is_list=False, hidden=one.hidden)
            for one in found
            if one.list_id != one.id
        ),
        *drawn,
    )


def _rings(around: Surroundings) -> tuple[tuple[Intimacy, tuple[Someone, ...]], ...]:
    """As on the map; within a ring by the alphabet."""
    rings: dict[Intimacy, list[Person]] = defaultdict(list)
    for person, level in around.levels.items():
        rings[level].append(around.people[person])
    return tuple((level, _by_name(rings[level])) for level in sorted(rings, reverse=True))


def _acts(tx: Tx, me: PersonId) -> tuple[Acts, ...]:
    found = contacts.days_of_mine(tx, me)[:ROWS]
    people = people_rows.many(tx, [person for person, _, _ in found])
    return tuple(
        Acts(_someone(people[person]), days, _DAY_ONE + timedelta(days=last))
        for person, days, last in found
        if person in people
    )


def _asked(tx: Tx, me: PersonId) -> tuple[Put, ...]:
    """What was asked of them. Of a post that is gone, or kept from them now, only what they did is left,
    alike whatever became of it (RULES R7)."""
    rows = own_asks.put_to(tx, me, limit=ROWS)
    seen = {view.post.id: view for view in post_views.views(tx, me, [one.post_id for one in rows])}
    found = []
    for one in rows:
        view = seen.get(one.post_id)
        put = _put(one)
        if view is not None:
            put = Put(
                kind=put.kind,
                answered=put.answered,
                at=put.at,
                author=view.author.name,
                post_id=one.post_id,
                excerpt=excerpt(view.post.text),
            )
        if view is not None or put.answered in ("yes", "no"):
            found.append(put)
    return tuple(found)


def _put(one: ReceivedAsk) -> Put:
    return Put(kind=one.kind, answered=_ANSWERED.get(one.state, "over"), at=one.created_at)


def _requests(tx: Tx, me: PersonId) -> tuple[Raised, ...]:
    rows = help_rows.requests_by(tx, me, limit=ROWS)
    seen = {view.post.id: view for view in post_views.views(tx, me, [one.post_id for one in rows])}
    return tuple(
        Raised(
            post_id=one.post_id,
            excerpt=excerpt(seen[one.post_id].post.text),
            state=one.state,
            outcome=one.outcome,
            at=one.raised_at,
            offers=len(help_rows.offers_of(tx, one.post_id)),
        )
        for one in rows
        if one.post_id in seen
    )
