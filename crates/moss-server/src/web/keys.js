// Keys for whoever prefers them to a pointer. The footer switches them off, and the list that `?` opens
// names them. Nobody is disturbed while they write.
const help = document.getElementById("keys");
const PATIENCE = 1500;
let going = 0;

const isWriting = () => /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);

const step = by => {
  const rows = [...document.querySelectorAll("#page tbody tr")];
  const links = rows.map(row => row.querySelector("a[href]")).filter(link => link !== null);
  const here = document.activeElement.closest("tr");
  const at = links.findIndex(link => link.closest("tr") === here);
  links[Math.min(links.length - 1, Math.max(0, at + by))]?.focus();
};

const search = () => {
  const field = document.querySelector("#page input[name=q]");
  if (field === null) location.assign("/search"); else field.focus();
};

const acts = { j: () => step(1), k: () => step(-1), "/": search, "?": () => help.showModal(), g: () => { going = Date.now(); } };

addEventListener("keydown", event => {
  if (event.isComposing || event.altKey) return;
  if (event.ctrlKey || event.metaKey) {
    if (event.key !== "k") return;
    event.preventDefault();
    location.assign("/search");
    return;
  }
  if (isWriting() || help.open) return;
  const isGoing = Date.now() - going < PATIENCE;
  going = 0;
  const place = isGoing && document.querySelector(`nav.main a[data-key="${CSS.escape(event.key)}"]`);
  const act = place ? () => place.click() : acts[event.key];
  if (act === undefined) return;
  event.preventDefault();
  act();
});
