"""Work that outlives a request: durable jobs in lanes, and periodic tasks.

A job is a row written in the transaction that caused it (storage.tx, storage.jobs): what is stored will be
carried out, whatever crashes. Kinds are declared here, low, so that `actions` can cause federation without
importing it; their handlers are wired in `app`. Imported by everything above storage.

Reading order: kinds (the table) · jobs, errands (one act to enqueue each) · backoff (when to try again) ·
runner (lanes, leases, failures, graceful stop) · periodic (tasks by the clock).
"""
