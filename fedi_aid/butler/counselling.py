"""The card about people of good counsel: once a month at most, one person, with reasons (AUDIENCE §5)."""

from datetime import timedelta
from typing import Final

from fedi_aid.actions import suggesting
from fedi_aid.audience import authenticity, counsel
from fedi_aid.butler.card_finders import Card
from fedi_aid.model.people import Member
from fedi_aid.storage import cards as rows
from fedi_aid.storage.tx import Tx

AGAIN: Final = timedelta(days=365)  # before the same person is spoken of again


def somebody(tx: Tx, member: Member) -> Card | None:
    """Whom one might ask for advice; else let rest from it; else get to know, if they are vouched for."""
    told = rows.sent_since(tx, member.id, "counsel", tx.now - tx.house.soon(AGAIN))
    found = [
        *suggesting.to_heed(tx, member.id, locale=member.locale),
        *suggesting.to_rest(tx, member.id),
        *(
            one
            for one in suggesting.to_meet(tx, member.id, limit=5, locale=member.locale)
            if one.vouched and one.causes
        ),
    ]
    for one in found:
        if one.person.id in told:
            continue
        said = counsel.reasons(
            member.locale,
            through=[person.name for person in one.through],
            vouched=one.vouched,
            labels=one.labels,
            causes=one.causes,
            months=one.months,
        )
        seen = authenticity.sentence(one.findings, member.locale)
        return Card(
            "card_counsel",
            one.person.id,
            {
                "proposal": counsel.proposal(
                    member.locale,
                    one.what,
                    name=f"{one.person.name} ({one.person.handle})",
                    project=one.project,
                ),
                "reasons": " ".join([*said, *([seen] if seen else [])]),
            },
        )
    return None
