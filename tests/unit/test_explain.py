"""Why you: facts the reader may know, in French and English, and nothing else."""

import inspect
import random
from datetime import UTC, datetime

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from fedi_aid.audience.engine import Ask, Candidate, choose
from fedi_aid.audience.explain import Reason, reasons, sentence
from fedi_aid.audience.scores import Capability, Closeness, Endorser
from fedi_aid.model.ids import PersonId
from fedi_aid.model.intimacy import Intimacy

NOW = datetime(2026, 5, 1, tzinfo=UTC)

PAPERWORK = Capability(
    skill="French paperwork", endorsers=(Endorser("Marco", 0.1), Endorser("Lena", 0.9), Endorser("Ana", 0.5))
)


def why() -> tuple[Reason, ...]:
    return reasons(
        circle=1,
        ask_causes={"river clean-up", "bread"},
        causes={"river clean-up"},
        wanted=("French paperwork",),
        capabilities=(PAPERWORK,),
    )


def test_the_sentence_of_an_ask_in_english():
    assert sentence(why(), "Amina", "en", asked_count=3) == (
        "Amina asks you (not everyone: 3 people). You both serve river clean-up; "
        "Marco and 2 others say you are good at French paperwork."
    )


def test_the_sentence_of_an_ask_in_french():
    assert sentence(why(), "Amina", "fr-FR", asked_count=3) == (
        "Amina vous demande (pas à tout le monde : 3 personnes). Vous avez une cause en commun : "
        "river clean-up ; Marco et 2 autres se portent garants de vous : French paperwork."
    )


def test_a_carried_request_names_the_carrier_and_no_number():
    """R1: nobody is told how many were reached through a carrier."""
    found = reasons(circle=2)
    assert sentence(found, "Amina", "en", carrier_name="Bruno", asked_count=7) == (
        "Amina asks, via your friend Bruno. You have a friend in common."
    )
    assert "7" not in sentence(found, "Amina", "fr", carrier_name="Bruno", asked_count=7)


def test_one_and_two_endorsers_and_the_other_words_for_a_skill():
    def told(one: Capability) -> str:
        return sentence(reasons(circle=1, wanted=(one.skill,), capabilities=(one,)), "Amina", "en")

    opening = "Amina shares this with you (not everyone). "
    assert told(Capability(skill="x", endorsers=(Endorser("Al"),))) == opening + "Al says you are good at x."
    two = Capability(skill="x", endorsers=(Endorser("Al"), Endorser("Bo")))
    assert told(two) == opening + "Al and Bo say you are good at x."
    assert told(Capability(skill="x", thanked=1)) == opening + "People you helped with x thanked you."
    assert told(Capability(skill="x", declared=True)) == opening + "You said that you can help with x."
    assert told(Capability(skill="x", not_mine=4)) == opening + "You are friends."


def test_asked_alone_and_no_reason_at_all():
    assert sentence((), "Amina", "en", asked_count=1) == "Amina asks you (not everyone: you alone for now)."


def test_reasons_keep_one_order_and_three_are_told():
    found = reasons(
        circle=1, named=True, counsel=True, team=True, ask_causes={"a"}, causes={"a"}, helped_before=True
    )
    assert [one.kind for one in found] == ["named", "counsel", "team", "shared_cause", "helped_before"]
    text = sentence(found, "iris", "en", asked_count=2)
    assert "iris named you; your advice counts" in text, "a name is written as its bearer writes it"
    assert "helped" not in text


def test_names_stay_on_one_line():
    text = sentence((Reason(kind="named"),), "Ami\nna\u2028", "en", carrier_name="Bru\r\nno")
    assert "\n" not in text
    assert "\r" not in text
    assert "\u2028" not in text


def test_braces_in_a_name_are_only_braces():
    assert sentence((Reason(kind="named"),), "{count}{0}", "en").startswith("{count}{0} shares")


def test_every_kind_has_words_in_both_languages():
    kinds = Reason.__annotations__["kind"].__args__
    for kind in kinds:
        one = Reason(kind=kind, about=("x",), names=("A", "B"))
        english, french = (sentence((one,), "Amina", locale) for locale in ("en", "fr"))
        assert english != french
        assert "{" not in english + french


def test_reasons_survive_storage():
    stored = msgspec.json.encode(why())
    assert msgspec.json.decode(stored, type=tuple[Reason, ...]) == why()


def test_the_signature_has_no_room_for_private_signals():
    allowed = {
        "circle", "named", "counsel", "team", "ask_causes", "causes", "wanted", "capabilities", "helped_before",
    }  # fmt: skip
    assert set(inspect.signature(reasons).parameters) == allowed


