"""The baselines: who is shown or asked, without the product's engine; and the loop of all policies."""

import heapq
import statistics
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable
from typing import Final, NamedTuple

from benchmarks.audience.graphs import Graph
from benchmarks.audience.world import VULNERABLE, WITHIN, Request, Way, World


class Course:
    """What became of one request."""

    __slots__ = ("asked", "helped_at", "reached", "request", "sent", "unsafe")

    def __init__(self, request: Request) -> None:
        self.request = request
        self.sent = 0  # shown in a feed by a baseline, or asked by name
        self.asked: list[int] = []
        self.reached: dict[int, bool] = {}  # everybody who could see it → whether they should not have
        self.helped_at: float | None = None


class Policy(ABC):
    """Begins a request, and hears of every answer."""

    name: str

    def __init__(self, world: World) -> None:
        self.world = world
        self.courses: list[Course] = []
        self._queue: list[tuple[float, int, str, Course, int]] = []
        self._tick = 0

    @abstractmethod
    def begin(self, course: Course, at: float) -> None: ...

    def answered(self, course: Course, at: float, person: int) -> None:  # noqa: B027
        """Somebody said no."""

    def look(self, course: Course, at: float, number: int) -> None:  # noqa: B027
        """The moment that was asked for by `later`."""

    # -- what a policy may do

    def put(
        self,
        course: Course,
        people: Iterable[int],
        at: float,
        way: Way,
        together: int,
        *,
        counts: bool = True,
    ) -> None:
        request = course.request
        for person in people:
            course.sent += counts
            if way == "ask":
                course.asked.append(person)
            if not self.world.listens(person, request.author):
                continue
            course.reached.setdefault(person, self.world.unsafe(person, request))
            answer = self.world.put(person, request, at, way, together)
            if answer is not None:
                then, helps = answer
                self._push(max(at, then), "help" if helps else "no", course, person)

    def later(self, course: Course, at: float, number: int = 0) -> None:
        self._push(at, "look", course, number)

    def _push(self, at: float, what: str, course: Course, who: int) -> None:
        self._tick += 1
        heapq.heappush(self._queue, (at, self._tick, what, course, who))

    # -- the loop

    def run(self) -> "Outcome":
        for request in self.world.requests:
            self._push(request.at, "begin", Course(request), 0)
        while self._queue:
            at, _, what, course, who = heapq.heappop(self._queue)
            if course.helped_at is not None or at > course.request.at + WITHIN:
                continue
            if what == "begin":
                self.courses.append(course)
                if not self.world.people[course.request.author].gone:
                    self.begin(course, at)
            elif what == "help":
                course.helped_at = at
                self.helped(course, at, who)
            elif what == "no":
                self.answered(course, at, who)
            else:
                self.look(course, at, who)
        return Outcome.of(self)

    def helped(self, course: Course, at: float, person: int) -> None:  # noqa: B027
        """Somebody came forward: the flag is lowered."""


class Outcome(NamedTuple):
    """Shares 0–1; hours; `asks`: per helped request; Gini of asks per person."""

    helped: float
    asks: float
    leak: float
    median: float
    p90: float
    gini: float
    muted: float
    starved: float
    levels: dict[int, "Outcome"]

    @classmethod
    def of(cls, policy: Policy) -> "Outcome":
        people = policy.world.people.values()
        shared = {
            "gini": gini([one.asked for one in people]),
            "muted": statistics.fmean(bool(one.muted) for one in people),
        }
        by_level = {
            level: cls._of(
                [one for one in policy.courses if one.request.level == level], (level,), shared, {}
            )
            for level in (4, 3, 2, 1, 0)
        }
        return cls._of(policy.courses, VULNERABLE, shared, by_level)

    @classmethod
    def _of(
        cls,
        courses: list[Course],
        counted: tuple[int, ...],
        shared: dict[str, float],
        levels: dict[int, "Outcome"],
    ) -> "Outcome":
        helped = sorted(one.helped_at - one.request.at for one in courses if one.helped_at is not None)
        readers = [bad for one in courses if one.request.level in counted for bad in one.reached.values()]
        return cls(
            helped=len(helped) / max(1, len(courses)),
            asks=sum(one.sent for one in courses) / max(1, len(helped)),
            leak=statistics.fmean(readers) if readers else 0.0,
            median=statistics.median(helped) if helped else float("nan"),
            p90=helped[int(0.9 * len(helped))] if helped else float("nan"),
            starved=statistics.fmean(not one.reached for one in courses) if courses else 0.0,
            levels=levels,
            **shared,
        )


def gini(numbers: list[int]) -> float:
    """0 when everybody is asked as often as everybody else, 1 when one person is asked everything."""
    ordered, total = sorted(numbers), sum(numbers)
    if not total:
        return 0.0
    weighted = sum(rank * number for rank, number in enumerate(ordered, 1))
    return 2 * weighted / (len(ordered) * total) - (len(ordered) + 1) / len(ordered)


class Broadcast(Policy):
    """To all followers, as a post is today."""

    name = "broadcast"

    def begin(self, course: Course, at: float) -> None:
        people = sorted(self.world.graph[course.request.author])
        self.put(course, people, at, "feed", len(people))


