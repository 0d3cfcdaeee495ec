"""Who helped in the end: asked of an author whose request is solved, of those who offered.

Only whom the author names is remembered as having helped; everybody who offered is thanked for that, and
nobody hears who was left out.
"""

import re
from collections.abc import Collection, Sequence
from typing import Final

from fedi_aid.actions import thanks
from fedi_aid.butler import choices, commands, letters, meant, speak, thanking
from fedi_aid.butler.letters import Letter
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.help import Question
from fedi_aid.model.ids import PostId
from fedi_aid.model.people import Member, Person
from fedi_aid.model.polls import OPTION_CHARS, PollWish
from fedi_aid.model.posts import Post
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage.tx import Tx

MOST: Final = 8  # people to choose from
ALL: Final = {"en": "All of them", "fr": "Tout le monde"}
NONE: Final = {"en": "None of them", "fr": "Personne parmi eux"}
_EVERYBODY: Final = frozenset("all both everybody everyone tous toutes tout".split())
_NOBODY: Final = frozenset("none nobody neither personne aucun aucune".split())
_DOUBTS: Final = frozenset("not except but only if or pas ne n sauf mais seulement si ou".split())
SHORT: Final = 12  # words: a longer message says something else


def ask(tx: Tx, author: Member, post: Post, *, reply_to: PostId | None = None) -> bool:
    """Say that the flag is down, and ask who helped, once for a request; whether anybody can have."""
    if question_rows.was_asked(tx, author.id, "helped", post.id):
        return False
    people = _who_offered(tx, post)
    if not people:
        return False
    letter: Letter = "lowered_who" if len(people) > 1 else "lowered_whether"
    message_id = speak.let_choose(
        tx,
        author,
        letter,
        _choices(people, author) if len(people) > 1 else None,
        reply_to=reply_to,
        excerpt=letters.excerpt(post.text),
        name=letters.listed([one.name for one in people], author.locale),
    )
    if message_id is not None:
        ids = [int(one.id) for one in people]
        question_rows.put_question(
            tx, author.id, "helped", post_id=post.id, details=ids, message_id=message_id
        )
    return True


def _who_offered(tx: Tx, post: Post) -> list[Person]:
    """Who offered and has not been thanked for help yet, in the order in which they did."""
    offered = [one.person_id for one in help_rows.offers_of(tx, post.id) if one.state == "offered"]
    people = people_rows.many(tx, offered)
    return [people[one] for one in offered if one in people][:MOST]


def _choices(people: Sequence[Person], author: Member) -> PollWish:
    """Their names, each once; all; none."""
    language = letters.language(author.locale)
    names = _names(people)
    options = (*names, ALL[language], NONE[language])
    return PollWish(options=options, lasts=choices.LASTS, multiple=True, hide_totals=True)


def _names(people: Sequence[Person]) -> list[str]:
    """Each by a name that no other of them has."""
    short = [one.name[:OPTION_CHARS].strip() for one in people]
    return [
        name if name and short.count(name) == 1 else one.handle[:OPTION_CHARS]
        for name, one in zip(short, people, strict=True)
    ]


# -- what the author says


def voted(tx: Tx, member: Member, letter: Post, question: Question, places: Sequence[int]) -> None:
    """The choices on the poll: people, all of them, or none."""
    ids = question.details or []
    if len(ids) in places:
        chosen = set(ids)
    else:
        chosen = {ids[place] for place in places if place < len(ids)}
    _note(tx, member, letter, question, chosen)


def answer(tx: Tx, member: Member, message: Post, question: Question, yes: bool) -> None:
    """A plain yes means all who were named, a no none of them."""
    _note(tx, member, message, question, set(question.details or []) if yes else set())


def understood(tx: Tx, member: Member, message: Post) -> bool:
    """Names in a free answer: "Bruno and Chloé", "@bruno", and below the letter also "all of them", "nobody".
    Whether any was read."""
    question = meant.who_helped(tx, member, message)
    said = commands.spelled(re.sub(r"@\S+", " ", message.text)).split()
    if question is None or len(said) > SHORT or set(said) & _DOUBTS:
        return False
    people = people_rows.many(tx, question.details or [])
    named = {one.id for one in thanking.named(tx, member, message.text)}
    chosen = {one.id for one in people.values() if one.id in named or _is_called(one, said)}
    below = meant.question(tx, member, message) is not None
    if not chosen and not (below and set(said) & (_NOBODY | _EVERYBODY)):
        return False
    _note(tx, member, message, question, chosen or (set() if set(said) & _NOBODY else {*people}))
    return True


def _is_called(person: Person, said: Sequence[str]) -> bool:
    """Their first name, or the name in their address, stands among the words."""
    first = commands.spelled(person.name).split()[:1]
    return bool({*first, commands.spelled(person.username)} & set(said))


def _note(tx: Tx, member: Member, message: Post, question: Question, chosen: Collection[int]) -> None:
    question_rows.close_questions(tx, ids=[question.id], state="answered", answer=str(len(chosen)))
    told = []
    offers = help_rows.offers_of(tx, question.post_id or 0)
    waiting = {one.person_id for one in offers if one.state == "offered"}
    for person_id in (one for one in question.details or [] if one in chosen and one in waiting):
        try:
            thanks.thank(tx, member, person_id, post_id=question.post_id)
        except (NotFound, Refused):
            continue
        person = people_rows.by_id(tx, person_id)
        told.append(person.name if person else "")
    if told:
        names = letters.listed(told, member.locale)
        speak.say(tx, member, "noted_helped", reply_to=message.id, name=names)
    else:
        speak.say(tx, member, "noted_nobody_helped", reply_to=message.id)
