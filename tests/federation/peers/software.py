"""The six: what each keeps of a note that is not public, and who meets it where.

Facts are those of the softwares' own sources; what could only be remembered is said so. None is a whole
server: what no test asks is not here.
"""

from datetime import datetime, timedelta
from typing import Any

from tests.federation.peers.double import NOBODY, PUBLIC, Double, Held, Place, tagged, words
from tests.federation.peers.signatures import Demands, Signs

HALF_A_DAY = timedelta(hours=12)
TARGET_HOST_DATE_DIGEST = frozenset({"(request-target)", "host", "date", "digest"})


def reach(to: list[str], cc: list[str], author: str) -> str:
    if PUBLIC in to:
        return "public"
    if PUBLIC in cc:
        return "unlisted"
    return "private" if f"{author}/followers" in to else "direct"


def _copy(note: dict[str, Any], visibility: str, people: dict[str, bool], owner: str | None) -> Held:
    inboxes = {owner} if owner else set()
    return Held(note["id"], note["attributedTo"], visibility, people, note, inboxes)


class Mastodon(Double):
    """`status_parser.rb`, `create.rb`, `fan_out_on_write_service.rb`: limited notes are for followers only;
    a note that names nobody is for the owner of the inbox it came to."""

    software = "mastodon"
    version = "4.7.0"
    signs = Signs(
        post="(request-target) host date digest content-type",
        get="(request-target) host date",
    )
    demands = Demands(
        covered=frozenset({"date", "digest"}),
        one_of=frozenset({"(request-target)", "digest"}),
        window=HALF_A_DAY,
    )

    def judge(self, note: dict[str, Any], activity: dict[str, Any], owner: str | None) -> Held | None:
        to = words(note.get("to") or activity.get("to"))
        cc = words(note.get("cc") or activity.get("cc"))
        author, names = note["attributedTo"], tagged(note)
        people = {name: self.personas[name].uri in names for name in self.residents_in(to + cc)}
        if owner is not None:
            people.setdefault(owner, False)
        visibility = reach(to, cc, author)
        if visibility == "direct" and not all(people.values()):
            visibility = "limited"
        if not people and not self.anybody_follows(author):
            return None  # related to nobody here
        return _copy(note, visibility, people, owner)

    def again(self, held: Held, owner: str | None) -> None:
        if owner is not None and owner not in held.people:
            held.people[owner] = False
            held.visibility = "limited" if held.visibility == "direct" else held.visibility

    def edited(self, held: Held, note: dict[str, Any]) -> None:
        super().edited(held, note)
        names = tagged(note)
        held.people = {
            name: active and self.personas[name].uri in names for name, active in held.people.items()
        }

    def unknown_update(self, note: dict[str, Any], activity: dict[str, Any], owner: str | None) -> None:
        published = datetime.fromisoformat(note["published"])
        if self.clock() - published < timedelta(days=1) and note["id"] not in self.gone:
            held = self.judge(note, activity, owner)
            if held is not None:
                self.held[held.id] = held

    def places(self, name: str, held: Held) -> frozenset[Place]:
        follows, active = self.is_following(name, held.author), held.people.get(name)
        if held.visibility == "limited":
            return frozenset({"home"}) if follows and active is not None else NOBODY
        if held.visibility == "direct":
            if not active:
                return NOBODY
            return frozenset({"notified", "conversation"}) if follows else frozenset({"filtered"})
        found: set[Place] = {"home"} if follows else set()
        return frozenset(found | ({"notified"} if active else set()))


class GoToSocial(Double):
    """`statusable.go`, `visibility/status.go`: only tags count; everything must be signed, GETs too; no
    shared inbox; the key has an address of its own."""

    software = "gotosocial"
    version = "0.20.0"
    signs = Signs(
        post="(request-target) host date digest",
        get="(request-target) host date",
        algorithm="hs2019",
        key="/main-key",
    )
    demands = Demands(covered=TARGET_HOST_DATE_DIGEST, signed_gets=True)
    shared_inbox = False

    def judge(self, note: dict[str, Any], activity: dict[str, Any], owner: str | None) -> Held | None:
        to, cc, author = words(note.get("to")), words(note.get("cc")), note["attributedTo"]
        if owner is None or not to + cc:
            return None  # an error there
        names = dict.fromkeys(self.residents_in(list(tagged(note))), True)
        if owner not in names and not self.is_following(owner, author):
            return None  # not relevant
        return _copy(note, reach(to, cc, author), names, owner)

    def edited(self, held: Held, note: dict[str, Any]) -> None:
        super().edited(held, note)
        held.people = dict.fromkeys(self.residents_in(list(tagged(note))), True)

    def places(self, name: str, held: Held) -> frozenset[Place]:
        if held.visibility == "direct":
            return frozenset({"home", "notified", "conversation"}) if name in held.people else NOBODY
        return frozenset({"home"}) if self.is_following(name, held.author) else NOBODY


