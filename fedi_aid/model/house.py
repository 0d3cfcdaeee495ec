"""The house: what one instance is, as far as a transaction must know it. It comes in through `tx.house`.

Uris are ids: they are made here and nowhere else, from the base URL of the settings, never from a Host header
(O14). Names of hidden things are opaque, so that a URI tells neither when it was made nor how many there are.
"""

from datetime import timedelta
from urllib.parse import quote, urlsplit

import msgspec

from fedi_aid.model.ids import opaque
from fedi_aid.model.seals import Seal
from fedi_aid.model.vapid import VapidKey


class House(msgspec.Struct, frozen=True, kw_only=True):
    """Identity and house rules of an instance."""

    base_url: str = "http://localhost:8080"
    allow_public_posts: bool = False
    post_max_chars: int = 5000
    daily_ration: int = 60
    friend_requests_a_day: int = 0  # 0: as many as one likes
    registration: str = "approval"
    limited_federation: bool = False  # only servers that an admin allowed
    default_language: str = "en"
    fast_butler: float = 1.0  # divides every delay of the butler, of carry jitter and look-ups (RULES R27)
    # Closes addresses that open for one reader (RULES R17); the composition root gives the one that lasts.
    seal: Seal = msgspec.field(default_factory=Seal.random)
    # By which push services know us, likewise.
    vapid: VapidKey = msgspec.field(default_factory=VapidKey.random)

    @property
    def domain(self) -> str:
        """Host, with the port where it is not the scheme's own."""
        return urlsplit(self.base_url).netloc

    def soon(self, delay: timedelta) -> timedelta:
        """A delay of the butler, shortened where a demo or test asked for it."""
        return delay / self.fast_butler

    # -- actors

    def person(self, username: str) -> str:
        return f"{self.base_url}/users/{quote(username)}"

    def profile_page(self, username: str) -> str:
        return f"{self.base_url}/@{quote(username)}"

    def application(self) -> str:
        return f"{self.base_url}/actor"

    def shared_inbox(self) -> str:
        return f"{self.base_url}/inbox"

    # -- new names

    def new_note(self) -> str:
        return f"{self.base_url}/notes/{opaque()}"

    def new_activity(self) -> str:
        return f"{self.base_url}/activities/{opaque()}"

    def new_ticket(self) -> str:
        return f"{self.base_url}/tickets/{opaque()}"

    def new_thread(self) -> str:
        return f"{self.base_url}/threads/{opaque()}"

    def new_project(self) -> str:
        return f"{self.base_url}/projects/{opaque()}"

    # -- pages and tags

    def post_page(self, username: str, post_id: int) -> str:
        return f"{self.base_url}/@{quote(username)}/{post_id}"

    def tag_page(self, folded: str) -> str:
        return f"{self.base_url}/tags/{quote(folded)}"

    def media_url(self, name: str) -> str:
        return f"{self.base_url}/media/{name}"

    def leaving_page(self, word: str) -> str:
        return f"{self.base_url}/leaving/{word}"

    def proxy_url(self, word: str) -> str:
        return f"{self.base_url}/proxy/{word}"

    def file_url(self, name: str) -> str:
        return f"{self.base_url}/files/{name}"

    def owns(self, uri: str) -> bool:
        """The URI is one of ours (F18: never fetched)."""
        return uri == self.base_url or uri.startswith(self.base_url + "/")
