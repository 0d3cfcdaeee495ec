"""`python -I -m fedi_aid.media.confined <limits> <program> …`: give up what is not needed, then become it.

Limits are those of `Limits`: a program that outruns one is killed by the kernel. It keeps no environment.
"""

import os
import resource
import sys

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes of address space, seconds of computing, bytes of the largest file it may write."""

    memory: int
    seconds: int
    file_bytes: int


def main() -> None:
    limits = msgspec.json.decode(sys.argv[1], type=Limits)
    for what, wish in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, limits.seconds),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_NOFILE, 32),
        (resource.RLIMIT_CORE, 0),
    ):
        _, most = resource.getrlimit(what)  # somebody may have set less already
        kept = wish if most == resource.RLIM_INFINITY else min(wish, most)
        resource.setrlimit(what, (kept, kept))
    os.execve(sys.argv[2], sys.argv[2:], {"LC_ALL": "C.UTF-8"})  # noqa: S606 - this is the point


if __name__ == "__main__":
    main()
