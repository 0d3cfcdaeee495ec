"""The six: what each keeps of a note that is not public, who meets it where, how each signs and speaks.

Facts are those of the softwares' own sources; what could only be remembered is said so. None is a whole
server: what no test asks is not here.
"""

from tests.federation.peers.double import Double
from tests.federation.peers.gotosocial import GoToSocial
from tests.federation.peers.mastodon import Mastodon
from tests.federation.peers.misskey import Misskey
from tests.federation.peers.mitra import Mitra
from tests.federation.peers.pleroma import Pleroma
from tests.federation.peers.snac import Snac

SOFTWARE: tuple[type[Double], ...] = (Mastodon, GoToSocial, Pleroma, Misskey, Mitra, Snac)

__all__ = ["SOFTWARE", "GoToSocial", "Mastodon", "Misskey", "Mitra", "Pleroma", "Snac"]
