// Elements and text for the other scripts. Data becomes text and attributes here, never HTML.

const HANGUL = /([\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]+(?: +[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]+)*)/;

/** An element with attributes and children: element("a", { href }, "text", another). What is false or null is left out. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== false && child !== ""));
  return made;
}

/** Text in which hangul is marked as Korean. */
export function spoken(text) {
  return text.split(HANGUL).map((part, i) => (i % 2 ? element("span", { lang: "ko" }, part) : part));
}

/** Runs `start` for every page: with instant navigation each one, otherwise the one that is there. */
export function onPage(start) {
  if (window.document$) window.document$.subscribe(start);
  else start();
}
