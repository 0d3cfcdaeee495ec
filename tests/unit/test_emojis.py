"""Custom emojis of other servers (FEP-9098, D05)."""

from typing import Any

from fedi_aid.activitypub.emojis import read_emojis
from fedi_aid.model.emojis import MOST, Emoji


def tag(name: Any, url: Any = "https://far.example/blob.png") -> dict[str, Any]:
    return {
        "type": "Emoji",
        "id": "https://far.example/e",
        "name": name,
        "icon": {"type": "Image", "url": url},
    }


def test_those_that_a_text_uses_are_read() -> None:
    note = {
        "content": "<p>Bread :blob_cat: and :other::third:</p>",
        "summary": "A :warning:",
        "oneOf": [{"name": "Yes :yes:"}],
        "tag": [tag(f":{name}:") for name in ("blob_cat", "other", "third", "warning", "yes", "unused")],
    }
    names = [one.name for one in read_emojis(note)]
    assert names == ["blob_cat", "other", "third", "warning", "yes"]
    assert read_emojis(note)[0] == Emoji("blob_cat", "https://far.example/blob.png")


def test_a_profile_s_are_read_from_its_name_its_words_and_its_fields() -> None:
    actor = {
        "name": "Frank :a:",
        "summary": ":b:",
        "attachment": [{"type": "PropertyValue", "name": "x", "value": ":c:"}],
        "tag": [tag(":a:"), tag(":b:"), tag(":c:"), tag(":d:")],
    }
    assert [one.name for one in read_emojis(actor)] == ["a", "b", "c"]


def test_odd_ones_are_none() -> None:
    """D05, J10: names too long or with other signs, addresses that are none, wrong shapes, too many."""
    odd = [":a b:", f":{'a' * 2_048}:", ":é:", "", None, 7, [":x:"], {"@value": ":x:"}]
    bad = ["javascript:x", "data:image/png,", "/relative", "https://", None, 7, [], "https://u@h.example/x"]
    texts = " ".join(str(one) for one in odd) + " :x: " + ":" + "a" * 2_048 + ":"
    for note in (
        {"content": texts, "tag": [tag(one) for one in odd]},
        {"content": texts, "tag": [tag(":x:", url) for url in bad]},
        {"content": texts, "tag": [{"type": "Emoji", "name": ":x:", "icon": "https://far.example/x.png"}]},
        {"content": texts, "tag": [{"type": "Emoji", "name": ":x:"}, None, 7, "x", []]},
        {"content": 7, "contentMap": {"en": 7}, "tag": tag(":x:")},
    ):
        assert read_emojis(note) == (), note
    many = [tag(f":e{number}:") for number in range(1_000)]
    text = " ".join(f":e{number}:" for number in range(1_000))
    assert len(read_emojis({"content": text, "tag": many})) == MOST
