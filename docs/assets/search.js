// The search: a box that "/" or Ctrl-K opens anywhere, and the page of all results (docs/search.md). Both are a form
// whose choices are in the address. What finds things (finder.js) is fetched once somebody searches.

import { element, onPage, spoken } from "./element.js";

const HOME = new URL("../", import.meta.url);
const PAGE = new URL("search/", HOME);
const LABELS = {
  people: "People", places: "Places", institutions: "Institutions", policies: "Policies", events: "Events",
  figures: "Figures", disputes: "Disputes", sources: "Sources", pages: "Pages", statements: "Statements",
};
const TYPES = Object.keys(LABELS).slice(0, 8);
const FACETS = ["type", "place", "year", "source", "status"];
const IN_BOX = { records: 9, others: 5 };
const ON_PAGE = 60;
/** Results that are looked at to narrow them. */
const NARROWED = 600;
/** Milliseconds after which it is said that something is still on its way. */
const SLOW = 400;

let finder;

/** What finds things; tried again where it could not be fetched. */
function find() {
  finder ??= import("./finder.js").then(({ Finder }) => Finder.open());
  finder.catch(() => (finder = undefined));
  return finder;
}

const link = (href, ...children) => element("a", { href: new URL(href, HOME).href }, ...children);
const byType = () => TYPES.flatMap((type) => [link(`${type}/`, LABELS[type]), " "]);
/** The classes by which a group of records bears the mark of its type. */
const marked = (label, [{ kind }]) => (TYPES.includes(kind) && label === LABELS[kind] ? `kb-type kb-type--${kind}` : "");
const plural = (n, word) => `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;

function setAddress(query) {
  try {
    history.replaceState(history.state, "", location.pathname + query + location.hash);
  } catch {
    // Safari allows a hundred in half a minute; the next keystroke after that sets it right
  }
}

/** A form with its results; `Box` and `Results` say what they look like. */
class Search {
  constructor(id, inputAttributes) {
    this.input = element("input", {
      type: "search", name: "q", "aria-label": "Search", placeholder: "A name in any spelling, a word, a year",
      autocomplete: "off", autocapitalize: "off", spellcheck: "false", maxlength: "200", ...inputAttributes,
    });
    this.choices = Object.fromEntries(
      FACETS.map((facet) => [facet, element("select", { name: facet, id: `${id}-${facet}` })]),
    );
    this.narrow = element(
      "details",
      { class: "kb-narrow" },
      element("summary", {}, "Narrow"),
      element(
        "div",
        { class: "kb-narrow__choices" },
        FACETS.map((facet) =>
          element("p", {}, element("label", { for: `${id}-${facet}` }, facet[0].toUpperCase() + facet.slice(1)), this.choices[facet]),
        ),
      ),
    );
    this.said = element("p", { class: "kb-search__said", role: "status" });
    this.form = element("form", { role: "search", action: PAGE.href });
    this.turn = 0;
    this.form.addEventListener("input", () => {
      this.toAddress();
      this.run();
    });
    this.narrow.addEventListener("toggle", () => this.narrow.open && this.run());
    for (const facet of FACETS) this.offer(facet, [], "");
  }

  get asked() {
    return Object.fromEntries(FACETS.map((facet) => [facet, this.choices[facet].value]).filter(([, value]) => value));
  }

  /** Sets the form as the address says. */
  fromAddress() {
    const asked = new URLSearchParams(location.search);
    this.input.value = asked.get("q") ?? "";
    for (const facet of FACETS) this.offer(facet, [], asked.get(facet) ?? "");
    this.narrow.open ||= Object.keys(this.asked).length > 0;
  }

  /** The query and what it is narrowed to, as in the address of the page of results. */
  get query() {
    const text = this.input.value.trim();
    return text ? new URLSearchParams({ q: text, ...this.asked }) : new URLSearchParams();
  }

  toAddress() {
    const asked = this.query;
    setAddress(asked.size ? `?${asked}` : "");
  }

  /** Fills the choices of a facet: `[value, label]`. What is chosen stays on offer. */
  offer(facet, options, chosen = this.choices[facet].value) {
    if (chosen && !options.some(([value]) => value === chosen)) options = [...options, [chosen, chosen]];
    this.choices[facet].replaceChildren(
      element("option", { value: "" }, "Any"),
      ...options.map(([value, label]) => element("option", { value }, label)),
    );
    this.choices[facet].value = chosen;
  }

  /** Searches, and draws what is found as it is found; whatever was searched before is given up. */
  async run() {
    const turn = ++this.turn;
    const text = this.input.value.trim();
    if (!text) return this.draw([], "");
    const slow = setTimeout(() => turn === this.turn && this.said.replaceChildren("Searching …"), SLOW);
    try {
      const index = await find();
      let found = [];
      for await (const hits of index.find(text)) {
        if (turn !== this.turn) return;
        clearTimeout(slow);
        found = await this.narrowed(index, hits);
        if (turn !== this.turn) return;
        if (found.length) await this.show(index, found, this.told(text, found), turn);
      }
      if (turn !== this.turn || found.length) return;
      const nearest = Object.keys(this.asked).length ? [] : await index.nearest(text);
      if (turn === this.turn) await this.show(index, nearest, this.toldNothing(text, nearest), turn, "Nearest names");
    } catch (error) {
      console.warn(error);
      if (turn === this.turn) this.draw([], ["The search could not be loaded. Every name is in the lists from A to Z: ", ...byType()]);
    } finally {
      clearTimeout(slow);
    }
  }

  told(text, found) {
    const count = plural(found.length, "result") + (found.cut ? ` among the first ${NARROWED}` : "");
    if (!found.every((hit) => hit.near)) return count;
    return found.some((hit) => hit.some) ? `Nothing has all of “${text}”. Some of it is in ${count}` : `Nothing is called “${text}”. Near it: ${count}`;
  }

  toldNothing(text, nearest) {
    if (Object.keys(this.asked).length) return `Nothing for “${text}” fits what it is narrowed to.`;
    const near = nearest.length ? ["The nearest names are:"] : ["Every name is in the lists from A to Z: ", ...byType()];
    return [`Nothing is called “${text}”, and no text has it. `, ...near];
  }

  /** The hits that fit the facets. Only once these are open is it looked up what they can be. */
  async narrowed(index, hits) {
    if (!this.narrow.open && !Object.keys(this.asked).length) return hits;
    const [entries, facets] = await Promise.all([
      index.entries(hits.slice(0, NARROWED).map(({ number }) => number)),
      index.facets(),
    ]);
    /** A place and everything it lies in; places that are said to lie in each other end the search. */
    const around = (place, seen = new Set()) => {
      if (seen.has(place)) return seen;
      seen.add(place);
      facets.places[place].slice(1).forEach((outer) => around(outer, seen));
      return seen;
    };
    const values = {
      type: ({ kind }) => [kind],
      place: ({ places }) => [...new Set(places.flatMap((place) => [...around(place)]))].map((i) => facets.places[i][0]),
      year: ({ years }) => facets.years.filter((year) => years.some(([from, to]) => from <= year && year <= to)).map(String),
      source: ({ sources }) => sources.map((i) => facets.sources[i]),
      status: ({ statuses }) => statuses,
    };
    for (const facet of FACETS) {
      const counts = new Map();
      for (const value of entries.flatMap(values[facet])) counts.set(value, (counts.get(value) ?? 0) + 1);
      const sorted = [...counts].sort(facet === "type" || facet === "status" ? undefined : ([a], [b]) => a.localeCompare(b, "en"));
      this.offer(facet, sorted.map(([value, count]) => [value, `${LABELS[value] ?? value} (${count})`]));
    }
    const fits = (entry) => Object.entries(this.asked).every(([facet, value]) => values[facet](entry).includes(value));
    const found = hits.filter((_, i) => i < NARROWED && fits(entries[i]));
    found.cut = hits.length > NARROWED;
    return found;
  }

  async show(index, hits, said, turn, label = "") {
    const shown = this.shown(hits, index.about.records);
    const entries = await index.entries(shown.map(({ number }) => number));
    if (turn !== this.turn) return;
    const groups = new Map();
    entries.forEach((entry, i) => {
      const group = label || LABELS[entry.kind];
      if (!groups.has(group)) groups.set(group, []);
      groups.get(group).push({ ...entry, name: entry.names[shown[i].name] });
    });
    this.draw([...groups], said, hits.length);
  }

  /** A result: the name that matched, the record's own where it is another, and one line. */
  row({ kind, address, names: [own], name, line, statuses }, attributes = {}) {
    const status = kind === "statements" && statuses[0];
    const shown = line.startsWith(`${status}: `) ? line.slice(status.length + 2) : line;
    return element(
      "a",
      { ...attributes, href: new URL(address, HOME).href, class: "kb-found" },
      element("span", { class: "kb-found__name" }, spoken(name)),
      name !== own && [" ", element("span", { class: "kb-found__own" }, spoken(own))],
      " ",
      element("span", { class: "kb-found__line" }, status && element("span", { class: `kb-mark kb-${status}` }, status), status && " ", spoken(shown)),
    );
  }
}

/** The box: a combobox over a list of results (WAI-ARIA Authoring Practices), in a dialog. */
class Box extends Search {
  constructor() {
    super("kb-box", {
      role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "kb-box-list",
      "aria-haspopup": "listbox",
    });
    this.list = element("div", { role: "listbox", id: "kb-box-list", "aria-label": "Results" });
    this.all = element("a", { href: PAGE.href });
    const close = element("button", { type: "button", class: "kb-search__close", "aria-label": "Close the search" }, "Close");
    close.addEventListener("click", () => this.dialog.close());
    this.form.append(element("div", { class: "kb-search__field" }, this.input, close), this.narrow);
    this.dialog = element(
      "dialog",
      { class: "kb-search md-typeset", "aria-label": "Search" },
      this.form,
      this.said,
      this.list,
      element("p", { class: "kb-search__foot" }, this.all),
    );
    document.body.append(this.dialog);
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.active) this.active.click();
      else if (this.input.value.trim()) {
        this.all.href = this.results; // what was drawn last may be of fewer letters
        this.all.click();
      }
    });
    this.dialog.addEventListener("click", ({ target }) => {
      if (target === this.dialog) this.dialog.close();
      else if (target.closest("a")) this.dialog.close("followed");
    });
    this.dialog.addEventListener("close", () => {
      if (this.dialog.returnValue !== "followed" && ownsAddress()) this.clearAddress();
      this.dialog.returnValue = "";
      this.activate(null);
    });
    this.draw([], "");
  }

  toAddress() {
    if (ownsAddress()) super.toAddress();
  }

  clearAddress() {
    setAddress("");
  }

  open() {
    if (this.dialog.open) return;
    this.dialog.showModal();
    this.input.select();
    this.toAddress();
    find().catch(() => {}); // on its way while the first word is typed; told when it is needed
    this.run();
  }

  /** Address of the page of results for what is typed now. */
  get results() {
    return `${PAGE.href}?${this.query}`;
  }

  key(event) {
    if (event.key === "Escape" && !event.isComposing) {
      event.preventDefault(); // a search field would only be emptied
      this.dialog.close();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.isComposing) return;
    event.preventDefault();
    const options = [...this.list.querySelectorAll("[role=option]")];
    const at = options.indexOf(this.active);
    const next = at < 0 ? (step > 0 ? 0 : options.length - 1) : at + step;
    this.activate(options[next] ?? null);
  }

  /** Marks an option as the one that Enter follows; none gives the turn back to what is typed. */
  activate(option) {
    this.active?.setAttribute("aria-selected", "false");
    this.active = option;
    option?.setAttribute("aria-selected", "true");
    if (option) this.input.setAttribute("aria-activedescendant", option.id);
    else this.input.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  }

  shown(hits, records) {
    const first = { true: IN_BOX.records, false: IN_BOX.others };
    return hits.filter(({ number }) => first[number < records]-- > 0);
  }

  draw(groups, said, count = 0) {
    const before = this.active?.href;
    this.activate(null);
    this.said.replaceChildren(...[said].flat());
    let n = 0;
    this.list.replaceChildren(
      ...groups.map(([label, rows], i) =>
        element(
          "div",
          { role: "group", "aria-labelledby": `kb-box-group-${i}` },
          element("p", { class: "kb-search__group", id: `kb-box-group-${i}`, role: "presentation" }, element("span", { class: marked(label, rows) }, label)),
          rows.map((row) => this.row(row, { role: "option", id: `kb-box-${n++}`, tabindex: "-1", "aria-selected": "false" })),
        ),
      ),
    );
    this.list.hidden = !n;
    this.input.setAttribute("aria-expanded", String(n > 0));
    this.all.href = this.results;
    this.all.textContent = count > 1 ? `All ${plural(count, "result")} on a page` : "Search on a page of its own";
    if (before) this.activate([...this.list.querySelectorAll("[role=option]")].find(({ href }) => href === before) ?? null);
  }
}

/** The page of all results. */
class Results extends Search {
  constructor(place) {
    super("kb-page", {});
    this.most = ON_PAGE;
    this.list = element("div", { class: "kb-search__all" });
    this.more = element("button", { type: "button", class: "kb-button", hidden: true }, `Show ${ON_PAGE} more`);
    this.more.addEventListener("click", () => {
      this.most += ON_PAGE;
      this.run();
    });
    this.narrow.open = true;
    this.form.append(element("div", { class: "kb-search__field" }, this.input), this.narrow);
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("input", () => (this.most = ON_PAGE));
    place.replaceChildren(this.form, this.said, this.list, this.more);
    addEventListener("popstate", () => place.isConnected && this.start());
  }

  start() {
    this.fromAddress();
    this.run();
  }

  open() {
    this.input.focus();
    this.input.select();
  }

  shown(hits) {
    return hits.slice(0, this.most);
  }

  draw(groups, said, count = 0) {
    this.said.replaceChildren(...[said].flat());
    this.list.replaceChildren(
      ...groups.flatMap(([label, rows]) => [
        element("h2", { class: marked(label, rows) }, label),
        element("ul", { class: "kb-search__rows" }, rows.map((row) => element("li", {}, this.row(row)))),
      ]),
    );
    this.more.hidden = count <= this.most;
  }
}

// --- wherever one is ---

let box;
let results;

/** Whether the search may put its query into the address of this page: not where a form of the page's own does. */
function ownsAddress() {
  return !document.querySelector(".kb-explorer");
}

/** The page's own search where it is one, else the box. */
function turnTo() {
  const there = results?.input.isConnected ? results : (box ??= new Box());
  there.open();
  return there;
}

addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  const slash = event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey;
  const k = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
  if (!slash && !k) return;
  event.preventDefault();
  turnTo();
});

addEventListener("click", (event) => {
  const asked = event.target.closest?.(".kb-search-link");
  if (!asked || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  event.stopPropagation(); // instant navigation would follow the link
  turnTo();
}, { capture: true });

function start() {
  const place = document.querySelector(".kb-search-page");
  if (place && !results?.input.isConnected) {
    const there = element("div", { class: "kb-search-page" }); // in place of the paragraph for those without scripts
    place.replaceWith(there);
    results = new Results(there);
    results.start();
  } else if (!place && ownsAddress() && new URLSearchParams(location.search).get("q")) {
    box ??= new Box();
    box.fromAddress();
    box.open();
  }
}

onPage(start);
addEventListener("pageshow", ({ persisted }) => persisted && start());
