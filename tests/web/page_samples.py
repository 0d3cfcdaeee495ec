"""One invented community, enough to fill every page: the contexts that the page tests render."""

import datetime

from markupsafe import Markup

from fedi_aid.actions.appeals import Judged
from fedi_aid.model.charter import charter_in
from fedi_aid.model.ids import PersonId
from fedi_aid.model.moderation import Appeal, Decision
from fedi_aid.storage.moderation import PublicEntry
from fedi_aid.web.asked import Choice, ShownPoll
from fedi_aid.web.consent import explain_scopes
from fedi_aid.web.i18n import LANGUAGES, Language
from fedi_aid.web.pages import (
    AskingApp,
    Attachment,
    AuthorisedApp,
    Field,
    Person,
    Post,
    Profile,
    Registration,
    Site,
)

AT = datetime.datetime(2026, 3, 8, 17, 5, tzinfo=datetime.UTC)
NASTY = "<script>alert('x')</script> \" onmouseover=\"y"
EXTERNAL = Markup(
    '<a href="https://else.example/" rel="nofollow noopener noreferrer" target="_blank">else.example</a>'
)

AMINA = Person(name="Amina Ndiaye", handle="@amina@one.example", avatar="/media/amina.webp", path="/@amina")
BRUNO = Person(name="Bruno", handle="@bruno@two.example")
NASTY_ONE = Person(name=NASTY, handle=f"@{NASTY}@one.example", path="/@nasty")


POLL = ShownPoll(
    choices=(
        Choice(place=0, text=NASTY, share=None, mine=False),
        Choice(place=1, text="B", share=40, mine=False),
    ),
    multiple=False,
    open_=False,
    ends_at=AT,
)


def site(registration: Registration = "open", description: str = "") -> Site:
    return Site(
        name="Les Voisins",
        host="one.example",
        description=description,
        registration=registration,
        source="https://code.example/",
    )


PUBLIC_POST = Post(
    author=AMINA,
    path="/@amina/018f",
    html=Markup(
        "<p>The shop opens on Saturday. A ramp is still missing at the door; two planks would do, and someone who knows how to fix them.</p><p>More at {}</p>"
    ).format(EXTERNAL),
    at=AT,
    edited_at=AT + datetime.timedelta(hours=2),
    language="en",
    flag=True,
    attachments=(
        Attachment(
            kind="image",
            path="/media/door.webp",
            preview="/media/door-small.webp",
            alt="Three steps before a blue door",
            width=800,
            height=600,
        ),
        Attachment(
            kind="video", path="/media/door.mp4", preview="/media/door-poster.webp", width=640, height=360
        ),
        Attachment(kind="audio", path="/media/door.ogg", alt="The bell of the shop"),
    ),
)
REPLIES = (
    Post(
        author=BRUNO,
        path="/@bruno@two.example/018g",
        html=Markup("<p>I have the planks.</p>"),
        at=AT,
        warning="Wood",
    ),
    Post(
        author=NASTY_ONE,
        path="/@nasty/018h",
        html=NASTY,
        at=AT,
        sensitive=True,
        attachments=(Attachment(kind="image", path="/media/x.webp"),),
    ),  # type: ignore[arg-type]
)
PROFILE = Profile(
    person=AMINA,
    bio=Markup("<p>I mend bicycles and a neighbourhood shop. See {}</p>").format(EXTERNAL),
    fields=(
        Field(name="Languages", value=Markup("français, wolof, English")),
        Field(name="Site", value=EXTERNAL),
    ),
)
FULL = {
    "agreement": "yes", "username": "amina", "display_name": NASTY, "email": "a@b.example",
    "language": "fr", "reason": NASTY, "invitation": "tulip",
}  # fmt: skip
WRONG = {
    "": "stale_form", "agreement": "agreement_missing", "username": "username_taken",
    "display_name": "display_name_invalid", "email": "email_invalid", "password": "password_invalid",
    "language": "language_invalid", "reason": "reason_invalid",
}  # fmt: skip
ERRORS = (
    "too_large",
    "not_found", "bad_request", "forbidden", "stale_form", "too_many", "bad_app", "bad_redirect", "bad_scope",
    "broken", "unavailable",
)  # fmt: skip
REQUEST = {"client_id": "abc", "redirect_uri": "tooot://instance-auth", "scope": "read write", "state": NASTY}
QUERY = "response_type=code&client_id=abc&state=x%26y&lang=fr"

