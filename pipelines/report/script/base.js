// Shared by all parts: elements, numbers in words, the theme.
const $ = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

/** Return a maker of elements: name, attributes (functions are listeners), children. */
const maker =
  (create) =>
  (name, attributes = {}, ...children) => {
    const made = create(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (typeof value === "function") made.addEventListener(key, value);
      else if (value !== null && value !== undefined && value !== false)
        made.setAttribute(key, value === true ? "" : value);
    }
    made.append(
      ...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false),
    );
    return made;
  };
const h = maker((name) => document.createElement(name));
const s = maker((name) => document.createElementNS("http://www.w3.org/2000/svg", name));

const given = JSON.parse($("#given").textContent);

const POWERS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const raised = (power) =>
  (power < 0 ? "⁻" : "") + [...String(Math.abs(power))].map((digit) => POWERS[digit]).join("");
const grouped = (value, decimals = 0) =>
  value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });

/** A value as the page shows it: three significant digits unless it is whole, an en dash for none. */
const shown = (value) => {
  if (value === null || value === undefined) return "–";
  if (typeof value !== "number") return String(value);
  if (!Number.isFinite(value)) return "–";
  if (Number.isInteger(value) && Math.abs(value) < 1e5) return grouped(value);
  const [mantissa, power] = value.toExponential(2).split("e");
  const exponent = Number(power);
  if (exponent < -4 || exponent > 8) return `${mantissa} × 10${raised(exponent)}`;
  const text = grouped(Number(`${mantissa}e${power}`), Math.max(0, 2 - exponent));
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
};
/** A number in a column whose numbers all have the same number of decimals. */
const fixed = (value, decimals) => {
  if (value === null || value === undefined || Math.abs(value) >= 1e9) return shown(value);
  const least = 10 ** -decimals;
  return value > 0 && value < least / 2 ? `< ${least.toFixed(decimals)}` : grouped(value, decimals);
};
/** `1 case`, `2 cases`. */
const many = (count, one, more = `${one}s`) => `${grouped(count)} ${count === 1 ? one : more}`;

/** Replace the children of an element. */
const fill = (element, ...children) => {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== false));
};

/** Return a function that calls another one once its own calls have paused. */
const later = (wait, call) => {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(call, wait, ...values);
  };
};

// Theme: that of the system until the reader chooses; charts follow by CSS variables.
const system = matchMedia("(prefers-color-scheme: dark)");
const isDark = () =>
  (document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
const nameTheme = () => {
  $("#theme").textContent = isDark() ? "Light" : "Dark";
};
$("#theme").addEventListener("click", () => {
  const chosen = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = chosen;
  try {
    localStorage.setItem("roofhouse-theme", chosen);
  } catch {
    /* not stored: the choice lasts as long as the page */
  }
  nameTheme();
});
system.addEventListener("change", nameTheme);
nameTheme();

// Boxes: a table wider than the screen says that it scrolls.
const measure = new ResizeObserver((entries) =>
  entries.forEach(({ target }) => {
    const box = target.parentElement;
    const isWider = box.scrollWidth > box.clientWidth + 1;
    box.classList.toggle("wider", isWider);
    box.previousElementSibling.hidden = !isWider;
  }),
);
all(".scroll > *").forEach((content) => measure.observe(content));
