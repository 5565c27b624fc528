// What is written into a text field waits in this browser for seven days, until it was sent: a tab that is
// closed by mistake loses nothing. Signing out takes it away.
const KEPT = 7 * 24 * 60 * 60 * 1000;
const DRAFT = "moss draft ", SENT = "moss sent";

const all = () => Object.keys(localStorage).filter(key => key.startsWith(DRAFT));
const keyOf = area => `${DRAFT}${area.form.getAttribute("action")} ${area.name}`;
const areas = () => [...document.querySelectorAll("form[method=post] textarea")];

// What was sent and done waits no more, nor what is too old.
const sent = sessionStorage.getItem(SENT);
const isDone = new URL(location.href).searchParams.has("said");
for (const key of all()) {
  const { at } = JSON.parse(localStorage.getItem(key));
  const isSent = isDone && sent !== null && key.startsWith(`${DRAFT}${sent} `);
  if (isSent || Date.now() - at > KEPT) localStorage.removeItem(key);
}
sessionStorage.removeItem(SENT);

// Only into the text it began with: somebody may have changed that since.
for (const area of areas()) {
  const draft = JSON.parse(localStorage.getItem(keyOf(area)));
  if (draft === null || draft.from !== area.defaultValue || area.value !== area.defaultValue) continue;
  area.value = draft.text;
  area.closest("details")?.setAttribute("open", "");
}

addEventListener("input", ({ target }) => {
  if (target.tagName !== "TEXTAREA" || target.form?.method !== "post") return;
  const draft = { text: target.value, from: target.defaultValue, at: Date.now() };
  if (draft.text === draft.from) localStorage.removeItem(keyOf(target));
  else localStorage.setItem(keyOf(target), JSON.stringify(draft));
});

addEventListener("submit", ({ target }) => {
  const action = target.getAttribute("action");
  if (action === "/logout") all().forEach(key => localStorage.removeItem(key));
  else sessionStorage.setItem(SENT, action);
});
