"""The butler's jobs: each is one transaction, committed together with the end of its job."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from fedi_aid.actions import (
    abilities,
    carried_posts,
    carry_tickets,
    cleaning,
    polls,
    purging,
    severing,
    suggesting,
)
from fedi_aid.actions import passing as passing_actions
from fedi_aid.audience import spread
from fedi_aid.butler import (
    answers,
    asked,
    cards,
    decided,
    friends,
    invited,
    moves,
    news,
    own_posts,
    passing,
    quoted,
    requests,
)
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.tx import Tx
from fedi_aid.work.periodic import Periodic
from fedi_aid.work.runner import Finish, Handler


def handlers() -> Mapping[str, Handler]:
    """One handler per job kind that the butler answers."""
    acts: dict[str, Callable[[Tx, Job], None]] = {
        "butler_confirm": lambda tx, job: requests.confirm(tx, job.args["post_id"]),
        "butler_wave": lambda tx, job: requests.wave(tx, job.args["post_id"]),
        "butler_read": lambda tx, job: answers.read(tx, job.args["message_id"]),
        "butler_approve": lambda tx, job: own_posts.approve(tx, job.args["post_id"]),
        "butler_widen_level": lambda tx, job: own_posts.ask_wider(tx, **job.args),
        "butler_release": lambda tx, job: own_posts.release(tx, job.args["post_id"]),
        "butler_unknown_tags": lambda tx, job: own_posts.unknown_tags(
            tx, job.args["post_id"], job.args["names"]
        ),
        "butler_unseen": lambda tx, job: own_posts.unseen(tx, job.args["post_id"]),
        "butler_noticed": lambda tx, job: asked.noticed(tx, job.args["reply_id"]),
        "butler_offered": lambda tx, job: news.offered(tx, job.args["post_id"], job.args["person_id"]),
        "butler_voted": lambda tx, job: answers.voted(tx, **job.args),
        "butler_card": lambda tx, job: cards.think_of(tx, job.args["person_id"]),
        "butler_thank": lambda tx, job: news.thank(tx, **job.args),
        "butler_thanks": lambda tx, job: news.thanks(tx, job.args["post_id"]),
        "butler_invited": lambda tx, job: invited.put(tx, job.args["place_id"]),
        "butler_endorsed": lambda tx, job: friends.put_endorsement(tx, job.args["endorsement_id"]),
        "butler_thanked": lambda tx, job: friends.tell_thanks(tx, job.args["thanks_id"]),
        "butler_introduced": lambda tx, job: friends.put_introduction(tx, job.args["introduced_id"]),
        "butler_quoted": lambda tx, job: quoted.put(tx, **job.args),
        "butler_joined": lambda tx, job: invited.joined(tx, job.args["place_id"]),
        "butler_suggested": lambda tx, job: passing.suggested(tx, **job.args),
        "butler_page_answered": lambda tx, job: passing.page_answered(tx, job.args["passed_id"]),
        "butler_moved": lambda tx, job: moves.moved(tx, **job.args),
        "butler_overheard": lambda tx, job: own_posts.overheard(tx, **job.args),
        "butler_severed": lambda tx, job: decided.severed(tx, **job.args),
        "butler_warned": lambda tx, job: decided.warned(tx, job.args["decision_id"]),
        "butler_appealed": lambda tx, job: decided.appealed(tx, job.args["appeal_id"]),
        "butler_answered_appeal": lambda tx, job: decided.answered(tx, job.args["appeal_id"]),
        "sever": lambda tx, job: _go_on_severing(tx, **job.args),
        "purge": lambda tx, job: purging.purge(tx, job.args["person_id"]),
        "poll_ended": lambda tx, job: polls.end(tx, job.args["poll_id"]),
        "carry_received": lambda tx, job: asked.put_question(tx, job.args["received_ask_id"]),
    }
    return {kind: _in_one_transaction(act) for kind, act in acts.items()}


def _go_on_severing(tx: Tx, domain: str, person_id: int) -> None:
    if domain:
        severing.sever_server(tx, domain)
    else:
        severing.sever_person(tx, person_id)


def _in_one_transaction(act: Callable[[Tx, Job], None]) -> Handler:
    async def handle(job: Job) -> Finish | None:
        return lambda tx: act(tx, job)

    return handle


def periodic_tasks(stretch: float = 1.0) -> list[Periodic]:
    """What the butler does by the clock; `stretch` < 1 on a fast clock (RULES R27)."""
    minute = timedelta(seconds=max(1.0, 60 * stretch))
    return [
        Periodic(name="butler tick", every=minute, act=requests.tick),
        Periodic(name="butler cards", every=minute * 10, act=cards.tick),
        Periodic(name="leases lapse", every=minute, act=carried_posts.lapse),
        Periodic(name="pages close", every=minute * 10, act=passing_actions.close_dead),
        Periodic(name="tickets are renewed", every=minute * 10, act=carry_tickets.renew),
        Periodic(name="suspensions become final", every=timedelta(hours=1), act=purging.purge_due),
        Periodic(name="help profiles are asked anew", every=timedelta(hours=1), act=abilities.refresh),
        Periodic(
            name="followers elsewhere are counted", every=timedelta(hours=1), act=suggesting.count_followers
        ),
        Periodic(name="what is over is forgotten", every=timedelta(hours=1), act=cleaning.forget),
        Periodic(name="ties are weighed anew", every=minute, act=spread.renew_due),
        Periodic(name="old signals are forgotten", every=timedelta(hours=6), act=cleaning.forget_signals),
    ]
