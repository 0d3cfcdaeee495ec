"""Thanks and endorsements by a word to the butler: whom a text names, what for, and what becomes of it.

Thanks reach whoever is named; what they were for is vouched for only by a further yes.
"""

import re
from typing import Final

import msgspec

from fedi_aid.actions import thanks
from fedi_aid.butler import commands, friends, letters, meant, speak
from fedi_aid.butler.commands import Command
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.ids import PostId
from fedi_aid.model.people import Member, Person
from fedi_aid.model.posts import Post
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage import ties
from fedi_aid.storage.endorsements import Thanks
from fedi_aid.storage.tx import Tx

MOST: Final = 10  # people thanked in one message
_ARTICLE: Final = re.compile(
    r"^(?:(?:the|a|an|my|some|his|her|their|du|des|le|la|les|un|une|mon|ma|mes|son|sa|ses|au|aux)\s+|l['’]|d['’])+",
    re.IGNORECASE,
)
_FOR: Final = re.compile(
    r"\b(?:for|pour|de|du|des|d['’])\s*[:]?\s*(.+)$|:\s*(.+)$", re.IGNORECASE | re.DOTALL
)
_MENTION: Final = re.compile(r"(?<![\w.])@([\w.-]+)(?:@([\w.:-]+))?")
_SENTENCE_ENDS: Final = re.compile(r"[^\w\s'’/+&-]|$")  # a full stop, a heart
_JOINED: Final = re.compile(r"[\s,;&+/]*(?:\b(?:and|et|to|à|a)\b[\s,]*)*", re.IGNORECASE)
# Said of any help: there is no skill in it that one could vouch for.
_ANY_HELP: Final = re.compile(
    r"(?:(?:your|ton|votre|leur|their|his|her|son|the|l)?\s*(?:help|aide|time|temps|support|soutien)"
    r"|everything|all(?: of it)?|tout|that|this|cela|ca|it)"
)
# "d'avoir répondu", "lending me the van"; plumbing is a skill.
_DEED: Final = re.compile(
    r"(?:[mtsl] |nous |vous )?"
    r"(?:avoir|etre|helping|having|being|coming|\w+ing (?:me|us|my|our|the|a|it|out|with))\b"
)
_AT_ONCE: Final = re.compile(
    r"\s*,?\s*(?:(?:so much|a lot|very much|again|beaucoup|encore|infiniment)\s+)?"
    r"(?:(?:for|pour|de|du|des)\b|d['’]|:)\s*:?\s*(.+)$",
    re.IGNORECASE | re.DOTALL,
)


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
    """What stands after the name, to the end of the sentence: `for French paperwork`."""
    after = _MENTION.sub("", text, count=1).strip()
    match = _FOR.search(after)
    return _named_thing((match.group(1) or match.group(2) or "") if match else "")


def _named_thing(said: str) -> str:
    """To the end of its sentence, without an article."""
    said = said[: found.start()] if (found := _SENTENCE_ENDS.search(said)) else said
    return _ARTICLE.sub("", said.strip()).strip()[:60]


class Said(msgspec.Struct, frozen=True):
    """One name among thanks: a skill or thing that it was for, or the words for what has no such name."""

    handle: str
    label: str = ""
    word: str = ""


def read_thanks(text: str) -> list[Said]:
    """Whom a text thanks and what each for: "@bruno and @chloe for the van, @dov for his patience" is the van
    twice. Help as such, and what somebody did, are no skill."""
    mentions = list(_MENTION.finditer(text))
    found: list[Said] = []
    waiting: list[str] = []  # named together: what comes next is for all of them
    for place, mention in enumerate(mentions):
        end = mentions[place + 1].start() if place + 1 < len(mentions) else len(text)
        after = text[mention.end() : end]
        waiting.append(mention.group())
        if _JOINED.fullmatch(after) and end < len(text):
            continue
        label, word = _what_for(after)
        found += [Said(handle, label, word) for handle in waiting]
        waiting = []
    return found[:MOST]


