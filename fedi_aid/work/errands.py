"""What the butler is sent to do: one act per kind of job to enqueue it.

Payloads hold ids, never words: an errand reads what it needs when it runs.
"""

from collections.abc import Sequence
from datetime import datetime

from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.storage.tx import Tx
from fedi_aid.work.kinds import add


def butler_confirm(tx: Tx, post_id: PostId) -> bool:
    """Tell the author that the request is under way."""
    return add(tx, "butler_confirm", {"post_id": post_id}, once_key=f"confirm:{post_id}")


def butler_wave(tx: Tx, post_id: PostId, due_at: datetime) -> bool:
    """Look at a request at `due_at`; when a look is waiting already, the earlier moment counts."""
    return add(tx, "butler_wave", {"post_id": post_id}, due_at=due_at, once_key=f"wave:{post_id}")


def butler_read(tx: Tx, message_id: PostId) -> bool:
    """Read what a member wrote to the butler."""
    return add(tx, "butler_read", {"message_id": message_id}, once_key=f"read:{message_id}")


def scheduled_key(scheduled_id: int) -> str:
    """By which the one job that will publish a scheduled post is found again."""
    return f"scheduled:{scheduled_id}"


def publish_scheduled(tx: Tx, scheduled_id: int, due_at: datetime) -> bool:
    """Publish a post that waits for its hour."""
    key = scheduled_key(scheduled_id)
    return add(tx, "publish_scheduled", {"scheduled_id": scheduled_id}, due_at=due_at, once_key=key)


def butler_widen_level(tx: Tx, post_id: PostId, level: int) -> bool:
    """Ask an author whether a post is really to be shown to more people."""
    return add(tx, "butler_widen_level", {"post_id": post_id, "level": level})


def butler_approve(tx: Tx, post_id: PostId) -> bool:
    """Show an author who would see a vulnerable post, before it goes."""
    return add(tx, "butler_approve", {"post_id": post_id}, once_key=f"approve:{post_id}")


def butler_release(tx: Tx, post_id: PostId, due_at: datetime) -> bool:
    """Let a held post go when its author has had the time to object."""
    return add(tx, "butler_release", {"post_id": post_id}, due_at=due_at, once_key=f"release:{post_id}")


def butler_unknown_tags(tx: Tx, post_id: PostId, names: Sequence[str]) -> None:
    """Tell an author that a tag which looks like a project or a sphere names none of theirs."""
    args = {"post_id": post_id, "names": list(names)[:5]}
    add(tx, "butler_unknown_tags", args, once_key=f"unknown:{post_id}")


def butler_unseen(tx: Tx, post_id: PostId) -> None:
    """Tell an author that a post was shown to nobody."""
    add(tx, "butler_unseen", {"post_id": post_id}, once_key=f"unseen:{post_id}")


def butler_offered(tx: Tx, post_id: PostId, person_id: PersonId) -> bool:
    """Tell the author that somebody offers help."""
    args = {"post_id": post_id, "person_id": person_id}
    return add(tx, "butler_offered", args, once_key=f"offered:{post_id}:{person_id}")


def butler_noticed(tx: Tx, reply_id: PostId) -> bool:
    """A member answered somebody's open request: ask them whether they mean to help (RULES R24)."""
    return add(tx, "butler_noticed", {"reply_id": reply_id}, once_key=f"noticed:{reply_id}")


def butler_thanks(tx: Tx, post_id: PostId) -> bool:
    """A flag came down: thank the members here who were asked, carried, answered or helped."""
    return add(tx, "butler_thanks", {"post_id": post_id}, once_key=f"thanks:{post_id}")


def butler_invited(tx: Tx, place_id: int, due_at: datetime) -> bool:
    """Put an invitation to a project to a member, when they may be disturbed."""
    return add(tx, "butler_invited", {"place_id": place_id}, due_at=due_at, once_key=f"invited:{place_id}")


def butler_quoted(tx: Tx, story_id: int, person_id: PersonId, due_at: datetime) -> bool:
    """Ask a member whether words of theirs may stand in a story, when they may be disturbed."""
    args = {"story_id": story_id, "person_id": person_id}
    return add(tx, "butler_quoted", args, due_at=due_at, once_key=f"quoted:{story_id}:{person_id}")


def butler_joined(tx: Tx, place_id: int) -> bool:
    """Tell the owner of a project that somebody they invited joined."""
    return add(tx, "butler_joined", {"place_id": place_id}, once_key=f"joined:{place_id}")


def butler_thank(tx: Tx, post_id: PostId, person_id: PersonId, due_at: datetime) -> bool:
    """Thank one member, when they are awake."""
    args = {"post_id": post_id, "person_id": person_id}
    return add(tx, "butler_thank", args, due_at=due_at, once_key=f"thank:{post_id}:{person_id}")


def butler_voted(tx: Tx, post_id: PostId, person_id: PersonId, choice: int) -> bool:
    """Take a member's vote on one of the butler's questions for their answer."""
    args = {"post_id": post_id, "person_id": person_id, "choice": choice}
    return add(tx, "butler_voted", args, once_key=f"voted:{post_id}:{person_id}")


