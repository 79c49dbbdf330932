// What is behind a link, before it is followed: a card for links to records, and for citation marks the line of the
// list of sources they lead to. Shown on hover and on keyboard focus, gone with Escape; the link works as ever.

import { element, spoken } from "./element.js";

const DELAY = 250;
const GRACE = 150; // time to move from the link to the card
const RECORD = /^(.*\/)(people|places|institutions|policies|events|figures|disputes|sources)\/([a-z0-9-]+)\/$/;

const known = new Map(); // address of a record's JSON to what came of it
let link = null; // the one that is looked at
let timer, leaving, asking, described;

const card = element("div", { id: "kb-preview", class: "kb-preview", role: "tooltip", hidden: true });

/** Shows what `target` leads to after a moment, unless it is left before. `y` is where the pointer is. */
function enter(target, y) {
  clearTimeout(leaving);
  if (target === link) return;
  leave();
  link = target;
  timer = setTimeout(async () => {
    const content = cited(target) ?? (await recorded(target));
    if (link === target && content?.length) place(target, content, y);
  }, DELAY);
}

function leave() {
  clearTimeout(timer);
  clearTimeout(leaving);
  asking?.abort();
  if (!card.hidden) {
    card.hidden = true;
    if (described) link.setAttribute("aria-describedby", described);
    else link.removeAttribute("aria-describedby");
  }
  link = null;
}

/** The sources a citation mark stands for, from the list on the page; null where the link is no such mark. */
function cited(target) {
  if (!target.closest(".kb-cite")) return null;
  const dash = (node) => node?.nodeType === Node.TEXT_NODE && node.data === "–"; // [2]–[5] stands for four
  const ends = [
    dash(target.previousSibling) ? target.previousElementSibling : target,
    dash(target.nextSibling) ? target.nextElementSibling : target,
  ];
  const [from, to] = ends.map((end) => Number(end.hash.replace("#cite-", "")));
  return Array.from({ length: to - from + 1 }, (_, i) => {
    const line = document.getElementById(`cite-${from + i}`)?.cloneNode(true);
    return line && element("p", {}, `[${from + i}] `, [...line.childNodes]);
  });
}

/** What the record behind a link is, asked for once. */
async function recorded(target) {
  const { pathname, hash } = new URL(target.getAttribute("href"), location.href);
  const [, root, type, id] = RECORD.exec(pathname);
  const address = `${root}api/v1/${type}/${id}.json`;
  if (!known.has(address)) {
    asking = new AbortController();
    try {
      const answer = await fetch(address, { signal: asking.signal });
      known.set(address, answer.ok ? await answer.json() : null);
    } catch {
      return []; // left early, or offline: the link still works
    }
  }
  const record = known.get(address);
  const said = record?.statements.find((statement) => statement.id === id + hash)?.words;
  return record && [
    element("p", { class: `kb-preview__kind kb-type kb-type--${type}` }, [record.words.kind, record.words.standing].filter(Boolean).join(" · ")),
    element("p", { class: "kb-preview__name" }, spoken(record.caption)),
    element("p", {}, spoken(record.words.summary)),
    said && element("p", { class: "kb-preview__said" }, spoken(sentence(said))),
  ];
}

function sentence({ property, value, time, place, agency, group, sector }) {
  const scope = [time, place, agency, group, sector].filter(Boolean).join(", ");
  return `${property}: ${value}${scope && ` (${scope})`}`;
}

/** Puts the card under the line of the link that is pointed at, or above where there is no room. */
function place(target, content, y) {
  card.replaceChildren(...content.filter(Boolean));
  if (!card.isConnected) (document.querySelector("main") ?? document.body).append(card);
  card.hidden = false;
  const lines = [...target.getClientRects()];
  const line = lines.find((rect) => y >= rect.top && y <= rect.bottom) ?? lines[0] ?? target.getBoundingClientRect();
  const { clientWidth, clientHeight } = document.documentElement;
  const below = line.bottom + card.offsetHeight + 12 < clientHeight || line.top < card.offsetHeight + 12;
  const origin = (card.offsetParent ?? document.documentElement).getBoundingClientRect();
  card.style.left = `${Math.max(8, Math.min(line.left, clientWidth - card.offsetWidth - 8)) - origin.left}px`;
  card.style.top = `${(below ? line.bottom + 6 : line.top - card.offsetHeight - 6) - origin.top}px`;
  described = target.getAttribute("aria-describedby");
  target.setAttribute("aria-describedby", card.id);
}

/** The link an event is about, if there is something to show for it. */
function previewed({ target }) {
  const found = target.closest?.(".md-content a[href]:not(.kb-permalink, .headerlink)");
  if (!found) return null;
  if (found.closest(".kb-cite")) return found;
  const address = new URL(found.getAttribute("href"), location.href);
  return address.origin === location.origin && address.pathname !== location.pathname && RECORD.test(address.pathname)
    ? found
    : null;
}

if (matchMedia("(hover: hover)").matches) {
  const within = (node) => [link, card].some((part) => part?.contains(node));
  let pointer;
  const where = (event) => `${event.clientX} ${event.clientY}`;
  document.addEventListener("pointermove", (event) => (pointer = where(event)));
  document.addEventListener("pointerover", (event) => {
    const scrolled = where(event) === pointer; // the page moved, not the pointer: the eyes may be with the keyboard
    const target = event.pointerType === "touch" || scrolled ? null : previewed(event);
    if (target) enter(target, event.clientY);
    else if (card.contains(event.target)) clearTimeout(leaving);
  });
  document.addEventListener("pointerout", (event) => {
    if (within(event.target) && !within(event.relatedTarget)) leaving = setTimeout(leave, card.hidden ? 0 : GRACE);
  });
  document.addEventListener("focusin", (event) => {
    const target = event.target.matches(":focus-visible") ? previewed(event) : null;
    if (target) enter(target);
  });
  document.addEventListener("focusout", () => leave());
  document.addEventListener("keydown", (event) => event.key === "Escape" && leave());
  addEventListener("pagehide", leave);
}