def _what_for(after: str) -> tuple[str, str]:
    said = re.sub(r"[\s,;&+]*(?:\b(?:and|et|to|à)\b\s*)*$", "", after)
    match = _AT_ONCE.match(said)
    label = _named_thing(match.group(1)) if match else ""
    plain = commands.spelled(label)
    if not label or _ANY_HELP.fullmatch(plain):
        return "", ""
    if _DEED.match(plain):
        return "", said.strip()[:200].rstrip(" .!,")
    return label, ""


class Thanked(msgspec.Struct, frozen=True):
    """What became of thanks: to whom they go, what could be vouched for too, and who is no friend."""

    people: tuple[Person, ...]
    vouchable: tuple[tuple[Person, Thanks], ...]
    others: tuple[str, ...]

    def names(self, locale: str) -> str:
        return letters.listed([one.name for one in self.people], locale)

    def what(self, locale: str) -> str:
        """What it was for; with their names where that differs: "Bruno (van) and Chloé (soup)"."""
        labels = [made.label for _, made in self.vouchable]
        if len(set(labels)) == 1 and len(labels) == len(self.people):
            labels = labels[:1]
        elif len(self.people) > 1:
            labels = [f"{person.name} ({made.label})" for person, made in self.vouchable]
        return letters.listed(labels, locale)


def thank_all(tx: Tx, member: Member, said: list[Said], post_id: PostId | None) -> Thanked:
    """Thank everybody who is named, those who offered help with this post for that. Who is neither a friend
    nor offered help is left alone. Refused for what no thanks can be for, and beyond the day's."""
    people: dict[int, Person] = {}
    vouchable: list[tuple[Person, Thanks]] = []
    others: list[str] = []
    for one in said:
        known = named(tx, member, one.handle)
        if not known:
            others.append(one.handle.replace("@", "@\u200b"))
            continue
        other = known[0]
        if other.id in people:
            continue
        helped = post_id if post_id is not None and help_rows.has_offered(tx, post_id, other.id) else None
        try:
            made = thanks.thank(tx, member, other.id, name=one.label, word=one.word, post_id=helped)
        except (NotFound, Refused):
            others.append(other.name)
        else:
            people[other.id] = other
            if made.label and other.speaks_fedi_aid and ties.are_friends(tx, member.id, other.id):
                vouchable.append((other, made))
    return Thanked(tuple(people.values()), tuple(vouchable), tuple(dict.fromkeys(others)))


def ask_to_vouch(tx: Tx, member: Member, done: Thanked, message_id: PostId | None) -> None:
    """The letter with this id asked whether they vouch for it too."""
    made = [one.id for _, one in done.vouchable]
    question_rows.put_question(tx, member.id, "vouch", about_id=made[0], details=made, message_id=message_id)


def thank(tx: Tx, member: Member, message: Post, command: Command) -> None:
    """ "Thanks @bruno for the bicycle": they are told, and it becomes an endorsement if the author wishes."""
    said = read_thanks(command.rest)
    question = meant.who_helped(tx, member, message) or meant.question(tx, member, message)
    done = thank_all(tx, member, said, question.post_id if question is not None else None)
    if question is not None and question.kind == "helped" and done.people:
        question_rows.close_questions(tx, ids=[question.id], state="answered", answer="thanks")
    others = letters.listed(done.others, member.locale)
    if not done.people:
        known = any(named(tx, member, one.handle) for one in said)
        speak.say(tx, member, "not_a_friend" if known else "whom", reply_to=message.id, name=others)
        return
    told = {"name": done.names(member.locale), "others": letters.not_thanked(others, member.locale)}
    if not done.vouchable:
        speak.say(tx, member, "noted_thanks", reply_to=message.id, **told)
        return
    what = done.what(member.locale)
    ask_to_vouch(tx, member, done, speak.say(tx, member, "vouch_too", reply_to=message.id, what=what, **told))


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
        friends.vouch(tx, member, message, {other.id: label})
