"""Our own entities between friends: abilities, endorsements, thanks, introductions, suggestions."""

from collections.abc import Sequence

from fedi_aid.actions.abilities import Abilities
from fedi_aid.actions.suggesting import Suggestion
from fedi_aid.audience import authenticity, counsel
from fedi_aid.client_api.entities.account import accounts
from fedi_aid.client_api.entities.look import Json, Look, moment
from fedi_aid.model.abilities import language_name
from fedi_aid.storage import people as people_rows
from fedi_aid.storage.endorsements import Endorsement, Thanks
from fedi_aid.storage.introductions import Introduced
from fedi_aid.storage.tx import Tx


def abilities(tx: Tx, look: Look, said: Abilities) -> Json:
    """What the caller can help with: all of it, as they wrote it."""
    return abilities_shown(look, said) | {
        "not_my_thing": list(said.not_my_thing),
        "kinds": list(said.kinds),
        "only_through": accounts(tx, look, said.only_through),
        "shown_to": said.shown_to,
        "shared_with_friends_servers": said.shared_with_friends_servers,
        "paused": said.paused,
    }


def abilities_shown(look: Look, said: Abilities) -> Json:
    """What somebody lets others see of it."""
    return {
        "skills": list(said.skills),
        "languages": list(said.languages),
        "language_names": [language_name(code, look.locale) for code in said.languages],
        "causes": list(said.causes),
        "availability": said.availability,
    }


def endorsements(tx: Tx, look: Look, found: Sequence[Endorsement], *, given: bool = False) -> list[Json]:
    """Each with the other person: who vouches, or with `given` of whom one does. `shown` is the subject's own
    business, and absent from what one gave."""
    others = [one.to_id if given else one.from_id for one in found]
    known = people_rows.many(tx, others)
    kept = [(one, known[other]) for one, other in zip(found, others, strict=True) if other in known]
    shown = accounts(tx, look, [person for _, person in kept])
    return [
        {
            "id": str(one.id),
            "kind": one.kind,
            "name": one.label or one.name,
            "words": one.word,
            "state": one.state,
            "created_at": moment(one.created_at),
            "account": account,
        }
        | ({} if given else {"shown": one.shown and one.state == "accepted"})
        for (one, _), account in zip(kept, shown, strict=True)
    ]


def thanks(tx: Tx, look: Look, found: Sequence[Thanks], *, to: bool = False) -> list[Json]:
    """Each with who says it; with `to`, whom it is said to."""
    others = [one.to_id if to else one.from_id for one in found]
    known = people_rows.many(tx, others)
    kept = [(one, known[other]) for one, other in zip(found, others, strict=True) if other in known]
    shown = accounts(tx, look, [person for _, person in kept])
    return [
        {
            "id": str(one.id),
            "for": one.label,
            "words": one.word,
            "status_id": str(one.post_id) if one.post_id else None,
            "created_at": moment(one.created_at),
            "account": account,
        }
        for (one, _), account in zip(kept, shown, strict=True)
    ]


def introductions(tx: Tx, look: Look, found: Sequence[Introduced]) -> list[Json]:
    """What friends propose: `by` introduces the caller to `account`."""
    known = people_rows.many(tx, [person for one in found for person in (one.by_id, one.other_id)])
    kept = [one for one in found if one.by_id in known and one.other_id in known]
    by = accounts(tx, look, [known[one.by_id] for one in kept])
    others = accounts(tx, look, [known[one.other_id] for one in kept])
    return [
        {
            "id": str(one.id),
            "words": one.word,
            "created_at": moment(one.created_at),
            "by": introducer,
            "account": account,
        }
        for one, introducer, account in zip(kept, by, others, strict=True)
    ]


def counsel_words(look: Look, one: Suggestion) -> Json:
    """Why somebody is suggested, in the caller's language."""
    return {
        "reasons": counsel.reasons(
            look.locale,
            through=[person.name for person in one.through],
            vouched=one.vouched,
            labels=one.labels,
            causes=one.causes,
            months=one.months,
        ),
        "seen": authenticity.sentence(one.findings, look.locale) or None,
    }


def suggested(tx: Tx, look: Look, found: Sequence[Suggestion]) -> list[Json]:
    """Our own form of a suggestion: what to do about whom, on which project, and why."""
    shown = accounts(tx, look, [one.person for one in found])
    return [
        {
            "what": one.what,
            "account": account,
            "project_id": str(one.project_id) if one.project_id else None,
            "proposal": counsel.proposal(look.locale, one.what, name=one.person.name, project=one.project),
        }
        | counsel_words(look, one)
        for one, account in zip(found, shown, strict=True)
    ]
