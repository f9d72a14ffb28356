// Per model: throughput per card against speed for one user, the frontier of each hardware and
// quantization, and the ranking of them at the speed that the reader needs.
const MODEL = {
  x: cases.interactivity_tok_s_user,
  y: cases.output_tok_s_per_card,
  user: "Speed for one user (tok/s)",
  card: "Throughput per card (tok/s)",
};
const hasBoth = (at) => MODEL.x(at) > 0 && MODEL.y(at) > 0;
/** How the ranking may be ordered: its name, the value of a row, and what to say if none has one. */
const RANKINGS = {
  throughput: ["tokens per second per card", (row) => MODEL.y(row.at), ""],
  joule: ["tokens per joule", (row) => cases.output_tok_s_per_w(row.at), "No claim of this choice reports its power, hence none has tokens per joule."],
  dollar: ["tokens per dollar", (row) => row.perDollar, "Enter a price per card and hour to rank by tokens per dollar."],
};
const FIRST_RANKS = 12;
const MOST_LABELS = 8;
let isWholeRanking = false;
let shownModel = null;

/** The models, first those to choose the most hardware for. */
const models = () => {
  const found = new Map();
  for (const at of everyCase) {
    const id = cases.model_id(at);
    const one = found.get(id) ?? { value: id, label: cases.model_name(at), count: 0, both: 0, hardware: new Set() };
    one.count += 1;
    one.both += hasBoth(at) ? 1 : 0;
    if (hasBoth(at) && isRanked(at)) one.hardware.add(cases.hardware_id(at));
    found.set(id, one);
  }
  return [...found.values()]
    .sort((a, b) => b.hardware.size - a.hardware.size || b.both - a.both || b.count - a.count || a.label.localeCompare(b.label, "en"))
    .map((one) => ({ ...one, note: one.both ? `${many(one.both, "claim")}, ${many(one.hardware.size, "accelerator")}` : "no claim has both speeds" }));
};
const modelList = models();
const priceOf = (hardware) => { const price = Number(chosen.get(`price.${hardware}`)); return price > 0 ? price : null; };
const lengthsOf = (at) => `${shown(cases.prefill_seq_len(at))} → ${shown(cases.decode_seq_len(at))}`;

/** What is chosen: the model, and its claims of one scope and, if asked for, one pair of lengths. */
const choice = () => {
  const model = modelList.find((one) => one.value === chosen.get("model")) ?? modelList[0];
  const of = everyCase.filter((at) => cases.model_id(at) === model?.value && hasBoth(at));
  const scopes = new Map();
  for (const at of of) scopes.set(cases.scope(at), (scopes.get(cases.scope(at)) ?? 0) + 1);
  const scope = scopes.has(chosen.get("scope")) ? chosen.get("scope") : [...scopes].sort((a, b) => b[1] - a[1])[0]?.[0];
  const ofScope = of.filter((at) => cases.scope(at) === scope);
  const lengths = new Map();
  for (const at of ofScope) lengths.set(lengthsOf(at), (lengths.get(lengthsOf(at)) ?? 0) + 1);
  const pair = lengths.has(chosen.get("lengths")) ? chosen.get("lengths") : "";
  const inPair = ofScope.filter((at) => !pair || lengthsOf(at) === pair);
  const found = chosen.get("evidence.only") ? inPair.filter((at) => cases.is_traceable(at)) : inPair;
  const speed = Math.max(0, Number(chosen.get("speed")) || 0);
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
    return { key, hardware: cases.hardware_id(members[0]), name: `${cases.hardware_name(members[0])}, ${cases.quant_id(members[0])}`, members, frontier };
  });
};
/** The claim of each series with the most throughput at this speed or above; nothing between. */
const ranked = (series, speed, by) => {
  const value = RANKINGS[by][1];
  const rows = series.flatMap((one) => {
    const at = one.frontier.find((point) => MODEL.x(point) >= speed);
    if (at === undefined) return [];
    const price = priceOf(one.hardware);
    return [{ ...one, at, price, perDollar: price ? (3600 * MODEL.y(at)) / price : null }];
  });
  const order = (row) => value(row) ?? -1;
  return rows.sort((a, b) => order(b) - order(a) || MODEL.y(b.at) - MODEL.y(a.at) || a.name.localeCompare(b.name, "en"));
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
    return s("path", { class: one.key === best ? "line best" : "line", d: `${path.join("")}V${inner.bottom}` });
  });
  lines.sort((a, b) => a.classList.contains("best") - b.classList.contains("best"));
  const at = speed > 0 ? Math.min(inner.right, Math.max(inner.left, x(speed))) : null;
  const labels = rows.slice(0, MOST_LABELS).map((row) => ({ row, x: x(MODEL.x(row.at)), y: y(MODEL.y(row.at)) })).sort((a, b) => a.y - b.y);
  // A name that finds no room beside its mark is left to the ranking.
  let above = -99;
  for (const label of labels) {
    const free = Math.max(label.y, above + 15);
    label.hasRoom = free - label.y < 20 || label.row.key === best;
    if (label.hasRoom) { label.y = free; above = free; }
  }
  return {
    svg: canvas(width, height,
      axis("y", y, [inner.left, inner.right], MODEL.card, Math.floor(height / 50)),
      axis("x", x, [inner.bottom, inner.top, inner.left], MODEL.user, Math.floor(width / 70)),
      at ? s("rect", { class: "below", x: inner.left, y: inner.top, width: at - inner.left, height: inner.bottom - inner.top }) : null,
      lines, marksOf(points),
      at ? s("path", { class: "limit", d: `M${at} ${inner.top}V${inner.bottom}` }) : null,
      labels.filter(({ hasRoom }) => hasRoom).map((label) => {
        const isLeft = label.x > width * 0.55;
        const room = isLeft ? label.x - 10 : width - label.x - 10;
        return s("text", { class: label.row.key === best ? "label best" : "label", x: label.x + (isLeft ? -10 : 10), y: label.y - 7, "text-anchor": isLeft ? "end" : "start" }, fitted(label.row.name, 0.93 * room));
      })),
    points,
    lines: ({ at: one }) => [...about(one), ["Quantization", cases.quant_id(one)], ["tok/s for one user", shown(MODEL.x(one))], ["tok/s per card", shown(MODEL.y(one))], ["Tokens per joule", shown(cases.output_tok_s_per_w(one))], ["Prompt → output", lengthsOf(one)], ...standing(one)],
  };
});

