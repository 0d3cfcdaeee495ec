// Two actors on a Fedify server, fiona and flora, who is also known as fiona, and two doors for the test that
// started it: what it has received, and what it is to do. Settings from the environment: PORT, FIRST_KNOCK (the
// kind of signature it tries first), ONLY_KIND (the one kind of signature its inboxes let in, or nothing),
// AUTHORIZED (whether actors and notes are only for those who sign).
import { createServer } from "node:http";
import { Buffer } from "node:buffer";
import process from "node:process";
import {
  createFederation,
  generateCryptoKeyPair,
  MemoryKvStore,
  signObject,
  verifyObject,
} from "@fedify/fedify";
import { Accept, Activity, Create, Follow, Note, Person, Question } from "@fedify/vocab";

const NAME = "fiona";
const NAMES = { fiona: "Fiona", flora: "Flora" };
const port = Number(process.env.PORT);
const origin = `http://127.0.0.1:${port}`;
const onlyKind = process.env.ONLY_KIND ?? "";
const authorized = (process.env.AUTHORIZED ?? "") !== "";
const published = new Map();
const gets = [];
const seen = [];
const posts = [];

const federation = createFederation({
  kv: new MemoryKvStore(),
  allowPrivateAddress: true,
  firstKnock: process.env.FIRST_KNOCK,
  origin,
});
const pairs = [
  await generateCryptoKeyPair("RSASSA-PKCS1-v1_5"),
  await generateCryptoKeyPair("Ed25519"),
];

federation
  .setActorDispatcher("/users/{identifier}", async (ctx, identifier) => {
    if (!(identifier in NAMES)) return null;
    const keys = await ctx.getActorKeyPairs(identifier);
    return new Person({
      id: ctx.getActorUri(identifier),
      preferredUsername: identifier,
      name: NAMES[identifier],
      aliases: identifier === NAME ? [] : [ctx.getActorUri(NAME)],
      inbox: ctx.getInboxUri(identifier),
      publicKey: keys[0].cryptographicKey,
      assertionMethods: keys.map((key) => key.multikey),
    });
  })
  .setKeyPairsDispatcher((_ctx, identifier) => identifier in NAMES ? pairs : [])
  .authorize(isSigned);
federation
  .setObjectDispatcher(Note, "/notes/{name}", (_ctx, { name }) => published.get(name) ?? null)
  .authorize(isSigned);

async function isSigned(ctx) {
  if (!authorized) return true;
  const owner = await ctx.getSignedKeyOwner();
  gets.push([new URL(ctx.request.url).pathname, owner?.id?.href ?? null]);
  return owner != null;
}

// What gets as far as a listener has passed all of Fedify's checks.
federation
  .setInboxListeners("/users/{identifier}/inbox", "/inbox")
  .on(Accept, (_ctx, accept) => {
    seen.push({ type: "Accept", actor: accept.actorId?.href, object: accept.objectId?.href });
  })
  .on(Follow, async (ctx, follow) => {
    seen.push({ type: "Follow", actor: follow.actorId?.href });
    const follower = await follow.getActor(ctx);
    const answer = new Accept({
      id: new URL(`#accepts/${crypto.randomUUID()}`, ctx.getActorUri(NAME)),
      actor: ctx.getActorUri(NAME),
      object: follow,
    });
    await ctx.sendActivity({ identifier: NAME }, follower, answer);
  })
  .on(Create, async (ctx, create) => {
    const note = await create.getObject(ctx);
    seen.push({
      type: "Create",
      actor: create.actorId?.href,
      id: note?.id?.href,
      kind: note instanceof Question ? "Question" : "Note",
      content: String(note?.content),
      name: note?.name == null ? null : String(note.name),
      answers: note?.replyTargetId?.href ?? null,
    });
  })
  .on(Activity, async (ctx, activity) => {
    const about = await activity.getObject({ ...ctx, suppressError: true });
    seen.push({
      type: activity.constructor.name,
      actor: activity.actorId?.href,
      object: activity.objectId?.href ?? null,
      kind: about?.constructor?.name ?? null,
      content: about?.content == null ? null : String(about.content),
    });
  });

