// What `prepare.py` worked out in, the article of a page out. Texts are HTML already; only attributes are escaped here.
import { readFileSync } from "node:fs";

const read = (name) => JSON.parse(readFileSync(new URL(`./${name}`, import.meta.url), "utf8"));

export const statements = read("statements.json");
export const records = read("records.json");
export const indexes = read("indexes.json");
export const prose = read("prose.json");
const shells = read("shells.json");

const SPECIAL = /[&<>"]/;
const NAMES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escape = (text) => (SPECIAL.test(text) ? text.replace(/[&<>"]/g, (c) => NAMES[c]) : text);
const capital = (text) => text[0].toUpperCase() + text.slice(1);
const each = (list, print) => {
  let all = "";
  for (let i = 0; i < list.length; i++) all += print(list[i], i);
  return all;
};
const joined = (list, by, print) => each(list, (item, i) => (i ? by : "") + print(item));

/** The theme's page around an article: `name` is a type, or a type's list. */
export function framed(name, values, article) {
  const shell = shells[name];
  let page = "";
  for (const part of shell) page += typeof part === "string" ? part : part.slot === "article" ? article : values[part.slot];
  return page;
}

export function page(record, prose) {
  const values = {
    title: escape(record.title),
    description: escape(record.description),
    canonical: `http://127.0.0.1:8000/${record.type}/${record.id}/`,
    edit_url: `https://git.example.org/sent-abroad/edit/main/data/${record.type}/${record.id}.yaml`,
    toc: toc(record.toc),
  };
  return framed(record.type, values, article(record, values, prose));
}

const toc = (entries) =>
  each(entries, (e) => `<li class="md-nav__item"><a href="#${e.id}" class="md-nav__link"><span class="md-ellipsis">${e.title}</span></a>${e.children?.length ? `<nav class="md-nav" aria-label="${e.title}"><ul class="md-nav__list">${toc(e.children)}</ul></nav>` : ""}</li>`);

const marks = (numbers) =>
  numbers.length ? `<sup class="kb-cite">${each(numbers, (n) => `<a href="#cite-${n}" aria-label="Source ${n}">[${n}]</a>`)}</sup>` : "";

const heading = (id, title) => `<h2 id="${id}">${title}<a class="headerlink" href="#${id}" title="Permanent link">#</a></h2>\n`;
const section = (part, id, title, print) => (part && part.length !== 0 ? heading(id, title) + print(part) : "");

/** What is the same of a statement on every page, printed once. */
const rests = new Map();
function rest(ref) {
  let made = rests.get(ref);
  if (made === undefined) {
    const s = statements[ref];
    made = `${s.scope.length ? `<ul class="kb-scope" aria-label="Scope">${each(s.scope, (c) => `<li class="kb-chip kb-chip--${c.kind}"><span class="kb-chip__kind">${c.kind}</span> ${c.html}</li>`)}</ul>\n` : ""}${each(s.says, (v) => `<p class="kb-says">${v.who}${each(v.modalities, (m) => ` <span class="kb-modality">${m}</span>`)}</p>\n`)}${s.note ? `<p class="kb-note">${s.note}</p>\n` : ""}<p class="kb-status"><span class="kb-mark kb-${s.status}" title="${s.means}">${s.status}</span>${s.origins > 1 ? ` <span class="kb-origins">${s.origins} independent origins</span>` : ""}${each(s.disputes, (d) => ` <a class="kb-dispute-link" href="${d.href}">${d.name}</a>`)} <span class="kb-acts"><a class="kb-permalink" href="${s.href}" aria-label="Link to this statement" title="Link to this statement">#</a></span></p></li>\n`;
    rests.set(ref, made);
  }
  return made;
}

function statement({ ref, marks: numbers }, own) {
  const s = statements[ref];
  return `<li class="kb-statement kb-${s.status}"${own ? ` id="${s.id}"` : ""} data-title="${escape(s.sentence)}" data-reviewed="${s.reviewed}">\n<p class="kb-value">${own ? "" : `${s.subject} <span class="kb-property">${s.label}</span> `}${s.value}${numbers ? marks(numbers) : ""}</p>\n${rest(ref)}`;
}

const statementList = (list, own) => `<ul class="kb-statements">\n${each(list, (s) => statement(s, own))}</ul>\n`;
const rows = (list) => each(list, (r) => `<div><dt>${r.label}</dt><dd>${r.html}</dd></div>\n`);

function article(r, values, prose) {
  const reviewed = r.reviewed;
  return `<nav class="kb-path" aria-label="Breadcrumb"><ol>
<li><a href="../../">Home</a></li>
<li><a class="kb-type kb-type--${r.type}" href="../../${r.type}/">${capital(r.type)}</a></li>
</ol></nav>
<h1 id="top">${r.name}<a class="headerlink" href="#top" title="Permanent link">#</a></h1>
<aside class="kb-infobox" aria-label="At a glance">
<p class="kb-infobox__title">${r.name}</p>
${each(r.hangul, (name) => `<p class="kb-infobox__name" lang="ko-Hang">${name}</p>\n`)}<dl>
<div><dt>type</dt><dd><span class="kb-type kb-type--${r.type}">${r.label}</span>${r.kind ? `, ${r.kind}` : ""}</dd></div>
${rows(r.rows)}${each(r.box, (b) => `<div><dt>${b.label}</dt><dd>${joined(b.values, "<br>", (v) => v.html + marks(v.marks))}</dd></div>\n`)}</dl>
</aside>
${r.question ? `<p class="kb-question">${r.question}</p>\n` : ""}<p class="kb-lead">${r.summary}</p>
${r.state ? `<p class="kb-note"><strong>${r.state}.</strong> ${r.because}</p>\n` : ""}${r.protected ? `<p class="kb-note kb-protected">Described by role only, for their safety; <a href="../../protection/">why some people are not named</a>.</p>\n` : ""}<ul class="kb-strip" aria-label="What stands behind this page">
${each(r.strip, (s) => `<li><strong>${s.n}</strong> ${s.noun}</li>\n`)}<li>reviewed on <strong>${reviewed.words}</strong></li>
</ul>
${prose}${section(r.positions, "positions", "Positions", positions)}${section(r.common, "common-ground", "Common ground", agreed)}${section(r.settle, "would-settle", "What would settle it", (l) => `<ul>\n${each(l, (i) => `<li>${i}</li>\n`)}</ul>\n`)}${section(r.sums, "calculations", "Calculations", sums)}${section(r.definition, "definition", "Definition", definition)}${section(r.chart, "chart", "Chart", (c) => chart(r, c))}${section(r.map, "map", "Where it is", (m) => map(r, m))}${section(r.provenance, "provenance", "What is known of it", (l) => `<dl class="kb-links">\n${rows(l)}</dl>\n`)}${section(r.lineage, "lineage", "Where its words come from", (l) => lineage(r, l))}${section(r.voices, "voices", "Who speaks in it", voices)}${section(r.resting, "resting", "What rests on it", (l) => each(l, (g) => `<section class="kb-group" id="paragraph-${g.at}">\n<h3>Paragraph ${g.at}</h3>\n${statementList(g.statements, false)}</section>\n`) + (r.resting_more ? `<p class="kb-note">And ${r.resting_more} of this source: <a href="../../views/statements/?source=${r.id}">every statement that rests on it</a>, or <a href="../../api/v1/sources/${r.id}.json">the same as JSON</a></p>\n` : ""))}${section(r.groups, "statements", TITLES[r.type] ?? "Statements", (l) => each(l, (g) => `<section class="kb-group">\n<h3 id="${g.id}">${g.title}<a class="headerlink" href="#${g.id}" title="Permanent link">#</a></h3>\n${statementList(g.statements, true)}</section>\n`))}${section(r.holding, "holding", "Statements that hold here", (l) => `${statementList(l, false)}<p class="kb-note">${r.holding_more ? `And ${r.holding_more}. ` : ""}<a href="../../views/statements/?place=${r.id}">Every statement about ${r.name}</a>, or that leads to it</p>\n`)}${section(r.names, "names", "Other names", names)}${r.related || r.around ? heading("related", "Related records") : ""}${r.related ? `<dl class="kb-links">\n${each(r.related, (g) => `<div><dt class="kb-type kb-type--${g.type}">${capital(g.type)}</dt><dd>${g.links.join(" · ")}</dd></div>\n`)}</dl>\n` : ""}${r.around ? around(r.around) : ""}${section(r.backlinks, "backlinks", "What points here", backlinks)}${section(r.cites, "sources", "Sources", (l) => sources(l, r.originals))}<details class="kb-cite-page" data-title="${values.title}" data-reviewed="${reviewed.date}">
<summary>Cite this page</summary>
<p>“${r.name}”, Sent Abroad, reviewed ${reviewed.words}, <span class="kb-address">${values.canonical}</span></p>
</details>
<ul class="kb-colophon">
<li>Last changed with the review of <time datetime="${reviewed.date}">${reviewed.words}</time></li>
<li><a href="../../api/v1/${r.type}/${r.id}.json">This record as JSON</a></li>
<li><a href="${values.edit_url}" rel="noreferrer">Edit data/${r.type}/${r.id}.yaml</a></li>
<li><a href="../../corrections/">Ask for a correction or removal</a></li>
</ul>`;
}

const TITLES = { figures: "Observations", sources: "Statements about it" };

const positions = (list) => `<div class="kb-positions">
${each(list, (p) => `<section class="kb-position" id="${p.id}" aria-labelledby="${p.id}-label">
<h3 id="${p.id}-label">${p.title}</h3>
<p class="kb-says">Held by ${p.holders.join(", ")}; on record ${p.since}</p>
${statementList(p.statements, false)}</section>
`)}</div>
`;

const agreed = (list) => `<ul class="kb-agreed">
${each(list, (a) => `<li>${a.text}${marks(a.marks)}
<p class="kb-says">${joined(a.statements, " · ", ({ ref }) => `<a href="${statements[ref].href}">${escape(statements[ref].sentence)}</a>`)}</p></li>
`)}</ul>
`;

const sums = (list) => each(list, (s) => `<section class="kb-calculation" id="${s.id}">
<h3>${s.question}<a class="headerlink" href="#${s.id}" title="Permanent link">#</a></h3>
<p class="kb-sum"><code>${s.expression}</code> = <strong>${s.result}</strong></p>
<dl class="kb-links">
${each(s.inputs, (i) => `<div><dt><code>${i.name}</code></dt><dd><a href="${i.href}">${i.value}</a>${marks(i.marks)} ${i.of}${i.when ? `, ${i.when}` : ""}</dd></div>\n`)}</dl>
</section>
`);

const definition = (d) => `<p class="kb-definition">${d.text}</p>
<dl class="kb-links">
<div><dt>Counted</dt><dd>${d.includes.join(" · ")}</dd></div>
<div><dt>Not counted</dt><dd>${d.excludes.join(" · ")}</dd></div>
</dl>
`;

const chart = (r, c) => `<figure class="kb-chart">
<p class="kb-chart__unit">${c.unit}</p>
<svg class="kb-drawing" width="100%" height="262" role="group" aria-label="${r.name} over time">
${each(c.grid, (t, i) => `<line class="kb-grid${i ? "" : " kb-grid--base"}" x1="0" x2="100%" y1="${t.y}" y2="${t.y}"/><text class="kb-tick" x="0" y="${t.y - 4}">${t.label}</text>\n`)}${each(c.years, (t) => `<line class="kb-grid" x1="${t.x}%" x2="${t.x}%" y1="236" y2="241"/>${t.label ? `<text class="kb-tick" text-anchor="middle" x="${t.at}%" y="256">${t.label}</text>` : ""}\n`)}${each(c.marks, (m) => `<a class="kb-mark-link kb-${m.status} kb-amount--${m.kind}" href="#${m.id}"><title>${escape(m.tip)}</title>
${each(m.bands, (b) => `<rect class="kb-band kb-fade-${b.fade}" x="${m.x1}%" width="${m.width}%" y="${b.y}" height="${b.height}"/>\n`)}<line class="kb-value" x1="${m.x1}%" x2="${m.x2}%" y1="${m.y}" y2="${m.y}"/>
${m.bands.length ? `<svg class="kb-arrow" x="${m.middle}%" y="${m.tip_at}" width="1" height="1"><path d="${m.kind === "at-least" ? "M-5 0 0 -8 5 0z" : "M-5 0 0 8 5 0z"}"/></svg>\n` : ""}${m.label.text ? `<text class="kb-label" text-anchor="${m.label.anchor}" x="${m.label.x}%" y="${m.label.y}">${m.label.text}</text>\n` : ""}<line class="kb-hit" x1="${m.x1}%" x2="${m.x2}%" y1="${m.y}" y2="${m.y}"/>
</a>
`)}</svg>
<p class="kb-note">Full line: one value. Dashed: about. Fading onwards: at least, no upper end said. Fading back: at most, no lower end said. As wide as the time it holds for.</p>
</figure>
<div class="kb-table kb-table--close" role="group" aria-label="Table" tabindex="0"><table class="kb-table__table">
<thead><tr><th scope="col">Time</th><th scope="col">Value, and who says it</th></tr></thead>
<tbody>
${each(c.table, (t) => {
  const s = statements[t.ref];
  return `<tr><td>${s.scope.length ? s.scope[0].html : ""}</td><td><a class="kb-amount" href="#${s.id}">${t.value}</a> <span class="kb-mark kb-${s.status}" title="${s.means}">${s.status}</span><br>${joined(s.says, "; ", (v) => v.who)}${marks(t.marks)}</td></tr>\n`;
})}</tbody></table></div>
<p class="kb-chart__files">The same as a file: <a href="../../api/v1/figures/${r.id}.json">JSON</a></p>
`;

const map = (r, m) => `<figure class="kb-atlas kb-atlas--small">
<svg class="kb-map kb-map--world" viewBox="0 0 1000 446" role="group" aria-label="The world">
<desc>The world: 1 place.</desc>
<rect class="kb-map__sea" width="1000" height="446"/>
<use class="kb-map__land" href="../../assets/outline.svg#world-land"/>
<a class="kb-map__mark kb-map__mark--${m.kind}" href="#top" aria-label="${r.name}, ${m.kind}"><title>${r.name}, ${m.kind}</title><circle class="kb-map__touch" cx="${m.x}" cy="${m.y}" r="8"/><circle cx="${m.x}" cy="${m.y}" r="6"/><text class="kb-map__name kb-map__name--wide" x="${m.x}" y="${m.y}" text-anchor="start">${r.name}</text></a>
</svg>
</figure>
`;

const at = (list) => joined(list, ", ", (a) => (a.cited ? `<a href="#paragraph-${a.n}">${a.n}</a>` : a.n));

const lineage = (r, l) => `<div class="kb-lineage">
<p class="kb-lineage__root"><strong>${r.name}</strong></p>
<ul>
${l.own ? `<li><p>its own words <span class="kb-see">${l.own}</span></p></li>\n` : ""}${each(l.voices, (v) => `<li><p><a href="#voice-${v.id}">${v.description}</a> <span class="kb-see">paragraphs ${at(v.at)}${v.statements ? `; ${v.statements}` : ""}</span></p></li>\n`)}</ul>
</div>
`;

const voices = (list) => `<div class="kb-table" role="group" aria-label="Table" tabindex="0"><table class="kb-table__table">
<thead><tr><th scope="col">Who speaks</th><th scope="col">Known of them</th></tr></thead>
<tbody>
${each(list, (v) => `<tr id="voice-${v.id}"><td>${v.description}<br><span class="kb-see">${v.kind}, paragraphs ${at(v.at)}</span></td>\n<td></td></tr>\n`)}</tbody></table></div>
`;

const names = (list) => `<div class="kb-table" role="group" aria-label="Table" tabindex="0"><table class="kb-table__table">
<thead><tr><th scope="col">Name</th><th scope="col">From</th></tr></thead>
<tbody>
${each(list, (n) => `<tr><td><span lang="${n.lang}">${n.html}</span><br><span class="kb-see">${n.writing}</span></td>\n<td><span class="kb-inferred">${n.from}</span></td></tr>\n`)}</tbody></table></div>
`;

const side = (list, which) => `<ul class="kb-around__side kb-around__side--${which}">
${each(list, (g) => `<li class="kb-around__type"><span class="kb-type kb-type--${g.type}">${capital(g.type)}</span></li>\n${each(g.spokes, (s) => `<li><a href="${s.href}" title="${escape(s.says)}">${s.name}</a></li>\n`)}`)}</ul>
`;

const around = (d) => `<div class="kb-around">
${side(d.left, "left")}<div class="kb-around__lines"><svg viewBox="0 0 100 ${d.height}" preserveAspectRatio="none" aria-hidden="true">
<path class="kb-around__line" d="${d.lines}"/>
<path class="kb-around__dot" d="${d.dots}"/>
<path class="kb-around__middle" d="M50 ${d.middle}h0"/>
</svg></div>
${side(d.right, "right")}</div>
${d.more ? `<p class="kb-note">And ${d.more} joined to this one; <a href="../../views/network/">the network</a> has the best connected of all.</p>\n` : ""}`;

const backlinks = (list) => `<dl class="kb-links">
${each(list, (g) => `<div><dt>${g.label}</dt><dd>${joined(g.links, " · ", (l) => `<a href="${l.href}">${l.name}</a>${each(l.again, (href, i) => ` <a class="kb-again" href="${href}" aria-label="${escape(l.title)}, statement ${i + 2}">${i + 2}</a>`)}`)}</dd></div>\n`)}</dl>
`;

const sources = (list, originals) => `<ol class="kb-sources">
${each(list, (c) => `<li id="cite-${c.n}" value="${c.n}"><a href="${c.href}">${c.name}</a>, paragraph ${c.at}${c.voices ? `, citing ${c.voices}` : ""} <span class="kb-grading"><span class="kb-mark kb-grade">${c.grade}</span> <span class="kb-see">${c.means}</span></span></li>\n`)}</ol>
<ul class="kb-originals">
${each(originals, (o) => `<li>${o.name}: ${o.url}</li>\n`)}</ul>
`;

export const index = (list) => `<nav class="kb-letters" aria-label="Letters">${each(list.letters, (g) => `<a href="#letter-${g.letter}">${g.letter}</a> `)}</nav>
<div class="kb-az">
${each(list.letters, (g) => `<section>
<h3 id="letter-${g.letter}">${g.letter}</h3>
<ul class="kb-index">
${each(g.entries, (e) => `<li>${e.link} <span class="kb-see">${e.see}</span></li>\n`)}</ul>
</section>
`)}</div>
`;
