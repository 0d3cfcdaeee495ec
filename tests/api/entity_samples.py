"""A small community that is the same every time, and one or more of every entity that our API answers to it.

`samples(world)` answers entity → name of the sample → body, as a client reads it.
"""

from datetime import timedelta
from typing import Any

from fedi_aid.actions import announcing, carry_consent, carry_tickets, carrying, polls
from fedi_aid.model.quotes import IncomingQuote
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import quotes
from fedi_aid.storage import received_asks as received_rows
from fedi_aid.storage.tx import Tx
from tests.api.conftest import ALL_SCOPES, Caller, World
from tests.api.test_admin_permissions import ADMIN_SCOPES
from tests.media.conftest import picture

A, S, N, AID = "/api/v1/accounts", "/api/v1/statuses", "/api/v1/notifications", "/api/v1/fedi_aid"
ADMIN, F = "/api/v1/admin", "/api/v2/filters"
Samples = dict[str, dict[str, Any]]


async def samples(world: World) -> Samples:
    found = Community(world)
    for part in (
        found.people,
        found.posts,
        found.notices,
        found.own_things,
        found.keys,
        found.house,
        found.requests,
        found.moderation,
        found.refusals,
    ):
        await part()
    return found.samples


class Community:
    """Amina asks; Bruno is her friend and Gwen his; Sam is a stranger, Mona moderates, Ada runs it all."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.samples: Samples = {}

    def keep(self, entity: str, name: str, body: Any) -> Any:
        assert name not in self.samples.setdefault(entity, {}), (entity, name)
        self.samples[entity][name] = body
        return body

    async def people(self) -> None:
        world = self.world
        self.amina = await world.member("amina", display_name="Amina")
        self.bruno = await world.member("bruno", display_name="Bruno")
        self.gwen = await world.member("gwen")
        self.sam = await world.member("sam")
        self.mona = await world.member("mona", scopes=f"{ALL_SCOPES} {ADMIN_SCOPES}", role="moderator")
        self.ada = await world.member("ada", scopes=f"{ALL_SCOPES} {ADMIN_SCOPES}", role="admin")
        self.faye = await world.stranger("faye")
        amina, bruno = self.amina, self.bruno
        changed = {
            "note": "I bake.\nAnd mend.",
            "fields_attributes[0][name]": "Lives in",
            "fields_attributes[0][value]": "Lyon",
            "discoverable": "true",
            "source[language]": "fr",
        }
        sent = {"avatar": ("a.png", picture("PNG"), "image/png")}
        own = await amina.call("PATCH", f"{A}/update_credentials", data=changed, files=sent)
        self.keep("CredentialAccount", "own", own.json())
        self.keep("Profile", "own", await amina.get("/api/v1/profile"))
        await world.befriend(amina, bruno)
        await world.befriend(bruno, self.gwen)
        for name, one in (("friend", bruno.id), ("elsewhere", str(self.faye)), ("moderator", self.mona.id)):
            self.keep("Account", name, await amina.get(f"{A}/{one}"))
        self.keep("Account", "for a visitor", (await world.http.get(f"{A}/{amina.id}")).json())
        await amina.post(f"{A}/{self.sam.id}/mute", data={"duration": 3_600})
        await amina.post(f"{A}/{bruno.id}/note", data={"comment": "The baker"})
        ids = {"id[]": [bruno.id, self.sam.id, self.gwen.id]}
        for name, one in zip(
            ("friend", "muted", "nothing"), await amina.get(f"{A}/relationships", params=ids), strict=True
        ):
            self.keep("Relationship", name, one)
        await amina.post(f"{A}/{self.sam.id}/unmute")
        for one in (bruno, self.gwen):
            shown = {"fedi_aid": {"show_friends": True}, "discoverable": True}
            await one.call("PATCH", f"{A}/update_credentials", json=shown)
        familiar = await amina.get(f"{A}/familiar_followers", params={"id[]": self.gwen.id})
        self.keep("FamiliarFollowers", "one", familiar)
        for version in (1, 2):
            self.keep("Suggestion", f"version {version}", await amina.get(f"/api/v{version}/suggestions"))

    async def posts(self) -> None:
        amina, bruno, world = self.amina, self.bruno, self.world
        said = await amina.say(
            "Bread for @bruno, *fresh* https://bakery.example/a #bread", visibility="public"
        )
        self.public = said
        for name, viewer in (("own", amina), ("friend's", bruno)):
            self.keep("Status", name, await viewer.get(f"{S}/{said['id']}"))
        self.keep("Status", "for a visitor", (await world.http.get(f"{S}/{said['id']}")).json())
        sent = {"file": ("a.jpg", picture(), "image/jpeg")}
        file = await amina.post(
            "/api/v2/media", files=sent, data={"description": "A ramp", "focus": "0.5,-0.5"}
        )
        self.keep("MediaAttachment", "picture", file)
        shown = await amina.say("Look", media_ids=[file["id"]], spoiler_text="Stairs")
        self.keep("Status", "with a picture", await bruno.get(f"{S}/{shown['id']}"))
        asked = await amina.say("Which day?", poll={"options": ["one", "two"], "expires_in": 86_400})
        self.keep("Poll", "open", await bruno.get(f"/api/v1/polls/{asked['poll']['id']}"))
        self.keep(
            "Poll",
            "voted",
            await bruno.post(f"/api/v1/polls/{asked['poll']['id']}/votes", data={"choices[]": "1"}),
        )
        world.tick(days=2)
        await world.db.write(polls.end, int(asked["poll"]["id"]))
        self.keep("Status", "with a poll", await amina.get(f"{S}/{asked['id']}"))
        answer = await bruno.say("Tuesday", in_reply_to_id=said["id"])
        self.keep("Context", "of an answer", await amina.get(f"{S}/{answer['id']}/context"))
        self.keep("Status", "boost", await bruno.post(f"{S}/{said['id']}/reblog"))
        await bruno.post(f"{S}/{said['id']}/favourite")
        await bruno.post(f"{S}/{said['id']}/bookmark")
        self.direct = await bruno.say("@amina are you home?", visibility="direct")
        self.keep("Status", "direct", await amina.get(f"{S}/{self.direct['id']}"))
        quoting = await bruno.say("What she says", visibility="public")

        def quote(tx: Tx) -> None:
            quotes.put(tx, int(quoting["id"]), IncomingQuote(uri=said["uri"], stamp=""))
            quotes.accept(tx, int(quoting["id"]), int(said["id"]))

        await world.db.write(quote)
        self.keep("Status", "quote", await amina.get(f"{S}/{quoting['id']}"))
        changed = await amina.say("A misteak")
        self.keep("StatusSource", "own", await amina.get(f"{S}/{changed['id']}/source"))
        edited = await amina.call("PUT", f"{S}/{changed['id']}", json={"status": "A mistake"})
        self.keep("Status", "edited", edited.json())
        self.keep("StatusEdit", "both versions", await amina.get(f"{S}/{changed['id']}/history"))
        gone = await amina.call("DELETE", f"{S}/{changed['id']}")
        self.keep("Status", "deleted", gone.json())
        later = {"status": "Later", "scheduled_at": "2026-04-01T09:00:00Z"}
        self.keep("ScheduledStatus", "plain", await amina.post(S, json=later))
        self.keep("Search", "words", await amina.get("/api/v2/search", params={"q": "bruno"}))
        oembed = await world.http.get("/api/oembed", params={"url": said["url"]})
        self.keep("OEmbed", "of a public post", oembed.json())

    async def notices(self) -> None:
        amina, sam = self.amina, self.sam
        await sam.post(f"{A}/{amina.id}/follow", data={"fedi_aid[word]": "We met at the market"})
        await sam.say("@amina good day", visibility="direct")
        for one in await amina.get(N):
            if one["type"] not in self.samples.get("Notification", {}):
                self.keep("Notification", one["type"], one)
        self.keep("GroupedNotificationsResults", "all", await amina.get("/api/v2/notifications"))
        for version in (1, 2):
            path = f"/api/v{version}/notifications"
            self.keep("NotificationPolicy", f"version {version}", await amina.get(f"{path}/policy"))
            self.keep("UnreadCount", f"version {version}", await amina.get(f"{path}/unread_count"))
        self.keep("NotificationRequest", "stranger", await amina.get(f"{N}/requests"))
        self.keep("Conversation", "all", await amina.get("/api/v1/conversations"))

    async def own_things(self) -> None:
        amina = self.amina
        made = await amina.post(
            F, json={"title": "Not now", "context": ["home"], "keywords_attributes": [{"keyword": "onions"}]}
        )
        await amina.post(f"{F}/{made['id']}/statuses", json={"status_id": self.direct["id"]})
        self.keep("Filter", "one", await amina.get(f"{F}/{made['id']}"))
        self.keep("V1::Filter", "one", await amina.get(f"/api/v1/filters/{made['keywords'][0]['id']}"))
        self.keep("FilterKeyword", "all", await amina.get(f"{F}/{made['id']}/keywords"))
        self.keep("FilterStatus", "all", await amina.get(f"{F}/{made['id']}/statuses"))
        await amina.post(
            F, json={"title": "Bread", "context": ["public"], "keywords_attributes": [{"keyword": "she"}]}
        )
        timeline = await amina.get("/api/v1/timelines/public", params={"limit": 1})
        self.keep("FilterResult", "of a status", timeline[0]["filtered"])
        self.keep("List", "one", await amina.post("/api/v1/lists", json={"title": "Garden"}))
        marked = {"home[last_read_id]": self.public["id"]}
        self.keep("Marker", "home", await amina.post("/api/v1/markers", data=marked))
        self.keep("Preferences", "own", await amina.get("/api/v1/preferences"))
        self.keep("Tag", "followed", await amina.post("/api/v1/tags/bread/follow"))
        self.keep("FeaturedTag", "one", await amina.post("/api/v1/featured_tags", data={"name": "bread"}))
        subscribed = {
            "subscription[endpoint]": "https://push.example/one",
            "subscription[keys][p256dh]": "BEpPCn0cfs3P0E0fY-gyOuahx5dW5N8quUowlrPyfXlMa6tABLqqcSpOpMnC1-o_UB_s4R8NQsqMLbASjnqSbqw",
            "subscription[keys][auth]": "T5bhIIyre5TDC1LyX4mFAQ",
            "subscription[standard]": "true",
            "data[alerts][mention]": "true",
        }
        self.keep(
            "WebPushSubscription", "one", await amina.post("/api/v1/push/subscription", data=subscribed)
        )
        await self.world.db.write(announcing.announce, "The garden opens #sunday")
        [said] = await amina.get("/api/v1/announcements")
        await amina.call("PUT", f"/api/v1/announcements/{said['id']}/reactions/🌱")
        self.keep("Announcement", "with a sign", await amina.get("/api/v1/announcements"))
        self.keep("DomainBlockPreview", "one", await amina.get(
            "/api/v1/domain_blocks/preview", params={"domain": "far.example"}
        ))  # fmt: skip

    async def keys(self) -> None:
        http = self.world.http
        wanted = {"client_name": "A client", "redirect_uris": "tooot://cb", "scopes": "read write"}
        app = (await http.post("/api/v1/apps", json=wanted)).json()
        self.keep("CredentialApplication", "one", app)
        asked = {name: app[name] for name in ("client_id", "client_secret")}
        token = (await http.post("/oauth/token", data=asked | {"grant_type": "client_credentials"})).json()
        self.keep("Token", "of an app", token)
        held = {"Authorization": f"Bearer {token['access_token']}"}
        self.keep(
            "Application", "one", (await http.get("/api/v1/apps/verify_credentials", headers=held)).json()
        )
        self.keep("UserInfo", "own", await self.amina.get("/oauth/userinfo"))
        metadata = await http.get("/.well-known/oauth-authorization-server")
        self.keep("AuthorizationServer", "one", metadata.json())

    async def house(self) -> None:
        for entity, path in (
            ("V1::Instance", "/api/v1/instance"),
            ("Instance", "/api/v2/instance"),
            ("Rule", "/api/v1/instance/rules"),
            ("ExtendedDescription", "/api/v1/instance/extended_description"),
            ("PrivacyPolicy", "/api/v1/instance/privacy_policy"),
            ("InstanceActivity", "/api/v1/instance/activity"),
            ("Language", "/api/v1/instance/languages"),
        ):
            self.keep(entity, "one", (await self.world.http.get(path)).json())

    async def requests(self) -> None:
        amina, bruno, world = self.amina, self.bruno, self.world
        post = await amina.say("Who lends a ladder? #help #bottle")
        await self._carry(amina, bruno, int(post["id"]))
        self.keep("Status", "request, its author's", await amina.get(f"{S}/{post['id']}"))
        self.keep("Status", "request, a reader's", await bruno.get(f"{S}/{post['id']}"))
        carried = await self.gwen.get("/api/v1/timelines/home", params={"limit": 1})
        self.keep("Status", "request, carried", carried[0])
        theirs = await bruno.say("Who lends a saw? #help", fedi_aid={"intimacy": 2, "help": True})

        def ask(tx: Tx) -> None:
            carry_consent.ask_arrived(
                tx,
                uri=tx.house.new_activity(),
                post_id=int(theirs["id"]),
                member_id=amina.member.id,
                kind="help",
            )
            for one in received_rows.received_for(tx, int(theirs["id"]), amina.member.id):
                received_rows.change_received(tx, one.id, state="asked")

        await world.db.write(ask)
        await bruno.post(f"{AID}/statuses/{post['id']}/offer", json={"words": "I have one."})
        for entity, path in (
            ("fedi_aid.Ask", "asks"),
            ("fedi_aid.Request", "requests"),
            ("fedi_aid.Offer", f"statuses/{post['id']}/offers"),
            ("fedi_aid.Why", f"statuses/{post['id']}/why"),
            ("fedi_aid.Butler", "butler"),
            ("fedi_aid.Knowledge", "knowledge"),
            ("fedi_aid.Ration", "ration"),
            ("fedi_aid.Token", "tokens"),
            ("fedi_aid.Move", "move"),
        ):
            self.keep(entity, "own", await amina.get(f"{AID}/{path}"))
        self.keep("fedi_aid.Why", "a reader's", await self.gwen.get(f"{AID}/statuses/{post['id']}/why"))
        draft = {"status": "Just us", "fedi_aid": {"intimacy": 2}}
        self.keep("fedi_aid.Preview", "a draft", await amina.post(f"{AID}/preview", json=draft))
        await amina.post(
            f"{AID}/statuses/{post['id']}/wrong_person", json={"account_id": bruno.id, "always": True}
        )
        self.keep("fedi_aid.LeftOut", "one", await amina.get(f"{AID}/left_out"))

    async def _carry(self, author: Caller, friend: Caller, post_id: int) -> None:
        def ask(tx: Tx) -> None:
            post = post_rows.get(tx, author.member.id, post_id)
            person = people_rows.by_id(tx, friend.member.id)
            assert post is not None
            assert person is not None
            assert carry_tickets.ask_to_carry(tx, post, person, wave=1)

        await self.world.db.write(ask)
        await friend.post(f"{S}/{post_id}/reblog")
        assert await self.world.db.write(carrying.spread, post_id, friend.member.id) == 1

    async def moderation(self) -> None:
        mona, ada, sam = self.mona, self.ada, self.sam
        told = {
            "account_id": sam.id,
            "status_ids[]": [self.public["id"]],
            "comment": "Unkind",
            "category": "violation",
            "rule_ids[]": ["4"],
        }
        del told["status_ids[]"]
        self.keep("Report", "one", await self.amina.post("/api/v1/reports", data=told))
        for name, one in (("member", sam.id), ("elsewhere", str(self.faye))):
            self.keep("Admin::Account", name, await ada.get(f"{ADMIN}/accounts/{one}"))
        self.keep("Admin::Report", "open", await mona.get(f"{ADMIN}/reports"))
        await mona.post(f"{ADMIN}/accounts/{sam.id}/action", json={"type": "none", "text": "Please be kind."})
        for kind, one in (("moderation_warning", sam), ("admin.report", mona)):
            self.keep("Notification", kind, await one.get(N, params={"types[]": kind}))
        for entity, path, body in (
            ("Admin::DomainBlock", "domain_blocks", {"domain": "bad.example", "severity": "silence"}),
            ("Admin::DomainAllow", "domain_allows", {"domain": "good.example"}),
            ("Admin::IpBlock", "ip_blocks", {"ip": "192.0.2.0/24", "severity": "no_access"}),
            ("Admin::EmailDomainBlock", "email_domain_blocks", {"domain": "mail.example"}),
            ("Admin::CanonicalEmailBlock", "canonical_email_blocks", {"email": "who@mail.example"}),
        ):
            self.keep(entity, "one", await ada.post(f"{ADMIN}/{path}", json=body))
        self.keep("DomainBlock", "all", (await self.world.http.get("/api/v1/instance/domain_blocks")).json())
        today = self.world.clock().date()
        span = {"start_at": str(today - timedelta(days=1)), "end_at": str(today)}
        measures = span | {"keys": ["new_users", "opened_reports"]}
        self.keep("Admin::Measure", "two", await mona.post(f"{ADMIN}/measures", json=measures))
        dimensions = span | {"keys": ["software_versions"]}
        found = await mona.post(f"{ADMIN}/dimensions", json=dimensions)
        for one in found:
            one["data"] = [entry | {"value": "…", "human_value": "…"} for entry in one["data"]]
        self.keep("Admin::Dimension", "one", found)

    async def refusals(self) -> None:
        http, amina = self.world.http, self.amina
        small = await self.world.token(amina, "read:lists")
        for name, answer in (
            ("400", await amina.call("GET", "/api/v1/streaming/nothing")),
            ("401", await http.get("/api/v1/timelines/home")),
            ("403", await http.get("/api/v1/blocks", headers={"Authorization": f"Bearer {small}"})),
            ("404", await amina.call("GET", f"{S}/1")),
            ("422", await amina.call("POST", S, json={"status": ""})),
            ("OAuth", await http.post("/oauth/token", data={"grant_type": "password"})),
        ):
            self.keep("Error", name, answer.json())