const acts = {
  async look_up(ctx, { uri }) {
    const loader = await ctx.getDocumentLoader({ identifier: NAME });
    const actor = await ctx.lookupObject(uri, { documentLoader: loader });
    return { id: actor?.id?.href, name: actor?.preferredUsername, inbox: actor?.inboxId?.href };
  },
  // A note, fetched with fiona's own signature.
  async read(ctx, { uri }) {
    const loader = await ctx.getDocumentLoader({ identifier: NAME });
    const note = await ctx.lookupObject(uri, { documentLoader: loader });
    return { content: note == null ? null : String(note.content) };
  },
  async follow(ctx, { uri }) {
    const actor = await ctx.lookupObject(uri);
    const id = new URL(`#follows/${crypto.randomUUID()}`, ctx.getActorUri(NAME));
    const follow = new Follow({ id, actor: ctx.getActorUri(NAME), object: actor.id });
    await ctx.sendActivity({ identifier: NAME }, actor, follow);
    return { id: id.href };
  },
  async write(ctx, { uri, text }) {
    const actor = await ctx.lookupObject(uri);
    const id = new URL(`/notes/${crypto.randomUUID()}`, origin);
    const me = ctx.getActorUri(NAME);
    const note = new Note({ id, attribution: me, content: `<p>${text}</p>`, to: actor.id });
    const create = new Create({ id: new URL(`${id.href}#create`), actor: me, object: note, to: actor.id });
    await ctx.sendActivity({ identifier: NAME }, actor, create);
    return { id: id.href };
  },
  // Any activity, given as JSON-LD and sent in Fedify's own writing of it.
  async says(ctx, { who = NAME, to, ...activity }) {
    const recipient = await ctx.lookupObject(to);
    const id = new URL(`/said/${crypto.randomUUID()}`, origin).href;
    const context = ["https://www.w3.org/ns/activitystreams", { EmojiReact: "http://litepub.social/ns#EmojiReact" }];
    const written = { "@context": context, id, actor: ctx.getActorUri(who).href, to, ...activity };
    await ctx.sendActivity({ identifier: who }, recipient, await Activity.fromJsonLd(written, ctx));
    return written;
  },
  // A public note that lies on this server and is sent to nobody.
  publish(ctx, { name, text }) {
    const id = new URL(`/notes/${name}`, origin);
    const to = new URL("https://www.w3.org/ns/activitystreams#Public");
    published.set(name, new Note({ id, attribution: ctx.getActorUri(NAME), content: `<p>${text}</p>`, to }));
    return { id: id.href };
  },
  // A Create with an object proof (FEP-8b32).
  async prove(ctx, { text }) {
    const me = ctx.getActorUri(NAME);
    const note = new Note({ id: new URL("/notes/proven", origin), attribution: me, content: text });
    const create = new Create({ id: new URL("#create", note.id), actor: me, object: note });
    const key = (await ctx.getActorKeyPairs(NAME))[1];
    const proven = await signObject(create, key.privateKey, key.multikey.id, ctx);
    return await proven.toJsonLd(ctx);
  },
  // Whether an object proof of somebody else's holds; `actor` is what their server would give.
  async verify(ctx, { document, actor }) {
    const documentLoader = (url) => Promise.resolve({ contextUrl: null, documentUrl: url, document: actor });
    const proven = await verifyObject(Create, document, { contextLoader: ctx.contextLoader, documentLoader });
    return { actor: proven?.actorId?.href ?? null };
  },
};

async function answer(request, body) {
  const { pathname } = new URL(request.url);
  if (pathname === "/_test/seen") return Response.json({ seen, posts, gets });
  if (pathname.startsWith("/_test/")) {
    const act = acts[pathname.slice("/_test/".length)];
    const ctx = federation.createContext(new URL(origin), undefined);
    return Response.json(await act(ctx, JSON.parse(body.toString())));
  }
  const kind = request.headers.has("signature-input") ? "rfc9421" : "cavage";
  const refused = request.method === "POST" && onlyKind !== "" && kind !== onlyKind;
  const response = refused
    ? new Response("", { status: 401 })
    : await federation.fetch(request, { contextData: undefined });
  if (request.method === "POST") posts.push([kind, response.status]);
  return response;
}

createServer(async (incoming, outgoing) => {
  try {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const request = new Request(new URL(incoming.url, origin), {
      method: incoming.method,
      headers: Object.entries(incoming.headersDistinct).flatMap(([name, all]) => all.map((one) => [name, one])),
      body: incoming.method === "POST" ? body : undefined,
    });
    const response = await answer(request, body);
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  } catch (problem) {
    console.error(problem);
    outgoing.writeHead(500).end(String(problem));
  }
}).listen(port, "127.0.0.1");

// Never outlives the test: it ends with its input, and in any case.
process.stdin.on("end", () => process.exit(0)).resume();
setTimeout(() => process.exit(1), 240_000).unref();
