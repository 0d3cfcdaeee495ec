"""Posts that quote others: what was claimed, and whether the quoted author agrees (FEP-044f)."""

from typing import Literal

import msgspec

from fedi_aid.model.ids import PostId

# pending: claimed, not verified; accepted: the quoted author's server says so; revoked: it said so once
QuoteState = Literal["pending", "accepted", "revoked"]


class IncomingQuote(msgspec.Struct, frozen=True, kw_only=True):
    """What a post from elsewhere says it quotes, and where the quoted author's leave should be."""

    uri: str
    stamp: str | None = None


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """A quote as it is stored; `quoted_id` once the quoted post is known here and its author agreed."""

    post_id: PostId
    uri: str
    stamp: str | None
    state: QuoteState
    quoted_id: PostId | None
