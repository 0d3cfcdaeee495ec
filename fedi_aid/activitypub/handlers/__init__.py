"""One file per received activity. Each handler is sync, inside the transaction that understands the activity.

Imported by `understood` alone. A handler checks who may say this, then calls one action; it raises `Missing`
for what has to be fetched first, `Refused` for what is not accepted. Neither is told to the sender.
"""
