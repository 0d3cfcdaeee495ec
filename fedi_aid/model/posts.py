"""Posts as a viewer may see them. There is no post without a viewer: questions return a `PostView`."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from fedi_aid.model.emojis import Emoji
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.people import Person

# chosen = the engine chose; direct = those named; butler = between one member and the butler;
# unlisted and followers only ever come from peers
Reach = Literal["public", "unlisted", "followers", "chosen", "direct", "butler"]
AudienceKind = Literal["chosen", "asked", "named", "reply", "carried", "follower", "butler"]

Viewer = PersonId | None  # None: an anonymous visitor


class Tag(msgspec.Struct, frozen=True):
    """A hashtag: `folded` for matching, `name` as the author wrote it."""

    folded: str
    name: str


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A picture or recording on a post, as its viewer may fetch it."""

    id: int
    kind: str
    state: str
    content_type: str
    file: str | None
    preview_file: str | None
    remote_url: str | None
    alt: str
    blurhash: str | None
    meta: Any
    opaque: str
    digest: str | None = None  # SHA-256 of the file as it is sent, in hexadecimal


class RemoteMedia(msgspec.Struct, frozen=True, kw_only=True):
    """A file on a remote post, not fetched."""

    url: str
    content_type: str = ""
    alt: str = ""
    blurhash: str | None = None
    width: int | None = None
    height: int | None = None
    digest: str | None = None


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """One post. Got only through a question that names its viewer."""

    id: PostId
    uri: str
    url: str | None
    author_id: PersonId
    reach: Reach
    intimacy: int | None
    text: str
    html: str
    summary: str
    sensitive: bool
    language: str | None
    reply_to_id: PostId | None
    reply_to_uri: str | None
    reply_to_person_id: PersonId | None
    thread_id: PostId
    project_id: int | None
    project_name: str | None
    sphere_id: int | None
    help_flag: bool | None
    revision: int
    offers_help: bool
    app_id: int | None
    created_at: datetime
    edited_at: datetime | None
    held_until: datetime | None
    has_proof: bool
    thread_uri: str | None = None
    emojis: tuple[Emoji, ...] = ()
    vouched_at: datetime | None = None  # a carrier's word, not proven to be its author's yet (RULES R20)
    paid: bool = False  # its author declares to be paid for it, or to gain by it
    interest: str = ""  # in these words, if any

    @property
    def flag_is_up(self) -> bool:
        return self.help_flag is True

    @property
    def carriable(self) -> bool:
        """Only a raised request of level 0 or 1 may leave the first circle (PRODUCT, the two promises)."""
        return self.flag_is_up and self.reach == "chosen" and self.intimacy in (0, 1)


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """Why one viewer may see a post: their row of the access list."""

    kind: AudienceKind
    circle: int
    reasons: tuple[dict[str, Any], ...]
    opaque: str


class Boost(msgspec.Struct, frozen=True, kw_only=True):
    """A boost as its viewer sees it; a carried request looks like one (PRODUCT, any client)."""

    id: int
    uri: str
    person: Person
    created_at: datetime
    carried: bool


class PostView(msgspec.Struct, frozen=True, kw_only=True):
    """A post with all that its viewer may know of it; every count is that viewer's (RULES R7)."""

    post: Post
    author: Person
    viewer: Viewer
    access: Access | None
    reply_to_visible: bool
    mentions: tuple[Person, ...]
    tags: tuple[Tag, ...]
    media: tuple[Attachment, ...]
    boost: Boost | None = None
    favourites: int = 0
    replies: int = 0
    boosts: int = 0
    favourited: bool = False
    boosted: bool = False
    bookmarked: bool = False
    pinned: bool = False
    thread_muted: bool = False
    carriers: tuple[Person, ...] = ()
    asked_to_carry: bool = False
    poll_id: int | None = None
