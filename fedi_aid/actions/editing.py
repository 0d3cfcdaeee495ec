"""Changing one's own post: its words, and how intimate it is (RULES R15)."""

import msgspec

from fedi_aid.actions import audiences, carried_posts, carry_tickets, declaring, placing, widening
from fedi_aid.actions.posts import Draft, check_size
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.control_tags import read_edit
from fedi_aid.model.ids import PostId
from fedi_aid.model.intimacy import Intimacy
from fedi_aid.model.people import Member
from fedi_aid.model.posts import Post
from fedi_aid.storage import audience_rows
from fedi_aid.storage import media as media_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import errands, jobs


def edit(tx: Tx, me: Member, post_id: int, draft: Draft) -> PostId:
    """Change the words; level, flag and project stay unless asked (RULES R15). Narrowing acts at once: those
    who fall out lose the post. Widening asks first: an app by saying so (`draft.widen`), a tag in the text by
    the butler's letter, and until then only the words change."""
    post = post_rows.get(tx, me.id, post_id)
    if post is None or post.author_id != me.id:
        raise NotFound
    if post.reach == "butler":
        raise Refused("A message to the butler cannot be changed.", code="forbidden")
    level, asked = draft.wish.intimacy, None
    if post.reach == "chosen" and post.reply_to_id is None:
        text, asked = read_edit(draft.text)
        draft = msgspec.structs.replace(draft, text=text)
    text, said = declaring.with_edit(post, draft.text, draft.wish)
    draft = msgspec.structs.replace(draft, text=text)
    check_size(tx, draft)
    if widening.is_wider(post, level) and not draft.widen:
        raise Refused(widening.UNCONFIRMED, field="fedi_aid[intimacy]")
    if level is None and widening.is_wider(post, asked):
        errands.butler_widen_level(tx, post.id, int(asked or 0))
    elif level is None:
        level = asked
    post_rows.keep_version(tx, post)
    holders = {person for person, _, _ in audience_rows.audience_of(tx, post.id)}
    named = [
        one for one in placing.mentioned(tx, me.id, draft.text) if one.id in holders or post.reach == "public"
    ]
    language = draft.language or post.language
    post_rows.change(
        tx,
        post.id,
        text=draft.text,
        html=said.above(placing.html_of(tx, draft.text, named), language),
        paid=said.paid,
        interest=said.words,
        summary=draft.summary,
        sensitive=draft.sensitive or bool(draft.summary),
        language=language,
        revision=post.revision + 1,
        edited_at=tx.now,
    )
    post_rows.replace_tags(tx, post.id, placing.tags_in(draft.text))
    if not media_rows.attach(tx, me.id, post.id, draft.media_ids):
        raise Refused("These files cannot be used.", field="media_ids")
    if level is not None and post.intimacy is not None and level > post.intimacy:
        audiences.narrow(tx, me, post, Intimacy(level))
    _settle_carrying(tx, me, post)
    tx.announce("changed", post_id=post.id)
    if level is not None and widening.is_wider(post, level):
        widening.widen(tx, me, post.id, Intimacy(level))
    elif post.held_until is None:
        jobs.fan_out(tx, post.id, "update")
    return post.id


def narrow(tx: Tx, me: Member, post_id: int, level: Intimacy) -> None:
    """Make one's own post more intimate, at once: who falls out loses it (RULES R15)."""
    post = post_rows.get(tx, me.id, post_id)
    if post is None or post.author_id != me.id or post.reach != "chosen":
        raise NotFound
    if post.intimacy is None or level <= post.intimacy:
        return
    post_rows.change(tx, post.id, revision=post.revision + 1, edited_at=tx.now)
    audiences.narrow(tx, me, post, level)
    _settle_carrying(tx, me, post)
    tx.announce("changed", post_id=post.id)
    if post.held_until is None:
        jobs.fan_out(tx, post.id, "update")


def _settle_carrying(tx: Tx, me: Member, before: Post) -> None:
    """The second circle after an edit: over above level 1, and else shown where that is still enough."""
    post = post_rows.get(tx, me.id, before.id)
    if post is None or not before.carriable:
        return
    if post.carriable:
        carried_posts.level_changed(tx, post)
    else:
        carry_tickets.end_carrying(tx, post)
