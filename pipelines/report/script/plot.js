// Charts: scales, axes, marks and their tips. All marks of a kind are one path, so that thousands
// of them cost little; the mark under the pointer is found by its distance.
const scale = (kind, [low, high], [from, to]) => {
  const place = kind === "log" ? Math.log10 : (value) => value;
  const [first, last] = [place(low), place(high)];
  const of = (value) => from + ((place(value) - first) / (last - first)) * (to - from);
  return Object.assign(of, {
    low,
    high,
    kind,
    value: (at) => {
      const inner = first + ((at - from) / (to - from)) * (last - first);
      return kind === "log" ? 10 ** inner : inner;
    },
  });
};
/** A range around values above 0, with some room; at least a decade. */
const logDomain = (values) => {
  let [low, high] = [Infinity, 0];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  [low, high] = [low / 1.35, high * 1.35];
  if (high < 10 * low) {
    const middle = Math.sqrt(low) * Math.sqrt(high);
    [low, high] = [middle / Math.sqrt(10), middle * Math.sqrt(10)];
  }
  return [low, high];
};
/** Places of ticks, as many as fit: a log axis has 1, 2 and 5, else powers of ten. */
const ticks = ({ kind, low, high }, most) => {
  if (kind !== "log") {
    const rough = (high - low) / most;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough);
    const first = Math.ceil(low / step);
    return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, at) =>
      Number(((first + at) * step).toPrecision(12)),
    );
  }
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const of = (steps, every) => {
    const found = [];
    for (let power = first; power <= last; power += 1) {
      if (power % every === 0) steps.forEach((step) => found.push(Number(`${step}e${power}`)));
    }
    return found.filter((value) => value >= low && value <= high);
  };
  const choices = [
    of([1, 2, 5], 1),
    of([1, 3], 1),
    ...[1, 2, 3, 4, 6, 10, 20].map((every) => of([1], every)),
  ];
  return choices.find((found) => found.length <= most) ?? choices.at(-1);
};

