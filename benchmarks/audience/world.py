"""A made-up world on a graph: how kind people really are to each other, what they can do, when they tire.

Only the simulation knows the truth; a policy sees what a server would see: who had contact with whom on which
day, declared skills, causes, languages, and what became of earlier asks. What is assumed here is assumed: the
figures compare policies with each other and promise nothing about people.
"""

import copy
import math
import random
from bisect import bisect
from itertools import accumulate
from typing import Final, Literal, NamedTuple

from benchmarks.audience.graphs import Graph
from fedi_aid.audience.scores import Contact

Way = Literal["feed", "ask"]

DAYS: Final = 45
EVERY: Final = 30.0  # days between two requests of one person
WITHIN: Final = 7 * 24.0  # hours in which help must come
RATE: Final = 5.0
TALK: Final = 0.65
PAST: Final = 180  # days of contact that a server knows
LEVELS: Final = ((4, 0.10), (3, 0.20), (2, 0.30), (1, 0.20), (0, 0.20))  # of requests
SAFE: Final = {4: 0.55, 3: 0.32, 2: 0.08, 1: 0.0, 0: 0.0}  # true closeness that a level needs
VULNERABLE: Final = (3, 4)
CAUSES, SKILLS, TONGUES = 24, 40, 4
DECLARED: Final = 0.7
SPECIAL: Final = 0.55  # of requests need a skill: fitted, so that the baselines do as they are known to
SEEN: Final[dict[Way, float]] = {"feed": 0.35, "ask": 0.80}
HOURS: Final[dict[Way, tuple[float, float]]] = {"feed": (8.0, 1.2), "ask": (3.0, 1.3)}  # median, σ of ln
ALTRUISM: Final = 0.2
SAYS_NO: Final = 0.5  # of those who saw an ask and do not help
FATIGUE: Final = 0.16
MOST_TIRED: Final = 1.0
FATIGUE_HALVES: Final = 7 * 24.0
BYSTANDERS: Final = 0.2
MUTES: Final = {True: 0.012, False: 0.05}  # by whether it was relevant
LEAVES: Final = 0.002
QUIET: Final = (22, 8)
NO_SKILL, NO_LANGUAGE = 0.02, 0.05


class Request(NamedTuple):
    at: float  # hours since the beginning
    number: int
    author: int
    level: int
    skill: int | None
    cause: int
    tongue: int


class Person:
    """What somebody can do and bear."""

    __slots__ = (
        "altruism",
        "asked",
        "causes",
        "declared",
        "fatigue",
        "felt_at",
        "gone",
        "muted",
        "skills",
        "tongues",
    )

    def __init__(self, dice: random.Random) -> None:
        self.causes = frozenset(dice.sample(range(CAUSES), dice.randint(1, 4)))
        self.skills = frozenset(_zipf(dice) for _ in range(dice.randint(1, 4)))
        self.declared = frozenset(skill for skill in sorted(self.skills) if dice.random() < DECLARED)
        tongues = {_tongue(dice)} | ({_tongue(dice)} if dice.random() < 0.5 else set())
        self.tongues = frozenset(tongues)
        self.altruism = dice.gauss(0, ALTRUISM)
        self.fatigue = self.felt_at = 0.0
        self.muted: set[int] = set()
        self.gone = False
        self.asked = 0

    def rested(self) -> "Person":
        again = copy.copy(self)
        again.fatigue = again.felt_at = 0.0
        again.muted = set()
        again.gone = False
        again.asked = 0
        return again


_ZIPF = list(accumulate(1 / rank for rank in range(1, SKILLS + 1)))


def _zipf(dice: random.Random) -> int:
    return bisect(_ZIPF, dice.random() * _ZIPF[-1])


def _tongue(dice: random.Random) -> int:
    return bisect((0.6, 0.8, 0.92), dice.random())


