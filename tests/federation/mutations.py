"""Real activities, spoiled in every way that chance finds: shapes, signatures, bytes. The same seed, the same."""

import json
import random
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"

# What may stand where something else was expected. Much of it is legal.
ODD: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1.5,
        2**53 - 1,
        2**53,
        10**40,
        1e300,
        "",
        " ",
        "\x00",
        "\u202e\u0000",
        "\ud800",
    ),
    *(
        [],
        {},
        [[]],
        [None],
        [{}],
        {"": ""},
        {"id": None},
        {"@id": "x"},
        {"type": []},
        [[[[["x"]]]]],
        ["a", 1, {}],
    ),
    *(
        "https://",
        "https://[",
        "http://plain.example:99999/",
        "https://plain.example\\@evil.example/",
        "//x",
        "x:y",
    ),
    *(
        "javascript:alert(1)",
        "as:Public",
        PUBLIC,
        "acct:a@b",
        "https://one.example/users/amina",
        "#",
        "?",
        "../..",
    ),
    *("0000-00-00T00:00:00Z", "9999-12-31T23:59:60Z", "2026-03-14T09:00:00+99:99", "P1D", "tomorrow"),
    *("<a" * 300, "<p>" * 200, "&#x110000;", "é" * 3_000, "𝕏" * 500, "\r\n\r\n", "%00", "%", "a\u0301" * 200),
    *({"type": "Tombstone"}, {"type": "Note", "content": 5}, {"type": ["Person", "Note"]}, {"@value": "x"}),
    *({"type": "Link", "href": []}, {"type": "Hashtag", "name": "#"}, {"type": "Mention", "href": {}}),
    [{"type": "Mention", "href": f"https://x{n}.example/u", "name": "@u"} for n in range(120)],
    {"deep": {"deeper": {"still": [{"and": {"on": {"and": ["on"]}}}]}}},
)
KINDS = tuple(
    "Create Update Delete Follow Accept Reject Undo Like Announce Block Flag Move Add Remove Offer QuoteRequest "
    "EmojiReact Listen Arrive Question Note".split()
)
KEYS = tuple(
    "id type actor object to cc bto audience content contentMap summary name tag attachment attributedTo inReplyTo "
    "published updated url proof signature instrument target replies oneOf anyOf endTime closed votersCount quote "
    "sensitive mediaType source @context @id @type @graph href value".split()
)


