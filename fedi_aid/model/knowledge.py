"""What the engine knows about a member, told to them in sentences (PRODUCT S4e). Pure: facts in, text out.

It holds what the member did and said, and what others chose to show them. What others gave privately (whom
they pinned, muted or reported, how kind they are taken to be) is no fact here, so that no sentence can tell
it (RULES R8). Closeness is told by rings, in words, and never as a number.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, Literal

import msgspec
from babel.dates import format_date

from fedi_aid.model.help import AskKind
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.intimacy import LEVELS, Intimacy
from fedi_aid.model.knowledge_words import TITLES, WORDS, Chapter
from fedi_aid.model.people import Member

Answered = Literal["yes", "no", "open", "over"]
EXCERPT: Final = 80


class Someone(msgspec.Struct, frozen=True):
    """Somebody by name, as the member reads it."""

    id: PersonId
    name: str


class Region(msgspec.Struct, frozen=True, kw_only=True):
    """A sphere: one that was found, or a list."""

    name: str
    people: int
    is_list: bool
    hidden: bool


class Acts(msgspec.Struct, frozen=True):
    """On how many days the member turned to somebody, and when last."""

    person: Someone
    days: int
    last: date


class Put(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was asked of the member. `post_id` and `excerpt` while they can read it."""

    kind: AskKind
    answered: Answered
    at: datetime
    author: str = ""
    post_id: PostId | None = None
    excerpt: str = ""


class Raised(msgspec.Struct, frozen=True, kw_only=True):
    """One of the member's requests."""

    post_id: PostId
    excerpt: str
    state: str
    outcome: str | None
    at: datetime
    offers: int


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All that is told. `vouched`: what others vouch for, and the member accepted, with who did.
    `rings`: friends by the most intimate level that they may be shown, closest ring first."""

    member: Member
    now: datetime
    spent: int
    skills: tuple[str, ...] = ()
    not_my_thing: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    vouched: tuple[tuple[str, tuple[str, ...]], ...] = ()
    thanks: int = 0
    projects: tuple[str, ...] = ()
    rings: tuple[tuple[Intimacy, tuple[Someone, ...]], ...] = ()
    spheres: tuple[Region, ...] = ()
    acts: tuple[Acts, ...] = ()
    asked: tuple[Put, ...] = ()
    requests: tuple[Raised, ...] = ()
    close: tuple[Someone, ...] = ()
    left_out: tuple[Someone, ...] = ()
    muted: tuple[Someone, ...] = ()
    blocked: tuple[Someone, ...] = ()
    muted_servers: tuple[str, ...] = ()


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a section, perhaps about somebody or a post. Text is not escaped."""

    text: str
    person_id: PersonId | None = None
    post_id: PostId | None = None


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """One part of what is known: sentences, then rows."""

    chapter: Chapter
    title: str
    sentences: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()


def excerpt(text: str) -> str:
    """The beginning of a post on one line."""
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT else line[: EXCERPT - 1].rstrip() + "…"


def tell(facts: Facts, locale: str) -> tuple[Section, ...]:
    """Every chapter in its order, in French (`fr…`) or English; one of which nothing is known says so."""
    language = "fr" if locale.lower().startswith("fr") else "en"
    return _Teller(facts, language).sections()


