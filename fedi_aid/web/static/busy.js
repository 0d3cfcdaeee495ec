// What takes a moment says so: forms that bring a file, and links to what has to be gathered first. A form on its
// way is not sent twice. Without this the same happens, in silence.

function say(near, words) {
  const line = document.createElement("p");
  line.className = "busy";
  line.setAttribute("role", "status");
  const bar = document.createElement("progress");
  bar.setAttribute("aria-label", words);
  line.append(bar, ` ${words}`);
  near.after(line);
  return line;
}

for (const form of document.querySelectorAll("form[data-busy]")) {
  let line = null;
  form.addEventListener("submit", (event) => {
    if (line) event.preventDefault();
    else if (form.querySelector("input[type=file]")?.value) line = say(form.lastElementChild, form.dataset.busy);
  });
  // Back by the browser's button: it can be sent again.
  addEventListener("pageshow", () => {
    line?.remove();
    line = null;
  });
}

for (const link of document.querySelectorAll("a[data-busy]")) {
  link.addEventListener("click", () => {
    link.parentElement.querySelector(".busy")?.remove();
    say(link, link.dataset.busy);
  });
}
