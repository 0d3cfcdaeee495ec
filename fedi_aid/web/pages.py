"""What the templates are given: frozen structs in the words of the pages, and the addresses of the pages.

Every path is same-origin and starts with `/`. `Markup` fields hold HTML that is already sanitised; every
other text is escaped on output. Nothing here carries a count: numbers about people are not shown (RULES R7).
"""

import datetime
from typing import Literal

import msgspec
from markupsafe import Markup

Registration = Literal["open", "approval", "invite", "closed"]


class Paths(msgspec.Struct, frozen=True, kw_only=True):
    """Where the pages and the targets of their forms live; templates name them, routes serve them."""

    landing: str = "/"
    charter: str = "/charter"
    log: str = "/charter/log"
    signup: str = "/signup"
    setup: str = "/setup"
    login: str = "/login"
    logout: str = "/logout"
    login_code: str = "/login/code"
    home: str = "/home"
    second_factor: str = "/home/second-factor"
    revoke_app: str = "/home/apps/revoke"
    authorize: str = "/oauth/authorize"
    # The rooms of a member
    today: str = "/today"
    help: str = "/help"
    write: str = "/write"
    map: str = "/map"
    projects: str = "/projects"
    people: str = "/people"
    stories: str = "/stories"
    messages: str = "/messages"
    me: str = "/me"
    report: str = "/report"
    decisions: str = "/me/decisions"
    appeal: str = "/appeal"
    moderation: str = "/moderation"
    admin: str = "/admin"
    components: str = "/about/components"
    static: str = "/static"


PATHS = Paths()

Room = Literal["today", "help", "write", "map", "projects", "people", "messages", "me", "moderation", "admin"]

# The first four stand at the bottom of a phone, the others behind the portrait.
ROOMS: tuple[Room, ...] = ("today", "help", "write", "map", "projects", "people", "messages", "me")


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """The instance as its pages name it.

    `host` is the server name a client is given. `description` is the admin's own words, shown as they are.
    `source` is the absolute URL of the running source code (AGPL §13), empty when not known.
    """

    name: str
    host: str
    description: str = ""
    registration: Registration = "open"
    source: str = ""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Someone named on a page.

    `handle` is `@amina@one.example`. `avatar` is a path on this server, empty for the default portrait.
    `path` is their public page here, empty when there is none to link to.
    """

    name: str
    handle: str
    avatar: str = ""
    path: str = ""


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a profile: a name, and a value whose HTML is sanitised."""

    name: str
    value: Markup


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """A public profile."""

    person: Person
    bio: Markup
    fields: tuple[Field, ...] = ()
    is_service: bool = False


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A picture, video or sound of a post. `path` and `preview` are on this server; sizes in pixels."""

    kind: Literal["image", "video", "audio"]
    path: str
    alt: str = ""
    preview: str = ""
    width: int = 0
    height: int = 0


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """A public post. `language` is a BCP 47 tag or empty; moments are aware; `flag`: help is asked."""

    author: Person
    path: str
    html: Markup
    at: datetime.datetime
    edited_at: datetime.datetime | None = None
    warning: str = ""
    language: str = ""
    attachments: tuple[Attachment, ...] = ()
    sensitive: bool = False
    flag: bool = False


class AskingApp(msgspec.Struct, frozen=True, kw_only=True):
    """The app on the consent page.

    `website` and `destination` are host names shown as text, never links: an app writes its own name, the
    address that receives the code is the only thing it cannot invent. `destination` is empty when the code is
    shown on a page instead.
    """

    name: str
    website: str = ""
    destination: str = ""


class AuthorisedApp(msgspec.Struct, frozen=True, kw_only=True):
    """An app that holds a key to the member's account; `id` comes back in the revoke form."""

    id: str
    name: str
    since: datetime.datetime
    website: str = ""


# (field, code of `Refused`) → key of the catalogue's `problem` table.
PROBLEMS: dict[tuple[str, str], str] = {
    ("username", "invalid"): "username_invalid",
    ("username", "taken"): "username_taken",
    ("display_name", "invalid"): "display_name_invalid",
    ("email", "invalid"): "email_invalid",
    ("email", "taken"): "email_taken",
    ("password", "invalid"): "password_invalid",
    ("language", "invalid"): "language_invalid",
    ("reason", "invalid"): "reason_invalid",
    ("invitation", "invalid"): "invitation_invalid",
    ("agreement", "invalid"): "agreement_missing",
}


def problem_for(field: str, code: str) -> str:
    """The `problem` key that says what is wrong with a sign-up field; `"other"` when nothing finer fits."""
    return PROBLEMS.get((field, code)) or PROBLEMS.get((field, "invalid")) or "other"
