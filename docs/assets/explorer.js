// The explorer of statements: filters and sorts /api/v1/statements.json. The form is the address and the address is
// the form, so that what is shown can be linked to, and the back button goes back.

import { element, onPage, spoken } from "./element.js";

const FIRST = 50; // rows shown at once, so that a slow phone answers soon
const MORE = 200; // rows added when asked for
const SCOPE = ["time", "place", "agency", "group", "sector"];

/** How each control of the form picks statements; `within` is an option's data-within. */
const PICKS = {
  type: (statement, value) => statement.type === value,
  property: (statement, value) => statement.property === value,
  place: (statement, value, within) =>
    [statement.subject, statement["value-type"] === "places" && statement.value, statement.qualifiers.place]
      .some((place) => within.includes(place)),
  year: ({ bounds }, value) =>
    value === "undated" ? !bounds.length : bounds.length > 0 && mayHold(bounds, Number(value)),
  source: ({ cites }, value) => cites.some((cite) => cite.source === value),
  voice: ({ cites }, value) => cites.some((cite) => `${cite.source}#${cite.voice}` === value),
  status: ({ status }, value) => status === value,
};

const alphabetical = new Intl.Collator("en").compare;
const ORDERS = {
  "": (a, b) => alphabetical(a.words.subject, b.words.subject),
  property: (a, b) => alphabetical(a.words.property, b.words.property),
  earliest: (a, b) => first(a, Infinity) - first(b, Infinity),
  latest: (a, b) => first(b, -Infinity) - first(a, -Infinity),
  origins: (a, b) => b.origins.length - a.origins.length,
};

/** Whether some day of a year may belong to a time; an end that is not known is open. */
function mayHold([lower, upper], year) {
  return (!lower || parseInt(lower) <= year) && (!upper || parseInt(upper) >= year);
}

/** The first day of a statement's time as a number, its last where it has no first, `none` where it has neither. */
function first({ bounds: [lower, upper] }, none) {
  const [year, month, day] = (/^(-?\d+)-(\d+)-(\d+)/.exec(lower ?? upper ?? "") ?? []).slice(1).map(Number);
  return year === undefined ? none : year * 372 + month * 31 + day;
}

