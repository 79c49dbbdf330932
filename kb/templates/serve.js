// Shows the page as it is after every build, and lays what is wrong over it. Only there while the site is being written.
(() => {
  const PARTS = ["container", "header-topic"].map((name) => `[data-md-component=${name}]`); // what differs between records
  const { version, frame } = document.currentScript.dataset;
  let seen = { version: Number(version), frame: Number(frame) }; // as the page was made
  let box = null;

  /** Puts what is new into the page, as the theme does when it follows a link without leaving the page. */
  async function renew(version) {
    const address = location.href.split("#")[0];
    const answer = await fetch(address);
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (version !== seen.version) return; // there is something newer already
    const asked = performance // by other scripts, which would go on with what they were told
      .getEntriesByType("resource")
      .filter(({ initiatorType, name }) => initiatorType === "fetch" && name !== address);
    const tags = [...next.head.children].map((tag, i) => [document.head.children[i], tag]); // scripts add theirs below
    const parts = PARTS.map((part) => [document, next].map((page) => page.querySelector(part)));
    const alike = [...tags, ...parts].every(([old, made]) => old && old.nodeName === made?.nodeName);
    if (asked.length || !answer.ok || answer.redirected || !window.document$ || !alike) {
      location.reload();
      return;
    }
    const { scrollX, scrollY } = window;
    for (const [old, made] of tags) if (!old.isEqualNode(made)) old.replaceWith(made);
    for (const [old, made] of parts) old.replaceWith(made);
    for (const script of document.querySelectorAll(`${PARTS[0]} script`)) {
      const again = document.createElement("script"); // one that came with a text is not run
      for (const { name, value } of script.attributes) again.setAttribute(name, value);
      again.textContent = script.textContent;
      script.replaceWith(again);
    }
    window.document$.next(document);
    if (location.hash) location.replace(location.hash); // marks what it leads to again
    scrollTo(scrollX, scrollY);
    performance.clearResourceTimings();
  }

  new EventSource("/-/events").onmessage = (event) => {
    const before = seen;
    seen = JSON.parse(event.data);
    if (seen.problems) {
      box ??= document.body.appendChild(document.createElement("pre"));
      box.id = "kb-problems";
      box.setAttribute("role", "alert");
      box.textContent = seen.problems;
      Object.assign(box.style, {
        position: "fixed", inset: "auto 0 0 0", maxHeight: "50vh", overflow: "auto", margin: 0, padding: "1rem",
        background: "#5b1019", color: "#fff", font: "14px/1.5 monospace", zIndex: 1000, whiteSpace: "pre-wrap",
      });
      return;
    }
    box?.remove();
    box = null;
    if (before.frame !== seen.frame) location.reload();
    else if (before.version !== seen.version) renew(seen.version).catch(() => location.reload());
  };
})();
