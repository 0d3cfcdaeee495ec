"""When a suspension is final or a member left: what they wrote is erased, here and elsewhere, in steps."""

from typing import Final, get_args

from fedi_aid.actions import carried_posts, erasing, files, projects, severing, ties
from fedi_aid.media.addresses import Place
from fedi_aid.model.moderation import REVERSIBLE_FOR
from fedi_aid.model.people import Person
from fedi_aid.storage import (
    abilities,
    access,
    cards,
    endorsements,
    introductions,
    moderation,
    outcomes,
    people,
    second_factor,
    spheres,
    spreads,
    stories,
)
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import errands, jobs

AT_ONCE: Final = 100  # posts, or ties, in one transaction
PEOPLE_AT_ONCE: Final = 200


def purge_due(tx: Tx) -> None:
    """Begin with everybody who was suspended 30 days ago; a periodic task."""
    for person_id in moderation.to_purge(tx, tx.now - REVERSIBLE_FOR, limit=PEOPLE_AT_ONCE):
        errands.purge(tx, person_id)


def purge(tx: Tx, person_id: int) -> None:
    """Erase the next of what a suspended person wrote; when nothing is left, the person. Whoever is not
    suspended any more is left alone.

    Of a member other servers are told first, while it is known which: from then on there is no way back.
    """
    person = people.by_id(tx, person_id)
    if person is None or person.suspended_at is None:
        return
    if person.local and not people.is_gone(tx, person.id):
        people.change(tx, person.id, suspended_with="final")
        jobs.tell_gone(tx, person.id)  # which comes back here
        return
    found = post_rows.still_standing(tx, person.id, limit=AT_ONCE)
    for post_id, sent in found:
        if person.local:
            erasing.take_back(tx, post_id, sent=sent)
        else:
            erasing.erase(tx, post_id)
    tied = tie_rows.tied_to(tx, person.id, limit=AT_ONCE) if person.local else []
    for other in tied:
        if other.local:
            severing.cut(tx, other.id, [person], "account", person.handle)
        else:
            ties.part(tx, person.id, other)
    if AT_ONCE in (len(found), len(tied)):
        errands.purge(tx, person.id)
        return
    _empty(tx, person)
    if not people.left_by_themselves(tx, person.id):
        moderation.note(tx, None, "purge", about_id=person.id)


def _empty(tx: Tx, person: Person) -> None:
    """The name stays taken, so that nobody can come back as them; everything else is gone."""
    carried_posts.hide(tx, author_id=person.id)
    carried_posts.hide(tx, carrier_id=person.id)
    spheres.forget_owner(tx, person.id)
    spreads.forget(tx, person.id)
    cards.forget_member(tx, person.id)
    projects.forget_all_of(tx, person.id)
    outcomes.forget_person(tx, person.id)
    stories.forget_person(tx, person.id)
    abilities.forget(tx, person.id)
    endorsements.forget_person(tx, person.id)
    introductions.forget_person(tx, person.id)
    if person.local:
        for place in get_args(Place):
            files.put_on_profile(tx, person.id, place, None)
        access.end_tokens(tx, member_id=person.id)
        access.end_sessions(tx, person.id)
        second_factor.remove(tx, person.id)
        people.change_member(
            tx,
            person.id,
            state="deleted",
            email=f"{person.id}@deleted.invalid",
            password_hash=None,
            bio_source="",
            fields_source=None,
            word_to_moderators=None,
        )
    people.change(
        tx,
        person.id,
        display_name="",
        bio="",
        fields=None,
        avatar_url=None,
        header_url=None,
        avatar_alt="",
        header_alt="",
        discoverable=False,
        purged_at=tx.now,
    )