const option = (value, label, isChosen) => h("option", { value, selected: isChosen }, label);
const isTraceableWord = (at) => (cases.is_traceable(at) ? "●" : "○");
const rankingRow = (row, place) => h("tr", {},
  h("td", { class: "number" }, String(place + 1)),
  h("th", { scope: "row" }, row.name),
  h("td", { class: "number" }, shown(MODEL.y(row.at))),
  h("td", { class: "number" }, shown(MODEL.x(row.at))),
  h("td", { class: "number" }, shown(cases.output_tok_s_per_w(row.at))),
  h("td", { class: "number" }, row.perDollar ? shown(row.perDollar) : "–"),
  h("td", { class: "number" }, row.perDollar ? shown(1e6 / row.perDollar) : "–"),
  h("td", {}, `${isTraceableWord(row.at)} ${cases.evidence(row.at)}`),
  h("td", {}, h("a", { href: addressOfCase(row.at), class: "title" }, cases.title(row.at)), h("small", {}, `${cases.source_id(row.at)}, ${shown(cases.card_count(row.at))} cards, ${lengthsOf(row.at)} tokens`)));

const rank = () => {
  const by = RANKINGS[chosen.get("rank")] ? chosen.get("rank") : "throughput";
  rows = ranked(current.series, current.speed, by);
  const listed = isWholeRanking ? rows : rows.slice(0, FIRST_RANKS);
  fill($("#ranking tbody"), listed.map(rankingRow));
  $("#ranking").parentElement.hidden = !rows.length;
  $("#ranking-more").hidden = rows.length <= FIRST_RANKS;
  $("#ranking-more").textContent = isWholeRanking ? `Show the first ${FIRST_RANKS}` : `Show all ${rows.length}`;
  const at = current.speed > 0 ? `at ${shown(current.speed)} tok/s or more for one user` : "at any speed";
  const left = current.series.length - rows.length;
  const isKnown = rows.some((row) => RANKINGS[by][1](row) !== null);
  $("#ranking-said").textContent = rows.length && !isKnown ? RANKINGS[by][2] : rows.length
    ? `By ${RANKINGS[by][0]}, ${at}: ${rows[0].name} leads ${rows.length === 1 ? "alone" : `of ${rows.length}`}${left ? `; ${left} ${left === 1 ? "is" : "are"} slower` : ""}.`
    : `No plausible claim of this choice runs ${at}.`;
  drawModel();
};

