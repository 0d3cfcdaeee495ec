"""Every page in both languages: well-formed, labelled, script-free, same-origin, and mute about what is hidden."""

import re
from importlib import resources

import pytest
from jinja2 import UndefinedError
from page_checks import Page, check_controls, check_frame, check_nothing_foreign, check_references
from page_samples import AMINA, CASES, ERRORS, NASTY, QUERY, samples, site

from fedi_aid.web.i18n import LANGUAGES, Language, catalogue
from fedi_aid.web.pages import PATHS, PROBLEMS, problem_for
from fedi_aid.web.render import render

TEMPLATES = resources.files("fedi_aid.web").joinpath("templates")


def page(language: Language, name: str) -> Page:
    template, context = samples(language)[name]
    return Page(render(language, template, **context))


@pytest.fixture(scope="module", params=CASES, ids=lambda case: "-".join(case))
def parsed(request: pytest.FixtureRequest) -> tuple[Language, Page]:
    language, name = request.param
    return language, page(language, name)


def test_every_template_has_a_sample_and_says_what_it_expects() -> None:
    rendered = {template for template, _ in samples("en").values()}
    pieces = {"base.html", "parts.html", "judgement.html", "house.html"}
    files = {entry.name for entry in TEMPLATES.iterdir() if entry.is_file()}
    assert files == rendered | pieces, "pages of rooms are in rooms/, and are read in test_rooms.py"
    for name in rendered:
        assert re.match(r"\{#.*?Expects:.*?#\}", TEMPLATES.joinpath(name).read_text("utf-8"), re.DOTALL), name


def test_every_page_holds_to_the_rules(parsed: tuple[Language, Page]) -> None:
    language, page = parsed
    check_frame(page, language)
    check_references(page)
    check_nothing_foreign(page)
    assert not page.all("script"), "visitors need none"
    check_controls(page)


def test_people_cannot_write_markup(parsed: tuple[Language, Page]) -> None:
    """B04: names, warnings, even a post's text given as a plain string come out as text."""
    _, page = parsed
    for element in page.elements:
        assert "onmouseover" not in element.attributes
        assert element.tag != "script"


def test_hostile_names_are_shown_as_they_are() -> None:
    assert NASTY in page("en", "post-alone").all("h1")[0].text
    assert page("en", "login-wrong").all("input")[2].attributes["value"] == NASTY


@pytest.mark.parametrize("language", LANGUAGES)
def test_r7_the_missing_page_shows_nothing_of_the_request(language: Language) -> None:
    """R7: hidden or missing, whatever was asked, the page is the same to the byte."""
    one = render(
        language, "error.html", site=site(), kind="not_found", query="secret=1&lang=fr", path="/@dov/1"
    )
    other = render(language, "error.html", site=site(), kind="not_found")
    assert one == other
    assert "secret" not in one


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ERRORS)
def test_each_error_says_what_why_and_what_now(language: Language, kind: str) -> None:
    words = page(language, f"error-{kind}").all("main")[0].text
    texts = catalogue(language)
    assert all(texts[f"error.{kind}{part}"] in words for part in ("", "_what", "_now"))


def test_r7_no_page_counts(parsed: tuple[Language, Page]) -> None:
    """R7, S1: outside dates, list numbers and people's own words there is no figure on a public page."""
    _, page = parsed
    main = page.all("main")[0].text
    assert not re.search(r"\b\d+ (posts?|replies|followers?|friends?|messages?|réponses?|abonné|ami)", main)


def test_language_links_keep_the_request() -> None:
    links = [a.attributes for a in page("en", "authorize").all("a") if "hreflang" in a.attributes]
    assert [link["hreflang"] for link in links] == list(LANGUAGES)
    assert links[1]["href"] == "?response_type=code&client_id=abc&state=x%26y&lang=fr"
    assert "lang=fr" in QUERY
    assert links[0]["href"].count("lang=") == 1
    assert links[0]["aria-current"] == "true"
    assert "aria-current" not in links[1]


def test_login_never_says_which_was_wrong_nor_keeps_the_password() -> None:
    """The sentence names both, no field is singled out, the password is not sent back."""
    wrong = page("en", "login-wrong")
    assert not [field for field in wrong.all("input") if "aria-invalid" in field.attributes]
    password = next(field for field in wrong.all("input") if field.attributes["type"] == "password")
    assert "value" not in password.attributes
    assert wrong.all("div")[0].attributes["role"] == "alert"


