"""Ports of loopback that stay free until they are used."""

import itertools
import os
import socket

# Below those that a system gives to sockets which name none (from 32,768 or 49,152 on): what somebody else opens
# meanwhile never takes one of these, nor does a server lose its own while it is down.
FIRST, LAST = 12_000, 32_000
_NEXT = itertools.count(os.getpid() * 977)  # the processes of a run begin far from each other


def free_port(in_a_row: int = 1) -> int:
    """The first of so many neighbouring ports that nobody uses; this process gives none of them out again."""
    for _ in range(FIRST, LAST):
        first = FIRST + next(_NEXT) % (LAST - FIRST)
        for _ in range(1, in_a_row):
            next(_NEXT)
        if all(_is_free(port) for port in range(first, first + in_a_row)):
            return first
    raise AssertionError("no free port")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