/** Text as compared: without case and diacritics. */
function folded(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

function searched(statement) {
  const said = statement.cites.map((cite) => cite.says);
  return folded([...Object.values(statement.words), ...said, statement.note ?? "", statement.id].join("\n"));
}

// --- a table of statements ---

class Explorer {
  constructor(place) {
    this.form = place.querySelector("form");
    this.count = place.querySelector(".kb-count");
    this.results = place.querySelector(".kb-results");
    this.save = place.querySelector(".kb-save");
    this.root = place.dataset.root; // relative, so that on paper no link has an address of this host behind it
    const page = document.querySelector("link[rel=canonical]")?.href ?? location.href;
    this.published = new URL(place.dataset.root, page).href; // what is taken away is to be found again
  }

  async start() {
    this.form.hidden = false;
    this.count.textContent = "Loading the statements …";
    try {
      const answer = await fetch(`${this.root}api/v1/statements.json`);
      if (!answer.ok) throw new Error(answer.statusText);
      this.statements = await answer.json();
    } catch {
      this.form.hidden = true;
      this.count.textContent = "The statements could not be loaded. The lists below lead to all of them.";
      return;
    }
    this.haystacks = new Map(this.statements.map((statement) => [statement, searched(statement)]));
    this.fromAddress();
    let typing = false;
    this.form.addEventListener("input", ({ target }) => {
      this.toAddress(target.name === "q" && typing ? "replaceState" : "pushState");
      typing = target.name === "q";
      this.show();
    });
    this.form.addEventListener("focusout", () => (typing = false));
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("reset", (event) => {
      event.preventDefault(); // which would go back to what the browser remembers
      for (const control of this.controls) control.value = "";
      this.toAddress("pushState");
      this.show();
    });
    this.save.addEventListener("click", () => this.download());
    addEventListener("popstate", () => this.form.isConnected && this.fromAddress());
  }

  get controls() {
    return [...this.form.elements].filter((control) => control.name);
  }

  /** Sets the form as the address says; what it does not offer is left out. */
  fromAddress() {
    const asked = new URLSearchParams(location.search);
    for (const control of this.controls) {
      control.value = asked.get(control.name) ?? "";
      if (control.selectedIndex === -1) control.value = "";
    }
    this.show();
  }

  toAddress(how) {
    const asked = new URLSearchParams(this.controls.filter(({ value }) => value).map(({ name, value }) => [name, value]));
    history[how](null, "", location.pathname + (asked.size ? `?${asked}` : "") + location.hash);
  }

  show() {
    const words = folded(this.form.elements.q.value).split(/\s+/).filter(Boolean);
    const asked = this.controls.filter(({ name, value }) => value && name in PICKS).map((control) => {
      const within = [control.value, ...(control.selectedOptions[0].dataset.within ?? "").split(" ")];
      return (statement) => PICKS[control.name](statement, control.value, within);
    });
    this.found = this.statements
      .filter((statement) => asked.every((fits) => fits(statement)))
      .filter((statement) => words.every((word) => this.haystacks.get(statement).includes(word)))
      .sort(ORDERS[this.form.elements.sort.value]);
    const all = this.statements.length.toLocaleString("en");
    this.count.textContent = this.found.length
      ? `${this.found.length.toLocaleString("en")} of ${all} statements`
      : `None of ${all} statements fits. Ask for less, or clear the filter.`;
    this.save.disabled = !this.found.length;
    this.body = element("tbody", { role: "rowgroup" });
    this.rest = element("button", { type: "button", class: "kb-button" });
    this.rest.addEventListener("click", () => this.more()?.querySelector("a").focus());
    const heads = ["Subject", "Statement", "Holds for", "Who says it", "Status"];
    const header = (text) => element("th", { scope: "col", role: "columnheader" }, text);
    this.results.replaceChildren(
      ...(this.found.length
        ? [
            // Roles are said outright: on a phone the cells stand below each other, and are still read as a table.
            element(
              "table",
              { class: "kb-rows", role: "table", "aria-label": "Statements" },
              element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, heads.map(header))),
              this.body,
            ),
            this.rest,
          ]
        : []),
    );
    this.more();
  }

  /** Adds rows, and gives the first of them. */
  more() {
    const shown = this.body.rows.length;
    const rows = this.found.slice(shown, shown ? shown + MORE : FIRST).map((statement) => this.row(statement));
    this.body.append(...rows);
    const left = this.found.length - this.body.rows.length;
    this.rest.hidden = !left;
    this.rest.textContent = `Show ${Math.min(left, MORE)} more`;
    return rows[0];
  }

  href(type, id, anchor = "", root = this.root) {
    return `${root}${type}/${id}/${anchor && `#${anchor}`}`;
  }

  address({ type, subject, id }, root) {
    return this.href(type, subject, id.split("#")[1], root);
  }

  spot({ source, at }, root) {
    return this.href("sources", source, typeof at === "number" ? `paragraph-${at}` : "", root);
  }

  row(statement) {
    const { words, qualifiers, disputes, status, value } = statement;
    const kind = statement["value-type"];
    const to = (type, id, text) => element("a", { href: this.href(type, id) }, spoken(text));
    const types = { place: "places", agency: "institutions", group: "people" };
    const chip = (name) =>
      element(
        "li",
        {},
        element("span", { class: "kb-chip__kind" }, name),
        " ",
        types[name] ? to(types[name], qualifiers[name], words[name]) : spoken(words[name]),
      );
    const chips = SCOPE.filter((name) => words[name]).map(chip);
    const name = [words.subject, words.property, words.value].join(" ");
    const cell = (label, ...children) => element("td", { role: "cell", "data-label": label }, ...children);
    return element(
      "tr",
      { role: "row" },
      element("th", { scope: "row", role: "rowheader" }, to(statement.type, statement.subject, words.subject)),
      cell(
        "Statement",
        element("span", { class: "kb-property" }, `${words.property} `),
        kind ? to(kind, value, words.value) : spoken(words.value),
        "\u00a0",
        element("a", { class: "kb-permalink", href: this.address(statement), "aria-label": `Link to: ${name}` }, "#"),
      ),
      cell("Holds for", chips.length > 0 && element("ul", { class: "kb-scope" }, chips)),
      cell("Who says it", this.speakers(statement)),
      cell(
        "Status",
        element("span", { class: `kb-mark kb-${status}` }, status),
        disputes.map((ref, i) =>
          element("a", { href: this.href("disputes", ...ref.split("#")) }, spoken(words.disputes[i])),
        ),
      ),
    );
  }

  /** Each speaker once, with the paragraphs. */
  speakers({ cites }) {
    return [...new Set(cites.map((cite) => cite.says))].map((speaker) =>
      element(
        "p",
        {},
        spoken(speaker),
        cites.filter((cite) => cite.says === speaker).map((cite) => [
          ", ",
          element("a", { href: this.spot(cite) }, typeof cite.at === "number" ? `paragraph\u00a0${cite.at}` : cite.at),
          cite.modality !== "stated" && [" ", element("span", { class: "kb-modality" }, cite.modality)],
        ]).flat(2),
      ),
    );
  }

  // --- CSV ---

  /** What is found as CSV: RFC 4180, in UTF-8 with the mark by which spreadsheets know it. */
  csv() {
    const columns = {
      id: (s) => s.id,
      address: (s) => this.address(s, this.published),
      "subject type": (s) => s.type,
      subject: (s) => s.words.subject,
      property: (s) => s.words.property,
      value: (s) => s.words.value,
      ...Object.fromEntries(SCOPE.map((name) => [name, (s) => s.words[name] ?? ""])),
      "first day": (s) => s.bounds[0] ?? "",
      "last day": (s) => s.bounds[1] ?? "",
      status: (s) => s.status,
      "independent origins": (s) => String(s.origins.length),
      "who says it": (s) => [...new Set(s.cites.map((cite) => cite.says))].join("; "),
      "citation addresses": (s) => [...new Set(s.cites.map((cite) => this.spot(cite, this.published)))].join(" "),
      note: (s) => s.note ?? "",
    };
    const rows = [Object.keys(columns), ...this.found.map((s) => Object.values(columns).map((cell) => cell(s)))];
    return "\ufeff" + rows.map((row) => row.map(field).join(",") + "\r\n").join("");
  }

  download() {
    const href = URL.createObjectURL(new Blob([this.csv()], { type: "text/csv" }));
    element("a", { href, download: "statements.csv" }).click();
    setTimeout(() => URL.revokeObjectURL(href), 1000);
  }
}

/** A field of CSV. A text that a spreadsheet would take for a formula is kept from being one by an apostrophe. */
function field(text) {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

onPage(() => {
  const place = document.querySelector(".kb-explorer");
  if (place) new Explorer(place).start();
});
