"""The process in which strangers' pictures are opened: `python -m fedi_aid.media.child <order>`.

One picture, then it ends. The file comes by standard input, the answer goes by standard output. Before the
first byte is read it gives up what a decoder has no need of: memory and time beyond the order's, and the
right to open anything: no file, no socket, no other process. It is started without our environment.
"""

import io
import os
import resource
import sys
from typing import Final

import msgspec
from PIL import Image

from fedi_aid.errors import Refused
from fedi_aid.media.picture import Answer, Order
from fedi_aid.media.pictures import FORMATS, prepare

NOT_WRITTEN: Final = frozenset({("JPEG", "RGBA"), ("JPEG", "P")})


def _warm_up() -> None:
    """Make a few pictures of our own: what the decoders load late is loaded before nothing can be opened."""
    Image.init()
    turned = Image.Exif()
    turned[0x0112] = 6
    for kind in FORMATS:
        for mode in ("RGB", "RGBA", "P"):
            if (kind, mode) in NOT_WRITTEN:
                continue
            small, out = Image.new(mode, (4, 3)), io.BytesIO()
            small.save(out, kind, exif=turned, save_all=kind == "GIF", append_images=[small.rotate(90)])
            prepare(out.getvalue(), max_pixels=100, shape="avatar")


def _confine(order: Order) -> None:
    for what, limit in (
        (resource.RLIMIT_AS, order.memory),
        (resource.RLIMIT_CPU, order.seconds),
        (resource.RLIMIT_NOFILE, 3),  # the three that are open
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, most = resource.getrlimit(what)  # somebody may have set less already
        kept = limit if most == resource.RLIM_INFINITY else min(limit, most)
        resource.setrlimit(what, (kept, kept))


def _answer(order: Order) -> Answer:
    try:
        raw = sys.stdin.buffer.read()
        picture = prepare(raw, max_pixels=order.max_pixels, max_frames=order.max_frames, shape=order.shape)
    except Refused as refusal:
        return Answer(refused=refusal.sentence, log=refusal.log)
    except MemoryError:
        return Answer(refused="The picture is too large to be opened", log="out of memory")
    except Exception as failure:
        return Answer(refused="The picture cannot be read", log=f"{type(failure).__name__}: {failure}"[:500])
    return Answer(picture=picture)


def main() -> None:
    order = msgspec.json.decode(sys.argv[1], type=Order)
    _warm_up()
    _confine(order)
    sys.stdout.buffer.write(msgspec.msgpack.encode(_answer(order)))
    sys.stdout.buffer.flush()
    os._exit(0)  # nothing is left to be tidied up


if __name__ == "__main__":
    main()
