// Per model: throughput per card against speed for one user, with the frontier of each hardware and
// quantization.
const MODEL = {
  x: cases.interactivity_tok_s_user,
  y: cases.output_tok_s_per_card,
  user: "Speed for one user (tok/s)",
  card: "Throughput per card (tok/s)",
};
const hasBoth = (at) => MODEL.x(at) > 0 && MODEL.y(at) > 0;
const MOST_LABELS = 8;

/** The models; those with the most hardware to choose from come first. */
const models = () => {
  const found = new Map();
  for (const at of everyCase) {
    const id = cases.model_id(at);
    const one = found.get(id) ?? {
      value: id,
      label: cases.model_name(at),
      count: 0,
      both: 0,
      hardware: new Set(),
    };
    one.count += 1;
    one.both += hasBoth(at) ? 1 : 0;
    if (hasBoth(at) && isRanked(at)) one.hardware.add(cases.hardware_id(at));
    found.set(id, one);
  }
  return [...found.values()]
    .sort(
      (a, b) =>
        b.hardware.size - a.hardware.size ||
        b.both - a.both ||
        b.count - a.count ||
        a.label.localeCompare(b.label, "en"),
    )
    .map((one) => ({
      ...one,
      note: one.both
        ? `${many(one.both, "claim")}, ${many(one.hardware.size, "accelerator")}`
        : "no claim has both speeds",
    }));
};
const modelList = models();
const lengthsOf = (at) => `${shown(cases.prefill_seq_len(at))} → ${shown(cases.decode_seq_len(at))}`;

/** The choice: the model, and its claims of one scope and, if chosen, one pair of lengths. */
const choice = () => {
  const model = modelList.find((one) => one.value === chosen.get("model")) ?? modelList[0];
  const of = everyCase.filter((at) => cases.model_id(at) === model?.value && hasBoth(at));
  const scopes = new Map();
  for (const at of of) scopes.set(cases.scope(at), (scopes.get(cases.scope(at)) ?? 0) + 1);
  const scope = scopes.has(chosen.get("scope"))
    ? chosen.get("scope")
    : [...scopes].sort((a, b) => b[1] - a[1])[0]?.[0];
  const ofScope = of.filter((at) => cases.scope(at) === scope);
  const lengths = new Map();
  for (const at of ofScope) lengths.set(lengthsOf(at), (lengths.get(lengthsOf(at)) ?? 0) + 1);
  const pair = lengths.has(chosen.get("lengths")) ? chosen.get("lengths") : "";
  const inPair = ofScope.filter((at) => !pair || lengthsOf(at) === pair);
  const found = chosen.get("evidence.only") ? inPair.filter((at) => cases.is_traceable(at)) : inPair;
  const asked = Number(chosen.get("speed"));
  const speed = asked > 0 && Number.isFinite(asked) ? asked : 0;
  return { model, of, scopes, scope, lengths, pair, found, speed };
};

/** Claims by hardware and quantization, each with the frontier of the ranked ones, fastest last. */
const seriesOf = (found) => {
  const groups = new Map();
  for (const at of found.filter(isRanked)) {
    const key = `${cases.hardware_id(at)}\n${cases.quant_id(at)}`;
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(at);
  }
  return [...groups].map(([key, members]) => {
    const frontier = [];
    for (const at of members.sort((a, b) => MODEL.x(b) - MODEL.x(a) || MODEL.y(b) - MODEL.y(a))) {
      if (!frontier.length || MODEL.y(at) > MODEL.y(frontier[0])) frontier.unshift(at);
    }
    return {
      key,
      hardware: cases.hardware_id(members[0]),
      name: `${cases.hardware_name(members[0])}, ${cases.quant_id(members[0])}`,
      members,
      frontier,
    };
  });
};
let rows = [];
let current = null;
const drawModel = chart("model", (width) => {
  const { found, speed } = current;
  const height = Math.max(330, Math.min(470, width * 0.6));
  const inner = { left: 62, right: width - 14, top: 30, bottom: height - 50 };
  const x = scale("log", logDomain(found.map(MODEL.x)), [inner.left, inner.right]);
  const y = scale("log", logDomain(found.map(MODEL.y)), [inner.bottom, inner.top]);
  const points = found.map((at) => ({ at, x: x(MODEL.x(at)), y: y(MODEL.y(at)) }));
  const best = rows[0]?.key;
  const lines = current.series.map((one) => {
    const path = one.frontier.map((at, place) => {
      const [px, py] = [rounded(x(MODEL.x(at))), rounded(y(MODEL.y(at)))];
      return place ? `V${py}H${px}` : `M${inner.left} ${py}H${px}`;
    });
    return s("path", {
      class: one.key === best ? "line best" : "line",
      d: `${path.join("")}V${inner.bottom}`,
    });
  });
  lines.sort((a, b) => a.classList.contains("best") - b.classList.contains("best"));
  const at = speed > 0 ? Math.min(inner.right, Math.max(inner.left, x(speed))) : null;
  const labels = rows
    .slice(0, MOST_LABELS)
    .map((row) => ({ row, x: x(MODEL.x(row.at)), y: y(MODEL.y(row.at)) }))
    .sort((a, b) => a.y - b.y);
  // A name without room beside its mark is left out; the ranking has it.
  let above = -99;
  for (const label of labels) {
    const free = Math.max(label.y, above + 15);
    label.hasRoom = free - label.y < 20 || label.row.key === best;
    if (label.hasRoom) {
      label.y = free;
      above = free;
    }
  }
  return {
    svg: canvas(
      width,
      height,
      axis("y", y, [inner.left, inner.right], MODEL.card, Math.floor(height / 50)),
      axis("x", x, [inner.bottom, inner.top, inner.left], MODEL.user, Math.floor(width / 70)),
      at
        ? s("rect", {
            class: "below",
            x: inner.left,
            y: inner.top,
            width: at - inner.left,
            height: inner.bottom - inner.top,
          })
        : null,
      lines,
      marksOf(points),
      at ? s("path", { class: "limit", d: `M${at} ${inner.top}V${inner.bottom}` }) : null,
      labels
        .filter(({ hasRoom }) => hasRoom)
        .map((label) => {
          const isLeft = label.x > width * 0.55;
          const room = isLeft ? label.x - 10 : width - label.x - 10;
          return s(
            "text",
            {
              class: label.row.key === best ? "label best" : "label",
              x: label.x + (isLeft ? -10 : 10),
              y: label.y - 7,
              "text-anchor": isLeft ? "end" : "start",
            },
            fitted(label.row.name, 0.93 * room),
          );
        }),
    ),
    points,
    lines: ({ at: one }) => [
      ...about(one),
      ["Quantization", cases.quant_id(one)],
      ["tok/s for one user", shown(MODEL.x(one))],
      ["tok/s per card", shown(MODEL.y(one))],
      ["Tokens per joule", shown(cases.output_tok_s_per_w(one))],
      ["Prompt → output", lengthsOf(one)],
      ...standing(one),
    ],
  };
});
