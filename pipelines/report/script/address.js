// The address keeps the reader's choices: #case-… is a case alone, #model=…&case=… is all choices.
const chosen = new Map();
const listeners = [];

const readAddress = () => {
  const text = location.hash.slice(1);
  chosen.clear();
  if (text.includes("=")) for (const [name, value] of new URLSearchParams(text)) chosen.set(name, value);
  else if (caseIn(text)) chosen.set("case", caseIn(text));
};
/** The case that an address names, if it exists. */
const caseIn = (text) => {
  const id = text.includes("=") ? new URLSearchParams(text).get("case") : caseOf(decoded(text));
  return atOfId.has(id) ? id : null;
};
const decoded = (text) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};
const caseOf = (anchor) => anchor.replace(/^case:/, "");
const anchorOf = (id) => (id.startsWith("case-") ? id : `case:${id}`);

const addressOf = (values) => {
  if (values.size === 1 && values.has("case"))
    return `#${encodeURIComponent(anchorOf(values.get("case"))).replaceAll("%3A", ":")}`;
  return `#${new URLSearchParams([...values])}`;
};
/** The address of a case that keeps all other choices. */
const addressOfCase = (at) => addressOf(new Map([...chosen, ["case", cases.case_id(at)]]));

/** Set choices; null or "" removes one. A step that Back should undo is pushed. */
const choose = (values, isStep = false) => {
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === "" || value === undefined) chosen.delete(name);
    else chosen.set(name, String(value));
  }
  const address = chosen.size ? addressOf(chosen) : "#";
  if (address === (location.hash || "#")) return;
  try {
    history[isStep ? "pushState" : "replaceState"](null, "", address);
  } catch {
    /* too many changes in a short time: the next one writes it */
  }
};
const onAddress = (listener) => {
  listeners.push(listener);
};
const follow = () => {
  readAddress();
  listeners.forEach((listener) => listener());
};

// A link to a section is not a choice: the page scrolls there and leaves the address alone.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href^='#']");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const target = document.getElementById(link.hash.slice(1));
  const id = caseIn(link.hash.slice(1));
  if (id) {
    event.preventDefault();
    choose({ case: id }, true);
    showCase(link);
  } else if (target && !link.matches(".skip")) {
    event.preventDefault();
    target.scrollIntoView();
    if (!target.hasAttribute("tabindex")) target.tabIndex = -1;
    target.focus({ preventScroll: true });
  }
});
addEventListener("popstate", follow);
addEventListener("hashchange", follow);
readAddress();
