"""What Misskey, Mitra and snac2 have in common: whoever is addressed is meant."""

from typing import Any

from tests.federation.peers.double import Double
from tests.federation.peers.held import NOBODY, Held, Place, copy_of, reach, words


class ByName(Double):
    """Whoever is addressed sees it and is notified, tag or not, follower or not; nobody else does."""

    def judge(self, note: dict[str, Any], activity: dict[str, Any], owner: str | None) -> Held | None:
        to, cc, author = words(note.get("to")), words(note.get("cc")), note["attributedTo"]
        people = dict.fromkeys(self.residents_in(to + cc), True)
        return self.keep(copy_of(note, reach(to, cc, author), people, owner), owner)

    def keep(self, held: Held, owner: str | None) -> Held | None:
        return held

    def places(self, name: str, held: Held) -> frozenset[Place]:
        if name in held.people:
            return frozenset({"home", "notified"})
        follows = self.is_following(name, held.author)
        return frozenset({"home"}) if follows and held.visibility != "direct" else NOBODY
