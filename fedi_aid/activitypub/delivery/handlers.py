"""The one table of jobs that this package carries out; `app` wires it into the runner."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from types import MappingProxyType

from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub import (
    carried_files,
    featured,
    figures,
    followers,
    handle,
    help_profiles,
    links,
    lookup,
    quotes,
    threads,
)
from fedi_aid.activitypub.delivery import (
    carry,
    deliver,
    fan_out,
    flags,
    friends,
    peers,
    polls,
    projects,
    reactions,
    ties,
)
from fedi_aid.storage.jobs import Job
from fedi_aid.work.runner import Finish, Handler, QuickHandler

HANDLERS: Mapping[str, Callable[[Instance, Job], Awaitable[Finish | None]]] = MappingProxyType(
    {
        # kind             handler
        "fan_out": fan_out.fan_out,
        "tell_removed": fan_out.tell_removed,
        "tell_tie": ties.tell_tie,
        "tell_person": ties.tell_person,
        "tell_gone": ties.tell_gone,
        "tell_move": ties.tell_move,
        "tell_reaction": reactions.tell_reaction,
        "tell_counts": polls.tell_counts,
        "send_vote": polls.send_vote,
        "send_flag": flags.send_flag,
        "send_invite": projects.send_invite,
        "answer_invite": projects.answer_invite,
        "undo_invite": projects.undo_invite,
        "tell_project": projects.tell_project,
        "tell_friend": friends.tell_friend,
        "tell_abilities": friends.tell_abilities,
        "fetch_abilities": help_profiles.fetch_abilities,
        "fetch_figures": figures.fetch_figures,
        "refuse_quote": ties.refuse_quote,
        "send_ask": carry.send_ask,
        "undo_ask": carry.undo_ask,
        "answer_ask": carry.answer_ask,
        "carry_spread": carry.carry_spread,
        "carry_on": carry.carry_on,
        "pass_to_one": carry.pass_to_one,
        "forward": carry.forward,
        "undo_carry": carry.undo_carry,
        "handle_activity": handle.handle_activity,
        "fetch_actor": handle.fetch_actor,
        "look_up_author": lookup.look_up_author,
        "fetch_post": handle.fetch_post,
        "agree_followers": followers.agree_followers,
        "learn_software": peers.learn_software,
        "check_quote": quotes.check_quote,
        "check_links": links.check_links,
        "fetch_featured": featured.fetch_featured,
        "fetch_pin": featured.fetch_pin,
        "complete_thread": threads.complete_thread,
    }
)


# Done many in one transaction where nothing has to be fetched (work.runner).
QUICK: Mapping[str, QuickHandler] = MappingProxyType({"handle_activity": handle.understand_quickly})


def handlers_for(instance: Instance) -> dict[str, Handler]:
    """The handlers as the runner wants them, each bound to the running instance."""
    bound: dict[str, Handler] = {kind: partial(handler, instance) for kind, handler in HANDLERS.items()}
    # Deliveries share what they read, sign and write.
    return bound | {
        "deliver": deliver.Courier(instance).deliver,
        "fetch_carried": carried_files.Gatherer(instance).fetch_carried,
    }