Sample = tuple[str, dict[str, object]]


def setup_page() -> dict[str, object]:
    return {
        "site": site(),
        "typed": {
            "instance_name": NASTY,
            "instance_description": NASTY,
            "default_language": "fr",
            "contact_email": "",
            "registration": "approval",
            "username": "amina",
            "display_name": NASTY,
            "email": "x",
        },
        "registrations": ("open", "approval", "invite", "closed"),
        "all_languages": LANGUAGES,
        "code": "word",
        "csrf": "c0ffee",
    }


def judged(*, answered: bool = False) -> Judged:
    decision = Decision(
        id=1,
        report_id=None,
        about_id=PersonId(1),
        by_id=None,
        action="suspend",
        reason=NASTY,
        rule_ids=("4",),
        post_ids=(),
        created_at=AT,
        lifted_at=None,
    )
    appeal = Appeal(
        id=2,
        decision_id=1,
        text=NASTY,
        answer="We looked again.",
        answered_by=PersonId(2),
        accepted=True,
        created_at=AT,
        answered_at=AT,
    )
    return Judged(decision=decision, appeal=appeal if answered else None)


def introduced(state: str, *, problem: str = "", words: str = "") -> dict[str, object]:
    return {
        "site": site(),
        "state": state,
        "author": NASTY,
        "carrier": "Bruno",
        "paragraphs": [NASTY, "Two planks would do."],
        "ends_at": AT,
        "action": "/introduced/aaaa/answer",
        "most": 2000,
        "problem": problem,
        "words": words,
        "csrf": "c0ffee",
    }


