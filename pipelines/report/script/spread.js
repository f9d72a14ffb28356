// Distributions: a row for each name, with a lane for each of its verdicts. Up to 60 values are
// marks; more are a box of the middle half, with a line from the 5th to the 95th percentile and ends
// at the lowest and the highest. Nothing is clipped or left out.
const MOST_MARKS = 60;
const FIRST_ROWS = 16;
const quantile = (sorted, share) => {
  const at = (sorted.length - 1) * share;
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low + (high - low) * (at - Math.floor(at));
};

/** Rows of values by name and lane: [{name, lanes: [{lane, points: [{value, at}]}], count}]. */
const rowsOf = (points, nameOf, laneOf, lanes) => {
  const found = new Map();
  for (const point of points) {
    const name = nameOf(point);
    const row = found.get(name) ?? { name, lanes: new Map(), count: 0 };
    const lane = laneOf(point);
    if (!row.lanes.has(lane)) row.lanes.set(lane, []);
    row.lanes.get(lane).push(point);
    row.count += 1;
    found.set(name, row);
  }
  return [...found.values()].map((row) => ({
    ...row,
    lanes: lanes
      .filter((lane) => row.lanes.has(lane))
      .map((lane) => ({ lane, points: row.lanes.get(lane).sort((a, b) => a.value - b.value) })),
  }));
};
/** The median of a row's first lane, by which rows are ordered; ranked claims come first. */
const middle = ({ lanes: [{ points }] }) =>
  quantile(
    points.map(({ value }) => value),
    0.5,
  );

const box = (points, x, y, lane) => {
  const values = points.map(({ value }) => value);
  const [low, five, first, half, third, most, high] = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1].map((share) =>
    rounded(x(quantile(values, share))),
  );
  return s(
    "g",
    { class: `box ${lane.replace(" ", "-")}` },
    s("path", { class: "whisker", d: `M${five} ${y}H${most}` }),
    s("rect", { x: first, y: y - 5, width: Math.max(1, third - first), height: 10 }),
    s("path", { class: "half", d: `M${half} ${y - 5}V${y + 5}` }),
    s("path", { class: "end", d: `M${low} ${y - 3}V${y + 3}M${high} ${y - 3}V${y + 3}` }),
  );
};
const tellBox = (lane, points) => {
  const values = points.map(({ value }) => value);
  return [
    ["Of", many(values.length, "case")],
    ["Verdict", lane],
    ["Lowest", shown(values[0])],
    ["Middle half", `${shown(quantile(values, 0.25))} to ${shown(quantile(values, 0.75))}`],
    ["Median", shown(quantile(values, 0.5))],
    ["Highest", shown(values.at(-1))],
  ];
};

/**
 * Draw a chart of distributions. `spec`: rows(), title of the axis, `at` (a value with a line and its
 * name), band (two values), tells(point), noun for a row.
 */
