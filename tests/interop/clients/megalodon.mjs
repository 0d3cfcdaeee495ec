// megalodon, which first has to find out what kind of server it talks to.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const { BASE, AMINA, BRUNO, MODULES } = process.env;
const megalodon = await import(pathToFileURL(createRequire(`${MODULES}/x.js`).resolve("megalodon")).href);
const generator = megalodon.default?.default ?? megalodon.default;
const detector = megalodon.detector ?? megalodon.default.detector;

const kind = await detector(BASE);
assert.equal(kind, "mastodon");
const amina = generator(kind, BASE, AMINA);
const bruno = generator(kind, BASE, BRUNO);
const steps = ["detected"];
const step = async (name, act) => {
  try {
    await act();
  } catch (failure) {
    throw new Error(`${name}: ${failure?.message} ${JSON.stringify(failure?.response?.data ?? "")}`);
  }
  steps.push(name);
  console.error(name);
};

const me = (await amina.verifyAccountCredentials()).data;
const him = (await bruno.verifyAccountCredentials()).data;

await step("what an app asks at its start", async () => {
  await amina.getInstance();
  await amina.getPreferences();
  await amina.getFilters();
  await amina.getLists();
  await amina.getInstanceAnnouncements();
  await amina.getInstanceCustomEmojis();
  await amina.getInstancePeers();
  await amina.getInstanceActivity();
  await amina.getInstanceTrends();
  await amina.getInstanceDirectory();
  await amina.getSuggestions();
  await amina.getEndorsements();
  await amina.getFeaturedTags();
  await amina.getDomainBlocks();
  await amina.getScheduledStatuses();
});

await step("friends", async () => {
  const tie = (await amina.getRelationship(him.id)).data;
  if (!tie.following) {
    await amina.followAccount(him.id);
    await bruno.acceptFollowRequest(me.id);
  }
  assert.equal((await amina.getRelationship(him.id)).data.followed_by, true);
  await amina.setAccountNote(him.id, "from the market");
});

await step("a post and its thread", async () => {
  const said = (await amina.postStatus("Who knows a plumber? #help", { visibility: "private" })).data;
  assert.equal((await bruno.getHomeTimeline({ limit: 3 })).data[0].id, said.id);
  const answer = (await bruno.postStatus("@amina my cousin", { in_reply_to_id: said.id })).data;
  assert.deepEqual((await amina.getStatusContext(said.id)).data.descendants.map((one) => one.id), [answer.id]);
  assert.equal((await bruno.favouriteStatus(said.id)).data.favourited, true);
  assert.ok((await amina.getNotifications({ limit: 5 })).data.some((one) => one.type === "favourite"));
  assert.ok((await amina.getConversationTimeline()).data.length > 0);
  assert.ok((await amina.getStatusSource(said.id)).data.text.includes("plumber"));
  await amina.editStatus(said.id, { status: "Who knows a good plumber?" });
  assert.deepEqual((await amina.getStatusFavouritedBy(said.id)).data.map((one) => one.id), [him.id]);
  await amina.deleteStatus(said.id);
});

await step("a poll", async () => {
  const poll = { options: ["one", "two"], expires_in: 3600 };
  const asked = (await amina.postStatus("Which?", { poll })).data;
  assert.equal((await bruno.votePoll(asked.poll.id, [0])).data.voted, true);
});

await step("streaming", async () => {
  const stream = await bruno.userStreaming();
  const heard = new Promise((found, failed) => {
    stream.on("update", found);
    stream.on("error", failed);
    setTimeout(() => failed(new Error("nothing came")), 60_000).unref();
  });
  await new Promise((go) => stream.on("connect", go));
  const said = [];
  let found;
  for (let tries = 0; tries < 60 && !found; tries++) {
    said.push((await amina.postStatus(`Good morning ${tries}`)).data.id);
    found = await Promise.race([heard, new Promise((go) => setTimeout(go, 500))]);
  }
  assert.ok(said.includes((await heard).id));
  stream.stop();
});

console.log(JSON.stringify(steps));
process.exit(0);