def closenesses() -> st.SearchStrategy[Closeness]:
    unit = st.floats(0, 1)
    days = st.integers(0, 365)
    last = st.none() | st.integers(19_000, 20_500)
    return st.builds(
        Closeness, strength=unit, benevolence=unit, se=unit, author_days=days, last_author_day=last
    )


def private(draw: st.DrawFn) -> dict[str, object]:
    """Every field of a candidate that the reader must not learn from being chosen."""
    return {
        "closeness": draw(closenesses()),
        "pinned": draw(st.booleans()),
        "accepted": draw(st.integers(0, 50)),
        "silent": draw(st.integers(0, 50)),
        "asked": draw(st.integers(0, 50)),
        "used": draw(st.floats(0, 9)),
        "budget": draw(st.floats(0, 7)),
        "resting": draw(st.booleans()),
        "paused": draw(st.booleans()),
        "quiet_now": draw(st.booleans()),
        "willing": draw(st.booleans()),
        "accepts": draw(st.frozensets(st.sampled_from(["advice", "hands"]))),
        "sphere": draw(st.none() | st.integers(0, 2)),
        "barred": draw(st.booleans()),
        "parted": draw(st.booleans()),
        "reachable": draw(st.booleans()),
    }


PUBLIC = {"person", "circle", "carriers", "capabilities", "causes", "languages", "helped_before", "can_carry"}


@st.composite
def two_worlds(draw: st.DrawFn) -> tuple[Ask, list[Candidate], list[Candidate]]:
    """The same ask, people and public facts twice; all private signals drawn anew, endorsers' ties too."""
    skills = st.sampled_from(["a", "b", "c"])
    causes = st.frozensets(st.sampled_from(["x", "y", "z"]))
    first, second = [], []
    for number in range(draw(st.integers(1, 6))):
        caps, other_caps = [], []
        for skill in draw(st.lists(skills, unique=True)):
            names = draw(st.lists(st.sampled_from(["Al", "Bo", "Cy"]), unique=True))
            plain = Capability(skill=skill, declared=draw(st.booleans()), thanked=draw(st.integers(0, 2)))
            for side in (caps, other_caps):
                ties = tuple(Endorser(name, draw(st.floats(0, 1))) for name in names)
                side.append(msgspec.structs.replace(plain, endorsers=ties, not_mine=draw(st.integers(0, 3))))
        public = {
            "person": PersonId(number + 1),
            "circle": 1,
            "causes": draw(causes),
            "helped_before": draw(st.booleans()),
        }
        first.append(Candidate(**public, **private(draw), capabilities=tuple(caps)))
        second.append(Candidate(**public, **private(draw), capabilities=tuple(other_caps)))
    people = st.frozensets(st.integers(1, 6).map(PersonId), max_size=3)
    ask = Ask(
        level=Intimacy(draw(st.integers(0, 4))),
        flag_raised=draw(st.booleans()),
        wanted=tuple(draw(st.lists(skills, max_size=2))),
        causes=draw(causes),
        team=draw(people),
        counsel=draw(people),
        named=tuple(draw(people)),
    )
    return ask, first, second


def test_every_field_of_a_candidate_is_either_public_or_private():
    drawn: dict[str, object] = {}

    @st.composite
    def once(draw: st.DrawFn) -> dict[str, object]:
        return private(draw)

    @settings(deadline=None)
    @given(once())
    def collect(fields: dict[str, object]) -> None:
        drawn.update(fields)

    collect()
    assert set(drawn) | PUBLIC == set(Candidate.__struct_fields__)
    assert not set(drawn) & PUBLIC


@settings(deadline=None)
@given(two_worlds(), st.integers(0, 2**32))
def test_private_signals_never_change_what_somebody_still_chosen_is_told(worlds, seed):
    """Whoever is chosen in both worlds gets the same reasons, and for the same number asked the same sentence."""
    ask, first, second = worlds
    one = choose(ask, first, NOW, random.Random(seed))
    other = choose(ask, second, NOW, random.Random(seed))
    told = {chosen.person: chosen.reasons for chosen in other.shown}
    for chosen in one.shown:
        if chosen.person in told:
            assert chosen.reasons == told[chosen.person]
            for locale in ("fr", "en"):
                for count in (None, 1, 3):
                    assert sentence(chosen.reasons, "Amina", locale, asked_count=count) == sentence(
                        told[chosen.person], "Amina", locale, asked_count=count
                    )
