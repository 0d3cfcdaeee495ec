"""New keys for an actor of ours: what was signed with the old ones counts for nothing any more.

Other servers know an actor by its key. The change is told to them once, in an Update that is signed with the
old key, because that is the one they know; whoever misses it finds the new one at the actor's address.
"""

from fedi_aid.actions.carry_tickets import renew_tickets_of
from fedi_aid.actions.registration import NewKeys
from fedi_aid.errors import Refused
from fedi_aid.model.people import Person
from fedi_aid.storage import keys as key_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs


def rotate(tx: Tx, username: str, keys: NewKeys) -> Person:
    """Give a member, or the instance's own actor, these keys from now on; `Refused` for anybody else.

    Their followers' servers are told, and raised requests are signed and their tickets issued anew: carriers
    could prove nothing with what they hold.
    """
    person = people_rows.by_handle(tx, username)
    if person is None:
        raise Refused(f"There is nobody called {username[:100]} here.")
    key_rows.replace(tx, person.id, keys.rsa_private_pem, keys.rsa_public_pem, keys.ed25519_private_pem)
    jobs.tell_person(tx, person.id)
    for post_id, revision in post_rows.signed_requests_of(tx, person.id):
        # A new revision of the same words: what is not newer than what others hold is ignored by them.
        post_rows.change(tx, post_id, revision=revision + 1)
        jobs.fan_out(tx, post_id, "update")
    renew_tickets_of(tx, person.id)
    return person
