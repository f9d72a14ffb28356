// Runs of one configuration over time, a line for each version of the tool.
const MEASURES = {
  decode_tok_s: "Output throughput (tok/s)",
  ttft_p50_ms: "Time to first token, median (ms)",
  tbt_p50_ms: "Time between tokens, median (ms)",
};
const moment = (text) => Date.parse(`${text.length > 10 ? text : `${text}T00:00:00`}Z`);
const percent = (value) => (value === null ? "–" : `${value > 0 ? "+" : ""}${(100 * value).toFixed(1)} %`);

const startRuns = async () => {
  const input = $("#runs-input");
  if (!input) return;
  const { labels, runs: block } = await inflated("#block-history");
  const runs = table(block);
  const every = Array.from({ length: runs.length }, (_, at) => at);
  const members = labels.map(() => []);
  every.forEach((at) => members[runs.configuration(at)].push(at));
  let of = [];
  const measure = () =>
    Object.hasOwn(MEASURES, chosen.get("measure")) ? chosen.get("measure") : "decode_tok_s";
  const redraw = chart("runs", (width) => {
    const value = runs[measure()];
    const drawnRuns = of.filter((at) => value(at) > 0);
    const height = 320;
    const inner = { left: 62, right: width - 16, top: 30, bottom: height - 50 };
    const highest = Math.max(...drawnRuns.map(value), 0) || 1;
    const times = drawnRuns.map((at) => moment(runs.ordered_at(at)));
    const [first, last] = times.length ? [Math.min(...times), Math.max(...times)] : [0, 1];
    const x = scale("linear", first === last ? [first - 1, last + 1] : [first, last], [
      inner.left + 10,
      inner.right - 10,
    ]);
    const y = scale("linear", [0, highest * 1.08], [inner.bottom, inner.top]);
    const points = drawnRuns.map((run) => ({
      at: runs.case(run),
      run,
      x: x(moment(runs.ordered_at(run))),
      y: y(value(run)),
    }));
    const tools = [...new Set(drawnRuns.map(runs.tool))];
    const isShort = last - first < 4 * 86400e3;
    const most = Math.max(2, Math.min(6, Math.floor(width / 160)));
    const days =
      first === last
        ? [first]
        : Array.from({ length: most }, (_, at) => first + ((last - first) * at) / (most - 1));
    const labelled = tools.map((tool) => points.filter(({ run }) => runs.tool(run) === tool));
    let above = -99;
    return {
      svg: canvas(
        width,
        height,
        axis("y", y, [inner.left, inner.right], MEASURES[measure()], 6),
        days.map((day, at) =>
          s(
            "text",
            {
              class: "tick",
              x: x(day),
              y: inner.bottom + 18,
              "text-anchor":
                first === last ? "middle" : at === 0 ? "start" : at === days.length - 1 ? "end" : "middle",
            },
            new Date(day)
              .toISOString()
              .slice(0, isShort ? 16 : 10)
              .replace("T", " "),
          ),
        ),
        labelled.map((line, at) =>
          s("path", {
            class: `run line-${at % 4}`,
            d: line
              .map((point, place) => `${place ? "L" : "M"}${rounded(point.x)} ${rounded(point.y)}`)
              .join(""),
          }),
        ),
        marksOf(points),
        points
          .filter(({ run }) => runs.is_regression(run))
          .map((point) => s("circle", { class: "regression", cx: point.x, cy: point.y, r: 8 })),
        labelled
          .map((line) => ({ end: line.at(-1), tool: runs.tool(line[0].run) }))
          .sort((a, b) => a.end.y - b.end.y)
          .map(({ end, tool }) => {
            above = Math.max(end.y - 10, above + 15);
            const isLeft = end.x > width / 2;
            return s(
              "text",
              {
                class: "label",
                x: end.x + (isLeft ? -8 : 8),
                y: above,
                "text-anchor": isLeft ? "end" : "start",
              },
              tool,
            );
          }),
      ),
      points,
      lines: ({ at, run }) => [
        ["Run of", runs.ordered_at(run)],
        ["Tool", runs.tool(run)],
        ["Engine", runs.engine(run)],
        [MEASURES[measure()], shown(value(run))],
        ["Throughput", `${percent(runs.decode_tok_s_change(run))} against the previous run`],
        ["Verdict", cases.verdict(at)],
        ["Evidence", cases.evidence(at)],
      ],
    };
  });
  const show = () => {
    const asked = Number(chosen.get("runs"));
    const place = Object.hasOwn(labels, asked) ? asked : 0;
    of = members[place];
    box_.show(labels[place]);
    $("#runs-measure").value = measure();
    fill(
      $("#run-table tbody"),
      of.map((run) =>
        h(
          "tr",
          {},
          h(
            "th",
            { scope: "row" },
            h("a", { href: addressOfCase(runs.case(run)) }, runs.ordered_at(run).replace("T", " ")),
          ),
          h("td", {}, runs.tool(run)),
          h("td", {}, runs.engine(run)),
          h("td", { class: "number" }, shown(runs.decode_tok_s(run))),
          h("td", { class: "number" }, percent(runs.decode_tok_s_change(run))),
          h("td", { class: "number" }, percent(runs.ttft_change(run))),
          h("td", { class: "number" }, percent(runs.tbt_change(run))),
          h("td", {}, runs.is_regression(run) === null ? "–" : runs.is_regression(run) ? "regression" : "no"),
        ),
      ),
    );
    redraw();
  };
  const box_ = combobox(
    input,
    () => labels.map((label, at) => ({ value: String(at), label, note: many(members[at].length, "run") })),
    (at) => {
      choose({ runs: at });
      show();
    },
  );
  $("#runs-measure").addEventListener("change", ({ target }) => {
    choose({ measure: target.value });
    show();
  });
  onAddress(show);
  show();
};