class CloseList(Policy):
    """To the fifteen with whom there was most contact, as on a list of close friends."""

    name = "close list"
    SIZE: Final = 15

    def begin(self, course: Course, at: float) -> None:
        known = self.world.counted(course.request.author)
        people = sorted(known, key=lambda one: (-known[one], one))[: self.SIZE]
        self.put(course, people, at, "feed", len(people))


class RandomWalk(Policy):
    """Asks the thirty that a random walk from the author meets most often (personalised PageRank)."""

    name = "random walk"
    SIZE: Final = 30

    def begin(self, course: Course, at: float) -> None:
        people = walk(self.world)[course.request.author][: self.SIZE]
        self.put(course, people, at, "ask", len(people))


_walks: dict[int, dict[int, list[int]]] = {}
_MET: Final = 400
_ON: Final = 0.5  # the chance of another step
_CRUMB: Final = 3e-5  # what is too little, per friend, to be walked on with


def walk(world: World) -> dict[int, list[int]]:
    """person → others, as a walk from them meets them; once per graph."""
    key = id(world.graph)
    if key not in _walks:
        _walks[key] = {person: _walk(world.graph, person) for person in world.graph}
    return _walks[key]


def _walk(graph: Graph, start: int) -> list[int]:
    """Personalised PageRank by pushing forward (Andersen, Chung & Lang 2006): exact but for crumbs."""
    met: dict[int, float] = {}
    left = {start: 1.0}
    waiting = deque([start])
    while waiting:
        person = waiting.popleft()
        rest = left.get(person, 0.0)
        friends = graph[person]
        if rest < _CRUMB * len(friends):
            continue
        left[person] = 0.0
        met[person] = met.get(person, 0.0) + (1 - _ON) * rest
        share = _ON * rest / len(friends)
        for friend in friends:
            before = left.get(friend, 0.0)
            left[friend] = before + share
            limit = _CRUMB * len(graph[friend])
            if before < limit <= before + share:
                waiting.append(friend)
    met.pop(start, None)
    return heapq.nlargest(_MET, met, key=lambda one: (met[one], -one))


class Aardvark(Policy):
    """Asks at once the ten who fit best: say that they can, share the cause, are not too far. As Aardvark did
    for questions, nobody is spared and nothing is hidden."""

    name = "Aardvark-style"
    MOST: Final = 10
    NEARNESS: Final = 180  # the rank in the walk at which being near counts half

    def begin(self, course: Course, at: float) -> None:
        people = self.fitting(course.request)[: self.MOST]
        self.put(course, people, at, "ask", len(people))

    def fitting(self, request: Request) -> list[int]:
        order = walk(self.world)[request.author]

        def fit(at: int) -> float:
            one = self.world.people[order[at]]
            says = 1.0 if request.skill is None or request.skill in one.declared else 0.03
            tongue = 1.0 if request.tongue in one.tongues else 0.05
            return says * tongue * (1 + 0.5 * (request.cause in one.causes)) / (self.NEARNESS + at)

        best = sorted(range(len(order)), key=lambda at: (-fit(at), at))
        return [order[at] for at in best]


class OneByOne(Aardvark):
    """The same people, one after the other until somebody helps: more help, and still nobody is spared."""

    name = "the same, one by one"
    MOST: Final = 12
    PATIENCE: Final = 20.0  # hours

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._left: dict[int, list[int]] = {}

    def begin(self, course: Course, at: float) -> None:
        self._left[course.request.number] = self.fitting(course.request)[: self.MOST]
        self._next(course, at)

    def _next(self, course: Course, at: float) -> None:
        left = self._left[course.request.number]
        if left:
            self.put(course, [left.pop(0)], at, "ask", 1)
            self.later(course, at + self.PATIENCE, len(left))

    def answered(self, course: Course, at: float, person: int) -> None:
        self._next(course, at)

    def look(self, course: Course, at: float, number: int) -> None:
        if len(self._left[course.request.number]) == number:
            self._next(course, at)


class Clairvoyant(Policy):
    """Knows the truth: asks those who are safe and likeliest to help, a few at a time. No server can."""

    name = "clairvoyant"
    AT_ONCE: Final = 2

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._asked: dict[int, set[int]] = {}
        self._open: dict[int, int] = {}

    def begin(self, course: Course, at: float) -> None:
        self._asked[course.request.number] = set()
        self._fill(course, at, self.AT_ONCE)
        self.later(course, at + 12, 1)

    def _fill(self, course: Course, at: float, m: int) -> None:
        request, world = course.request, self.world
        pool = set(world.graph[request.author])
        if request.level <= 1:
            pool |= set(walk(world)[request.author][:150])
        asked = self._asked[request.number]
        free = [
            one
            for one in pool - asked
            if world.able(one, request) >= 1
            and world.listens(one, request.author)
            and not world.unsafe(one, request)
        ]
        ranked = sorted((-world.chance(one, request, at, m), one) for one in free)[:m]
        people = [one for p, one in ranked if -p > 0.02]
        asked.update(people)
        self.put(course, people, at, "ask", m)

    def answered(self, course: Course, at: float, person: int) -> None:
        self._fill(course, at, 1)

    def look(self, course: Course, at: float, number: int) -> None:
        self._fill(course, at, self.AT_ONCE)
        self.later(course, at + 12, number + 1)


BASELINES: Final = (Broadcast, CloseList, RandomWalk, Aardvark, OneByOne, Clairvoyant)