const spread = (name, spec) => {
  let isWhole = false;
  const more = $(`[data-more="${name}"]`);
  if (!more) return;
  const redraw = chart(name, (width) => {
    const every = spec.rows();
    const rows = isWhole ? every : every.slice(0, FIRST_ROWS);
    more.hidden = every.length <= FIRST_ROWS;
    more.textContent = isWhole ? `Show the first ${FIRST_ROWS}` : `Show all ${many(every.length, spec.noun)}`;
    const isNarrow = width < 560;
    const inner = {
      left: isNarrow ? 8 : Math.min(270, width * 0.4),
      right: width - (isNarrow ? 12 : 52),
      top: 26,
    };
    const values = rows.flatMap((row) =>
      row.lanes.flatMap(({ points }) => [points[0].value, points.at(-1).value]),
    );
    const x = scale("log", logDomain([...values, ...(spec.at ? [spec.at[0]] : []), ...(spec.band ?? [])]), [
      inner.left,
      inner.right,
    ]);
    let y = inner.top;
    const points = [];
    const marks = [];
    const labels = [];
    for (const row of rows) {
      const top = y + (isNarrow ? 20 : 0);
      labels.push(
        s(
          "text",
          {
            class: "name",
            x: isNarrow ? inner.left : inner.left - 12,
            y: isNarrow ? top - 3 : top + 4 + 7 * row.lanes.length,
            "text-anchor": isNarrow ? "start" : "end",
          },
          fitted(row.name, isNarrow ? width - 70 : inner.left - 16),
        ),
        s(
          "text",
          {
            class: "count",
            x: width,
            y: isNarrow ? top - 3 : top + 4 + 7 * row.lanes.length,
            "text-anchor": "end",
          },
          grouped(row.count),
        ),
      );
      row.lanes.forEach(({ lane, points: of }, place) => {
        const middleOf = top + 8 + 14 * place;
        if (of.length > MOST_MARKS) {
          marks.push(box(of, x, middleOf, lane));
          points.push({
            x: x(
              quantile(
                of.map(({ value }) => value),
                0.5,
              ),
            ),
            y: middleOf,
            tells: tellBox(lane, of),
          });
        } else points.push(...of.map((point) => ({ ...point, x: x(point.value), y: middleOf, lane })));
      });
      y = top + 14 * row.lanes.length + (isNarrow ? 8 : 12);
    }
    const height = y + 50;
    const single = points.filter(({ tells }) => !tells);
    return {
      svg: canvas(
        width,
        height,
        spec.band
          ? s("rect", {
              class: "band",
              x: x(spec.band[0]),
              y: inner.top - 6,
              width: x(spec.band[1]) - x(spec.band[0]),
              height: y - inner.top,
            })
          : null,
        axis(
          "x",
          x,
          [y, inner.top - 6, inner.left],
          spec.title,
          Math.max(3, Math.floor((inner.right - inner.left) / 64)),
        ),
        spec.at
          ? [
              s("path", { class: "roof", d: `M${x(spec.at[0])} ${inner.top - 8}V${y}` }),
              s(
                "text",
                { class: "label", x: x(spec.at[0]), y: inner.top - 12, "text-anchor": "middle" },
                spec.at[1],
              ),
            ]
          : null,
        labels,
        marks,
        marksOf(single, 4),
      ),
      points,
      note:
        rows.length < every.length
          ? ` Shown: the first ${rows.length} of ${many(every.length, spec.noun)}, by the median of the plausible ones.`
          : "",
      lines: (point) => point.tells ?? spec.tells(point),
    };
  });
  more.addEventListener("click", () => {
    isWhole = !isWhole;
    redraw();
  });
  redraw();
};

const pen = document.createElement("canvas").getContext("2d");
/** A text, cut short if it is wider than its room. */
const fitted = (text, room) => {
  pen.font = `13px ${getComputedStyle(document.body).fontFamily}`;
  if (pen.measureText(text).width <= room) return text;
  let end = text.length;
  while (end > 1 && pen.measureText(`${text.slice(0, end)}…`).width > room) end -= 1;
  return `${text.slice(0, end).trimEnd()}…`;
};

/** Distributions of a number of the cases by hardware, the hardware with the best median first. */
const byHardware = (name, column, title, rest = {}) => {
  const points = everyCase.filter((at) => column(at) > 0).map((at) => ({ at, value: column(at) }));
  const rows = rowsOf(
    points,
    ({ at }) => cases.hardware_name(at),
    ({ at }) => cases.verdict(at),
    VERDICTS,
  ).sort(
    (a, b) =>
      VERDICTS.indexOf(a.lanes[0].lane) - VERDICTS.indexOf(b.lanes[0].lane) ||
      middle(b) - middle(a) ||
      a.name.localeCompare(b.name, "en"),
  );
  spread(name, {
    ...rest,
    title,
    noun: "accelerator",
    rows: () => rows,
    tells: ({ at, value }) => [
      ...about(at),
      ["Model", cases.model_name(at)],
      [title, shown(value)],
      ...standing(at),
    ],
  });
};