class _Teller:
    def __init__(self, facts: Facts, language: str) -> None:
        self.facts, self.language, self.words = facts, language, WORDS[language]

    def sections(self) -> tuple[Section, ...]:
        tellers = {
            "wishes": self._wishes,
            "budget": self._budget,
            "abilities": self._abilities,
            "projects": self._projects,
            "rings": self._rings,
            "spheres": self._spheres,
            "contacts": self._contacts,
            "asked": self._asked,
            "requests": self._requests,
            "aside": self._aside,
            "rest": self._rest,
        }
        found = []
        for chapter, title in TITLES[self.language].items():
            sentences, rows = tellers[chapter]()
            found.append(Section(chapter=chapter, title=title, sentences=tuple(sentences), rows=tuple(rows)))
        return tuple(found)

    def _say(self, key: str, **values: object) -> str:
        return self.words[key].format(**values)

    def _list(self, names: Sequence[str]) -> str:
        if len(names) < 2:
            return "".join(names)
        return f"{', '.join(names[:-1])}{self.words['and']}{names[-1]}"

    def _day(self, moment: date) -> str:
        return format_date(moment, format="long", locale=self.language)

    def _count(self, number: int, key: str, **values: object) -> str:
        ending = {0: "_none", 1: "_one"}.get(number, "")
        return self._say(key + ending if key + ending in self.words else key, number=number, **values)

    def _wishes(self) -> tuple[list[str], list[Row]]:
        me = self.facts.member
        level = LEVELS[Intimacy(me.default_intimacy)].name(self.language)
        told = [
            self._say("level", level=me.default_intimacy, name=level),
            self._say("hours", start=me.quiet_from, end=me.quiet_until, zone=me.time_zone),
            self._say(f"carry_{me.carry_consent}"),
            self._say("carried_yes" if me.accepts_carried else "carried_no"),
        ]
        if me.daily_ration is not None:
            told.append(self._say("ration", number=me.daily_ration))
        if me.paused_until is not None and me.paused_until > self.facts.now:
            told.append(self._say("paused", day=self._day(me.paused_until)))
        flags = {
            "silent": me.butler_silent,
            "refusals": me.silent_refusals,
            "plain": me.plain_confidants,
            "friends_shown": me.show_friends,
        }
        return [*told, *(self._say(key) for key, holds in flags.items() if holds)], []

    def _budget(self) -> tuple[list[str], list[Row]]:
        left = max(0, self.facts.member.weekly_budget - self.facts.spent)
        spent = self._count(self.facts.spent, "spent")
        return [spent, self._say("budget", number=self.facts.member.weekly_budget, left=left)], []

    def _abilities(self) -> tuple[list[str], list[Row]]:
        facts = self.facts
        told = [
            self._say(key, names=self._list(names))
            for key, names in (
                ("skills", facts.skills),
                ("not_mine", facts.not_my_thing),
                ("languages", facts.languages),
                ("causes", facts.causes),
            )
            if names
        ]
        if facts.thanks:
            told.append(self._count(facts.thanks, "thanks"))
        vouched = [
            Row(text=self._say("vouched", what=what, names=self._list(names)))
            for what, names in facts.vouched
        ]
        return told or ([] if vouched else [self._say("no_abilities")]), vouched

    def _projects(self) -> tuple[list[str], list[Row]]:
        if not self.facts.projects:
            return [self._say("no_projects")], []
        return [self._say("projects")], [Row(text=title) for title in self.facts.projects]

    def _rings(self) -> tuple[list[str], list[Row]]:
        if not any(people for _, people in self.facts.rings):
            return [self._say("no_friends")], []
        rows = [
            Row(text=self._say(f"ring_{int(level)}", name=one.name), person_id=one.id)
            for level, people in self.facts.rings
            for one in people
        ]
        return [self._say("rings")], rows

    def _spheres(self) -> tuple[list[str], list[Row]]:
        if not self.facts.spheres:
            return [self._say("no_spheres")], []
        rows = []
        for one in self.facts.spheres:
            key = "list" if one.is_list else "sphere"
            hidden = self._say("hidden") if one.hidden else ""
            rows.append(Row(text=self._count(one.people, key, name=one.name) + hidden))
        return [self._say("spheres")], rows

    def _contacts(self) -> tuple[list[str], list[Row]]:
        if not self.facts.acts:
            return [self._say("no_contacts")], []
        rows = [
            Row(
                text=self._count(one.days, "days", name=one.person.name, day=self._day(one.last)),
                person_id=one.person.id,
            )
            for one in self.facts.acts
        ]
        return [self._say("contacts")], rows

    def _asked(self) -> tuple[list[str], list[Row]]:
        if not self.facts.asked:
            return [self._say("nothing_asked")], []
        rows = []
        for one in self.facts.asked:
            about = (
                self._say("about", author=one.author, excerpt=one.excerpt)
                if one.post_id
                else self._say("gone")
            )
            answer = self._say(f"answered_{one.kind}_{one.answered}")
            text = self._say(f"asked_{one.kind}", day=self._day(one.at), about=about)
            rows.append(Row(text=f"{text} {answer}", post_id=one.post_id))
        return [self._say("asked")], rows

    def _requests(self) -> tuple[list[str], list[Row]]:
        if not self.facts.requests:
            return [self._say("no_requests")], []
        rows = []
        for one in self.facts.requests:
            state = self._say(f"state_{one.outcome if one.state == 'lowered' and one.outcome else one.state}")
            said = self._say("request", day=self._day(one.at), excerpt=one.excerpt, state=state)
            rows.append(Row(text=f"{said} {self._count(one.offers, 'offers')}", post_id=one.post_id))
        return [self._say("requests")], rows

    def _aside(self) -> tuple[list[str], list[Row]]:
        facts = self.facts
        rows = [
            Row(text=self._say(key, name=one.name), person_id=one.id)
            for key, people in (
                ("close", facts.close),
                ("left_out", facts.left_out),
                ("muted", facts.muted),
                ("blocked", facts.blocked),
            )
            for one in people
        ]
        rows += [Row(text=self._say("muted_server", name=name)) for name in facts.muted_servers]
        return [self._say("aside" if rows else "nothing_aside")], rows

    def _rest(self) -> tuple[list[str], list[Row]]:
        return [self._say("rest_private"), self._say("rest_outcomes"), self._say("rest_kept")], []
