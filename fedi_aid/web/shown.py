"""From the model's words to the pages': only what is on this server, and only what its page may show."""

from datetime import datetime
from typing import Literal
from urllib.parse import quote, urlsplit

from markupsafe import Markup

from fedi_aid.actions.access import OOB, AuthorizeRequest, Token
from fedi_aid.media.addresses import as_seen, portrait
from fedi_aid.model.house import House
from fedi_aid.model.people import Member
from fedi_aid.model.people import Person as Someone
from fedi_aid.model.posts import Attachment as File
from fedi_aid.model.posts import PostView
from fedi_aid.settings import Settings
from fedi_aid.web.pages import AskingApp, Attachment, AuthorisedApp, Field, Person, Post, Profile, Site

KINDS: dict[str, Literal["image", "video", "audio"]] = {
    "image": "image",
    "gifv": "video",
    "video": "video",
    "audio": "audio",
}


def site(settings: Settings) -> Site:
    """The instance as its pages name it."""
    return Site(
        name=settings.instance_name,
        host=settings.domain,
        description=settings.instance_description,
        registration=settings.registration,
    )


def person(house: House, someone: Someone) -> Person:
    """Somebody on a page. Only members here have a page here; nothing is fetched from elsewhere (B13)."""
    domain = someone.domain or house.domain
    return Person(
        name=someone.name,
        handle=f"@{someone.username}@{domain}",
        avatar=(portrait(house, someone, "avatar") or "").removeprefix(house.base_url),
        path=f"/@{quote(someone.username)}" if someone.local else "",
    )


def me(house: House, member: Member) -> Person:
    return person(house, member.person)


def profile(house: House, someone: Someone, *, is_service: bool) -> Profile:
    """A public profile; of the butler only that it is one."""
    if is_service:
        return Profile(person=person(house, someone), bio=Markup(), is_service=True)
    return Profile(
        person=person(house, someone),
        bio=_html(someone.bio),
        fields=tuple(Field(name=field.name, value=_html(field.value)) for field in someone.fields),
    )


def post(house: House, view: PostView, now: datetime) -> Post:
    """A public post. `now` is the moment from which its pictures can be fetched."""
    found = view.post
    return Post(
        author=person(house, view.author),
        path=f"/@{quote(view.author.handle, safe='@:')}/{found.id}",
        html=_html(found.html),
        at=found.created_at,
        edited_at=found.edited_at,
        warning=found.summary,
        language=found.language or "",
        attachments=tuple(
            shown for file in view.media if (shown := attachment(house, view, file, now)) is not None
        ),
        sensitive=found.sensitive,
        flag=found.flag_is_up,
    )


def attachment(house: House, view: PostView, file: File, now: datetime) -> Attachment | None:
    """A file from here, also where it lies elsewhere: a stranger's server must not learn who reads (B13)."""
    kind = KINDS.get(file.kind)
    found = as_seen(house, view, file, now)
    if kind is None or found is None or file.state != "ready":
        return None
    drawn = file.kind == "image" or file.preview_file is not None
    size = file.meta.get("original") if isinstance(file.meta, dict) else None
    size = size if isinstance(size, dict) else {}
    return Attachment(
        kind=kind,
        path=found.full.removeprefix(house.base_url),
        preview=found.preview.removeprefix(house.base_url) if drawn else "",
        alt=file.alt,
        width=_pixels(size.get("width")),
        height=_pixels(size.get("height")),
    )


def _pixels(value: object) -> int:
    return value if isinstance(value, int) and 0 < value < 100_000 else 0


def _html(sanitised: str) -> Markup:
    """HTML that was sanitised when it was stored (model.html, model.text)."""
    return Markup(sanitised)  # noqa: S704


def asking_app(request: AuthorizeRequest) -> AskingApp:
    return AskingApp(
        name=request.app.name,
        website=_host(request.app.website or ""),
        destination="" if request.redirect_uri == OOB else _host(request.redirect_uri),
    )


def authorised_app(token: Token) -> AuthorisedApp:
    return AuthorisedApp(
        id=str(token.app.id),
        name=token.app.name,
        since=token.created_at,
        website=_host(token.app.website or ""),
    )


def _host(address: str) -> str:
    """Where an address leads, as text: the host of a web address, the scheme of an app's own."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    if parts.scheme in ("http", "https"):
        return f"[{host}]{port}" if ":" in host else f"{host}{port}"
    return f"{parts.scheme}:" if parts.scheme else ""
