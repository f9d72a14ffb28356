const $ = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];

// Theme: that of the system until the reader chooses; charts follow by CSS variables.
const system = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => (document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
const nameTheme = () => { $("#theme").textContent = isDark() ? "Light" : "Dark"; };
$("#theme").addEventListener("click", () => {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
  nameTheme();
});
system.addEventListener("change", nameTheme);
nameTheme();

// Cases: an address #case-… opens its case, also where the filter hides it.
const openCase = () => {
  const found = document.getElementById(location.hash.slice(1));
  if (!found?.matches("details.case")) return;
  $("#vg-tooltip-element")?.classList.remove("visible"); // of the chart that was clicked
  all(".case.target").forEach((other) => other.classList.remove("target"));
  found.hidden = false;
  found.open = true;
  found.classList.add("target");
  found.scrollIntoView({ block: "start" });
  found.querySelector("summary").focus({ preventScroll: true });
};
addEventListener("hashchange", openCase);
all("details.case").forEach((found) => found.addEventListener("toggle", () => {
  if (found.open) history.replaceState(null, "", `#${found.id}`);
}));
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href^='#case']");
  if (link && link.hash === location.hash) openCase();
});

// Filter: the table and the findings show the same cases.
const rows = all("#claims tbody tr");
const byCase = new Map(rows.map((row) => [row.dataset.case.replace(/^case:/, ""), row]));
const filter = () => {
  const text = $("#filter-text").value.trim().toLowerCase();
  const verdict = $("#filter-verdict").value;
  const hardware = $("#filter-hardware").value;
  let count = 0;
  for (const row of rows) {
    const { dataset } = row;
    const fits = (!verdict || dataset.verdict === verdict)
      && (!hardware || dataset.hardware === hardware)
      && (row.textContent + dataset.case).toLowerCase().includes(text);
    row.hidden = !fits;
    document.getElementById(dataset.case).hidden = !fits;
    count += fits;
  }
  $("#count").textContent = `${count} of ${rows.length} cases`;
};
if (rows.length) {
  $("#filter-text").addEventListener("input", filter);
  $("#filter-verdict").addEventListener("change", filter);
  $("#filter-hardware").addEventListener("change", filter);
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

// Charts: Vega's expressions are interpreted (ast), as the page forbids eval.
const { charts, data } = JSON.parse($("#specs").textContent);
const drawn = Promise.all(all("[data-chart]").map(async (place) => {
  const spec = charts[place.dataset.chart];
  const { view } = await vegaEmbed(place, { ...spec, datasets: { ...spec.datasets, ...data } }, {
    mode: "vega-lite", renderer: "svg", actions: false, ast: true,
    tooltip: { theme: "custom" },
  });
  view.addEventListener("click", (_, item) => {
    const found = byCase.get(item?.datum?.case_id);
    if (found) location.hash = found.dataset.case;
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
