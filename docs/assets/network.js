// The page of the whole network: what a record is joined to lights up on hover, on focus or when it is chosen from the
// list, and types can be left out. The drawing and its links are there without this.

import { element, onPage, spoken } from "./element.js";

const MOST = 40; // names in the line below the choices

onPage(() => {
  const drawing = document.querySelector(".kb-network");
  if (!drawing || drawing.dataset.ready) return;
  drawing.dataset.ready = "yes";

  const nodes = [...drawing.querySelectorAll(".kb-network__node")];
  const sectors = [...drawing.querySelectorAll(".kb-network__sector")];
  const names = nodes.map((node) => node.querySelector("title").textContent.replace(/, joined to [\d,]+ records?$/, ""));
  const around = nodes.map(() => []); // for each node, [the other, the path] for each it is joined to
  for (const path of drawing.querySelectorAll("[data-ends]")) {
    const [a, b] = path.dataset.ends.split(" ").map(Number);
    around[a].push([b, path]);
    around[b].push([a, path]);
  }

  const hidden = new Set(); // types left out
  const typeOf = (i) => nodes[i].closest(".kb-network__sector").dataset.type;
  const said = element("p", { class: "kb-network__said", "aria-live": "polite" });
  let lit = null;

  function light(i) {
    if (i === lit) return;
    lit = i;
    for (const old of drawing.querySelectorAll(".kb-lit")) old.classList.remove("kb-lit");
    drawing.classList.toggle("kb-network--lit", i !== null);
    choice.value = i ?? "";
    said.replaceChildren();
    if (i === null) return;
    nodes[i].classList.add("kb-lit");
    const others = around[i].filter(([other]) => !hidden.has(typeOf(other)));
    for (const [other, path] of others) {
      nodes[other].classList.add("kb-lit");
      path.classList.add("kb-lit");
    }
    const shown = others.map(([other]) => other).sort((a, b) => a - b);
    const link = (n) => element("a", { href: nodes[n].getAttribute("href") }, spoken(names[n]));
    said.append(element("strong", {}, link(i)), shown.length ? " is joined to " : " is joined to nothing that is drawn.");
    shown.slice(0, MOST).forEach((n, place) => said.append(place ? " · " : "", link(n)));
    if (shown.length > MOST) said.append(` and ${shown.length - MOST} more.`);
  }

  const choice = element(
    "select",
    { id: "kb-network-choice" },
    element("option", { value: "" }, "none"),
    sectors.map((sector) =>
      element(
        "optgroup",
        { label: sector.getAttribute("aria-label") },
        [...sector.querySelectorAll(".kb-network__node")].map((node) => {
          const i = nodes.indexOf(node);
          return element("option", { value: i }, names[i]);
        }),
      ),
    ),
  );
  choice.addEventListener("change", () => light(choice.value === "" ? null : Number(choice.value)));

  function leaveOut() {
    for (const sector of sectors) sector.classList.toggle("kb-off", hidden.has(sector.dataset.type));
    around.forEach((others, i) =>
      others.forEach(([other, path]) => path.classList.toggle("kb-off", hidden.has(typeOf(i)) || hidden.has(typeOf(other)))),
    );
    const again = lit !== null && !hidden.has(typeOf(lit)) ? lit : null;
    lit = undefined;
    light(again);
  }

  const types = sectors.map((sector) => {
    const box = element("input", { type: "checkbox", checked: true });
    box.addEventListener("change", () => {
      hidden[box.checked ? "delete" : "add"](sector.dataset.type);
      leaveOut();
    });
    return element("label", {}, box, ` ${sector.getAttribute("aria-label")}`);
  });

  drawing.before(
    element(
      "div",
      { class: "kb-network__choices" },
      element("p", {}, element("label", { for: choice.id }, "Show what is joined to "), choice),
      element("fieldset", {}, element("legend", {}, "Types drawn"), types),
      said,
    ),
  );

  const of = (event) => nodes.indexOf(event.target.closest?.(".kb-network__node"));
  let touched = false;
  drawing.addEventListener("pointerover", (event) => {
    touched = event.pointerType === "touch";
    if (!touched && of(event) >= 0) light(of(event));
  });
  drawing.addEventListener("focusin", (event) => !touched && of(event) >= 0 && light(of(event)));
  drawing.addEventListener("keydown", (event) => event.key === "Escape" && light(null));
  // A finger cannot hover: the first tap lights a record, the second follows its link.
  drawing.addEventListener("click", (event) => {
    const i = of(event);
    if (touched && i >= 0 && i !== lit) {
      event.preventDefault();
      light(i);
    } else if (i < 0) light(null);
  });
});
