"""Strangers: nobody can be approached unsolicited, so who is not followed waits until let in (PRODUCT S2)."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final

import msgspec

from fedi_aid.actions import notices
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.ids import PersonId
from fedi_aid.model.notices import TREATMENTS, Approach, NoticePolicy, Treatment, treatment
from fedi_aid.storage import audience_rows, domain_rules, strangers, ties, timelines
from fedi_aid.storage import people as people_rows
from fedi_aid.storage.strangers import Waiting
from fedi_aid.storage.tx import Tx

NEW_FOR: Final = timedelta(days=30)


def tell(
    tx: Tx,
    member_id: int,
    kind: str,
    from_id: int,
    *,
    post_id: int,
    private: bool = False,
    expected: bool = False,
) -> Treatment:
    """Tell a member here what somebody did, now, among the requests, or not at all, as the member wishes.

    `private`: addressed to them alone; `expected`: by somebody to whom the member had shown what it answers.
    """
    found = _treatment(tx, member_id, from_id, private=private, expected=expected)
    if found != "drop":
        notices.notify(tx, member_id, kind, from_id, post_id=post_id, stranger=found == "wait")
    return found


def was_shown(tx: Tx, post_id: int, person_id: int) -> bool:
    """The post was given to this person by name or by choice, now or before."""
    return audience_rows.ever_held(tx, person_id, post_id)


def _treatment(tx: Tx, member_id: int, from_id: int, *, private: bool, expected: bool) -> Treatment:
    person = people_rows.by_id(tx, from_id)
    if person is None:
        return "drop"
    approach = Approach(
        following=ties.is_following(tx, member_id, from_id),
        follows=ties.is_following(tx, from_id, member_id),
        new=tx.now - person.created_at < NEW_FOR,
        private=private,
        limited=person.limited_at is not None or domain_rules.is_limited(tx, person.domain),
        expected=expected,
        welcome=strangers.is_welcome(tx, member_id, from_id),
    )
    return treatment(strangers.policy(tx, member_id), approach)


def change_policy(tx: Tx, me: PersonId, changes: Mapping[str, str]) -> NoticePolicy:
    """Change what is given (names of NoticePolicy). Refused for an unknown treatment."""
    for name, wanted in changes.items():
        if wanted not in TREATMENTS:
            raise Refused(f"{name} is not included in the list", field=name)
    known = msgspec.to_builtins(strangers.policy(tx, me))
    changed = msgspec.convert(known | dict(changes), NoticePolicy)
    strangers.put_policy(tx, me, changed)
    return changed


def at_the_door(tx: Tx, me: PersonId, waiting_id: int) -> Waiting:
    """One who waits. NotFound."""
    found = strangers.one_waiting(tx, me, waiting_id)
    if found is None:
        raise NotFound
    return found


def let_in(tx: Tx, me: PersonId, ids: Iterable[int]) -> None:
    """From now on they are heard like anybody; what waited of them joins the rest. Unknown ids: ignored."""
    for waiting_id in ids:
        found = strangers.one_waiting(tx, me, waiting_id)
        if found is None:
            continue
        strangers.put_welcome(tx, me, found.person.id)
        for thread_id, post_id in strangers.waiting_direct_posts(tx, me, found.person.id):
            timelines.touch_conversation(tx, me, thread_id, post_id, unread=True)
        strangers.let_in(tx, me, found.person.id)
    tx.announce("merged", member_id=me)


def send_away(tx: Tx, me: PersonId, ids: Iterable[int]) -> None:
    """What waited of them is gone, and they are told nothing. Unknown ids are ignored."""
    found = [strangers.one_waiting(tx, me, waiting_id) for waiting_id in ids]
    strangers.send_away(tx, me, [one.person.id for one in found if one is not None])
