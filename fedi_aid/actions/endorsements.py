"""Vouching for somebody: proposed by a friend, and it counts once its subject has accepted it.

A refusal, a hidden one and one that nobody answered look the same to whoever vouched (RULES R8). Between
servers it goes from personal inbox to personal inbox (RULES R23).
"""

from collections.abc import Collection
from typing import Final, get_args

import msgspec

from fedi_aid.actions import abilities, approaching
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model import abilities as words
from fedi_aid.model.ids import PersonId
from fedi_aid.model.names import clean_name
from fedi_aid.model.people import Person
from fedi_aid.storage import endorsements as rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import ties
from fedi_aid.storage.endorsements import Endorsement, Kind
from fedi_aid.storage.tx import Tx
from fedi_aid.work import errands, jobs

WORD_MAX: Final = 300
OFFERS_KEPT: Final = 100
"""So many that one has not answered wait for a member; what comes beyond them is dropped."""


class Badge(msgspec.Struct, frozen=True, kw_only=True):
    """What others vouch for of somebody, as one viewer sees it: so many `people` say so. Who they are is a
    tie of theirs, and not told."""

    kind: Kind
    label: str
    people: int


def friend(tx: Tx, me: int, person_id: int) -> Person:
    """A friend of a member. NotFound for the missing, Refused for who is none."""
    found = people_rows.by_id(tx, person_id)
    if found is None or found.kind == "application" or found.suspended_at is not None:
        raise NotFound
    if not ties.are_friends(tx, me, person_id):
        raise Refused("This is between friends.", code="forbidden")
    return found


def endorse(
    tx: Tx, me: int, person_id: int, *, name: str, kind: str = "skill", word: str = ""
) -> Endorsement:
    """Vouch for a friend. The same once more changes nothing, and tells nothing of what became of it.

    Refused for who is no friend, for no name, an unknown kind, too many in a day, and where the friend's
    server does not know of such things.
    """
    other = friend(tx, me, person_id)
    kind, folded, label = _named(kind, name)
    word = _word(word)
    known = rows.same(tx, me, other.id, kind, folded)
    if known is not None:
        return _as_offered(known)
    if not other.speaks_fedi_aid:
        raise Refused(
            "Their server does not know what this is. Tell them in a message of your own.", field="person"
        )
    approaching.approach(tx, me, "endorsement")
    uri = tx.house.new_activity()
    made = rows.put(tx, uri=uri, from_id=me, to_id=other.id, kind=kind, name=folded, label=label, word=word)
    assert made is not None
    ties.record_contact(tx, me, other.id, "endorsed")
    if other.local:
        errands.butler_endorsed(tx, made)
    else:
        jobs.tell_friend(tx, "endorsement", PersonId(me), other.id, made)
    found = rows.by_id(tx, made)
    assert found is not None
    return found


def _named(kind: str, name: str) -> tuple[str, str, str]:
    if kind not in get_args(Kind):
        raise Refused(f"It is one of {', '.join(get_args(Kind))}", field="kind")
    ((folded, label),) = words.named([name], most=1, field="name").items()
    return kind, folded, label


def _word(word: str) -> str:
    word = clean_name(word, WORD_MAX + 1)
    if len(word) > WORD_MAX:
        raise Refused(f"At most {WORD_MAX} characters", field="words")
    return word


def _as_offered(one: Endorsement) -> Endorsement:
    """As whoever vouched may see it: accepted or not yet; a refusal is told to nobody."""
    if one.state == "accepted":
        return msgspec.structs.replace(one, shown=True)
    return msgspec.structs.replace(one, state="offered", shown=True)


def given(tx: Tx, me: int) -> list[Endorsement]:
    """What a member vouches for of others, newest first; declined ones look unanswered."""
    return [_as_offered(one) for one in rows.given(tx, me)]


def received(tx: Tx, me: int) -> list[Endorsement]:
    """What others vouch for of a member: what waits, what is shown, what is hidden; newest first."""
    return rows.received(tx, me)


def _mine(tx: Tx, me: int, endorsement_id: int) -> Endorsement:
    found = rows.by_id(tx, endorsement_id)
    if found is None or found.to_id != me or found.state == "declined":
        raise NotFound
    return found


