// The room "Write", made quicker: the line below the text stays true while one types, pictures are on their way
// as soon as they are chosen, and what was typed outlives a Cancel. Without this everything works by buttons.

const form = document.getElementById("write");
const who = document.getElementById("who");
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
const KEPT = ["text", "need", "warning"];

function keep() {
  const kept = Object.fromEntries(KEPT.map((name) => [name, form.elements[name]?.value ?? ""]));
  try {
    if (KEPT.some((name) => kept[name])) sessionStorage.setItem(place, JSON.stringify(kept));
    else sessionStorage.removeItem(place);
  } catch {
    // a browser that keeps nothing
  }
}

function restore() {
  if (KEPT.some((name) => form.elements[name]?.value)) return;
  try {
    const kept = JSON.parse(sessionStorage.getItem(place) ?? "{}");
    for (const name of KEPT) if (kept[name] && form.elements[name]) form.elements[name].value = kept[name];
    if (kept.text) soon(0);
  } catch {
    sessionStorage.removeItem(place);
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
  try {
    sessionStorage.removeItem(place);
  } catch {
    // nothing was kept
  }
});

// -- pictures

const chosen = document.getElementById("picture");
const uploads = document.getElementById("uploads");
const files = document.getElementById("files");

function upload(file) {
  const line = document.createElement("p");
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.setAttribute("aria-label", file.name);
  line.append(bar, ` ${file.name}`);
  uploads.append(line);
  const sent = new FormData();
  sent.append("csrf", form.elements.csrf.value);
  sent.append("picture", file);
  const request = new XMLHttpRequest();
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) bar.value = event.loaded / event.total;
  });
  request.addEventListener("loadend", () => {
    const piece = new DOMParser().parseFromString(request.responseText, "text/html").body;
    const item = piece.querySelector("li");
    if (request.status === 200 && item) {
      files.append(item);
      line.remove();
      item.querySelector("input:not([type=hidden])")?.focus();
    } else {
      bar.remove();
      const problem = piece.querySelector("main .problem, .problem, main p");
      if (problem) line.append(" – ", problem.textContent);
      line.className = "problem";
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
  if (event.target.name === "drop" && event.target.checked) event.target.closest("li").remove();
});

document.getElementById("ask").hidden = true;
restore();
