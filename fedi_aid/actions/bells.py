"""The bell: a member may ask to be told whenever somebody they follow writes (`notify` of a follow)."""

from collections.abc import Collection

from fedi_aid.actions import notices
from fedi_aid.model.posts import Post
from fedi_aid.storage import ties
from fedi_aid.storage.tx import Tx


def ring(tx: Tx, post: Post, readers: Collection[int], *, named: Collection[int]) -> None:
    """Tell those of these readers who asked for it; the post has just come into their home. Who is `named` in
    it hears of that instead, and an answer to somebody else rings for nobody."""
    if not readers or (post.reply_to_uri is not None and post.reply_to_person_id != post.author_id):
        return
    for member in ties.with_bell(tx, post.author_id):
        if member in readers and member not in named:
            notices.notify(tx, member, "status", post.author_id, post_id=post.id)
