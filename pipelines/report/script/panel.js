// The panel of a case: another case to compare, a query, and the way back.
const panel = $("#case");
let opener = null;

const openCase = (at) => {
  choose({ case: cases.case_id(at) }, true);
  showCase(document.activeElement);
};
/** Show or hide the panel. If it covers the page, as on a phone, nothing behind it takes the focus. */
const showPanel = (isOpen = !panel.hidden) => {
  panel.hidden = !isOpen;
  const covers = isOpen && panel.offsetWidth >= document.documentElement.clientWidth;
  all(".skip, .top, main, footer").forEach((behind) => {
    behind.inert = covers;
  });
};
addEventListener("resize", () => showPanel());
const closeCase = () => {
  choose({ case: null, with: null });
  showPanel(false);
  opener?.isConnected && opener.focus({ preventScroll: true });
};

const queryOf = (at, other) => {
  const ids = [at, ...(other === null ? [] : [other])].map(
    (one) => `'${cases.case_id(one).replaceAll("'", "''")}'`,
  );
  return ids.length === 1
    ? `select * from marts.mart_case_metrics where case_id = ${ids[0]};\nselect severity, message from marts.mart_case_findings where case_id = ${ids[0]};`
    : `select * from marts.mart_case_metrics where case_id in (${ids.join(", ")});`;
};
const copied = async (event, text) => {
  try {
    await navigator.clipboard.writeText(text);
    event.target.textContent = "Copied";
  } catch {
    // not allowed: select the text, to be copied by hand
    getSelection().selectAllChildren(event.target.previousElementSibling);
    event.target.textContent = "Selected: copy it";
  }
};
const queryBox = (at, other) =>
  h(
    "div",
    { class: "query" },
    h("pre", { tabindex: "0", "aria-label": "SQL query" }, queryOf(at, other)),
    h("button", { type: "button", click: (event) => copied(event, queryOf(at, other)) }, "Copy"),
  );

const showCase = async (from = null) => {
  const at = atOfId.get(chosen.get("case"));
  if (at === undefined) {
    showPanel(false);
    return;
  }
  hideTip();
  if (from && !panel.contains(from)) opener = from;
  const found = await details();
  const other = atOfId.get(chosen.get("with")) ?? null;
  const input = h("input", {
    id: "compare-input",
    type: "search",
    role: "combobox",
    "aria-expanded": "false",
    "aria-controls": "compare-list",
    "aria-autocomplete": "list",
    autocomplete: "off",
    placeholder: "a case of any hardware or model",
  });
  fill(
    panel,
    h(
      "header",
      {},
      h("h3", { id: "case-title", tabindex: "-1" }, cases.title(at)),
      h("button", { type: "button", class: "close", click: closeCase, "aria-label": "Close the case" }, "✕"),
    ),
    h(
      "div",
      { class: "combo control" },
      h("label", { for: "compare-input" }, "Compare with"),
      input,
      h("ul", { id: "compare-list", role: "listbox", "aria-label": "Cases", hidden: true }),
    ),
    other === null
      ? null
      : h(
          "p",
          { class: "of" },
          `The other: ${cases.title(other)} (${cases.verdict(other)}) `,
          h(
            "button",
            {
              type: "button",
              click: () => {
                choose({ with: null });
                showCase();
              },
            },
            "Remove it",
          ),
        ),
    told(found, at, other),
    queryBox(at, other),
  );
  combobox(
    input,
    () => caseOptions(at),
    (id) => {
      choose({ with: id });
      showCase();
    },
  ).show(other === null ? "" : cases.title(other));
  panel.classList.toggle("wide", other !== null);
  showPanel(true);
  panel.scrollTop = 0;
  $("#case-title").focus({ preventScroll: true });
};
/** All other cases, those of the same model first. */
const caseOptions = (at) => {
  const rest = everyCase.filter((one) => one !== at);
  const isNear = (one) => cases.model_id(one) === cases.model_id(at);
  return [...rest.filter(isNear), ...rest.filter((one) => !isNear(one))].map((one) => ({
    value: cases.case_id(one),
    label: cases.title(one),
    note: `${cases.hardware_name(one)}, ${cases.verdict(one)}`,
  }));
};
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !panel.hidden) closeCase();
});
onAddress(() => showCase());
