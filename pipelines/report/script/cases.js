// The table of cases: search, filters and order over all cases; one page of rows at a time.
const PAGE = 50;
const collator = new Intl.Collator("en", { numeric: true });
const BADNESS = { impossible: 3, implausible: 2, "not judged": 1, plausible: 0 };
/** Columns of the table in the order of its heads: value to sort by, cell. */
const NUMBERS = given.numbers.map(([name, decimals]) => {
  const value = cases[name];
  return {
    isNumber: true,
    value,
    cell: (at) =>
      h(
        "td",
        { class: "number" },
        fixed(value(at), decimals),
        name === "decode_tok_s" && cases.scope(at) !== "decoding" && value(at) !== null
          ? h("small", {}, cases.scope(at))
          : null,
      ),
  };
});
const textColumn = (value) => ({ value, cell: (at) => h("td", {}, value(at) ?? "–") });
const verdictWord = (verdict) => h("span", { class: `verdict-word ${verdict.replace(" ", "-")}` }, verdict);
const COLUMNS = [
  {
    value: cases.title,
    cell: (at) =>
      h("th", { scope: "row" }, h("a", { class: "title", href: addressOfCase(at) }, cases.title(at))),
  },
  {
    value: cases.hardware_name,
    cell: (at) => h("td", {}, `${cases.hardware_name(at)} × ${shown(cases.card_count(at))}`),
  },
  textColumn(cases.model_name),
  textColumn(cases.quant_id),
  textColumn(cases.engine_name),
  {
    isNumber: true,
    value: (at) => BADNESS[cases.verdict(at)] * 1e6 + cases.error_count(at) * 1e3 + cases.warn_count(at),
    cell: (at) => h("td", {}, verdictWord(cases.verdict(at))),
  },
  { value: cases.evidence, cell: (at) => h("td", {}, `${isTraceableWord(at)} ${cases.evidence(at)}`) },
  ...NUMBERS,
];
/** Filters by their name in the address: column of the cases, control. */
const FILTERS = {
  verdict: cases.verdict,
  evidence: cases.evidence,
  hardware: cases.hardware_id,
  source: cases.source_id,
};
let fitting = everyCase;
let page = 0;

const filtered = () => {
  const wanted = words(chosen.get("q") ?? "");
  const tests = Object.entries(FILTERS)
    .filter(([name]) => chosen.has(name))
    .map(
      ([name, column]) =>
        (at) =>
          column(at) === chosen.get(name),
    );
  return everyCase.filter(
    (at) => tests.every((test) => test(at)) && wanted.every((word) => haystack(at).includes(word)),
  );
};
const ordered = (found) => {
  const [column, direction] = (chosen.get("sort") ?? "").split(".");
  const by = COLUMNS[Number(column)];
  if (!direction || !by) return found;
  const sign = direction === "ascending" ? 1 : -1;
  const isAbsent = (value) => value === null || value === "";
  return [...found].sort((one, two) => {
    const [a, b] = [by.value(one), by.value(two)];
    if (isAbsent(a) || isAbsent(b)) return isAbsent(a) - isAbsent(b);
    return sign * (by.isNumber ? a - b : collator.compare(a, b));
  });
};

const drawPage = (size = PAGE) => {
  const pages = Math.max(1, Math.ceil(fitting.length / size));
  page = Math.min(page, pages - 1);
  const first = page * size;
  fill(
    $("#claims tbody"),
    fitting.slice(first, first + size).map((at) =>
      h(
        "tr",
        { "data-case": cases.case_id(at) },
        COLUMNS.map(({ cell }) => cell(at)),
      ),
    ),
  );
  $("#page").textContent =
    `${grouped(fitting.length ? first + 1 : 0)} to ${grouped(Math.min(first + size, fitting.length))} of ${grouped(fitting.length)}`;
  $("#page-back").disabled = page === 0;
  $("#page-on").disabled = page >= pages - 1;
  $("#pages").hidden = pages < 2;
};
const showCases = () => {
  fitting = ordered(filtered());
  page = 0;
  $("#count").textContent = `${grouped(fitting.length)} of ${many(cases.length, "case")}`;
  $("#no-hit").hidden = fitting.length > 0;
  $("#claims").parentElement.hidden = fitting.length === 0;
  const [column, direction] = (chosen.get("sort") ?? "").split(".");
  all("#claims thead th").forEach((head, at) => {
    if (direction && String(at) === column) head.setAttribute("aria-sort", direction);
    else head.removeAttribute("aria-sort");
  });
  drawPage();
};
const showControls = () => {
  if (document.activeElement !== $("#filter-text")) $("#filter-text").value = chosen.get("q") ?? "";
  for (const name of Object.keys(FILTERS)) $(`#filter-${name}`).value = chosen.get(name) ?? "";
};

const startCases = () => {
  if (!$("#claims")) return;
  $(".filters").hidden = false;
  $("#filter-text").addEventListener(
    "input",
    later(cases.length > 2000 ? 120 : 0, () => {
      choose({ q: $("#filter-text").value.trim() });
      showCases();
    }),
  );
  for (const name of Object.keys(FILTERS)) {
    $(`#filter-${name}`).addEventListener("change", ({ target }) => {
      choose({ [name]: target.value });
      showCases();
    });
  }
  $("#clear").addEventListener("click", () => {
    choose({ q: null, ...Object.fromEntries(Object.keys(FILTERS).map((name) => [name, null])) });
    showControls();
    showCases();
    $("#filter-text").focus();
  });
  // Numbers start with the highest, text with A; missing values stay last.
  all("#claims thead th").forEach((head, at) =>
    head.querySelector("button").addEventListener("click", () => {
      const [first, second] = COLUMNS[at].isNumber
        ? ["descending", "ascending"]
        : ["ascending", "descending"];
      choose({ sort: `${at}.${head.ariaSort === first ? second : first}` });
      showCases();
    }),
  );
  const turn = (step) => {
    page += step;
    drawPage();
    $("#claims").parentElement.scrollTop = 0;
  };
  $("#page-back").addEventListener("click", () => turn(-1));
  $("#page-on").addEventListener("click", () => turn(1));
  onAddress(() => {
    showControls();
    showCases();
  });
  showControls();
  showCases();
};