const drawPrices = () => {
  const hardware = new Map(current.series.map((one) => [one.hardware, cases.hardware_name(one.members[0])]));
  fill($("#prices"), [...hardware].sort((a, b) => a[1].localeCompare(b[1], "en")).map(([id, name]) => h("label", {}, h("span", {}, name),
    h("input", { type: "number", min: "0", step: "any", inputmode: "decimal", placeholder: "USD", value: chosen.get(`price.${id}`) ?? "",
      input: ({ target }) => { choose({ [`price.${id}`]: target.value }); rank(); } }))));
};

const showModel = () => {
  current = choice();
  const { model, scopes, scope, lengths, pair, found, speed } = current;
  if (!model) return;
  current.series = seriesOf(found);
  if (model.value !== shownModel) isWholeRanking = false;
  shownModel = model.value;
  modelBox.show(model.label);
  fill($("#model-scope"), [...scopes].map(([name, count]) => option(name, `${name} (${grouped(count)})`, name === scope)));
  $("#model-scope").parentElement.hidden = scopes.size < 2;
  fill($("#model-lengths"), option("", "any", !pair), [...lengths].sort((a, b) => b[1] - a[1]).map(([name, count]) => option(name, `${name} (${grouped(count)})`, name === pair)));
  $("#model-rank").value = RANKINGS[chosen.get("rank")] ? chosen.get("rank") : "throughput";
  $("#model-only").checked = Boolean(chosen.get("evidence.only"));
  slowest = found.reduce((least, at) => Math.min(least, MODEL.x(at)), Infinity);
  fastest = found.reduce((most, at) => Math.max(most, MODEL.x(at)), 1);
  showSpeed(speed);
  const has = found.length > 0;
  $('[data-plot="model"]').hidden = !has;
  $("#model-none").hidden = has;
  drawPrices();
  rank();
  if (!has) fill($('[data-plot="model"]'));
  const out = VERDICTS.slice(1).map((verdict) => [verdict, found.filter((at) => cases.verdict(at) === verdict).length]).filter(([, count]) => count);
  const silent = countOf((at) => cases.model_id(at) === model.value) - current.of.length;
  $('[data-note="model"]').textContent = [
    `${many(found.length, "claim")} of ${model.label}${scope ? `, of ${scope === "whole run" ? "a whole run" : scope}` : ""}.`,
    out.length ? `Drawn but not ranked: ${out.map(([verdict, count]) => `${grouped(count)} ${verdict}`).join(", ")}.` : "",
    silent ? `Not drawn: ${grouped(silent)} without both speeds.` : "",
    pair || lengths.size < 2 ? "" : `They are of ${lengths.size} pairs of prompt and output length: choose one to compare like with like.`,
  ].filter(Boolean).join(" ");
};

// The slider goes from any speed to the fastest in equal factors, as the axis does.
let [slowest, fastest] = [1, 1];
const STEPS = 100;
const placeOf = (speed) => (speed <= slowest || fastest <= slowest ? 0 : Math.min(STEPS, (STEPS * Math.log(speed / slowest)) / Math.log(fastest / slowest)));
const speedAt = (place) => (place <= 0 ? 0 : place >= STEPS ? fastest : Number((slowest * (fastest / slowest) ** (place / STEPS)).toPrecision(3)));
const showSpeed = (speed) => {
  $("#speed").setAttribute("aria-valuetext", speed ? `${shown(speed)} tokens per second` : "any speed");
  if (document.activeElement !== $("#speed")) $("#speed").value = String(placeOf(speed));
  if (document.activeElement !== $("#speed-number")) $("#speed-number").value = speed ? String(speed) : "";
};
const setSpeed = (number) => {
  current.speed = number > 0 ? number : 0;
  choose({ speed: current.speed || null });
  showSpeed(current.speed);
  rank();
};
const modelBox = $("#model-input") && combobox($("#model-input"), () => modelList, (id) => { choose({ model: id, lengths: null }); showModel(); });
const startModel = () => {
  if (!modelBox) return;
  $("#model-scope").addEventListener("change", ({ target }) => { choose({ scope: target.value }); showModel(); });
  $("#model-lengths").addEventListener("change", ({ target }) => { choose({ lengths: target.value }); showModel(); });
  $("#model-rank").addEventListener("change", ({ target }) => { choose({ rank: target.value }); if (target.value === "dollar") $(".prices").open = true; rank(); });
  $("#model-only").addEventListener("change", ({ target }) => { choose({ "evidence.only": target.checked ? 1 : null }); showModel(); });
  $("#speed").addEventListener("input", ({ target }) => setSpeed(speedAt(Number(target.value))));
  $("#speed-number").addEventListener("input", ({ target }) => setSpeed(Number(target.value)));
  $("#ranking-more").addEventListener("click", () => { isWholeRanking = !isWholeRanking; rank(); });
  showModel();
};
