"""Orders about oneself and one's friends: what one can help with, thanks, endorsements, introductions.

A stock client suffices for all of it (PRODUCT). What is not understood does nothing.
"""

import re
from typing import Final

from fedi_aid.actions import abilities, introductions, thanks
from fedi_aid.butler import commands, friends, letters, meant, phrases, speak, yes_and_no
from fedi_aid.butler.commands import Command
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.abilities import language, language_name
from fedi_aid.model.people import Member, Person
from fedi_aid.model.posts import Post
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import people as people_rows
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
_FOR: Final = re.compile(
    r"\b(?:for|pour|de|du|des|d['’])\s*[:]?\s*(.+)$|:\s*(.+)$", re.IGNORECASE | re.DOTALL
)
_MENTION: Final = re.compile(r"(?<![\w.])@([\w.-]+)(?:@([\w.:-]+))?")
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
        yes_and_no.answer(tx, member, message, Command("yes"))
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
        speak.say(tx, member, "refused_order", reply_to=message.id, reason=refusal.sentence)
        return
    what = letters.listed(names, member.locale)
    speak.say(tx, member, "noted_abilities", reply_to=message.id, what=what)


def not_mine(tx: Tx, member: Member, message: Post, command: Command) -> None:
    """ "Not my thing: tax forms"."""
    said = listed(command.rest)
    try:
        names = abilities.refuse(tx, member.id, said) if said else ()
    except Refused as refusal:
        speak.say(tx, member, "refused_order", reply_to=message.id, reason=refusal.sentence)
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


def named(tx: Tx, member: Member, text: str) -> list[Person]:
    """The people named in an order, by their whole handle, each once; without the butler and oneself."""
    found: dict[int, Person] = {}
    for username, domain in _MENTION.findall(text):
        domain = domain.rstrip(".:,").lower()
        own = domain in ("", tx.house.domain)
        person = people_rows.by_handle(tx, username.rstrip(".-"), "" if own else domain)
        if person is not None and person.kind == "person" and person.id != member.id:
            found[person.id] = person
    return list(found.values())


def _one(tx: Tx, member: Member, message: Post, text: str) -> Person | None:
    """The one person an order is about; says so when there is none, or more than one."""
    found = named(tx, member, text)
    if len(found) == 1:
        return found[0]
    speak.say(tx, member, "whom", reply_to=message.id)
    return None


def _for_what(text: str) -> str:
    """What stands after the name: `for French paperwork`."""
    after = _MENTION.sub("", text, count=1).strip()
    match = _FOR.search(after)
    said = (match.group(1) or match.group(2) or "") if match else ""
    return _ARTICLES.sub("", said.strip().rstrip(".!… ")).strip()[:60]


def thank(tx: Tx, member: Member, message: Post, command: Command) -> None:
    """ "Thanks @bruno for the bicycle": they are told, and it becomes an endorsement if the author wishes."""
    other = _one(tx, member, message, command.rest)
    if other is None:
        return
    question = meant.question(tx, member, message)
    post_id = question.post_id if question is not None else None
    if post_id is not None and not help_rows.has_offered(tx, post_id, other.id):
        post_id = None
    label = _for_what(command.rest)
    try:
        made = thanks.thank(tx, member, other.id, name=label, post_id=post_id)
    except NotFound:
        speak.say(tx, member, "whom", reply_to=message.id)
        return
    except Refused as refusal:
        if refusal.code == "forbidden":
            speak.say(tx, member, "not_a_friend", reply_to=message.id, name=other.name)
        else:
            speak.say(tx, member, "refused_order", reply_to=message.id, reason=refusal.sentence)
        return
    if label and other.speaks_fedi_aid and ties.are_friends(tx, member.id, other.id):
        message_id = speak.say(tx, member, "vouch_too", reply_to=message.id, name=other.name, what=made.label)
        help_rows.put_question(tx, member.id, "vouch", about_id=made.id, message_id=message_id)
    else:
        speak.say(tx, member, "noted_thanks", reply_to=message.id, name=other.name)


def vouch(tx: Tx, member: Member, message: Post, command: Command) -> None:
    """ "I vouch for @bruno for French paperwork"."""
    other = _one(tx, member, message, command.rest)
    if other is None:
        return
    label = _for_what(command.rest)
    if not label:
        speak.say(tx, member, "vouch_for_what", reply_to=message.id)
    elif not ties.are_friends(tx, member.id, other.id):
        speak.say(tx, member, "not_a_friend", reply_to=message.id, name=other.name)
    else:
        friends.vouch(tx, member, message, other.id, label)


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
        speak.say(tx, member, "refused_order", reply_to=message.id, reason=refusal.sentence)
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
        said = f": “{letters.excerpt(word)}”" if word else ""
        lines.append(f"– {person.name} ({person.handle}){said}")
    speak.say(tx, member, "asking_to_be_friends", reply_to=message.id, people="\n".join(lines))