const SHAPES = {
  plausible: (x, y, r) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`,
  "not judged": (x, y, r) => `M${x - r} ${y - r}h${2 * r}v${2 * r}h${-2 * r}z`,
  implausible: (x, y, r) =>
    `M${x} ${y - 1.3 * r}l${1.3 * r} ${1.3 * r}l${-1.3 * r} ${1.3 * r}l${-1.3 * r} ${-1.3 * r}z`,
  impossible: (x, y, r) => `M${x - r} ${y - r}l${2 * r} ${2 * r}M${x - r} ${y + r}l${2 * r} ${-2 * r}`,
};
const MANY = 3000;
const sizeFor = (count) => (count < 300 ? 4.5 : count < MANY ? 3 : 1.7);
const rounded = (value) => Math.round(value * 10) / 10;

/**
 * Marks of cases, a path for each verdict (or lane, if a point has one) and kind of evidence;
 * plausible ones are on top.
 */
const marksOf = (points, size = sizeFor(points.length)) => {
  const paths = new Map(VERDICTS.flatMap((verdict) => [0, 1].map((filled) => [`${verdict}:${filled}`, []])));
  for (const { at, x, y, isFaded, lane = cases.verdict(at) } of points) {
    if (!isFaded)
      paths.get(`${lane}:${cases.is_traceable(at) ? 1 : 0}`).push(SHAPES[lane](rounded(x), rounded(y), size));
  }
  const faded = points
    .filter(({ isFaded }) => isFaded)
    .map(({ x, y }) => SHAPES.plausible(rounded(x), rounded(y), size));
  return [
    faded.length ? s("path", { class: "mark faded", d: faded.join("") }) : null,
    ...[...paths]
      .reverse()
      .filter(([, found]) => found.length)
      .map(([key, found]) => {
        const [verdict, filled] = key.split(":");
        return s("path", {
          class: `mark ${verdict.replace(" ", "-")}${filled === "1" ? " filled" : ""}${points.length > MANY ? " many" : ""}`,
          d: found.join(""),
          "data-count": found.length,
        });
      }),
  ];
};

/** An axis with its grid; `along` is its scale, `across` the ends of its grid. */
const axis = (side, along, across, title, most, only = null) => {
  const isX = side === "x";
  const found = only ?? ticks(along, most);
  return s(
    "g",
    { class: `axis ${side}` },
    found.map((tick) => {
      const at = rounded(along(tick));
      return s("path", {
        class: "grid",
        d: isX ? `M${at} ${across[0]}V${across[1]}` : `M${across[0]} ${at}H${across[1]}`,
      });
    }),
    found.map((tick) =>
      isX
        ? s("text", { x: rounded(along(tick)), y: across[0] + 18, "text-anchor": "middle" }, shown(tick))
        : s("text", { x: across[0] - 8, y: rounded(along(tick)) + 4, "text-anchor": "end" }, shown(tick)),
    ),
    title
      ? isX
        ? s("text", { class: "title", x: across[2] ?? 0, y: across[0] + 40 }, title)
        : s("text", { class: "title", x: 0, y: 12 }, title)
      : null,
  );
};

// The tip of a mark: beside the pointer, or at the bottom of a phone's screen.
const tip = h("div", { id: "tip", role: "status", hidden: true });
document.body.append(tip);
let tipped = null;
const hideTip = () => {
  tip.hidden = true;
  tipped = null;
  all(".plot .ring").forEach((ring) => ring.remove());
};
const showTip = (point, lines, event, leads) => {
  fill(
    tip,
    h(
      "dl",
      {},
      lines
        .filter(([, value]) => value !== null && value !== "")
        .map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
    ),
    leads && event.pointerType === "touch" ? h("p", {}, "Tap it again to open the case") : null,
  );
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  const left =
    event.clientX + 14 + width < innerWidth ? event.clientX + 14 : Math.max(8, event.clientX - 14 - width);
  const top = Math.max(8, Math.min(event.clientY + 12, innerHeight - height - 8));
  tip.style.left = `${left}px`;
  tip.style.top = `${top}px`;
  tipped = point;
};
addEventListener(
  "scroll",
  () => {
    if (!tip.hidden) hideTip();
  },
  { passive: true },
);
addEventListener(
  "pointerdown",
  (event) => {
    if (!event.target.closest?.(".plot svg")) hideTip();
  },
  true,
);

/** Let the marks of a drawing show their tips and open their cases. Points are {at, x, y}. */
const telling = (svg, points, lines) => {
  const near = (event) => {
    const box = svg.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let [best, distance] = [null, event.pointerType === "touch" ? 24 : 14];
    for (const point of points) {
      const away = Math.hypot(point.x - x, point.y - y);
      if (away < distance && !point.isFaded) [best, distance] = [point, away];
    }
    return best;
  };
  const point = (event) => {
    const found = near(event);
    svg.style.cursor = found && found.at !== undefined ? "pointer" : "";
    if (!found) {
      if (tipped) hideTip();
      return null;
    }
    if (found !== tipped) {
      hideTip();
      svg.append(s("circle", { class: "ring", cx: found.x, cy: found.y, r: 8 }));
      showTip(found, lines(found), event, found.at !== undefined);
    }
    return found;
  };
  svg.addEventListener("pointermove", (event) => {
    if (event.pointerType !== "touch") point(event);
  });
  svg.addEventListener("pointerleave", (event) => {
    if (event.pointerType !== "touch") hideTip();
  });
  svg.addEventListener("click", (event) => {
    const before = tipped;
    const found = event.pointerType === "touch" ? point(event) : near(event);
    if (found?.at === undefined || (event.pointerType === "touch" && before !== found)) return;
    hideTip();
    openCase(found.at);
  });
};

// Every chart is drawn again when the width of its place changes.
const drawn = [];
/** Draw into a place: `draw(width)` returns an svg, its points, and their tips. */
const chart = (name, draw) => {
  const place = $(`[data-plot="${name}"]`);
  if (!place) return () => {};
  let last = 0;
  const redraw = () => {
    last = place.clientWidth;
    if (!last) return;
    const { svg, points = [], lines, note } = draw(last);
    if (lines) telling(svg, points, lines);
    fill(place, svg);
    if (note !== undefined) fill($(`[data-note="${name}"]`), note);
  };
  new ResizeObserver(() => {
    if (Math.abs(place.clientWidth - last) > 1) {
      hideTip();
      redraw();
    }
  }).observe(place);
  drawn.push(redraw);
  return redraw;
};
/** The drawing of a chart. */
const canvas = (width, height, ...children) =>
  s("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, ...children);
/** The first lines in the tip of every case. */
const about = (at) => [
  ["Case", cases.title(at)],
  ["Hardware", `${cases.hardware_name(at)} × ${shown(cases.card_count(at))}`],
];
const standing = (at) => [
  ["Throughput", cases.scope(at) + (cases.is_open(at) ? ", open division" : "")],
  ["Verdict", cases.verdict(at)],
  ["Evidence", cases.evidence(at)],
];
