// The slingshot. It fills in `landing` ("distance,angle") of the form around the map, and nothing else: the page
// that follows shows where the paper landed, and sends it. Without this file the list does the same.

const PULL = 0.75; // of the last ring's radius: the pull that reaches the edge
const REST = 0.06; // a shorter pull is none
const TURN = 6; // degrees of an arrow key
const STRETCH = 0.06; // distance of an arrow key
const FALL = 35; // degrees beyond a region at which its weight is e^(-1/2), as the server has it
const LIT = 0.35; // weight from which a face lights up before the server has answered
const GLANCE_EVERY = 250; // ms
const FLIGHT = 300; // ms
const BANDS = [[4, 0.26], [3, 0.45], [2, 0.72], [1, 1]];

const form = document.getElementById("launch");
const map = document.getElementById("map");
const paper = document.getElementById("paper");
const drawn = {
  band: document.getElementById("band"),
  flight: document.getElementById("flight"),
  spot: document.getElementById("spot"),
  called: document.getElementById("called"),
};
const foreseen = document.getElementById("foreseen");
const radius = Number(map.dataset.radius);
const edge = Number(map.dataset.edge);
const marks = [...map.querySelectorAll(".mark")].map((node) => ({
  node,
  id: node.dataset.id,
  level: Number(node.dataset.level),
  sphere: Number(node.dataset.sphere),
}));
const regions = [...map.querySelectorAll(".region")].map((node) => ({
  sphere: Number(node.dataset.sphere),
  start: Number(node.dataset.start),
  width: Number(node.dataset.width),
}));
const calm = matchMedia("(prefers-reduced-motion: reduce)");

// Where it would land; null at rest. `pull` is where the paper is held, in the drawing's units.
let aim = null;
let held = false;
let frame = 0;

const reach = () => (form.elements.flag.checked ? edge : 1);
const limited = (distance) => Math.min(reach(), Math.max(0, distance));
const levelAt = (distance) => (BANDS.find(([, outer]) => distance <= outer) ?? [0])[0];

function weight(angle, region) {
  const off = (((angle - region.start) % 360) + 360) % 360;
  if (off <= region.width) return 1;
  const gap = Math.min(off - region.width, 360 - off);
  return Math.exp(-((gap / FALL) ** 2) / 2);
}

// -- drawing: once a frame, whatever the pointer does

function paint() {
  frame = 0;
  if (!aim) {
    for (const shape of [drawn.band, drawn.flight]) shape.setAttribute("d", "");
    drawn.spot.removeAttribute("data-on");
    paper.removeAttribute("transform");
    return;
  }
  const turn = (aim.angle * Math.PI) / 180;
  const [x, y] = [Math.cos(turn), Math.sin(turn)];
  const far = aim.distance * radius;
  const back = (aim.distance / edge) * PULL * radius;
  paper.setAttribute("transform", `translate(${-x * back} ${-y * back}) rotate(${aim.angle + 90})`);
  const side = 26;
  drawn.band.setAttribute("d", `M${-y * side} ${x * side}L${-x * back} ${-y * back}L${y * side} ${-x * side}`);
  drawn.flight.setAttribute("d", `M0 0L${x * far} ${y * far}`);
  drawn.spot.setAttribute("cx", x * far);
  drawn.spot.setAttribute("cy", y * far);
  drawn.spot.setAttribute("data-on", "");
}

function light(chosen) {
  for (const mark of marks) mark.node.classList.toggle("lit", chosen(mark));
}

function guess() {
  const level = levelAt(aim.distance);
  const weights = new Map(regions.map((region) => [region.sphere, weight(aim.angle, region)]));
  light((mark) => mark.level >= level && (weights.get(mark.sphere) ?? weights.get(0) ?? 1) >= LIT);
}

function changed() {
  if (!frame) frame = requestAnimationFrame(paint);
  if (!aim) {
    light(() => false);
    say(foreseen.dataset.rest);
    return;
  }
  guess();
  glanceSoon();
}

function say(sentence) {
  foreseen.textContent = sentence;
  paper.setAttribute("aria-valuetext", sentence);
  paper.setAttribute("aria-valuenow", aim ? Math.round((aim.distance / edge) * 100) : 0);
}

// -- the sentence: asked of the server, one question at a time

let asking = null;
let askedAt = 0;
let later = 0;

function glanceSoon() {
  clearTimeout(later);
  later = setTimeout(glance, Math.max(0, askedAt + GLANCE_EVERY - performance.now()));
}

