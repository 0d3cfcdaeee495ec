"""The graphs: real ones where FEDI_AID_BENCH_DATA points at them, else made up from a seed.

The real ones are no part of the project: ego-Facebook (McAuley & Leskovec 2012) and CollegeMsg (Panzarasa et
al. 2009) from SNAP, Advogato from KONECT. `FEDI_AID_BENCH_DATA` names the folder that holds `ego-facebook`,
`collegemsg` and `advogato`. What is made up has circles, days and levels of trust as they have, and no more
is claimed for it than that the tasks can be run on it.
"""

import math
import os
import random
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

Graph = dict[int, frozenset[int]]  # person → friends, both ways
DAY = 86_400


class Network(NamedTuple):
    """One person's friends: ties among them, what their profiles say, the circles that person made."""

    friends: tuple[int, ...]
    ties: tuple[tuple[int, int], ...]
    profiles: dict[int, frozenset[str]]
    circles: tuple[frozenset[int], ...]


class Message(NamedTuple):
    sender: int
    receiver: int
    day: int


def folder(given: str = "") -> Path | None:
    """Where the real graphs are; None where nothing was said. An empty folder is an error, not a surprise."""
    named = given or os.environ.get("FEDI_AID_BENCH_DATA", "")
    if not named:
        return None
    for path in (Path(named), Path(named) / "graphs"):
        if (path / "ego-facebook" / "facebook.txt").is_file():
            return path
    raise SystemExit(f"{named}: no ego-facebook/facebook.txt there")


def _lines(path: Path) -> Iterable[list[str]]:
    with path.open() as file:
        for line in file:
            words = line.split()
            if words and words[0].isdigit():
                yield words


def _befriended(pairs: Iterable[tuple[int, int]]) -> Graph:
    found: dict[int, set[int]] = {}
    for one, other in pairs:
        if one != other:
            found.setdefault(one, set()).add(other)
            found.setdefault(other, set()).add(one)
    return {person: frozenset(friends) for person, friends in sorted(found.items())}


# -- people and their friends


def people(real: Path | None, *, size: int, seed: int = 1) -> Graph:
    """Everybody's friends: ego-Facebook as one graph (4,039 people), or `size` made-up people."""
    if real is not None:
        pairs = ((int(one), int(other)) for one, other, *_ in _lines(real / "ego-facebook" / "facebook.txt"))
        return _befriended(pairs)
    return _befriended(_made_up_ties(size, random.Random(f"people {seed}")))


def _made_up_ties(size: int, dice: random.Random) -> list[tuple[int, int]]:
    """Villages of uneven size; everybody knows a share of their own, a few are in two, and fewer still know
    somebody anywhere."""
    villages: list[list[int]] = []
    at = 0
    while at < size:
        number = min(size - at, int(dice.lognormvariate(3.6, 0.6)) + 8)
        villages.append(list(range(at, at + number)))
        at += number
    for person in range(size):
        if dice.random() < 0.25:
            dice.choice(villages).append(person)
    ties = []
    for village in villages:
        share = min(0.9, dice.uniform(8, 30) / len(village))
        outgoing = {person: min(0.9, share * dice.lognormvariate(0, 0.6)) for person in village}
        ties += [
            (one, other)
            for at, one in enumerate(village)
            for other in village[at + 1 :]
            if dice.random() < math.sqrt(outgoing[one] * outgoing[other])
        ]
    ties += [(dice.randrange(size), dice.randrange(size)) for _ in range(size)]
    return ties


# -- one person's circles


def networks(real: Path | None, *, number: int = 10, seed: int = 1) -> list[Network]:
    if real is None:
        return [_made_up_network(random.Random(f"network {seed} {at}")) for at in range(number)]
    place = real / "ego-facebook"
    owners = sorted(int(path.stem) for path in place.glob("*.circles"))
    return [_network(place, owner) for owner in owners]