def butler_card(tx: Tx, person_id: PersonId) -> bool:
    """See whether there is something to say to a member this week."""
    return add(tx, "butler_card", {"person_id": person_id}, once_key=f"card:{person_id}")


def butler_moved(tx: Tx, member_id: PersonId, old_id: PersonId, new_id: PersonId) -> bool:
    """Tell a member that somebody they follow says they have moved."""
    args = {"member_id": member_id, "old_id": old_id, "new_id": new_id}
    return add(tx, "butler_moved", args, once_key=f"moved:{member_id}:{old_id}")


def butler_overheard(tx: Tx, post_id: PostId, answer_id: PostId) -> bool:
    """Warn a member that a hidden post of theirs was answered where everybody can read it (RULES R4)."""
    args = {"post_id": post_id, "answer_id": answer_id}
    return add(tx, "butler_overheard", args, once_key=f"overheard:{answer_id}")


def butler_endorsed(tx: Tx, endorsement_id: int, due_at: datetime | None = None) -> bool:
    """Ask a member whether they accept what somebody vouches for, when they may be disturbed."""
    args = {"endorsement_id": endorsement_id}
    return add(tx, "butler_endorsed", args, due_at=due_at, once_key=f"endorsed:{endorsement_id}")


def butler_thanked(tx: Tx, thanks_id: int, due_at: datetime | None = None) -> bool:
    """Tell a member that somebody thanks them, in their waking hours."""
    args = {"thanks_id": thanks_id}
    return add(tx, "butler_thanked", args, due_at=due_at, once_key=f"thanked:{thanks_id}")


def butler_introduced(tx: Tx, introduced_id: int, due_at: datetime | None = None) -> bool:
    """Ask a member whether they would like to meet whom a friend introduces."""
    args = {"introduced_id": introduced_id}
    return add(tx, "butler_introduced", args, due_at=due_at, once_key=f"introduced:{introduced_id}")


def butler_severed(tx: Tx, member_id: PersonId, severance_id: int) -> bool:
    """Tell a member whom a decision cut off from them."""
    args = {"member_id": member_id, "severance_id": severance_id}
    return add(tx, "butler_severed", args, once_key=f"severed:{severance_id}")


def butler_warned(tx: Tx, decision_id: int) -> bool:
    """Tell a member what was decided about them, and why."""
    return add(tx, "butler_warned", {"decision_id": decision_id}, once_key=f"warned:{decision_id}")


def butler_appealed(tx: Tx, appeal_id: int) -> bool:
    """Tell moderators that somebody appeals."""
    return add(tx, "butler_appealed", {"appeal_id": appeal_id}, once_key=f"appealed:{appeal_id}")


def butler_answered_appeal(tx: Tx, appeal_id: int) -> bool:
    """Tell whoever appealed what the answer is."""
    return add(tx, "butler_answered_appeal", {"appeal_id": appeal_id}, once_key=f"appeal:{appeal_id}")


def sever(tx: Tx, *, domain: str = "", person_id: int = 0) -> bool:
    """Go on cutting the ties of a server, or of one person, that was suspended."""
    args = {"domain": domain, "person_id": person_id}
    return add(tx, "sever", args, once_key=f"sever:{domain}:{person_id}")


def purge(tx: Tx, person_id: int) -> bool:
    """Go on erasing what somebody wrote whose suspension is final."""
    return add(tx, "purge", {"person_id": person_id}, once_key=f"purge:{person_id}")


def carry_received(tx: Tx, received_ask_id: int, due_at: datetime) -> bool:
    """Look at a request that a peer asked us to carry."""
    key = f"carry:{received_ask_id}"
    return add(tx, "carry_received", {"received_ask_id": received_ask_id}, due_at=due_at, once_key=key)


def pass_to_one(tx: Tx, passed_id: int) -> bool:
    """Bring a request to the one friend whom a member named."""
    return add(tx, "pass_to_one", {"passed_id": passed_id}, once_key=f"pass:{passed_id}")


def butler_suggested(tx: Tx, post_id: PostId, by_id: PersonId, person_id: PersonId) -> bool:
    """Tell an author here whom a friend thought of for their request."""
    args = {"post_id": post_id, "by_id": by_id, "person_id": person_id}
    return add(tx, "butler_suggested", args, once_key=f"suggested:{post_id}:{by_id}:{person_id}")


def butler_page_answered(tx: Tx, passed_id: int) -> bool:
    """Tell a member what was answered on a page of theirs."""
    return add(tx, "butler_page_answered", {"passed_id": passed_id}, once_key=f"page:{passed_id}")


def carry_spread(tx: Tx, post_id: PostId, carrier_id: PersonId, *, renewed: bool = False) -> bool:
    """Show a request to friends of somebody who carries it; `renewed`: on a new ticket, so to the same people
    first."""
    args = {"post_id": post_id, "carrier_id": carrier_id, "renewed": renewed}
    return add(tx, "carry_spread", args, once_key=f"spread:{post_id}:{carrier_id}:{renewed:d}")