def test_signup_asks_what_the_registration_mode_needs() -> None:
    always = {"csrf", "charter", "agreement", "display_name", "username", "email", "password", "language"}
    extra = {"open": set(), "approval": {"reason"}, "invite": {"invitation"}}
    for mode, more in extra.items():
        form = page("fr", f"signup-{mode}")
        assert {
            field.attributes["name"] for field in form.all("input", "select", "textarea")
        } == always | more
    assert not page("fr", "signup-closed").all("form")
    assert not [a for a in page("fr", "landing-closed").all("a") if a.attributes["href"] == PATHS.signup]


def test_signup_keeps_what_was_typed_and_points_at_each_problem() -> None:
    form = page("en", "signup-all-wrong")
    fields = {field.attributes.get("name"): field for field in form.all("input", "select", "textarea")}
    assert fields["username"].attributes["value"] == "amina"
    assert fields["display_name"].attributes["value"] == NASTY
    assert fields["reason"].text == NASTY
    assert "checked" in fields["agreement"].attributes
    assert "value" not in fields["password"].attributes
    chosen = [option for option in form.all("option") if "selected" in option.attributes]
    assert [option.attributes["value"] for option in chosen] == ["fr"]
    for name in ("agreement", "username", "display_name", "email", "password", "language", "reason"):
        assert fields[name].attributes["aria-invalid"] == "true", name
        assert f"{name}-problem" in fields[name].attributes["aria-describedby"].split(), name


def test_signup_charter_comes_before_the_box_and_the_box_is_not_ticked_for_anyone() -> None:
    form = page("en", "signup-open")
    order = [element for element in form.elements if element.tag == "ol" or element.attributes.get("name")]
    names = [element.tag if element.tag == "ol" else element.attributes["name"] for element in order]
    assert names.index("ol") < names.index("agreement") < names.index("username")
    box = next(field for field in form.all("input") if field.attributes.get("name") == "agreement")
    assert "checked" not in box.attributes
    assert "required" in box.attributes


def test_consent_sends_the_request_back_and_links_to_no_app() -> None:
    consent = page("en", "authorize")
    hidden = {f.attributes["name"]: f.attributes["value"] for f in consent.all("input")}
    assert hidden["redirect_uri"] == "tooot://instance-auth"
    assert hidden["state"] == NASTY
    assert [b.attributes["value"] for b in consent.all("button")] == ["allow", "deny"]
    main = consent.all("main")[0].text
    assert "tooot.app" in main
    assert AMINA.handle in main
    assert not [a for a in consent.all("a") if "tooot" in a.attributes["href"].replace("client_id", "")]
    assert catalogue("en")["authorize.grave"] in page("en", "authorize-oob").all("main")[0].text


def test_the_code_is_in_a_field_to_copy_from() -> None:
    field = page("en", "oob").all("input")[0].attributes
    assert field["value"] == "kV9tq0r3yJfM2hXzB7wLcA"
    assert "readonly" in field


def test_public_post_hides_what_its_author_warned_about() -> None:
    post = page("en", "post")
    assert [summary.text.split("Show")[0].strip() for summary in post.all("summary")] == [
        "Wood",
        "Sensitive content",
    ]
    words = next(
        element for element in post.elements if "planks" in element.text and element.tag == "details"
    )
    assert "open" not in words.attributes
    times = [element.attributes["datetime"] for element in post.all("time")]
    assert set(times) == {"2026-03-08T17:05:00Z"}
    asked = [element for element in post.elements if element.attributes.get("class") == "flag"]
    assert len(asked) == 1


def test_a_value_that_is_missing_is_a_bug_not_a_blank() -> None:
    with pytest.raises(UndefinedError):
        render("en", "login.html", site=site(), problem="", typed="", next="", app="")
    with pytest.raises(KeyError):
        render("en", "error.html", site=site(), kind="no_such_kind")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_problem_has_its_sentence(language: Language) -> None:
    assert {f"problem.{key}" for key in (*PROBLEMS.values(), "other")} <= catalogue(language).keys()
    assert problem_for("username", "taken") == "username_taken"
    assert problem_for("username", "forbidden") == "username_invalid"
    assert problem_for("shoe_size", "invalid") == "other"
