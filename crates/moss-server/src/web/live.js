// Keeps an open page as things are: when the server says that something changed, the page is asked for
// again and takes the place of what is shown. Never under a caret, an open form or a moving pointer:
// while somebody writes, a mark says that there is something new.
const mark = document.getElementById("live");
const CALM = 1500;
let source = null, waits = false, moved = 0;

const show = state => {
  mark.textContent = mark.dataset[state];
  mark.className = state;
};

const isHeld = () => {
  const main = document.getElementById("page"), here = document.activeElement;
  const isWriting = main.contains(here) && /^(INPUT|TEXTAREA|SELECT)$/.test(here.tagName);
  const isOpen = main.querySelector("details[open]") !== null || main.querySelector(".once") !== null;
  const isWritten = [...main.querySelectorAll("input:not([type=hidden]), textarea")]
    .some(field => field.value !== field.defaultValue);
  return isWriting || isOpen || isWritten || !getSelection().isCollapsed;
};

const renew = async () => {
  const answer = await fetch(location.href, { headers: { "x-moss-live": "1" } }).catch(() => null);
  if (answer === null || !answer.ok || isHeld()) return;
  if (new URL(answer.url).pathname !== location.pathname) {
    location.reload();
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const focus = document.activeElement.closest("a[href]")?.getAttribute("href");
  document.getElementById("page").replaceChildren(...page.getElementById("page").childNodes);
  document.title = page.title;
  if (focus) document.querySelector(`a[href="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true });
};

const changed = () => {
  if (isHeld()) {
    show("new");
    return;
  }
  if (waits) return;
  const calm = Math.max(0, moved + CALM - Date.now());
  waits = true;
  setTimeout(() => {
    waits = false;
    if (isHeld()) show("new"); else renew();
  }, calm);
};

const open = () => {
  source = new EventSource("/live");
  source.onopen = () => {
    if (mark.className === "again") changed();
    show("now");
  };
  source.onmessage = changed;
  source.onerror = () => {
    show("again");
    if (source.readyState === EventSource.CLOSED) setTimeout(open, 5000);
  };
};

addEventListener("pointermove", () => { moved = Date.now(); }, { passive: true });
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    source.close();
    show("again");
  } else {
    open();
  }
});
addEventListener("focusout", () => setTimeout(() => {
  if (mark.className === "new" && !isHeld()) {
    show("now");
    renew();
  }
}));
const here = new URL(location.href);
if (here.searchParams.has("said")) {
  here.searchParams.delete("said");
  history.replaceState(null, "", here);
}
open();
