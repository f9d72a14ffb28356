// A search box with a list: arrows move, Enter chooses, Escape closes.
const MOST_OPTIONS = 200;

/**
 * Turn an input with a list after it into a combobox. `options()` returns [{value, label, note}];
 * `onChoose(value)` is called with the value of an option.
 */
const combobox = (input, options, onChoose) => {
  const list = input.nextElementSibling;
  let found = [];
  let active = -1;
  let label = "";
  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    input.value = label;
  };
  const mark = (place) => {
    active = place;
    [...list.children].forEach((child, at) => child.setAttribute("aria-selected", String(at === active)));
    const one = list.children[active];
    if (one?.id) {
      input.setAttribute("aria-activedescendant", one.id);
      one.scrollIntoView({ block: "nearest" });
    }
  };
  const open = (text) => {
    const wanted = words(text);
    found = options().filter((one) =>
      wanted.every((word) => `${one.label} ${one.value}`.toLowerCase().includes(word)),
    );
    const rest = found.length - MOST_OPTIONS;
    found = found.slice(0, MOST_OPTIONS);
    fill(
      list,
      found.map((one, at) =>
        h(
          "li",
          {
            role: "option",
            id: `${list.id}-${at}`,
            "aria-selected": "false",
            mousedown: (event) => {
              event.preventDefault();
              pick(at);
            },
          },
          h("span", {}, one.label),
          one.note ? h("small", {}, one.note) : null,
        ),
      ),
    );
    if (rest > 0 || !found.length)
      list.append(
        h(
          "li",
          { role: "option", "aria-disabled": "true", "aria-selected": "false", class: "note" },
          found.length ? `${grouped(rest)} more: type to narrow` : "No match",
        ),
      );
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    mark(found.length && text ? 0 : -1);
  };
  const pick = (at) => {
    label = found[at].label;
    close();
    onChoose(found[at].value);
  };
  input.addEventListener("input", () => open(input.value));
  input.addEventListener("focus", () => input.select());
  input.addEventListener("click", () => {
    if (list.hidden) open("");
  });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) open("");
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (found.length) mark((active + step + found.length) % found.length);
    } else if (event.key === "Enter" && !list.hidden && active >= 0 && active < found.length) {
      event.preventDefault();
      pick(active);
    } else if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      close();
    }
  });
  return {
    show: (text) => {
      label = text;
      input.value = text;
    },
  };
};
