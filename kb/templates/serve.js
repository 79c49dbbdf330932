// Reloads the page after every build, and lays what is wrong over it. Only there while the site is being written.
(() => {
  let seen = null;
  let box = null;
  new EventSource("/-/events").onmessage = (event) => {
    const { version, problems } = JSON.parse(event.data);
    if (problems) {
      box ??= document.body.appendChild(document.createElement("pre"));
      box.id = "kb-problems";
      box.setAttribute("role", "alert");
      box.textContent = problems;
      Object.assign(box.style, {
        position: "fixed", inset: "auto 0 0 0", maxHeight: "50vh", overflow: "auto", margin: 0, padding: "1rem",
        background: "#5b1019", color: "#fff", font: "14px/1.5 monospace", zIndex: 1000, whiteSpace: "pre-wrap",
      });
    } else if (seen !== null && version !== seen) {
      location.reload();
    } else {
      box?.remove();
      box = null;
    }
    seen = version;
  };
})();
