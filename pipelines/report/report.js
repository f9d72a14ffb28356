const $ = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];

// Theme: that of the system until the reader chooses; charts follow by CSS variables.
const system = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => (document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
const nameTheme = () => { $("#theme").textContent = isDark() ? "Light" : "Dark"; };
$("#theme").addEventListener("click", () => {
  const chosen = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = chosen;
  try { localStorage.setItem("roofhouse-theme", chosen); } catch { /* it lasts as long as the page */ }
  nameTheme();
});
system.addEventListener("change", nameTheme);
nameTheme();

const hideTooltip = () => $("#vg-tooltip-element")?.classList.remove("visible");

// Cases: an address #case-… opens its case, also where the filter hides it.
const openCase = () => {
  const found = document.getElementById(location.hash.slice(1));
  if (!found?.matches("details.case")) return;
  hideTooltip(); // of the chart that was clicked
  all(".case.target").forEach((other) => other.classList.remove("target"));
  found.hidden = false;
  found.parentElement.hidden = false;
  $("#no-hit").hidden = true;
  found.open = true;
  found.classList.add("target");
  found.scrollIntoView({ block: "start" });
  found.querySelector("summary").focus({ preventScroll: true });
};
addEventListener("hashchange", openCase);
all("details.case").forEach((found) => found.querySelector("summary").addEventListener("click", () => {
  if (!found.open) history.replaceState(null, "", `#${found.id}`);
}));
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href^='#case']");
  if (link && link.hash === location.hash) openCase();
});

// Filter: the table and the findings show the same cases.
const rows = all("#claims tbody tr");
const byCase = new Map(rows.map((row) => [row.dataset.case.replace(/^case:/, ""), row]));
const filter = () => {
  const words = $("#filter-text").value.toLowerCase().split(/\s+/);
  const verdict = $("#filter-verdict").value;
  const hardware = $("#filter-hardware").value;
  let count = 0;
  for (const row of rows) {
    const { dataset } = row;
    const text = (row.textContent + dataset.case).toLowerCase();
    const fits = (!verdict || dataset.verdict === verdict)
      && (!hardware || dataset.hardware === hardware)
      && words.every((word) => text.includes(word));
    row.hidden = !fits;
    document.getElementById(dataset.case).hidden = !fits;
    count += fits;
  }
  $("#count").textContent = `${count} of ${rows.length} ${rows.length === 1 ? "case" : "cases"}`;
  $("#no-hit").hidden = count > 0;
  $(".cases").hidden = count === 0;
};
if (rows.length) {
  $("#filter-text").addEventListener("input", filter);
  $("#filter-verdict").addEventListener("change", filter);
  $("#filter-hardware").addEventListener("change", filter);
  $("#clear").addEventListener("click", () => {
    all(".filters input, .filters select").forEach((field) => { field.value = ""; });
    filter();
    $("#filter-text").focus();
  });
}

// Sort: numbers start with the highest, text with A; what is absent stays last.
const heads = all("#claims thead th");
heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
  const numeric = rows[0].cells[column].dataset.value !== undefined;
  const first = numeric ? "descending" : "ascending";
  const order = head.ariaSort === first ? (numeric ? "ascending" : "descending") : first;
  heads.forEach((other) => other.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", order);
  const key = (row) => numeric ? row.cells[column].dataset.value : row.cells[column].textContent.trim();
  const sign = order === "ascending" ? 1 : -1;
  const sorted = [...rows].sort((one, two) => {
    const [a, b] = [key(one), key(two)];
    if (a === "" || b === "") return (a === "") - (b === "");
    return sign * (numeric ? a - b : a.localeCompare(b, "en"));
  });
  $("#claims tbody").append(...sorted);
}));

// Boxes: a table wider than the screen says that it scrolls.
const measure = new ResizeObserver((entries) => entries.forEach(({ target }) => {
  const box = target.parentElement;
  const isWider = box.scrollWidth > box.clientWidth + 1;
  box.classList.toggle("wider", isWider);
  box.previousElementSibling.hidden = !isWider;
}));
all(".scroll > *").forEach((content) => measure.observe(content));

// Print: every case is told in full.
let closed = [];
addEventListener("beforeprint", () => {
  closed = all("details.case:not([open])");
  closed.forEach((found) => { found.open = true; });
});
addEventListener("afterprint", () => closed.forEach((found) => { found.open = false; }));

// A finger cannot hover: its first tap on a mark shows the numbers, its second opens the case.
let pointer = "mouse";
let touched = null;
addEventListener("pointerdown", (event) => {
  pointer = event.pointerType;
  if (pointer !== "touch") return;
  if (!$("#vg-tooltip-element.visible")) touched = null;
  hideTooltip();
}, true);
const isFirstTap = (view, event, item) => {
  const isFirst = pointer === "touch" && item !== touched;
  touched = item;
  if (isFirst && item?.tooltip) {
    view.tooltip()(view, event, item, item.tooltip);
    $("#vg-tooltip-element").classList.toggle("leads", byCase.has(item.datum?.case_id));
  }
  return isFirst;
};

const { charts, data, hints } = JSON.parse($("#specs").textContent);
all(".case dt").forEach((label) => { label.title = hints[label.textContent] ?? ""; });

// Charts: Vega's expressions are interpreted (ast), as the page forbids eval.
const drawn = Promise.all(all("[data-chart]").map(async (place) => {
  const spec = charts[place.dataset.chart];
  const { view } = await vegaEmbed(place, { ...spec, datasets: { ...spec.datasets, ...data } }, {
    mode: "vega-lite", renderer: "svg", actions: false, ast: true,
    tooltip: { theme: "custom" },
  });
  view.addEventListener("click", (event, item) => {
    const found = byCase.get(item?.datum?.case_id);
    if (!isFirstTap(view, event, item) && found) location.hash = found.dataset.case;
  });
  return view;
}));
drawn.then((views) => {
  document.documentElement.dataset.charts = views.length;
  $("#roof-hardware")?.addEventListener("change", ({ target }) => {
    for (const view of views) {
      if ("hardware" in view.getState().signals) view.signal("hardware", target.value).runAsync();
    }
  });
});
openCase();
// Once more when the charts above have their heights.
drawn.then(openCase);
