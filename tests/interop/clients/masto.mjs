// masto.js, as its documentation shows it, through an ordinary day. Every step says what it expects.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const { BASE, AMINA, BRUNO, MODULES } = process.env;
const { createRestAPIClient, createStreamingAPIClient } = await import(
  pathToFileURL(createRequire(`${MODULES}/x.js`).resolve("masto")).href
);
const client = (accessToken) => createRestAPIClient({ url: BASE, accessToken });
const amina = client(AMINA);
const bruno = client(BRUNO);
const me = await amina.v1.accounts.verifyCredentials();
const him = await bruno.v1.accounts.verifyCredentials();
const steps = [];
const step = async (name, act) => {
  try {
    await act();
  } catch (failure) {
    throw new Error(`${name}: ${failure?.message ?? failure} ${JSON.stringify(failure?.properties ?? "")}`);
  }
  steps.push(name);
  console.error(name);
};

await step("instance", async () => {
  const two = await client().v2.instance.fetch();
  assert.equal(two.apiVersions.mastodon > 0, true);
  assert.equal((await client().v1.instance.fetch()).uri.includes("127.0.0.1"), true);
  assert.ok((await client().v1.instance.rules.list()).length > 0);
  await amina.v1.preferences.fetch();
  await amina.v1.customEmojis.list();
  await amina.v1.announcements.list();
});

await step("friends", async () => {
  assert.equal((await amina.v1.accounts.$select(him.id).follow()).requested, true);
  const waiting = await bruno.v1.followRequests.list();
  assert.deepEqual(waiting.map((one) => one.acct), ["amina"]);
  await bruno.v1.followRequests.$select(me.id).authorize();
  const [tie] = await amina.v1.accounts.relationships.fetch({ id: [him.id] });
  assert.equal(tie.following && tie.followedBy, true);
});

let request;
await step("a request, seen and answered", async () => {
  const stream = createStreamingAPIClient({
    streamingApiUrl: (await client().v2.instance.fetch()).configuration.urls.streaming,
    accessToken: BRUNO,
  });
  const heard = (async () => {
    for await (const event of stream.user.subscribe()) {
      if (event.event === "update") return event.payload;
    }
  })();
  // Nothing says when the subscription stands: say good morning until it does.
  const said = [];
  for (let tries = 0; tries < 60; tries++) {
    said.push((await amina.v1.statuses.create({ status: `Good morning ${tries}` })).id);
    const found = await Promise.race([heard, new Promise((go) => setTimeout(go, 500))]);
    if (found) break;
  }
  assert.ok(said.includes((await heard).id));
  stream.close();
  request = await amina.v1.statuses.create({ status: "Who can lend a ladder? #help #bottle", visibility: "private" });
  const home = await bruno.v1.timelines.home.list({ limit: 5 });
  assert.equal(home[0].id, request.id);
  const answer = await bruno.v1.statuses.create({ status: "@amina I have one", inReplyToId: request.id });
  assert.equal(answer.visibility, "direct");
  const thread = await amina.v1.statuses.$select(request.id).context.fetch();
  assert.deepEqual(thread.descendants.map((one) => one.id), [answer.id]);
  const notices = await amina.v1.notifications.list({ types: ["mention"] });
  assert.equal(notices[0].status.id, answer.id);
  const grouped = await amina.v2.notifications.list();
  assert.ok(grouped.notificationGroups.length > 0);
  assert.ok((await amina.v1.conversations.list()).length > 0);
});

await step("marks on a post", async () => {
  const post = bruno.v1.statuses.$select(request.id);
  assert.equal((await post.favourite()).favourited, true);
  assert.equal((await post.bookmark()).bookmarked, true);
  assert.deepEqual((await bruno.v1.favourites.list()).map((one) => one.id), [request.id]);
  assert.deepEqual((await bruno.v1.bookmarks.list()).map((one) => one.id), [request.id]);
  await post.unfavourite();
  await post.unbookmark();
  await post.mute();
  await post.unmute();
  const own = amina.v1.statuses.$select(request.id);
  const source = await own.source.fetch();
  assert.ok(source.text.includes("ladder"));
  const edited = await own.update({ status: "Who can lend a long ladder?" });
  assert.ok(edited.editedAt);
  assert.equal((await own.history.list()).length, 2);
});

await step("a picture", async () => {
  const png = Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "base64",
  );
  const file = await amina.v2.media.create({ file: new Blob([png], { type: "image/png" }), description: "a dot" });
  assert.equal(file.description, "a dot");
  await amina.v1.media.$select(file.id).update({ description: "one dot" });
  const said = await amina.v1.statuses.create({ status: "look", mediaIds: [file.id] });
  assert.equal(said.mediaAttachments[0].description, "one dot");
});

await step("a poll", async () => {
  const asked = await amina.v1.statuses.create({ status: "Which day?", poll: { options: ["Friday", "Monday"], expiresIn: 3600 } });
  const voted = await bruno.v1.polls.$select(asked.poll.id).votes.create({ choices: [1] });
  assert.equal(voted.voted, true);
});

await step("a later post", async () => {
  const later = await amina.v1.statuses.create({
    status: "tomorrow",
    scheduledAt: new Date(Date.now() + 86_400_000).toISOString(),
  });
  assert.deepEqual((await amina.v1.scheduledStatuses.list()).map((one) => one.id), [later.id]);
  await amina.v1.scheduledStatuses.$select(later.id).remove();
});

await step("lists and filters", async () => {
  const list = await amina.v1.lists.create({ title: "Garden" });
  await amina.v1.lists.$select(list.id).accounts.create({ accountIds: [him.id] });
  assert.deepEqual((await amina.v1.lists.$select(list.id).accounts.list()).map((one) => one.id), [him.id]);
  await amina.v1.timelines.list.$select(list.id).list();
  await amina.v1.lists.$select(list.id).remove();
  const filter = await amina.v2.filters.create({
    title: "no spiders",
    context: ["home"],
    keywordsAttributes: [{ keyword: "spider", wholeWord: true }],
  });
  assert.equal((await amina.v2.filters.list()).length, 1);
  await amina.v2.filters.$select(filter.id).remove();
});

await step("profile, search, markers, tags", async () => {
  const changed = await amina.v1.accounts.updateCredentials({ displayName: "Amina N.", note: "carpenters wanted" });
  assert.equal(changed.displayName, "Amina N.");
  assert.equal((await amina.v1.accounts.lookup({ acct: "bruno" })).id, him.id);
  assert.deepEqual((await amina.v2.search.list({ q: "bruno", type: "accounts" })).accounts.map((one) => one.id), [him.id]);
  await amina.v1.markers.create({ home: { lastReadId: request.id } });
  assert.equal((await amina.v1.markers.fetch({ timeline: ["home"] })).home.lastReadId, request.id);
  assert.equal((await amina.v1.tags.$select("garden").follow()).following, true);
  assert.equal((await amina.v1.followedTags.list()).length, 1);
  await amina.v1.accounts.$select(him.id).note.create({ comment: "met at the market" });
});

await step("refusals are errors with a sentence", async () => {
  await assert.rejects(amina.v1.statuses.$select("4711").fetch(), { statusCode: 404 });
  await assert.rejects(async () => await client().v1.timelines.home.list(), { statusCode: 401 });
  await assert.rejects(amina.v1.statuses.create({ status: "" }), { statusCode: 422 });
});

await step("deleting", async () => {
  await amina.v1.statuses.$select(request.id).remove();
  await assert.rejects(bruno.v1.statuses.$select(request.id).fetch(), { statusCode: 404 });
});

console.log(JSON.stringify(steps));
process.exit(0); // a closed socket may linger
