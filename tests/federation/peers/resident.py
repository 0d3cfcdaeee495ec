"""Somebody on a double: what they see there, and what they say, in the words of that software."""

from typing import TYPE_CHECKING, Any

import httpx

from tests.federation.conftest import Persona
from tests.federation.peers.held import NOBODY, PUBLIC, Held, Place

if TYPE_CHECKING:
    from tests.federation.peers.double import Double

Activity = dict[str, Any]


class Resident(Persona):
    """They have a key id in that software's form; `note` and `says` stay plain, the rest is its own dialect."""

    def __init__(self, peer: "Double", name: str) -> None:
        super().__init__(peer, name)
        self.double = peer
        self.uri = f"https://{peer.host}{peer.actor_path.format(name=name)}"
        self.inbox = f"{self.uri}/inbox"
        self.key_id = self.uri + peer.signs.key

    def document(self) -> dict[str, Any]:
        made = super().document()
        del made["assertionMethod"]
        made["@context"] = self.double.context
        if self is self.double.itself:
            made["type"] = "Application"
        if self.double.shared_inbox:
            made["endpoints"] = {"sharedInbox": f"https://{self.peer.host}{self.double.shared_inbox}"}
        return self.double.dress_actor(made, self)

    # -- what they see

    def sees(self, note_id: str) -> frozenset[Place]:
        held = self.double.held.get(note_id)
        return self.double.places(self.name, held) if held else NOBODY

    def reads(self, words: str) -> frozenset[Place]:
        """Where they meet anything that says these words."""
        seen = [self.sees(held.id) for held in self.double.held.values() if words in held.text]
        return frozenset().union(*seen)

    def rang(self, words: str) -> int:
        """How many notifications they had of notes that say these words."""
        about = {held.id for held in self.double.held.values() if words in held.text}
        return sum(name == self.name and note_id in about for name, note_id in self.double.notifications)

    # -- what they say

    @property
    def followers(self) -> str:
        return f"{self.uri}/followers"

    def writes(
        self,
        text: str,
        to: list[str],
        *,
        cc: tuple[str, ...] = (),
        naming: tuple[Any, ...] = (),
        **more: Any,
    ) -> Activity:
        """A Create in this software's own form. `naming`: whom it mentions, with a link and a tag."""
        tags = [{"type": "Mention", "href": one.uri, "name": handle_of(one)} for one in naming]
        links = "".join(
            f'<span class="h-card"><a href="{one.uri}" class="u-url mention">@<span>{one.name}</span></a>'
            "</span> "
            for one in naming
        )
        plain = self.note(text, to, **more)
        plain |= {"content": f"<p>{links}{text}</p>", "cc": [*plain["cc"], *cc], "tag": tags}
        plain["published"] = _stamp(self)
        note = self.double.dress(plain, self)
        made = self._says("Create", note, f"{note['id']}/activity")
        return self.double.wrap(made | {"to": note["to"], "cc": note["cc"]}, self)

    def edits(self, note: dict[str, Any], text: str) -> Activity:
        """An Update of a note of theirs."""
        changed = note | {"content": f"<p>{text}</p>", "updated": _stamp(self)}
        changed |= {"contentMap": {"en": changed["content"]}} if "contentMap" in note else {}
        made = self._says("Update", changed, f"{note['id']}#updates/1")
        return self.double.wrap(made | {"to": note["to"], "cc": note["cc"]}, self)

    def deletes(self, note: dict[str, Any]) -> Activity:
        gone = {"id": note["id"], "type": "Tombstone"}
        return self.double.wrap(self._says("Delete", gone, f"{note['id']}#delete") | {"to": [PUBLIC]}, self)

    def boosts(self, held: Held) -> Activity | None:
        """An Announce; None where this software lets them boost nothing of the kind."""
        if not self.double.may_boost(self.name, held):
            return None
        made = self.announces(held.id)
        return made

    def announces(self, uri: str) -> Activity:
        """The same without asking, as a modified server would."""
        made = self._says("Announce", uri) | {"to": [PUBLIC], "cc": [self.followers]}
        return self.double.wrap(made | {"published": _stamp(self)}, self)

    def likes(self, held: Held) -> Activity:
        made = self._says("Like", held.id) | {"to": [held.author]}
        return self.double.wrap(made, self)

    def answers(self, held: Held, text: str, author: Any) -> Activity:
        """An answer as the composer proposes it: naming the author, as wide as this software thinks fit."""
        if self.double.answer_scope(held) == "followers":
            to, cc = [self.followers], (author.uri,)
        else:
            to, cc = [author.uri], ()
        return self.writes(text, to, cc=cc, naming=(author,), inReplyTo=held.id)

    async def publishes(self, activity: Activity, *inboxes: str) -> httpx.Response:
        """Keep it where they live, for those there who may read it, and send it out."""
        note = activity["object"]
        if activity["type"] == "Create":
            self.double.keep_new(self.double.judge(note, activity, None))
        answers = [await self.posts(inbox, activity) for inbox in inboxes]
        return answers[-1]

    def _says(self, kind: str, about: Any, uri: str = "") -> Activity:
        made = self.says(kind, about)
        return made | {"@context": self.double.context} | ({"id": uri} if uri else {})


def handle_of(who: Any) -> str:
    host = who.uri.split("/")[2]
    return f"@{who.name}@{host}"


def _stamp(who: Resident) -> str:
    return who.double.clock().strftime("%Y-%m-%dT%H:%M:%SZ")
