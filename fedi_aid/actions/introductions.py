"""A friend introduces two people to each other, and each accepts (PRODUCT S2, RULES R23).

Nobody learns who declined or stayed silent: an introduction that one of the two does not want simply comes
to nothing. Only when both have said yes do their servers make the friendship, each in the name of its own
member: what another server says about a yes makes nobody anybody's friend.
"""

from typing import Final

from fedi_aid.actions import approaching, endorsements, ties
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.ids import PersonId
from fedi_aid.model.names import clean_name
from fedi_aid.model.people import Person
from fedi_aid.storage import introductions as rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.introductions import Introduced, Introduction
from fedi_aid.storage.tx import Tx
from fedi_aid.work import errands, jobs

WORD_MAX: Final = 500
WAITING_MAX: Final = 40


def introduce(tx: Tx, me: int, one_id: int, other_id: int, *, word: str = "") -> Introduction:
    """Introduce two friends to each other, with a word that both read. The same once more changes nothing.

    Refused for who is no friend, for one and the same, where a server does not know of such things, and
    beyond the day's. Whether they know each other already, or do not want to, is not told.
    """
    if one_id == other_id:
        raise Refused("It takes two to be introduced.", field="to")
    pair = [endorsements.friend(tx, me, person_id) for person_id in sorted((one_id, other_id))]
    if not all(one.speaks_fedi_aid for one in pair):
        raise Refused(
            "The server of one of them does not know what this is. Tell them in a message of your own.",
            field="to",
        )
    word = clean_name(word, WORD_MAX + 1)
    if len(word) > WORD_MAX:
        raise Refused(f"At most {WORD_MAX} characters", field="words")
    known = rows.of_the_two(tx, me, one_id, other_id)
    if known is not None:
        return known
    approaching.approach(tx, me, "introduction")
    low, high = pair
    made = rows.put(
        tx,
        by_id=me,
        one_id=low.id,
        other_id=high.id,
        one_uri=tx.house.new_activity(),
        other_uri=tx.house.new_activity(),
        word=word,
    )
    found = rows.by_id(tx, made or 0)
    assert found is not None
    _offer(tx, found, low, high, found.one_uri or "")
    _offer(tx, found, high, low, found.other_uri or "")
    return found


def _offer(tx: Tx, made: Introduction, to: Person, other: Person, uri: str) -> None:
    if to.local:
        _note(tx, to.id, made.by_id, other, uri, made.word)
    else:
        jobs.tell_friend(tx, "introduction", made.by_id, to.id, made.id)


def _note(tx: Tx, me: int, by_id: int, other: Person, uri: str, word: str) -> bool:
    """Put it to a member here, unless it cannot please: they are friends, kept apart, or declined before."""
    relation = tie_rows.relations(tx, me, [other.id])[other.id]
    apart = relation.blocking or relation.blocked_by or relation.muting or relation.domain_muting
    if other.id == me or relation.friends or apart or rows.has_declined(tx, me, other.id):
        return False
    made = rows.put_to(tx, uri=uri, member_id=me, by_id=by_id, other_id=other.id, word=word)
    if made is not None:
        errands.butler_introduced(tx, made)
    return made is not None


def waiting(tx: Tx, me: int) -> list[Introduced]:
    """What friends propose to a member and they have not answered, newest first."""
    return rows.waiting(tx, me)


def _mine(tx: Tx, me: int, introduced_id: int) -> Introduced:
    found = rows.to_by_id(tx, introduced_id)
    if found is None or found.member_id != me or found.state != "offered":
        raise NotFound
    return found


def accept(tx: Tx, me: int, introduced_id: int) -> None:
    """Yes: once the other has said so too, the two become friends; until then nobody is told."""
    known = _mine(tx, me, introduced_id)
    rows.change_to(tx, known.id, "accepted")
    introducer = people_rows.by_id(tx, known.by_id)
    if introducer is None:
        return
    if introducer.local:
        said_yes(tx, known.uri, me)
    else:
        jobs.tell_friend(tx, "accept", PersonId(me), introducer.id, known.id, about_uri=known.uri)


def decline(tx: Tx, me: int, introduced_id: int) -> None:
    """No: nobody is told, and nobody's introduction to that person comes again."""
    rows.change_to(tx, _mine(tx, me, introduced_id).id, "declined")


def said_yes(tx: Tx, uri: str, by_id: int) -> bool:
    """On the introducer's server: one of the two said yes, and nobody else can say it for them. With both,
    both are told."""
    known = rows.by_uri(tx, uri)
    if known is None or by_id != (known.one_id if uri == known.one_uri else known.other_id):
        return False
    if uri == known.one_uri:
        rows.change(tx, known.id, one_accepted=True)
    else:
        rows.change(tx, known.id, other_accepted=True)
    known = rows.by_id(tx, known.id)
    assert known is not None
    if known.one_accepted and known.other_accepted:
        _both(tx, known)
    return True


def _both(tx: Tx, made: Introduction) -> None:
    for person_id, uri in ((made.one_id, made.one_uri), (made.other_id, made.other_uri)):
        person = people_rows.by_id(tx, person_id)
        if person is None or uri is None:
            continue
        if person.local:
            both_agreed(tx, uri, made.by_id, person_id)
        else:
            jobs.tell_friend(tx, "introduced", made.by_id, person.id, made.id)


# -- what arrives from other servers


def offer_arrived(tx: Tx, from_id: int, me: int, *, uri: str, other: Person, word: str = "") -> bool:
    """A friend elsewhere introduces a member to somebody. Refused for who is no friend; whether anything was
    put to the member is told to nobody."""
    if not tie_rows.are_friends(tx, me, from_id):
        raise Refused("This is not offered by a friend.", log="introduction by no friend")
    if len(rows.waiting(tx, me)) >= WAITING_MAX or other.suspended_at is not None:
        raise Refused("Too many of these wait.", log="too many introductions wait")
    return _note(tx, me, from_id, other, uri, clean_name(word, WORD_MAX))


def both_agreed(tx: Tx, uri: str, by_id: int, me: int) -> bool:
    """Who introduced says that both agreed: a member who said yes asks the other to be friends, and is
    taken at their word when the other asks. Anything else changes nothing."""
    known = rows.to_by_uri(tx, uri)
    if known is None or known.by_id != by_id or known.member_id != me or known.state != "accepted":
        return False
    rows.change_to(tx, known.id, "made")
    if not tie_rows.is_blocked_either_way(tx, me, known.other_id):
        ties.befriend_introduced(tx, me, known.other_id, by_id)
    return True


def withdrawn_arrived(tx: Tx, uri: str, by_id: int) -> bool:
    """Whoever introduced takes it back."""
    known = rows.to_by_uri(tx, uri)
    if known is None or known.by_id != by_id:
        return False
    if known.state in ("offered", "accepted"):
        rows.change_to(tx, known.id, "withdrawn")
    return True
