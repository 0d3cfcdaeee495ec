"""The butler's jobs: each is one transaction, committed together with the end of its job."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from fedi_aid.actions import carry, cleaning, polls, purging, severing
from fedi_aid.butler import answers, decided, moves, requests
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
        "butler_approve": lambda tx, job: requests.approve(tx, job.args["post_id"]),
        "butler_widen_level": lambda tx, job: requests.ask_wider(tx, **job.args),
        "butler_release": lambda tx, job: requests.release(tx, job.args["post_id"]),
        "butler_unknown_tags": lambda tx, job: requests.unknown_tags(
            tx, job.args["post_id"], job.args["names"]
        ),
        "butler_noticed": lambda tx, job: requests.noticed(tx, job.args["reply_id"]),
        "butler_offered": lambda tx, job: requests.offered(tx, job.args["post_id"], job.args["person_id"]),
        "butler_thanks": lambda tx, job: requests.thanks(tx, job.args["post_id"]),
        "butler_moved": lambda tx, job: moves.moved(tx, **job.args),
        "butler_overheard": lambda tx, job: requests.overheard(tx, **job.args),
        "butler_severed": lambda tx, job: decided.severed(tx, **job.args),
        "butler_warned": lambda tx, job: decided.warned(tx, job.args["decision_id"]),
        "sever": lambda tx, job: _go_on_severing(tx, **job.args),
        "purge": lambda tx, job: purging.purge(tx, job.args["person_id"]),
        "poll_ended": lambda tx, job: polls.end(tx, job.args["poll_id"]),
        "carry_received": lambda tx, job: requests.put_question(tx, job.args["received_ask_id"]),
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
        Periodic(name="leases lapse", every=minute, act=carry.lapse),
        Periodic(name="tickets are renewed", every=minute * 10, act=carry.renew),
        Periodic(name="suspensions become final", every=timedelta(hours=1), act=purging.purge_due),
        Periodic(name="what is over is forgotten", every=timedelta(hours=1), act=cleaning.forget),
    ]
