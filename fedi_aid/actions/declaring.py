"""An author says that they are paid for a post or gain by it (PRODUCT S4b): with it, or when they edit it."""

from fedi_aid.errors import Refused
from fedi_aid.model import interest
from fedi_aid.model.control_tags import Explicit, Wish, read_interest
from fedi_aid.model.interest import Declared
from fedi_aid.model.posts import Post


def with_post(want: Wish | Explicit) -> Declared:
    return Declared(want.paid is True, want.interest)


def with_edit(post: Post, text: str, want: Explicit) -> tuple[str, Declared]:
    """(the text without its tags for this, what is declared): as before, unless the author says otherwise.
    Refused while the flag is up: such a post is never shown as a request."""
    by_tag = False
    if post.reach != "direct" and post.reply_to_id is None:
        text, by_tag = read_interest(text)
    said = Declared(post.paid, post.interest)
    if want.paid is not None:
        said = Declared(want.paid, want.interest)
    elif by_tag and not post.paid:
        said = Declared(True)
    if said.paid and post.flag_is_up:
        raise Refused(interest.NO_REQUEST, field="fedi_aid[interest]")
    return text, said