class World:
    """One seed of it."""

    def __init__(self, graph: Graph, seed: int, *, days: int = DAYS) -> None:
        dice = random.Random(f"world {seed}")
        self.graph, self.seed, self.days = graph, seed, days
        self.people = {person: Person(dice) for person in graph}
        self.closeness = _true_closeness(graph, random.Random(f"kindness {seed}"))
        self.requests = _requests(self.people, days, dice)
        self._met: dict[tuple[int, int], int] = {}
        self._contacts: dict[tuple[int, int], tuple[Contact, ...]] = {}

    def rested(self) -> "World":
        """The same world on its first morning: nobody is tired, nobody has muted anybody."""
        again = copy.copy(self)
        again.people = {number: one.rested() for number, one in self.people.items()}
        again._met = {}
        return again

    # -- the truth

    def close(self, author: int, person: int) -> float:
        """True closeness, 0–1; 0 of strangers, whoever is between them."""
        return self.closeness[author].get(person, 0.0)

    def able(self, person: int, request: Request) -> float:
        one = self.people[person]
        skill = 1.0 if request.skill is None or request.skill in one.skills else NO_SKILL
        return skill * (1.0 if request.tongue in one.tongues else NO_LANGUAGE)

    def chance(self, person: int, request: Request, at: float, together: int) -> float:
        """p of help, once it was seen, with so many asked or shown in the same breath."""
        one = self.people[person]
        kind = -2.5 + 3 * self.close(request.author, person) + 0.9 * (request.cause in one.causes)
        tired = one.fatigue * 2 ** (-(at - one.felt_at) / FATIGUE_HALVES)
        willing = 1 / (1 + math.exp(-(kind + one.altruism - tired)))
        return willing * self.able(person, request) * max(1, together) ** -BYSTANDERS

    def unsafe(self, person: int, request: Request) -> bool:
        return self.close(request.author, person) < SAFE[request.level]

    def listens(self, person: int, author: int) -> bool:
        """Whether somebody still reads what this author writes; known to no policy."""
        one = self.people[person]
        return not one.gone and author not in one.muted

    def carries(self, person: int, request: Request, at: float) -> bool:
        """Whether a friend who was asked to carry does: as likely as they would help with something easy."""
        easy = request._replace(skill=None)
        dice = self._fate(person, request)
        seen = self.listens(person, request.author) and dice.random() < SEEN["ask"]
        return seen and dice.random() < self.chance(person, easy, at, 1)

    def _fate(self, person: int, request: Request) -> random.Random:
        """Luck is the same under every policy, the first time that somebody meets a request, the second, …:
        what differs between two policies is what they do."""
        key = (request.number, person)
        self._met[key] = times = self._met.get(key, 0) + 1
        return random.Random(hash((self.seed, *key, times)))

    # -- what happens

    def put(
        self, person: int, request: Request, at: float, way: Way, together: int
    ) -> tuple[float, bool] | None:
        """Show or ask: (when they answer, whether they help), or None for silence: a feed hears no "no"."""
        one, dice = self.people[person], self._fate(person, request)
        if way == "ask":
            one.asked += 1
        if dice.random() >= SEEN[way]:
            return None
        median, spread = HOURS[way]
        then = awake(at + median * math.exp(dice.gauss(0, spread)))
        helps = dice.random() < self.chance(person, request, at, together)
        one.fatigue = one.fatigue * 2 ** (-(at - one.felt_at) / FATIGUE_HALVES) + FATIGUE
        one.fatigue = min(one.fatigue, MOST_TIRED)
        one.felt_at = at
        relevant = self.able(person, request) >= 1 and (
            request.cause in one.causes or self.close(request.author, person) >= SAFE[3]
        )
        if not helps and dice.random() < MUTES[relevant]:
            one.muted.add(request.author)
        if dice.random() < LEAVES:
            one.gone = True
        if helps:
            return then, True
        return (then, False) if way == "ask" and dice.random() < SAYS_NO else None

    # -- what a server sees

    def contacts(self, author: int, person: int) -> tuple[Contact, ...]:
        """Days, up to today (day 0), on which the author acted, and whether the other did too: at random,
        5·c^1.5 days a week, more with some people than with others."""
        known = self._contacts.get((author, person))
        if known is None:
            known = self._contacts[author, person] = self._made_up(author, person)
        return known

    def _made_up(self, author: int, person: int) -> tuple[Contact, ...]:
        dice = random.Random(hash((self.seed, author, person)))
        rate = RATE * self.closeness[author][person] ** 1.5 / 7 * math.exp(dice.gauss(0, TALK))
        none = math.log(1 - min(0.95, rate))
        found, day = [], -PAST
        while True:
            day += 1 + int(math.log(1 - dice.random()) / none)
            if day > 0:
                return tuple(found)
            found.append(Contact(day, 1, 1 if dice.random() < 0.6 else 0))

    def counted(self, author: int) -> dict[int, int]:
        """How often each friend was in contact: all that the simple policies know of closeness."""
        return {friend: len(self.contacts(author, friend)) for friend in self.graph[author]}


def awake(at: float) -> float:
    """The same moment, or the morning after it; everybody sleeps at the same time."""
    hour = at % 24
    start, end = QUIET
    if hour >= start:
        return at + 24 - hour + end
    return at - hour + end if hour < end else at


def _true_closeness(graph: Graph, dice: random.Random) -> dict[int, dict[int, float]]:
    """c by rank of embeddedness (friends in common) with noise: .76 for the 5th, .48 for the 15th, .19 for
    the 50th."""
    found = {}
    for person, friends in graph.items():
        embedded = {
            one: len(friends & graph[one]) * math.exp(dice.gauss(0, 0.5)) + dice.random()
            for one in sorted(friends)
        }
        order = sorted(friends, key=lambda one, known=embedded: -known[one])  # type: ignore[misc]
        found[person] = {one: 1 / (1 + (rank / 13.9) ** 1.13) for rank, one in enumerate(order, 1)}
    return found


def _requests(people: dict[int, Person], days: int, dice: random.Random) -> list[Request]:
    found = []
    bounds = list(accumulate(share for _, share in LEVELS))
    for author, one in people.items():
        at = dice.expovariate(1 / EVERY)
        while at < days:
            level = LEVELS[min(bisect(bounds, dice.random()), len(LEVELS) - 1)][0]
            skill = _zipf(dice) if dice.random() < SPECIAL else None
            cause, tongue = dice.choice(sorted(one.causes)), dice.choice(sorted(one.tongues))
            found.append((awake(at * 24), author, level, skill, cause, tongue))
            at += dice.expovariate(1 / EVERY)
    found.sort(key=lambda one: one[:2])
    return [Request(at, number, *rest) for number, (at, *rest) in enumerate(found)]
