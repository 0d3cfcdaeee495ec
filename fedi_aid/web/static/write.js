// The room "Write", made quicker: the line below the text stays true while one types, pictures are on their way
// as soon as they are chosen, and what was typed outlives a Cancel. Without this everything works by buttons.

const form = document.getElementById("write");
const who = document.getElementById("who");
const chosen = document.getElementById("picture"); // where files are chosen; gone when there are enough
const uploads = document.getElementById("uploads");
const files = document.getElementById("files");
const PAUSE = 600; // milliseconds without a key before the server is asked

// -- who might see it

let timer = 0;
let asking = null;

function fields() {
  const sent = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && name !== "media" && name !== "seen") sent.append(name, value);
  }
  return sent;
}

async function look() {
  asking?.abort();
  asking = new AbortController();
  try {
    const answer = await fetch("/write/look", {
      method: "POST",
      body: fields(),
      signal: asking.signal,
      headers: { Accept: "text/html" },
    });
    if (!answer.ok || answer.redirected) return;
    show(await answer.text());
  } catch (failure) {
    if (failure.name !== "AbortError") return; // the buttons still work
  }
}

function show(html) {
  const piece = new DOMParser().parseFromString(html, "text/html").body;
  const open = new Set([...who.querySelectorAll("details[open]")].map((one) => one.id));
  const focused = who.contains(document.activeElement) ? document.activeElement.id : "";
  who.replaceChildren(...piece.childNodes);
  for (const one of who.querySelectorAll("details")) one.open = open.has(one.id);
  if (focused) document.getElementById(focused)?.focus();
  for (const one of who.querySelectorAll("[data-step]")) {
    const place = document.getElementById(`count-${one.dataset.step}`);
    if (place) place.textContent = one.textContent;
  }
  // Whom the lists added or left out has a box of their own now.
  for (const id of ["add", "remove"]) {
    const list = document.getElementById(id);
    if (list) list.value = "";
  }
}

function soon(wait = PAUSE) {
  clearTimeout(timer);
  timer = setTimeout(look, wait);
}

// -- the draft

const place = `fedi_aid:draft:${form.dataset.member}`;
const KEPT = ["text", "need", "warning", "option-1", "option-2", "option-3", "option-4"]; // ids
const TICKED = ["flag", "poll", "poll_multiple", "poll_hidden"];
const at = (id) => document.getElementById(id);
const described = (id) => at(`alt_${id}`);
const attached = () =>
  [...files.querySelectorAll("input[name=media]")].map(({ value }) => [value, described(value)?.value ?? ""]);

function keep() {
  const kept = { media: attached() };
  for (const id of KEPT) kept[id] = at(id)?.value ?? "";
  for (const id of TICKED) kept[id] = at(id)?.checked ?? false;
  try {
    if (kept.media.length || KEPT.some((id) => kept[id])) sessionStorage.setItem(place, JSON.stringify(kept));
    else sessionStorage.removeItem(place);
  } catch {
    // a browser that keeps nothing
  }
}

function restore() {
  if (KEPT.some((id) => at(id)?.value) || attached().length) return;
  try {
    const kept = JSON.parse(sessionStorage.getItem(place) ?? "{}");
    for (const id of KEPT) if (kept[id] && at(id)) at(id).value = kept[id];
    for (const id of TICKED) if (kept[id] && at(id)) at(id).checked = true;
    for (const [id, words] of kept.media ?? []) if (/^\d+$/.test(id)) bringBack(id, words);
    if (kept.text) soon(0);
  } catch {
    sessionStorage.removeItem(place);
  }
}

async function bringBack(id, words) {
  try {
    const item = await fetchPiece(`/write/files/${id}`);
    if (!item) return;
    item.querySelector("input[name^=alt_]").value = words;
    add(item);
  } catch {
    // it can be chosen again
  }
}

form.addEventListener("input", (event) => {
  keep();
  if (event.target.type !== "file") soon(event.target.type === "radio" || event.target.type === "checkbox" ? 60 : PAUSE);
});

form.addEventListener("submit", (event) => {
  clearTimeout(timer);
  asking?.abort();
  if (event.submitter?.value !== "send") return;
  if (files.querySelector("[data-waits]")) {
    // It goes by itself once the film is ready.
    event.preventDefault();
    leaving = true;
    event.submitter.setAttribute("aria-disabled", "true");
    return;
  }
  try {
    sessionStorage.removeItem(place);
  } catch {
    // nothing was kept
  }
});

// -- pictures, films and sounds

const PATIENCE = 2000; // milliseconds between two looks at a film that is made ready
let leaving = false;

function complain(line, words) {
  line.querySelector("progress")?.remove();
  if (words) line.append(" – ", words);
  line.className = "problem";
}

const pieces = (html) => new DOMParser().parseFromString(html, "text/html").body;

async function fetchPiece(path, line = null) {
  const answer = await fetch(path, { headers: { Accept: "text/html" } });
  const piece = pieces(await answer.text());
  if (line && answer.status === 422) complain(line, piece.querySelector(".problem")?.textContent);
  return answer.status === 200 && !answer.redirected ? piece.querySelector("li") : null;
}

function add(item) {
  files.append(item);
  if (item.dataset.waits) watch(item);
  keep();
}

// Until it is ready or given up; what was typed beside it stays.
async function watch(item) {
  await new Promise((done) => setTimeout(done, PATIENCE));
  if (!item.isConnected) return;
  const line = document.createElement("p");
  let now = item;
  try {
    now = await fetchPiece(item.dataset.waits, line);
  } catch {
    // the network is away for a moment
  }
  if (now?.dataset.waits) return watch(item);
  if (now) {
    const words = item.querySelector("input[name^=alt_]");
    const focused = document.activeElement === words;
    const place = now.querySelector("input[name^=alt_]");
    place.value = words.value;
    item.replaceWith(now);
    if (focused) place.focus();
  } else {
    item.remove();
    uploads.append(line);
    leaving = false;
  }
  keep();
  if (leaving && !files.querySelector("[data-waits]")) {
    leaving = false;
    form.requestSubmit(at("send"));
  }
}

function upload(file) {
  const line = document.createElement("p");
  line.append(` ${file.name}`);
  uploads.append(line);
  if (file.size > Number(chosen.dataset.most)) return complain(line, chosen.dataset.tooLarge);
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.setAttribute("aria-label", file.name);
  line.prepend(bar);
  const sent = new FormData();
  sent.append("csrf", form.elements.csrf.value);
  sent.append("picture", file);
  const request = new XMLHttpRequest();
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) bar.value = event.loaded / event.total;
  });
  request.upload.addEventListener("load", () => bar.removeAttribute("value")); // it is there, and being made anew
  request.addEventListener("loadend", () => {
    const piece = pieces(request.responseText);
    const item = piece.querySelector("li");
    if (request.status === 200 && item) {
      add(item);
      line.remove();
      item.querySelector("input:not([type=hidden])")?.focus();
    } else {
      complain(line, piece.querySelector("main .problem, .problem, main p")?.textContent);
    }
  });
  request.open("POST", "/write/picture");
  request.send(sent);
}

if (chosen) {
  document.getElementById("by-hand").hidden = true;
  chosen.addEventListener("change", () => {
    for (const file of chosen.files) upload(file);
    chosen.value = "";
  });
}

files.addEventListener("change", (event) => {
  if (event.target.name === "drop" && event.target.checked) {
    event.target.closest("li").remove();
    keep();
  }
});
for (const item of files.querySelectorAll("[data-waits]")) watch(item);

document.getElementById("ask").hidden = true;
restore();