def accept(tx: Tx, me: int, endorsement_id: int) -> Endorsement:
    """It counts from now on and is shown to whom one shows such things. Also shows what was hidden."""
    known = _mine(tx, me, endorsement_id)
    rows.change(tx, known.id, state="accepted", shown=True)
    giver = people_rows.by_id(tx, known.from_id)
    if known.state == "offered" and giver is not None and not giver.local and known.uri:
        jobs.tell_friend(tx, "accept", PersonId(me), giver.id, known.id)
    return msgspec.structs.replace(known, state="accepted", shown=True)


def hide(tx: Tx, me: int, endorsement_id: int) -> Endorsement:
    """Shown to nobody, and it counts no more; nobody is told."""
    known = _mine(tx, me, endorsement_id)
    if known.state != "accepted":
        raise Refused("Accept it first, or decline it.", field="state")
    rows.change(tx, known.id, shown=False)
    return msgspec.structs.replace(known, shown=False)


def decline(tx: Tx, me: int, endorsement_id: int) -> None:
    """Silently, for good: the same offer is not made again."""
    rows.change(tx, _mine(tx, me, endorsement_id).id, state="declined", shown=False)


def withdraw(tx: Tx, me: int, endorsement_id: int) -> None:
    """Take one's word back. What was declined stays so: vouching once more asks nobody again."""
    known = rows.by_id(tx, endorsement_id)
    if known is None or known.from_id != me:
        raise NotFound
    other = people_rows.by_id(tx, known.to_id)
    if other is not None and not other.local and known.uri:
        jobs.tell_friend(tx, "undo", PersonId(me), other.id, known.id, about_uri=known.uri)
    if known.state != "declined":
        rows.remove(tx, known.id)


def badges(tx: Tx, viewer: int | None, ids: Collection[int]) -> dict[int, tuple[Badge, ...]]:
    """person → what others vouch for of them, most people first; of those alone who show the viewer such
    things."""
    shown = rows.shown_of(tx, ids)
    visible = abilities.visible_among(tx, viewer, list(shown)) if shown else set()
    found = {}
    for person_id in visible:
        grouped: dict[tuple[Kind, str], list[Endorsement]] = {}
        for one in shown[person_id]:
            grouped.setdefault((one.kind, one.name), []).append(one)
        found[person_id] = tuple(
            Badge(kind=kind, label=same[0].label or name, people=len(same))
            for (kind, name), same in sorted(grouped.items(), key=lambda pair: (-len(pair[1]), pair[0]))
        )
    return found


# -- what arrives from other servers


def offer_arrived(tx: Tx, from_id: int, me: int, *, uri: str, kind: str, name: str, word: str = "") -> bool:
    """A friend elsewhere vouches for a member. Refused for who is no friend, for what cannot be read, and
    for a name that is no name; a replay, and what was declined, change nothing. Whether anything did."""
    if not ties.are_friends(tx, me, from_id):
        raise Refused("This is not offered by a friend.", log="endorsement by no friend")
    kind, folded, label = _named(kind, name)
    if rows.same(tx, from_id, me, kind, folded) is not None or rows.by_uri(tx, uri) is not None:
        return False
    if len([one for one in rows.received(tx, me) if one.state == "offered"]) >= OFFERS_KEPT:
        raise Refused("Too many of these wait.", log="too many endorsements wait")
    made = rows.put(
        tx,
        uri=uri,
        from_id=from_id,
        to_id=me,
        kind=kind,
        name=folded,
        label=label,
        word=clean_name(word, WORD_MAX),
    )
    if made is not None:
        ties.record_contact(tx, from_id, me, "endorsed")
        errands.butler_endorsed(tx, made)
    return made is not None


def accepted_arrived(tx: Tx, uri: str, by_id: int) -> bool:
    """Its subject, and nobody else, accepted what a member here vouched for."""
    known = rows.by_uri(tx, uri)
    if known is None or known.to_id != by_id or not tx.house.owns(uri):
        return False
    rows.change(tx, known.id, state="accepted")
    return True


def withdrawn_arrived(tx: Tx, uri: str, by_id: int) -> bool:
    """Whoever vouched takes it back."""
    known = rows.by_uri(tx, uri)
    if known is None or known.from_id != by_id or tx.house.owns(uri):
        return False
    if known.state != "declined":
        rows.remove(tx, known.id)
    return True