class Pleroma(Double):
    """`transmogrifier.ex` (`fix_explicit_addressing`), `visibility.ex`: who is not tagged is moved to `cc`,
    and a note with a `cc` is a private one; `directMessage` leaves `to` as it is."""

    software = "pleroma"
    version = "2.9.0"
    signs = Signs(  # remembered
        post="(request-target) content-length date digest host",
        get="(request-target) date host",
    )
    demands = Demands(covered=frozenset({"(request-target)"}), digest=False)

    def judge(self, note: dict[str, Any], activity: dict[str, Any], owner: str | None) -> Held | None:
        to, cc, author = words(note.get("to")), words(note.get("cc")), note["attributedTo"]
        cc = [uri for uri in cc if not uri.endswith("/followers")]
        names, direct = tagged(note), note.get("directMessage") is True
        if not direct:
            kept = [uri for uri in to if uri in names or uri in (PUBLIC, f"{author}/followers")]
            cc += [uri for uri in to if uri not in kept]
            to = kept
        if owner is not None and owner not in self.residents_in(to + cc):
            unaddressed = not self.residents_in(to + cc)
            if not unaddressed and not self.is_following(owner, author):
                return None
            cc.append(self.personas[owner].uri)
        visibility = reach(to, cc, author)
        if visibility == "direct" and not direct and cc:
            visibility = "named"  # it says "private" too, and its recipients are those named
        told = self.residents_in(to)
        people = {name: name in told for name in self.residents_in(to + cc)}
        return _copy(note, visibility, people, owner) if people or self.anybody_follows(author) else None

    def places(self, name: str, held: Held) -> frozenset[Place]:
        told = held.people.get(name)
        if held.visibility == "direct":
            return frozenset({"notified", "conversation"}) if told is not None else NOBODY
        follows = self.is_following(name, held.author) and held.visibility != "named"
        if told is None and not follows:
            return NOBODY
        return frozenset({"home", "notified"}) if told else frozenset({"home"})


class _ByName(Double):
    """Where whoever is addressed sees it and is notified, tag or not, follower or not; nobody else does."""

    def judge(self, note: dict[str, Any], activity: dict[str, Any], owner: str | None) -> Held | None:
        to, cc, author = words(note.get("to")), words(note.get("cc")), note["attributedTo"]
        people = dict.fromkeys(self.residents_in(to + cc), True)
        visibility = reach(to, cc, author)
        return self.keep(_copy(note, visibility, people, owner), owner)

    def keep(self, held: Held, owner: str | None) -> Held | None:
        return held

    def places(self, name: str, held: Held) -> frozenset[Place]:
        if name in held.people:
            return frozenset({"home", "notified"})
        follows = self.is_following(name, held.author)
        return frozenset({"home"}) if follows and held.visibility != "direct" else NOBODY


class Misskey(_ByName):
    """`ApAudienceService.ts`: explicit actors, everything unknown is nobody. It knows no edits of notes
    (remembered): an Update says nothing there."""

    software = "misskey"
    version = "2026.8.0"
    signs = Signs(  # remembered
        post="(request-target) date host digest",
        get="(request-target) date host accept",
    )
    demands = Demands(covered=TARGET_HOST_DATE_DIGEST, window=timedelta(minutes=5))
    understands_edits = False


class Mitra(_ByName):
    """`handlers/note.rs`: a known actor in `to` becomes a mention; what names nobody has no viewer."""

    software = "mitra"
    version = "5.0.0"
    signs = Signs(post="(request-target) host date digest", get="(request-target) host date")
    demands = Demands(covered=frozenset({"(request-target)", "host"}), window=HALF_A_DAY)


class Snac(_ByName):
    """`is_msg_for_me`: dropped unless the owner is named, or their author's own followers are."""

    software = "snac"
    version = "2.83"
    signs = Signs(post="(request-target) host digest date", get="(request-target) host date")
    demands = Demands(digest=False, own_host=False)

    def keep(self, held: Held, owner: str | None) -> Held | None:
        if held.visibility == "private" and owner and self.is_following(owner, held.author):
            return held
        wanted = owner in held.people or held.visibility in ("public", "unlisted")
        return held if wanted else None


SOFTWARE: tuple[type[Double], ...] = (Mastodon, GoToSocial, Pleroma, Misskey, Mitra, Snac)
