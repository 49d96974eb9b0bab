"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector) => Array.from(document.querySelectorAll(selector));
  const byId = (id) => document.getElementById(id);

  // Theme: automatic (the system's), light, dark. Not remembered: the file keeps nothing.
  const themes = ["automatic", "light", "dark"];
  const theme = byId("theme");
  const name = byId("theme-name");
  theme.hidden = false;
  theme.addEventListener("click", () => {
    const next = themes[(themes.indexOf(root.dataset.theme || "automatic") + 1) % themes.length];
    if (next === "automatic") delete root.dataset.theme;
    else root.dataset.theme = next;
    name.textContent = next;
    theme.setAttribute("aria-label", "Theme: " + next);
  });

  // A link to a person opens that person, and shows them even when filtered out.
  const reveal = (id) => {
    const target = byId(id);
    if (!target || target.tagName !== "DETAILS") return;
    target.hidden = false;
    target.open = true;
    target.querySelector("summary").focus({ preventScroll: true });
    target.scrollIntoView();
  };
  all("[data-open]").forEach((link) =>
    link.addEventListener("click", (event) => {
      event.preventDefault();
      history.replaceState(null, "", "#" + link.dataset.open);
      reveal(link.dataset.open);
    }),
  );
  if (/^#(person|asked|wrong)-/.test(location.hash)) reveal(location.hash.slice(1));

  // Printing shows everything; afterwards all is as it was.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = all("details:not([open])");
    opened.forEach((one) => (one.open = true));
  });
  addEventListener("afterprint", () => {
    opened.forEach((one) => (one.open = false));
    opened = [];
  });

  const tools = byId("tools");
  if (!tools) return;
  tools.hidden = false;
  const filter = byId("filter");
  const status = byId("filter-count");
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const people = all("#people details.person").map((node) => ({ node, text: fold(node.textContent) }));

  const apply = () => {
    const words = fold(filter.value).split(/\s+/).filter(Boolean);
    let left = 0;
    people.forEach(({ node, text }) => {
      node.hidden = !words.every((word) => text.includes(word));
      left += node.hidden ? 0 : 1;
    });
    status.textContent = words.length ? left + " of " + people.length + " shown people" : "";
  };
  filter.addEventListener("input", apply);
  filter.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    filter.value = "";
    apply();
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.activeElement.matches("input, textarea, select")) return;
    event.preventDefault();
    filter.focus();
  });
  const openShown = (open) => people.forEach(({ node }) => { if (!node.hidden) node.open = open; });
  byId("open-all").addEventListener("click", () => openShown(true));
  byId("close-all").addEventListener("click", () => openShown(false));
})();
