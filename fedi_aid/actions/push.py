"""Push subscriptions of a member's apps: made, changed, ended by the token they belong to."""

from collections.abc import Mapping
from typing import Final, get_args

from fedi_aid.actions.instance import Instance
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.ids import PersonId
from fedi_aid.net.error import NetError
from fedi_aid.net.guard import check_url
from fedi_aid.net.web_push import is_auth, is_point
from fedi_aid.storage import push
from fedi_aid.storage.push import PushPolicy, Subscription
from fedi_aid.storage.tx import Tx

POLICIES: Final[tuple[PushPolicy, ...]] = get_args(PushPolicy)
ENDPOINT_MAX: Final = 2_048
KIND: Final = "token of a push"


def check(instance: Instance, endpoint: str, p256dh: str, auth: str) -> None:
    """Refused for an address this server would never speak to (F07), and for keys that are none."""
    if not endpoint:
        raise Refused("Endpoint can't be blank", code="blank", field="subscription[endpoint]")
    try:
        if len(endpoint) > ENDPOINT_MAX:
            raise NetError("refused", endpoint, "too long")
        check_url(endpoint, allow_private=instance.settings.allow_private_addresses)
    except NetError:
        raise Refused("Endpoint is not a valid URL", field="subscription[endpoint]") from None
    if not is_point(p256dh):
        raise Refused("Key p256dh is not a valid key", field="subscription[keys][p256dh]")
    if not is_auth(auth):
        raise Refused("Key auth is not a valid key", field="subscription[keys][auth]")


def subscribe(
    tx: Tx,
    me: PersonId,
    token_id: int,
    token: str,
    *,
    endpoint: str,
    p256dh: str,
    auth: str,
    standard: bool,
    alerts: Mapping[str, bool],
    policy: PushPolicy,
) -> Subscription:
    """Tell this app's device from now on; a subscription that its token had is replaced. The token is kept
    sealed: clients find the account by it, and a leaked database still opens nothing."""
    push.remove(tx, token_id=token_id)
    push.insert(
        tx,
        token_id=token_id,
        member_id=me,
        endpoint=endpoint,
        p256dh=p256dh,
        auth=auth,
        standard=standard,
        alerts=dict(alerts),
        policy=policy,
        sealed_token=tx.house.seal.word(KIND, token.encode()),
    )
    return own(tx, token_id)


def own(tx: Tx, token_id: int) -> Subscription:
    """The subscription of a token. NotFound."""
    found = push.of_token(tx, token_id)
    if found is None:
        raise NotFound
    return found


def change(
    tx: Tx, token_id: int, *, alerts: Mapping[str, bool] | None, policy: PushPolicy | None
) -> Subscription:
    """Change which notices are pushed, and from whom; what is None stays. NotFound."""
    found = own(tx, token_id)
    push.change(
        tx,
        found.id,
        alerts=dict(alerts) if alerts is not None else found.alerts,
        policy=policy or found.policy,
    )
    return own(tx, token_id)


def unsubscribe(tx: Tx, token_id: int) -> None:
    """End the subscription of a token; nothing happens where there is none."""
    push.remove(tx, token_id=token_id)
