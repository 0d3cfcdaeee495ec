"""The charter: which one holds, a new version by an admin, and members who accept it."""

from collections.abc import Sequence
from typing import Final

from fedi_aid.errors import Refused
from fedi_aid.model.charter import DEFAULT, Charter, Rule, Words
from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import Member
from fedi_aid.storage import charters, moderation, people
from fedi_aid.storage.tx import Tx

RULES_MAX: Final = 30
TITLE_MAX: Final = 100
HINT_MAX: Final = 1_000
PREAMBLE_MAX: Final = 2_000


def current(tx: Tx) -> Charter:
    """The charter that holds."""
    return charters.current(tx)


def known_rules(tx: Tx) -> frozenset[str]:
    """The ids of rules that a report or a decision may name."""
    return frozenset(rule.id for rule in charters.current(tx).rules)


def publish(tx: Tx, by: Member, preamble: Words, rules: Sequence[Rule], *, based_on: str) -> Charter:
    """A new version; members are asked to accept it. A rule with the id "" is new and gets one that no rule
    of any version had. The text that holds already makes no new version. `based_on`: the version changed.

    Refused: another version came meanwhile; not an admin (403); a text that is missing in a language, or too
    long; no rule, or too many; an id that no version has.
    """
    if by.role != "admin":
        raise Refused("Only admins change the charter.", code="forbidden")
    versions = charters.all_of(tx)
    if versions[0].version != based_on:
        raise Refused("Somebody else has just changed the charter; look at it first.", code="changed")
    numbered = _numbered(rules, {rule.id for version in versions for rule in version.rules})
    _check(preamble, PREAMBLE_MAX, "preamble")
    for rule in numbered:
        _check(rule.title, TITLE_MAX, f"title-{rule.id}")
        _check(rule.hint, HINT_MAX, f"hint-{rule.id}")
    holds = versions[0]
    if (preamble, numbered) == (holds.preamble, holds.rules):
        return holds
    version = str(int(holds.version) + 1)
    if not charters.put(tx, version, preamble, numbered):
        raise Refused("Somebody else has just changed the charter; look at it first.", code="changed")
    moderation.note(tx, by.id, "charter", subject=version)
    people.change_member(tx, by.id, charter_version=version)
    return charters.current(tx)


def _numbered(rules: Sequence[Rule], known: set[str]) -> tuple[Rule, ...]:
    if not 0 < len(rules) <= RULES_MAX:
        raise Refused(f"A charter has from 1 to {RULES_MAX} rules.", field="rules")
    given = [rule.id for rule in rules if rule.id]
    if len(given) != len(set(given)) or not set(given) <= known:
        raise Refused("This is not a rule of the charter.", field="rules")
    next_id = max(int(one) for one in known) + 1
    numbered = []
    for rule in rules:
        numbered.append(rule if rule.id else Rule(id=str(next_id), title=rule.title, hint=rule.hint))
        next_id += not rule.id
    return tuple(numbered)


def _check(words: Words, longest: int, field: str) -> None:
    for language, text in (("en", words.en), ("fr", words.fr)):
        if not text.strip():
            raise Refused(
                "Every text is needed in both languages.", code="blank", field=f"{field}-{language}"
            )
        if len(text) > longest:
            raise Refused(f"At most {longest} characters.", code="too_long", field=f"{field}-{language}")


def to_accept(tx: Tx, me: PersonId) -> Charter | None:
    """The charter that a member has not accepted yet; None while the default one holds, which is accepted at
    sign-up."""
    holds = charters.current(tx)
    if holds.version == DEFAULT.version or charters.accepted_by(tx, me) == holds.version:
        return None
    return holds


def accept(tx: Tx, me: PersonId, version: str) -> None:
    """Accept the charter that was read. Refused when it has changed since."""
    if charters.current(tx).version != version:
        raise Refused("The charter has changed meanwhile: please read it again.", code="changed")
    people.change_member(tx, me, charter_version=version)
