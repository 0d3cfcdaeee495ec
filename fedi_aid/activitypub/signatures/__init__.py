"""Keys, HTTP signatures and object proofs as pure functions: bytes, keys and the time come in as arguments.

Only `activitypub` imports it. Every refusal is a `refusals.BadSignature`, whose sentence is always the same
and whose `log` says what was wrong.

Reading order: refusals · multibase · keys · structured (RFC 9651) · digest ·
cavage (draft-cavage-http-signatures-12) · rfc9421 · proofs (FEP-8b32, eddsa-jcs-2022).
"""
