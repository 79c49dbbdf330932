// On the page for addresses that do not exist: the records whose ids are nearest to what was asked for.

import { element, spoken } from "./element.js";

/** Share of the pairs of neighbouring letters that two words have in common, 0 to 1 (Sørensen-Dice). */
function likeness(a, b) {
  const pairs = (word) => Array.from(word.slice(1), (letter, i) => word[i] + letter);
  const left = pairs(a);
  const right = pairs(b);
  const shared = left.filter((pair) => {
    const at = right.indexOf(pair);
    if (at >= 0) right.splice(at, 1);
    return at >= 0;
  }).length;
  return (2 * shared) / (Math.max(1, a.length - 1) + Math.max(1, b.length - 1));
}

/** An address as it reads; one that is not well formed stays as it is. */
function decoded(address) {
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}

const place = document.getElementById("kb-missing");
const parts = decoded(location.pathname).toLowerCase().split("/").filter((part) => part && part !== "index.html");
const asked = parts.at(-1) ?? "";
const records = await (await fetch(place.dataset.ids)).json();
const nearest = records
  .map((record) => ({ ...record, score: likeness(asked, record.id) + (parts.includes(record.type) ? 0.1 : 0) }))
  .filter((record) => record.score > 0.4)
  .sort((a, b) => b.score - a.score)
  .slice(0, 5);
for (const { id, type, caption } of nearest) {
  const link = element("a", { href: `${place.dataset.root}/${type}/${id}/`.replace(/\/+/g, "/") }, ...spoken(caption));
  place.querySelector("ul").append(element("li", {}, link, ` ${type}/${id}/`));
}
place.hidden = nearest.length === 0;
