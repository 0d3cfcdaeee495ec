"""Reading what clients send, in every shape, and refusing what cannot be read."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedi_aid.client_api.forms import Form, Unreadable, as_id, nested
from fedi_aid.errors import Refused
from tests.api.conftest import Caller, World


def test_rails_keys_become_a_tree() -> None:
    pairs = [
        ("media_ids[]", "1"),
        ("media_ids[]", "2"),
        ("poll[options][]", "a"),
        ("poll[multiple]", "true"),
        ("fields_attributes[1][name]", "y"),
        ("fields_attributes[0][name]", "x"),
        ("keywords_attributes[][keyword]", "k1"),
        ("keywords_attributes[][whole_word]", "1"),
        ("keywords_attributes[][keyword]", "k2"),
        ("data[alerts][mention]", "on"),
        ("id", "7"),
    ]
    form = Form(nested(pairs))
    assert form.ids("media_ids") == [1, 2]
    assert form.group("poll").texts("options") == ["a"]
    assert form.group("poll").flag("multiple") is True
    assert [one.text("name") for one in form.groups("fields_attributes")] == ["x", "y"]
    assert [one.text("keyword") for one in form.groups("keywords_attributes")] == ["k1", "k2"]
    assert form.group("data").group("alerts").flag("mention") is True
    assert form.ids("id") == [7]


@pytest.mark.parametrize(
    "pairs", [[("a", "1"), ("a[b]", "2")], [("a[]", "1"), ("a[b]", "2")], [("a" + "[b]" * 9, "")]]
)
def test_keys_that_contradict_each_other_are_refused(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(Unreadable):
        nested(pairs)


@pytest.mark.parametrize("word,value", [("true", True), ("1", True), ("on", True), ("True", True), (True, True),
                                        ("false", False), ("0", False), ("", False), (None, False), (0, False)])  # fmt: skip
def test_yes_and_no(word: Any, value: bool) -> None:
    assert Form({"x": word}).flag("x") is value


def test_null_is_absent_and_the_wrong_kind_is_refused() -> None:
    form = Form({"a": None, "b": {"c": 1}, "n": "x", "f": 1.5, "l": [{"x": 1}], "t": "word"})
    assert "a" not in form
    assert form.maybe("a") is None
    assert form.maybe_flag("a") is None
    for wrong in (
        lambda: form.text("b"),
        lambda: form.flag("t"),
        lambda: form.number("n", 1),
        lambda: form.number("f", 1),
        lambda: form.group("t"),
        lambda: form.texts("l"),
        lambda: form.groups("t"),
        lambda: form.file("t"),
        lambda: form.text("t", limit=2),
    ):
        with pytest.raises(Refused):
            wrong()


def test_numbers_are_brought_into_bounds_and_ids_cannot_overflow() -> None:
    form = Form({"limit": "900", "low": -4, "id": "9" * 30, "ids": ["1", "x", "-2", "٣", str(2**63)]})
    assert form.number("limit", 20, low=1, high=40) == 40
    assert form.number("low", 20, low=1) == 1
    assert form.maybe_id("id") == 0
    assert [Form({"max_id": given}).cursor("max_id") for given in (None, "", "0", 7, " 12 ")] == [
        *(None, None, 0, 7, 12)
    ]
    for wrong in ("x", "-1", "9" * 30, "1.5", ["a"], {"a": 1}):
        with pytest.raises(Refused, match="Max id|max_id") as refused:
            Form({"max_id": wrong}).cursor("max_id")
        assert refused.value.field == "max_id"
    assert form.ids("ids") == [1]
    assert as_id(str(2**63 - 1)) == 2**63 - 1


@given(st.lists(st.tuples(st.text("ab[]01", max_size=12), st.text(max_size=4)), max_size=12))
def test_no_form_breaks_the_reader(pairs: list[tuple[str, str]]) -> None:
    try:
        tree = nested(pairs)
    except Unreadable:
        return
    json.dumps(tree)


@pytest.mark.anyio
class TestBodies:
    """Whole requests, over the wire."""

    async def test_the_same_post_in_every_shape(self, amina: Caller) -> None:
        for how in (
            {"json": {"status": "hello", "sensitive": True}},
            {"data": {"status": "hello", "sensitive": "true"}},
            {"files": {"status": (None, "hello"), "sensitive": (None, "1")}},
            {"params": {"status": "hello", "sensitive": "on"}},
            {"params": {"status": "other"}, "json": {"status": "hello", "sensitive": True, "language": None}},
            {"content": b'{"status": "hello", "sensitive": true}'},
        ):
            made = await amina.post("/api/v1/statuses", **how)
            assert (made["content"], made["sensitive"]) == ("<p>hello</p>", True)

    @pytest.mark.parametrize(
        "content,kind",
        [
            (b"{", "application/json"),
            (b"[1]", "application/json"),
            (b'"text"', "application/json"),
            (b'{"status": "\xff"}', "application/json"),
            (b"{" * 5000, "application/json"),
            (b"status=\xff\xfe", "application/x-www-form-urlencoded"),
            (b"status=x&status[a]=y", "application/x-www-form-urlencoded"),
            (b"no boundary", "multipart/form-data"),
            (b"--b\r\nbroken", "multipart/form-data; boundary=b"),
            (b"&".join(b"a%d=1" % number for number in range(1500)), "application/x-www-form-urlencoded"),
        ],
    )
    async def test_a_body_that_is_none_is_told_so(self, amina: Caller, content: bytes, kind: str) -> None:
        answer = await amina.call("POST", "/api/v1/statuses", content=content, headers={"Content-Type": kind})
        assert answer.status_code in (400, 422)
        assert set(answer.json()) <= {"error", "details"}

    async def test_a_body_too_large_is_not_read(self, world: World, amina: Caller) -> None:
        answer = await amina.call("POST", "/api/v1/statuses", content=b"x" * 1_100_000)
        assert answer.status_code == 413

        async def endless() -> Any:
            for _ in range(1000):
                yield b"x" * 100_000

        answer = await amina.call(
            "POST", "/api/v1/statuses", content=endless(), headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 413

    async def test_signs_no_database_takes_are_left_out(self, both_worlds: World) -> None:
        amina = await both_worlds.member("amina")
        made = await amina.post("/api/v1/statuses", json={"status": "a\x00b"})
        assert made["content"] == "<p>ab</p>"
        form = {"status": "c\x00d", "spoiler_text": "\x00"}
        assert (await amina.post("/api/v1/statuses", data=form))["content"] == "<p>cd</p>"
