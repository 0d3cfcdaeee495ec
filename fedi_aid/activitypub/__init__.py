"""Server to server: ActivityPub, WebFinger, HTTP signatures, and the carry protocol.

Only `app` and `cli` import it; it imports neither `client_api` nor `web`.

Reading order: documents · linked_data · signatures/ · extension · carry_documents are pure (no network, no
database); everything that receives or sends is built on them. What comes in: routes · inbox · signers ·
handle · understood · handlers/ · notes · content · attached · polls · quoted · quotes · actors · remote ·
fetch. What goes out: delivery/ · builders/ · signing. Both ways: followers, which keeps the two servers of a
friendship agreed. What may be asked for: objects · actors · webfinger · nodeinfo · answers.
"""
