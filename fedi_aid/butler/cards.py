"""Cards: what the butler writes to a member unasked, beside requests. One a week at most, within the member's
budget, never while somebody waits for their help, each kind switchable off.

A new kind is a row of `SOURCES`: what finds it, how often it may come, whether members get it unless they say
otherwise; its letter stands in `words.cards`.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final, Literal, get_args

import msgspec

from fedi_aid.butler import asked, card_finders, counselling, letters, meant, speak
from fedi_aid.butler.card_finders import Card
from fedi_aid.model.help import QuestionKind
from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import Member
from fedi_aid.storage import cards as rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage import received_asks as received_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import errands

Kind = Literal["digest", "goals", "counsel", "ties", "thanks"]

BETWEEN_CARDS: Final = timedelta(days=7)
NOTHING_TO_SAY: Final = timedelta(days=2)  # then another look
NOT_YET: Final = timedelta(days=1)  # requests wait for the member, or it is not the moment


class Source(msgspec.Struct, frozen=True):
    """One kind of card: what finds the next one for a member, how often it may come, whether it does by
    default."""

    find: Callable[[Tx, Member], Card | None]
    every: timedelta
    wanted: bool = True


# In the order in which they are tried; the first that has something to say takes the week's place.
SOURCES: Final[Mapping[Kind, Source]] = MappingProxyType(
    {
        "digest": Source(card_finders.digest, timedelta(days=7), wanted=False),
        "goals": Source(card_finders.untouched_goal, timedelta(days=7)),
        "counsel": Source(counselling.somebody, timedelta(days=30)),
        "ties": Source(card_finders.dormant_tie, timedelta(days=30)),
    }
)

# What a card of each kind asks, if anything: its answers are in `card_answers`.
ASKS: Final[Mapping[Kind, QuestionKind]] = MappingProxyType({"goals": "goal", "ties": "tie"})

# What each is called, and by which words a member may mean it.
NAMES: Final[Mapping[Kind, Mapping[str, str]]] = MappingProxyType(
    {
        "digest": {"en": "the weekly digest", "fr": "le résumé de la semaine"},
        "goals": {"en": "goals left untouched", "fr": "les objectifs en sommeil"},
        "counsel": {"en": "people of good counsel", "fr": "les personnes de bon conseil"},
        "ties": {"en": "friends not heard of for long", "fr": "les ami·es perdus de vue"},
        "thanks": {"en": "thanks when a flag comes down", "fr": "les mercis quand un drapeau s’abaisse"},
    }
)
_WORDS: Final[Mapping[Kind, frozenset[str]]] = MappingProxyType(
    {
        "digest": frozenset("digest summary resume resumes".split()),
        "goals": frozenset("goal goals objectif objectifs".split()),
        "counsel": frozenset("counsel advice conseil conseils".split()),
        "ties": frozenset("ties tie friends dormant liens lien amis vue".split()),
        "thanks": frozenset("thanks merci mercis remerciements".split()),
    }
)


def named(spelled: str) -> Kind | None:
    """The kind of card that somebody means, from their words in small letters without accents."""
    words = set(spelled.split())
    found = [kind for kind, known in _WORDS.items() if known & words]
    return found[0] if len(found) == 1 else None


def name(kind: Kind, locale: str) -> str:
    return NAMES[kind][letters.language(locale)]


def names(locale: str) -> list[str]:
    return [name(kind, locale) for kind in get_args(Kind)]


def wanted(tx: Tx, member_id: PersonId) -> dict[Kind, bool]:
    """Which kinds of card a member gets."""
    chosen = rows.choices(tx, member_id)
    found: dict[Kind, bool] = {}
    for kind in get_args(Kind):
        source = SOURCES.get(kind)
        found[kind] = chosen.get(kind, source.wanted if source else True)
    return found


def tick(tx: Tx) -> None:
    """Think of those members whose week is over; a periodic task."""
    for member_id in rows.members_due(tx):
        errands.butler_card(tx, member_id)


def think_of(tx: Tx, member_id: PersonId) -> None:
    """Write one card to a member if there is something to say and they may be disturbed."""
    member = people_rows.member(tx, member_id)
    if member is not None:
        meant.let_lapse(tx, member.id)
        rows.look_again(tx, member.id, tx.house.soon(_think(tx, member)))


def _think(tx: Tx, member: Member) -> timedelta:
    """After how long to think of them again."""
    new_here = tx.now - member.created_at < tx.house.soon(BETWEEN_CARDS)
    if member.butler_silent or new_here:
        return BETWEEN_CARDS
    if asked.free_from(tx, member) > tx.now or received_rows.waiting_to_be_put(tx, member.id):
        return NOT_YET
    likes = wanted(tx, member.id)
    for kind, source in SOURCES.items():
        if not likes[kind] or rows.sent_since(tx, member.id, kind, tx.now - tx.house.soon(source.every)):
            continue
        card = source.find(tx, member)
        if card is not None:
            _write(tx, member, kind, card)
            return BETWEEN_CARDS
    return NOTHING_TO_SAY


def _write(tx: Tx, member: Member, kind: Kind, card: Card) -> None:
    rows.put(tx, member.id, kind, card.subject_id)
    question_rows.interrupt(tx, member.id, "card")
    message_id = speak.say(tx, member, card.letter, **card.values)
    if message_id is not None and (asks := ASKS.get(kind)):
        question_rows.close_questions(tx, ids=_unanswered(tx, member))
        question_rows.put_question(tx, member.id, asks, about_id=card.subject_id, message_id=message_id)


def _unanswered(tx: Tx, member: Member) -> list[int]:
    """One card at a time: what an older one asked is over."""
    return [one.id for one in question_rows.open_questions(tx, member.id) if one.kind in ASKS.values()]