def samples(language: Language) -> dict[str, Sample]:
    """Every state of every page worth a look: name → (template, context)."""
    charter = charter_in(language)
    signup: dict[str, object] = {
        "charter": charter,
        "version": "1",
        "typed": {},
        "problems": {},
        "password_min": 10,
        "csrf": "c0ffee",
    }
    second: dict[str, object] = {"site": site(), "me": AMINA, "problem": "", "csrf": "c0ffee"}
    login: dict[str, object] = {
        "problem": "",
        "typed": "",
        "next": "",
        "app": "",
        "csrf": "c0ffee",
        "site": site(),
    }
    authorize: dict[str, object] = {
        "site": site(), "me": AMINA, "query": QUERY, "request": REQUEST, "switch": "/login?next=%2Foauth", "csrf": "c0ffee",
        "app": AskingApp(name="Tooot", website="tooot.app", destination="tooot:"),
        "asks": explain_scopes(["read", "write", "follow", "push"]),
    }  # fmt: skip
    oob = authorize | {
        "app": AskingApp(name=NASTY, website=NASTY),
        "asks": explain_scopes(["read:statuses", "write:media", "profile", "admin:write:accounts", NASTY]),
    }
    apps = (
        AuthorisedApp(id="1", name="Tusky", since=AT, website="tusky.app"),
        AuthorisedApp(id="2", name=NASTY, since=AT),
    )
    pages: dict[str, Sample] = {
        "landing": ("landing.html", {"site": site(description="Le quartier de la Croix-Rousse, à Lyon.")}),
        "landing-member": ("landing.html", {"site": site("closed"), "me": AMINA}),
        "setup": ("setup.html", {**setup_page(), "operators": frozenset(), "problems": {}}),
        "setup-wrong": (
            "setup.html",
            {
                **setup_page(),
                "operators": frozenset({"instance_name", "registration"}),
                "problems": {"": "stale_form", "email": "email_invalid", "password": "password_invalid"},
            },
        ),
        "log": (
            "log.html",
            {
                "site": site(),
                "titles": {"4": NASTY},
                "entries": [PublicEntry(what="limit", reason=NASTY, rule_ids=("4", "99"), created_at=AT)],
            },
        ),
        "log-empty": ("log.html", {"site": site(), "titles": {}, "entries": []}),
        "appeal": (
            "appeal.html",
            {
                "site": site(),
                "titles": {"4": "Dignity"},
                "judged": judged(),
                "typed": NASTY,
                "problem": "appeal_empty",
                "passed": "word",
                "csrf": "c0ffee",
            },
        ),
        "appeal-answered": (
            "appeal.html",
            {
                "site": site(),
                "titles": {"4": "Dignity"},
                "judged": judged(answered=True),
                "typed": "",
                "problem": "",
                "passed": "word",
                "csrf": "c0ffee",
            },
        ),
        "charter": (
            "charter.html",
            {"site": site(), "charter": charter, "since": AT, "version": "2", "csrf": "c0ffee"},
        ),
        "signup-wrong": (
            "signup.html",
            signup | {"site": site(), "typed": FULL, "problems": {"email": "email_invalid"}},
        ),
        "signup-all-wrong": (
            "signup.html",
            signup | {"site": site("approval"), "typed": FULL, "problems": WRONG},
        ),
        "signup-uninvited": (
            "signup.html",
            signup | {"site": site("invite"), "problems": {"invitation": "invitation_invalid"}},
        ),
        "signup-done": ("signup_done.html", {"site": site(), "me": AMINA, "person": AMINA, "waiting": False}),
        "signup-waiting": ("signup_done.html", {"site": site(), "person": NASTY_ONE, "waiting": True}),
        "login": ("login.html", login),
        "login-wrong": (
            "login.html",
            login | {"problem": "wrong_login", "typed": NASTY, "next": NASTY, "app": "Tusky"},
        ),
        "login-code": (
            "login_code.html",
            {"site": site(), "problem": "wrong_code", "passed": "7.1.f", "next": NASTY, "csrf": "c0ffee"},
        ),
        "second-off": ("second_factor.html", second | {"state": "off"}),
        "second-pending": (
            "second_factor.html",
            second
            | {
                "state": "pending",
                "secret": "JBSWY3DP",
                "uri": "otpauth://totp/a",
                "picture": Markup("<svg/>"),
            },
        ),
        "second-on": ("second_factor.html", second | {"state": "on", "problem": "wrong_code"}),
        "second-done": ("second_factor.html", second | {"state": "done", "words": ("ab2c-de3f-gh4j",)}),
        "authorize": ("authorize.html", authorize),
        "authorize-oob": ("authorize.html", oob),
        "oob": ("oob.html", {"site": site(), "me": AMINA, "code": "kV9tq0r3yJfM2hXzB7wLcA", "app": "toot"}),
        "profile": (
            "profile.html",
            {
                "site": site(),
                "profile": PROFILE,
                "posts": (PUBLIC_POST, *REPLIES),
                "older": "/@amina?before=018f",
            },
        ),
        "profile-quiet": (
            "profile.html",
            {
                "site": site(),
                "me": AMINA,
                "profile": Profile(person=NASTY_ONE, bio=Markup(), is_service=True),
                "posts": (),
                "older": "",
            },
        ),
        "tag": (
            "tag.html",
            {"site": site(), "tag": "garden", "posts": (PUBLIC_POST,), "older": "?before=1"},
        ),
        "tag-unused": ("tag.html", {"site": site(), "tag": NASTY, "posts": (), "older": ""}),
        "post": ("post.html", {"site": site(), "post": PUBLIC_POST, "replies": REPLIES, "poll": POLL}),
        "leaving": (
            "leaving.html",
            {
                "site": site(),
                "author": NASTY_ONE,
                "host": "else.example",
                "url": "https://else.example/?a=%22",
            },
        ),
        "introduction": ("introduction.html", {"site": site(), "state": "closed", "csrf": "c0ffee"}),
        "introduction-open": ("introduction.html", introduced("open")),
        "introduction-wrong": ("introduction.html", introduced("open", problem="words", words=NASTY)),
        "introduction-answered": ("introduction.html", introduced("answered")),
        "post-alone": ("post.html", {"site": site(), "post": REPLIES[1], "replies": (), "poll": None}),
        "components": (
            "components.html",
            {
                "site": site(),
                "person": BRUNO,
                "request": PUBLIC_POST,
                "folded": REPLIES[0],
                "tints": range(6),
            },
        ),
        "home": ("home.html", {"site": site(), "me": AMINA, "apps": apps, "csrf": "c0ffee"}),
        "home-new": ("home.html", {"site": site(), "me": BRUNO, "apps": (), "csrf": "c0ffee"}),
    }
    for mode in ("open", "approval", "invite", "closed"):
        pages[f"landing-{mode}"] = ("landing.html", {"site": site(mode)})
        pages[f"signup-{mode}"] = ("signup.html", signup | {"site": site(mode)})
    for kind in ERRORS:
        pages[f"error-{kind}"] = ("error.html", {"site": site(), "kind": kind})
    return pages


CASES = [(language, name) for language in LANGUAGES for name in samples(language)]
