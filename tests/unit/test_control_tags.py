"""Control tags and what they, the `fedi_aid` object and the visibility make of a post (RULES R13, R14)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedi_aid.errors import Refused
from fedi_aid.model.control_tags import Control, Explicit, precedence, read, slug, untouched, wish
from fedi_aid.model.ids import ProjectId, RowId
from fedi_aid.model.intimacy import Intimacy

PROJECTS = ("garden", "Jardin d'été")
SPHERES = ("choir", "Chorale")
NOTHING = Explicit()


def ask(text: str) -> Control:
    return read(text, PROJECTS, SPHERES)


def test_r13_the_scenario_post_is_raised_at_level_0_and_its_tags_are_gone():
    control = ask("My shop needs a ramp. Who knows a carpenter? #help #bottle")
    assert control.text == "My shop needs a ramp. Who knows a carpenter?"
    assert (control.help, control.bottle, control.intimacy) == (True, True, Intimacy.BOTTLE)


@pytest.mark.parametrize(
    "tag, expected",
    [
        ("#help", {"help": True}),
        ("#AIDE", {"help": True}),
        ("＃help", {"help": True}),
        ("#bottle", {"help": True, "bottle": True, "intimacy": 0}),
        ("#Bouteille", {"help": True, "bottle": True, "intimacy": 0}),
        ("#intimacy3", {"intimacy": 3}),
        ("#intime4", {"intimacy": 4}),
        ("#Intimé0", {"intimacy": 0}),
        ("#project_garden", {"project": "garden"}),
        ("#projet_jardin_d_ete", {"project": "Jardin d'été"}),
        ("#Projet_JARDIN_D_ÉTÉ", {"project": "Jardin d'été"}),
        ("#to_choir", {"sphere": "choir"}),
        ("#vers_chorale", {"sphere": "Chorale"}),
    ],
)
def test_r13_each_control_tag_is_obeyed_and_removed(tag: str, expected: dict[str, object]):
    control = ask(f"Bonjour à tous {tag}")
    assert control == Control(text="Bonjour à tous", original=f"Bonjour à tous {tag}", **expected)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text, kept",
    [
        ("Hi #wood #help #Lyon #bottle", "Hi #wood #Lyon"),
        ("Hi\n\n#help #wood\n#bottle #Lyon", "Hi\n\n#wood\n#Lyon"),
        ("Hi\n\n#wood #help", "Hi\n\n#wood"),
        ("#help #bottle", ""),
        ("#help me please #wood", "#help me please #wood"),
        ("#help is near, but #bottle\n#help  \n", "#help is near, but"),
        ("Hi #help\u200b", "Hi"),
        ("Hi #help\u200b #bottle", "Hi"),
    ],
)
def test_r13_ordinary_hashtags_stay_in_their_order(text: str, kept: str):
    assert ask(text).text == kept


@pytest.mark.parametrize(
    "text",
    [
        "We all need #help.",
        "#help me with #bottle tops",
        "a#help",
        "Ask @bob #help @alice",
        "#helper #helping #bottles",
        "#aid #toto #tomato",
        "#1 #2",
        "",
        "   \n",
    ],
)
def test_r13_what_is_not_in_the_last_run_is_not_read(text: str):
    assert ask(text) == untouched(text)


def test_r13_unknown_spheres_and_projects_stay_ordinary_tags():
    control = ask("Later #to_do #project_x #to_do #help")
    assert control.text == "Later #to_do #project_x #to_do"
    assert control.unknown == ("to_do", "project_x")
    assert control.help
    assert read("Hi #to_my_choir", (), ("My choir", "my choir")).unknown == ("to_my_choir",)


@pytest.mark.parametrize(
    "tail",
    [
        "#intimacy9",
        "#intimacyx",
        "#intimacy",
        "#intime",
        "#intimacy33",
        "#intimacy-3",
        "#intimacy3.",
        "#intime_3",
        "#INTIMACY5 #help",
        "#bottle #intimacy3",
        "#intimacy1 #intimacy2",
        "#intimacy1 #wood #intime2",
        "#project_garden #projet_jardin_d_ete",
        "#to_choir #vers_chorale",
    ],
)
def test_r13_malformed_or_contradicting_tags_are_refused(tail: str):
    with pytest.raises(Refused) as refused:
        ask(f"Something private {tail}")
    assert refused.value.code == "invalid"
    assert refused.value.sentence.endswith(".")
    assert "private" not in refused.value.sentence


def test_r13_the_same_thing_said_twice_does_not_contradict():
    assert ask("Hi #bottle #bouteille #intimacy0 #intime0 #to_choir #vers_choir").intimacy == 0


def test_slug():
    assert slug("Chœur d'été — Lyon 3ᵉ") == "choeur_d_ete_lyon_3e"
    assert slug("…") == ""


TAGS = st.sampled_from(
    "#help #aide #bottle #intimacy0 #intimacy3 #intimacy9 #wood #to_choir #to_do #project_garden #help\u200b "
    "text \n \n\n #1 ＃help #intime- a#help #help#bottle".split(" ")
)


@given(st.lists(TAGS, max_size=8).map(" ".join) | st.text(alphabet="#＃ahelp_ \n\u200b\u0301é0", max_size=30))
def test_r13_reading_twice_is_reading_once(text: str):
    try:
        first = ask(text)
    except Refused:
        return
    second = ask(first.text)
    assert second.text == first.text
    assert (second.help, second.intimacy, second.project, second.sphere) == (False, None, None, None)
    assert second.unknown == first.unknown


@given(st.text(max_size=60))
def test_r13_never_anything_but_an_answer_or_a_refusal(text: str):
    try:
        control = ask(text)
    except Refused:
        return
    assert len(control.text) <= len(text)
    assert control.original == text


def made(
    text: str, visibility: str, explicit: Explicit = NOTHING, *, public: bool = False, default: int = 2
) -> tuple[str, int | None, bool]:
    made = wish(
        text,
        explicit,
        visibility,  # type: ignore[arg-type]
        known_projects=PROJECTS,
        known_spheres=SPHERES,
        default_intimacy=Intimacy(default),
        allow_public=public,
    )
    return made.reach, made.intimacy, made.help


@pytest.mark.parametrize(
    "text, visibility, public, expected",
    [
        ("Hi", "public", True, ("public", None, False)),
        ("Hi #intimacy3", "public", True, ("chosen", 3, False)),
        ("Hi #help", "public", True, ("chosen", 0, True)),
        ("Hi #bottle", "public", True, ("chosen", 0, True)),
        ("Hi #to_choir", "public", True, ("chosen", 0, False)),
        ("Hi #project_garden", "public", True, ("public", None, False)),
        ("Hi #to_do", "public", True, ("public", None, False)),
        ("Hi", "public", False, ("chosen", 0, False)),
        ("Hi #help", "public", False, ("chosen", 0, True)),
        ("Hi", "unlisted", True, ("chosen", 0, False)),
        ("Hi #help", "unlisted", False, ("chosen", 0, True)),
        ("Hi #intimacy4", "unlisted", False, ("chosen", 4, False)),
        ("Hi", "private", True, ("chosen", 2, False)),
        ("Hi #help", "private", False, ("chosen", 2, True)),
        ("Hi #bottle", "private", False, ("chosen", 0, True)),
        ("Hi #intimacy1 #help", "private", False, ("chosen", 1, True)),
        ("Hi #to_choir", "private", False, ("chosen", 2, False)),
        ("Hi #help #bottle", "direct", True, ("direct", None, False)),
    ],
)
def test_r13_table_of_precedence(
    text: str, visibility: str, public: bool, expected: tuple[str, int | None, bool]
):
    assert made(text, visibility, public=public) == expected


def test_r13_a_direct_message_keeps_its_text_even_a_malformed_tag():
    for text in ("Hi #help #bottle", "Hi #intimacy9"):
        assert wish(
            text,
            NOTHING,
            "direct",
            known_projects=(),
            known_spheres=(),
            default_intimacy=Intimacy.FRIENDS,
            allow_public=True,
        ).text == text  # fmt: skip
    control = ask("Hi #help")
    assert precedence(NOTHING, control, "direct", Intimacy.FRIENDS, True).text == "Hi #help"


def test_r13_the_object_comes_before_the_tags():
    assert made("Hi #intimacy1", "private", Explicit(intimacy=3)) == ("chosen", 3, False)
    assert made("Hi #help", "private", Explicit(help=False)) == ("chosen", 2, False)
    assert made("Hi", "public", Explicit(help=True), public=True) == ("chosen", 0, True)
    assert made("Hi", "public", Explicit(intimacy=2), public=True) == ("chosen", 2, False)
    assert made("Hi", "direct", Explicit(intimacy=2)) == ("direct", None, False)
    both = precedence(
        Explicit(project_id=ProjectId(5), sphere_id=RowId(6)),
        ask("Hi #project_garden #to_choir"),
        "private",
        Intimacy.FRIENDS,
        False,
    )
    assert (both.project_id, both.project, both.sphere_id, both.sphere) == (5, None, 6, None)
    tagged = precedence(NOTHING, ask("Hi #project_garden #to_choir"), "private", Intimacy.FRIENDS, False)
    assert (tagged.project_id, tagged.project, tagged.sphere_id, tagged.sphere) == (
        None,
        "garden",
        None,
        "choir",
    )


@pytest.mark.parametrize(
    "explicit, visibility",
    [
        (Explicit(intimacy=5), "private"),
        (Explicit(intimacy=-1), "direct"),
        (Explicit(help=True), "direct"),
        (Explicit(project_id=ProjectId(1)), "direct"),
        (Explicit(sphere_id=RowId(1)), "direct"),
    ],
)
def test_r13_an_object_that_cannot_be_obeyed_is_refused(explicit: Explicit, visibility: str):
    with pytest.raises(Refused):
        made("Hi", visibility, explicit)


@given(
    st.lists(TAGS, max_size=5).map(lambda tags: "Hi " + " ".join(tags)),
    st.sampled_from(["public", "unlisted", "private", "direct"]),
    st.booleans(),
    st.sampled_from([0, 1, 2, 3, 4]),
)
def test_r13_never_wider_than_the_label_says(text: str, visibility: str, public: bool, default: int):
    try:
        reach, intimacy, raised = made(text, visibility, public=public, default=default)
    except Refused:
        return
    assert reach != "public" or (visibility == "public" and public and not raised)
    assert (reach == "direct") == (visibility == "direct")
    assert (intimacy is None) == (reach != "chosen")
    asked = ask(text).intimacy if visibility != "direct" else None
    if asked is not None:
        assert intimacy == asked