def _network(place: Path, owner: int) -> Network:
    profiles = {
        int(words[0]): frozenset(str(at) for at, said in enumerate(words[1:]) if said == "1")
        for words in _lines(place / f"{owner}.feat")
    }
    pairs = [(int(one), int(other)) for one, other in _lines(place / f"{owner}.edges")]
    ties = {(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]}
    with (place / f"{owner}.circles").open() as file:
        circles = [frozenset(int(one) for one in line.split()[1:]) for line in file]
    friends = set(profiles).union(*pairs, *circles)
    return Network(tuple(sorted(friends)), tuple(sorted(ties)), profiles, tuple(circles))


def _made_up_network(dice: random.Random) -> Network:
    """Overlapping circles of friends; some share what their profiles say."""
    size = dice.randint(80, 260)
    friends = tuple(range(1, size + 1))
    circles = [
        frozenset(dice.sample(friends, dice.randint(6, max(8, size // 6))))
        for _ in range(dice.randint(5, 11))
    ]
    words = [f"word{at}" for at in range(60)]
    profiles = {person: set(dice.sample(words[20:], 3)) for person in friends}
    near: dict[tuple[int, int], float] = {}
    for at, circle in enumerate(circles):
        tight = dice.uniform(0.15, 0.6)
        for one in circle:
            if dice.random() < 0.4:
                profiles[one].add(words[at])
            for other in circle:
                if one < other:
                    near[one, other] = max(near.get((one, other), 0.0), tight)
    ties = [
        (one, other)
        for one in friends
        for other in friends
        if one < other and dice.random() < near.get((one, other), 0.03)
    ]
    said = {person: frozenset(known) for person, known in profiles.items()}
    return Network(friends, tuple(ties), said, tuple(circles))


# -- messages by day


def messages(real: Path | None, *, size: int = 300, seed: int = 1) -> list[Message]:
    """Who wrote to whom, by day since the first."""
    if real is None:
        return _made_up_messages(size, random.Random(f"messages {seed}"))
    rows = sorted(
        (int(moment), int(sender), int(receiver))
        for sender, receiver, moment in _lines(real / "collegemsg" / "CollegeMsg.txt")
    )
    first = rows[0][0]
    return [Message(sender, receiver, (moment - first) // DAY) for moment, sender, receiver in rows]


def _made_up_messages(size: int, dice: random.Random) -> list[Message]:
    """Ties that live for some weeks, with bursts of many messages on one day."""
    found = []
    for sender in range(size):
        for _ in range(12):
            receiver, start = dice.randrange(size), dice.randint(0, 150)
            if receiver == sender:
                continue
            lasts, often = dice.expovariate(1 / 25), dice.uniform(0.05, 0.6)
            for day in range(start, min(190, start + int(lasts) + 1)):
                if dice.random() < often:
                    many = 1 + int(dice.paretovariate(1.2))
                    found += [Message(sender, receiver, day)] * min(many, 40)
                    if dice.random() < 0.6:
                        found.append(Message(receiver, sender, day))
    return sorted(found, key=lambda one: one.day)


# -- trust


def trust(real: Path | None, *, size: int = 500, seed: int = 1) -> dict[tuple[int, int], float]:
    """(who, whom) → how far they vouch for them: .6, .8 or 1."""
    if real is None:
        return _made_up_trust(size, random.Random(f"trust {seed}"))
    return {
        (int(one), int(other)): float(level)
        for one, other, level in _lines(real / "advogato" / "advogato.txt")
        if one != other
    }


def _made_up_trust(size: int, dice: random.Random) -> dict[tuple[int, int], float]:
    """Everybody has a merit, and who vouches sees it blurred."""
    merit = [dice.gauss(0, 1) for _ in range(size)]
    found = {}
    for one in range(size):
        for _ in range(dice.randint(4, 25)):
            other = (one + int(dice.gauss(0, 30))) % size
            if other != one:
                seen = merit[other] + dice.gauss(0, 0.7)
                found[one, other] = 0.6 if seen < -0.5 else 0.8 if seen < 0.6 else 1.0
    return found
