"""Orders about oneself and one's friends: what one can help with, introductions, who would be a friend.

A stock client suffices for all of it (PRODUCT). What is not understood does nothing.
"""

import re
from typing import Final

from fedi_aid.actions import abilities, introductions
from fedi_aid.butler import commands, letters, phrases, speak, yes_and_no
from fedi_aid.butler.commands import Command
from fedi_aid.butler.thanking import named
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.abilities import language, language_name
from fedi_aid.model.people import Member
from fedi_aid.model.posts import Post
from fedi_aid.storage import ties
from fedi_aid.storage.tx import Tx

MOST: Final = 10  # things said in one message
ASKING: Final = 10  # people listed
_AND: Final = re.compile(r"\s*(?:[,;/&+]|\n|\band\b|\bet\b|\bor\b|\bou\b)\s*", re.IGNORECASE)
_ARTICLES: Final = re.compile(
    r"^(?:(?:with|in|at|about|the|a|an|my|some|en|de|du|des|le|la|les|un|une|mon|ma|mes|pour|avec|à|au|aux)\s+"
    r"|l['’]|d['’])+",
    re.IGNORECASE,
)
# "I can help with that", in answer to a question, is a yes.
_THAT: Final = frozenset({"that", "this", "it", "ca", "cela", "with that", "with this", "with it"})


def listed(rest: str) -> list[str]:
    """The things that somebody lists: without articles, the end of the sentence, and doubles."""
    found = []
    for piece in _AND.split(rest.strip().rstrip(".!… ")):
        name = _ARTICLES.sub("", piece.strip(" :.!«»“”\"'")).strip()
        if name and commands.spelled(name) not in phrases.FILLERS:
            found.append(name)
    return list(dict.fromkeys(found))[:MOST]


def can_help(tx: Tx, member: Member, message: Post, command: Command) -> None:
    """ "I can help with bicycles": a skill from now on, or a language."""
    if commands.spelled(command.rest) in _THAT:
        yes_and_no.offer(tx, member, message, Command("offer"))
        return
    _learn(tx, member, message, listed(command.rest), spoken=False)


def speaks(tx: Tx, member: Member, message: Post, command: Command) -> None:
    """ "I speak French"."""
    _learn(tx, member, message, listed(command.rest), spoken=True)


def _learn(tx: Tx, member: Member, message: Post, said: list[str], *, spoken: bool) -> None:
    if not said or (spoken and not all(language(one) for one in said)):
        speak.say(tx, member, "unknown_language" if spoken else "abilities_none", reply_to=message.id)
        return
    try:
        if spoken:
            names = [language_name(code, member.locale) for code in abilities.speak(tx, member.id, said)]
        else:
            skills, codes = abilities.learn(tx, member.id, said)
            names = [*skills, *(language_name(code, member.locale) for code in codes)]
    except Refused as refusal:
        speak.say(
            tx, member, "refused_order", reply_to=message.id, reason=letters.reason(refusal, member.locale)
        )
        return
    what = letters.listed(names, member.locale)
    speak.say(tx, member, "noted_abilities", reply_to=message.id, what=what)


def not_mine(tx: Tx, member: Member, message: Post, command: Command) -> None:
    """ "Not my thing: tax forms"."""
    said = listed(command.rest)
    try:
        names = abilities.refuse(tx, member.id, said) if said else ()
    except Refused as refusal:
        speak.say(
            tx, member, "refused_order", reply_to=message.id, reason=letters.reason(refusal, member.locale)
        )
        return
    if names:
        what = letters.listed(names, member.locale)
        speak.say(tx, member, "noted_not_mine", reply_to=message.id, what=what)
    else:
        speak.say(tx, member, "abilities_none", reply_to=message.id)


def tell_abilities(tx: Tx, member: Member, message: Post, _command: Command) -> None:
    """ "What can I help with?": what they told."""
    known = abilities.show(tx, member.id, member.locale)
    if not (known.skills or known.languages or known.not_my_thing):
        speak.say(tx, member, "abilities_none", reply_to=message.id)
        return
    spoken = [language_name(code, member.locale) for code in known.languages]
    speak.say(
        tx,
        member,
        "abilities",
        reply_to=message.id,
        skills=letters.listed(known.skills, member.locale) or "—",
        languages=letters.listed(spoken, member.locale) or "—",
        refused=letters.listed(known.not_my_thing, member.locale) or "—",
    )


# -- others


def introduce(tx: Tx, member: Member, message: Post, command: Command) -> None:
    """ "Introduce @bruno to @chloe"."""
    found = named(tx, member, command.rest)
    if len(found) != 2:
        speak.say(tx, member, "introduce_whom", reply_to=message.id)
        return
    one, other = found
    try:
        introductions.introduce(tx, member.id, one.id, other.id)
    except (NotFound, Refused) as refusal:
        speak.say(
            tx, member, "refused_order", reply_to=message.id, reason=letters.reason(refusal, member.locale)
        )
        return
    speak.say(tx, member, "noted_introduced", reply_to=message.id, one=one.name, other=other.name)


def who_asks(tx: Tx, member: Member, message: Post, _command: Command) -> None:
    """Who would like to be friends, with their word of introduction."""
    rows = ties.followers(tx, member.id, state="asked", max_id=None, since_id=None, limit=ASKING)
    if not rows:
        speak.say(tx, member, "nobody_asks", reply_to=message.id)
        return
    words = ties.words_to(tx, member.id, [person.id for _, person in rows])
    lines = []
    for _, person in rows:
        word = words.get(person.id, "")
        said = letters.colon(member.locale) + letters.quote(word, member.locale) if word else ""
        lines.append(f"– {person.name} ({person.handle}){said}")
    speak.say(tx, member, "asking_to_be_friends", reply_to=message.id, people="\n".join(lines))
