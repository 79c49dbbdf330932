// "Cite": a page or a statement as text, BibTeX, RIS (Reference Manager's tagged lines) and CSL-JSON 1.0, ready to copy.

import { element, onPage } from "./element.js";

const MONTHS = "January February March April May June July August September October November December".split(" ");

/**
 * The four formats of `{ title, site, url, reviewed, accessed }`; dates are "2026", "2026-11" or "2026-11-22", and
 * marks of uncertainty after them are dropped where a format has no place for them.
 */
export function formats({ title, site, url, reviewed, accessed }) {
  const [year, month, day] = parts(reviewed);
  const { pathname, hash } = new URL(url);
  const id = [site, ...pathname.split("/").filter(Boolean).slice(-2), hash].join("-").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
  return {
    Text: `“${title}”, ${site}, reviewed ${inWords(reviewed)}, ${url}, accessed ${inWords(accessed)}`,
    BibTeX: [
      `@misc{${id},`,
      `  title = {{${tex(title)}}},`,
      `  organization = {{${tex(site)}}},`,
      year && `  year = {${year}},`,
      month && `  month = ${MONTHS[month - 1].slice(0, 3).toLowerCase()},`,
      `  note = {Reviewed ${tex(inWords(reviewed))}, accessed ${tex(inWords(accessed))}},`,
      `  url = {${url}},`,
      `  urldate = {${accessed}},`,
      "}",
    ].filter(Boolean).join("\n"),
    RIS: [
      "TY  - ELEC",
      `ID  - ${id}`,
      `TI  - ${title}`,
      `T2  - ${site}`,
      year && `PY  - ${year}`,
      year && `DA  - ${[year, month, day].map((n) => (n ? String(n).padStart(2, "0") : "")).join("/")}/`,
      `Y2  - ${accessed.replaceAll("-", "/")}/`,
      `UR  - ${url}`,
      "ER  - ",
      "",
    ].filter((line) => line !== undefined).join("\r\n"),
    "CSL-JSON": JSON.stringify([
      {
        id,
        type: "webpage",
        title,
        "container-title": site,
        URL: url,
        ...(year && { issued: { "date-parts": [parts(reviewed)] } }),
        accessed: { "date-parts": [parts(accessed)] },
      },
    ], null, 1),
  };
}

/** Year, month and day of a date, as far as it has them. */
function parts(date) {
  const [, year, month, day] = /^(\d{4})(?:-(0[1-9]|1[0-2])(?:-(\d\d))?)?/.exec(date) ?? [];
  return [year, month, day].filter(Boolean).map(Number);
}

function inWords(date) {
  const [year, month, day] = parts(date);
  return year ? [day, month && MONTHS[month - 1], year].filter(Boolean).join(" ") : date;
}

/** Text inside the braces of a BibTeX field. */
function tex(text) {
  const named = { "\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}" };
  return text.replace(/[\\~^{}%&$#_]/g, (sign) => named[sign] ?? `\\${sign}`);
}

// --- the dialog ---

function today() {
  const now = new Date();
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((n) => String(n).padStart(2, "0")).join("-");
}

/** What `where` (a statement, or the colophon of a page) says of itself. */
function cited(where) {
  const page = document.querySelector("link[rel=canonical]")?.href ?? location.href.split("#")[0];
  const link = where.querySelector(".kb-permalink")?.getAttribute("href") ?? "";
  return {
    title: where.dataset.title,
    site: document.querySelector(".md-logo")?.getAttribute("aria-label") ?? location.host,
    url: new URL(link, page).href,
    reviewed: where.dataset.reviewed ?? where.querySelector("time").dateTime,
    accessed: today(),
  };
}

let shown;

function show(where) {
  const made = formats(cited(where));
  shown?.remove();
  const output = element("pre", { tabindex: 0, "aria-labelledby": "kb-cite-title" });
  const said = element("span", { role: "status" });
  const copy = element("button", { type: "button", class: "kb-button" });
  const choices = Object.keys(made).map((name) =>
    element("label", {}, element("input", { type: "radio", name: "kb-cite-format", value: name }), name),
  );
  const choose = (name) => {
    output.textContent = made[name];
    copy.textContent = `Copy ${name === "Text" ? "text" : name}`;
    said.textContent = "";
    copy.onclick = async () => {
      said.textContent = (await copied(made[name], output)) ? "Copied" : "Press Ctrl+C or ⌘C to copy";
    };
  };
  const close = element("button", { type: "button", class: "kb-button" }, "Close");
  shown = element(
    "dialog",
    { class: "kb-cite-dialog md-typeset", "aria-labelledby": "kb-cite-title", closedby: "any" },
    element("h2", { id: "kb-cite-title" }, where.matches(".kb-statement") ? "Cite this statement" : "Cite this page"),
    element("fieldset", {}, element("legend", {}, "Format"), choices),
    output,
    element("p", { class: "kb-cite-dialog__foot" }, copy, said, close),
  );
  shown.addEventListener("change", (event) => choose(event.target.value));
  close.addEventListener("click", () => shown.close());
  shown.querySelector("input").checked = true;
  choose("Text");
  document.body.append(shown);
  shown.showModal();
}

/** Copies, also where the browser keeps its clipboard from pages that are not served over HTTPS. */
async function copied(text, output) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection().selectAllChildren(output);
    return document.execCommand("copy");
  }
}

onPage(() => {
  for (const statement of document.querySelectorAll(".kb-statement[data-title]")) {
    const label = `Cite: ${statement.dataset.title}`;
    const button = element("button", { type: "button", class: "kb-cite-button", "aria-label": label }, "Cite");
    statement.querySelector(".kb-permalink").after(button);
  }
  for (const page of document.querySelectorAll(".kb-cite-page")) {
    page.append(element("button", { type: "button", class: "kb-cite-button" }, "BibTeX, RIS or CSL-JSON"));
  }
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.(".kb-cite-button");
  if (button) show(button.closest("[data-title]"));
});