async function glance() {
  if (!aim) return;
  askedAt = performance.now();
  asking?.abort();
  const mine = (asking = new AbortController());
  const body = new URLSearchParams(new FormData(form));
  body.set("landing", landing());
  try {
    const answer = await fetch(form.dataset.glance, { method: "POST", body, signal: mine.signal });
    if (!answer.ok || !aim) return;
    const told = await answer.json();
    say([told.step, told.sentence].filter(Boolean).join(". "));
    if (told.lit.length) {
      const lit = new Set(told.lit);
      light((mark) => lit.has(mark.id));
    }
  } catch (failure) {
    if (failure.name !== "AbortError") glanceSoonAgain();
  }
}

function glanceSoonAgain() {
  clearTimeout(later);
  later = setTimeout(glance, 4 * GLANCE_EVERY);
}

const landing = () => `${aim.distance.toFixed(3)},${(((aim.angle % 360) + 360) % 360).toFixed(1)}`;

// -- the hand

// Where the drawing was when the paper was taken: a longer sentence above it must not move the hand's aim.
let ground = null;

function pointIn(event) {
  const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(ground);
  return [at.x, at.y];
}

function pulledTo(event) {
  const [x, y] = pointIn(event);
  const pull = Math.hypot(x, y) / (radius * PULL);
  aim = pull < REST ? null : { distance: limited(pull * edge), angle: (Math.atan2(-y, -x) * 180) / Math.PI };
  changed();
}

paper.addEventListener("pointerdown", (event) => {
  held = true;
  ground = map.getScreenCTM().inverse();
  paper.setPointerCapture(event.pointerId);
  paper.classList.add("held");
  event.preventDefault();
  paper.focus({ preventScroll: true });
});
// A finger on the paper pulls it, and does not scroll the page.
paper.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
paper.addEventListener("pointermove", (event) => held && pulledTo(event));
paper.addEventListener("pointerup", (event) => {
  if (!held) return;
  release();
  pulledTo(event);
  if (aim) letGo();
});
paper.addEventListener("pointercancel", () => {
  release();
  aim = null;
  changed();
});

function release() {
  held = false;
  paper.classList.remove("held");
}

// -- the keyboard

const KEYS = {
  ArrowLeft: () => turned(-TURN, 0),
  ArrowRight: () => turned(TURN, 0),
  ArrowUp: () => turned(0, STRETCH),
  ArrowDown: () => turned(0, -STRETCH),
  Escape: () => null,
};

function turned(turn, stretch) {
  const now = aim ?? { distance: 0, angle: -90 };
  const distance = limited(now.distance + stretch);
  return distance <= 0 && stretch < 0 ? null : { distance, angle: now.angle + turn };
}

paper.addEventListener("keydown", (event) => {
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    if (aim) letGo();
  } else if (event.key in KEYS) {
    event.preventDefault();
    aim = KEYS[event.key]();
    changed();
  }
});

// -- the flight

function letGo() {
  form.elements.landing.value = landing();
  const turn = (aim.angle * Math.PI) / 180;
  const end = `translate(${Math.cos(turn) * aim.distance * radius}px, ${Math.sin(turn) * aim.distance * radius}px)`;
  drawn.band.setAttribute("d", "");
  if (calm.matches || !paper.animate) {
    form.requestSubmit();
    return;
  }
  const flight = paper.animate([{ transform: "translate(0, 0)" }, { transform: end }], {
    duration: FLIGHT,
    easing: "ease-out",
    fill: "forwards",
  });
  flight.onfinish = () => form.requestSubmit();
}

// -- names

map.addEventListener("pointerover", (event) => call(event.target.closest(".mark")));
map.addEventListener("pointerdown", (event) => call(event.target.closest(".mark")));
map.addEventListener("pointerout", () => call(null));

function call(node) {
  drawn.called.textContent = node ? node.dataset.name : "";
  if (node) {
    const [x, y] = node.getAttribute("transform").match(/-?[\d.]+/g).map(Number);
    drawn.called.setAttribute("x", x);
    drawn.called.setAttribute("y", y - 30);
  }
}

// -- at the start: the gesture is there, so the list may rest; coming back, the paper rests too

form.elements.flag.addEventListener("change", () => {
  if (aim) aim.distance = limited(aim.distance);
  changed();
});
form.addEventListener("submit", (event) => {
  if (event.submitter) form.elements.landing.value = ""; // the list speaks
});
addEventListener("pageshow", () => {
  aim = null;
  form.elements.landing.value = "";
  for (const flight of paper.getAnimations?.() ?? []) flight.cancel();
  changed();
});
for (const node of document.querySelectorAll(".needs-script")) node.hidden = false;
document.querySelector(".by-list").open = false;
map.classList.add("ready");