def real_activities(
    who: Any, reader: str, examples: list[dict[str, Any]]
) -> Callable[[random.Random], dict[str, Any]]:
    """Draws one of the activities that servers send, about `reader`, by `who` (a `Persona`, or alike).

    `examples` are notes of other people's software.
    """

    def note(dice: random.Random, **more: Any) -> dict[str, Any]:
        to = dice.choice(([PUBLIC], [reader], [f"{who.uri}/followers"]))
        return {
            "id": f"{who.uri}/notes/{dice.getrandbits(40)}",
            "type": "Note",
            "attributedTo": who.uri,
            "content": "<p>Who has a <b>ladder</b>? <a href='https://x.example'>x</a></p>",
            "published": "2026-03-14T08:59:00Z",
            "to": to,
            "cc": [],
            "tag": [
                {"type": "Mention", "href": reader, "name": "@amina"},
                {"type": "Hashtag", "name": "#aide"},
            ],
            "attachment": [{"type": "Document", "url": f"{who.uri}/x.png", "mediaType": "image/png"}],
            **more,
        }

    def draw(dice: random.Random) -> dict[str, Any]:
        options = [{"type": "Note", "name": name, "replies": {"totalItems": 3}} for name in ("tea", "coffee")]
        abouts: tuple[Callable[[], tuple[str, Any]], ...] = (
            lambda: ("Create", note(dice)),
            lambda: ("Create", note(dice, type="Question", oneOf=options, endTime="2026-04-01T00:00:00Z")),
            lambda: ("Create", dice.choice(examples) | {"id": f"{who.uri}/notes/{dice.getrandbits(40)}"}),
            lambda: ("Update", note(dice, updated="2026-03-14T09:00:00Z")),
            lambda: ("Update", who.document()),
            lambda: ("Delete", {"type": "Tombstone", "id": f"{who.uri}/notes/{dice.getrandbits(8)}"}),
            lambda: (dice.choice(("Follow", "Block", "Flag", "Delete")), dice.choice((reader, who.uri))),
            lambda: (
                dice.choice(("Like", "Announce", "EmojiReact")),
                f"{who.uri}/notes/{dice.getrandbits(8)}",
            ),
            lambda: (
                dice.choice(("Accept", "Reject")),
                {"type": "Follow", "actor": reader, "object": who.uri},
            ),
            lambda: ("Undo", {"type": dice.choice(KINDS), "actor": who.uri, "object": reader}),
            lambda: (dice.choice(("Offer", "QuoteRequest", "Move", "Add", "Remove")), reader),
            lambda: ("Offer", {"type": "Create", "actor": who.uri, "object": note(dice)}),
        )
        kind, about = dice.choice(abouts)()
        return {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": f"{who.uri}/activities/{dice.getrandbits(40)}",
            "type": kind,
            "actor": who.uri,
            "object": about,
            "to": [PUBLIC],
        }

    return draw


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) in a document."""
    todo = [value]
    while todo:
        found = todo.pop()
        for key, item in list(found.items() if isinstance(found, dict) else enumerate(found)):
            yield found, key
            if isinstance(item, dict | list):
                todo.append(item)


def spoil(dice: random.Random, activity: dict[str, Any]) -> dict[str, Any]:
    """A copy with some of its places changed, dropped, doubled, or moved; often with none."""
    made = deepcopy(activity)
    for _ in range(dice.choice((0, 1, 1, 2, 3, 6))):
        places = list(_places(made))
        if not places:
            break
        container, key = dice.choice(places)
        match dice.randrange(6):
            case 0 | 1:
                container[key] = deepcopy(dice.choice(ODD))
            case 2:
                del container[key]
            case 3:
                container[key] = [container[key], deepcopy(container[key])]
            case 4 if isinstance(container, dict):
                container[dice.choice(KEYS)] = deepcopy(dice.choice((dice.choice(ODD), container[key])))
            case _:
                other, place = dice.choice(places)
                if isinstance(other, dict) and place in other:
                    container[key] = deepcopy(other[place])
    if dice.random() < 0.1:
        made["type"] = dice.choice(KINDS)
    return made


def as_bytes(dice: random.Random, activity: dict[str, Any]) -> bytes:
    """How it goes over the wire; one in eight is not what a JSON writer would write."""
    body = json.dumps(activity, ensure_ascii=True).encode()
    if dice.random() < 0.875:
        return body
    changed = bytearray(body)
    for _ in range(dice.choice((1, 1, 3, 20))):
        at = dice.randrange(len(changed)) if changed else 0
        match dice.randrange(4):
            case 0:
                changed[at : at + 1] = bytes([dice.randrange(256)])
            case 1:
                del changed[at : at + dice.choice((1, 5, 200))]
            case 2:
                changed[at:at] = dice.choice(
                    (b"[[[[", b'{"a":1},', b"\x00", b"\xff\xfe", b"NaN", b'"', b"1e999")
                )
            case _:
                changed[at:at] = changed[at : at + 100]
    return bytes(changed)


def spoil_headers(dice: random.Random, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers of a signed request; one in six is changed, dropped, doubled or cut."""
    if dice.random() > 1 / 6:
        return headers
    made = list(headers)
    at = dice.randrange(len(made))
    name, value = made[at]
    if name.lower() in ("host", "content-length"):
        return made
    match dice.randrange(6):
        case 0:
            del made[at]
        case 1:
            made.append((name, value))
        case 2:
            made[at] = (name, value[: dice.randrange(len(value) + 1)])
        case 3:
            made[at] = (name, dice.choice(("", "x", "a=b", '"', "=" * 300, "é", "sig1=()", "0" * 2_000)))
        case 4:
            cut = dice.randrange(len(value) + 1)
            made[at] = (name, value[:cut] + dice.choice('",=;:()\\ a0') + value[cut:])
        case _:
            made.append(
                (dice.choice(("Signature", "Signature-Input", "Digest", "Date", "Content-Encoding")), value)
            )
    return made
