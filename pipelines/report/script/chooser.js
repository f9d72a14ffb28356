// What the reader chooses for a model: the model, its claims, the slowest speed.
let shownModel = null;
const option = (value, label, isChosen) => h("option", { value, selected: isChosen }, label);

const showModel = () => {
  current = choice();
  const { model, scopes, scope, lengths, pair, found, speed } = current;
  if (!model) return;
  current.series = seriesOf(found);
  if (model.value !== shownModel) isWholeRanking = false;
  shownModel = model.value;
  modelBox.show(model.label);
  fill(
    $("#model-scope"),
    [...scopes].map(([name, count]) => option(name, `${name} (${grouped(count)})`, name === scope)),
  );
  $("#model-scope").parentElement.hidden = scopes.size < 2;
  fill(
    $("#model-lengths"),
    option("", "any", !pair),
    [...lengths]
      .sort((a, b) => b[1] - a[1])
      .map(([name, count]) => option(name, `${name} (${grouped(count)})`, name === pair)),
  );
  $("#model-rank").value = rankedBy();
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
  const out = VERDICTS.slice(1)
    .map((verdict) => [verdict, found.filter((at) => cases.verdict(at) === verdict).length])
    .concat([
      [
        "of the open division",
        found.filter((at) => cases.verdict(at) === "plausible" && cases.is_open(at)).length,
      ],
    ])
    .filter(([, count]) => count);
  const silent = countOf((at) => cases.model_id(at) === model.value) - current.of.length;
  $('[data-note="model"]').textContent = [
    `${many(found.length, "claim")} of ${model.label}${scope ? `, of ${scope === "whole run" ? "a whole run" : scope}` : ""}.`,
    out.length
      ? `Drawn but not ranked: ${out.map(([verdict, count]) => `${grouped(count)} ${verdict}`).join(", ")}.`
      : "",
    silent ? `Not drawn: ${grouped(silent)} without both speeds.` : "",
    pair || lengths.size < 2
      ? ""
      : `They have ${lengths.size} pairs of prompt and output length: choose one to compare like with like.`,
  ]
    .filter(Boolean)
    .join(" ");
};

// The slider is logarithmic, as the axis is, from any speed to the fastest.
let [slowest, fastest] = [1, 1];
const STEPS = 100;
const placeOf = (speed) =>
  speed <= slowest || fastest <= slowest
    ? 0
    : Math.min(STEPS, (STEPS * Math.log(speed / slowest)) / Math.log(fastest / slowest));
const speedAt = (place) =>
  place <= 0
    ? 0
    : place >= STEPS
      ? fastest
      : Number((slowest * (fastest / slowest) ** (place / STEPS)).toPrecision(3));
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
const modelBox =
  $("#model-input") &&
  combobox(
    $("#model-input"),
    () => modelList,
    (id) => {
      choose({ model: id, lengths: null });
      showModel();
    },
  );
const startModel = () => {
  if (!modelBox) return;
  $("#model-scope").addEventListener("change", ({ target }) => {
    choose({ scope: target.value });
    showModel();
  });
  $("#model-lengths").addEventListener("change", ({ target }) => {
    choose({ lengths: target.value });
    showModel();
  });
  $("#model-rank").addEventListener("change", ({ target }) => {
    choose({ rank: target.value });
    if (target.value === "dollar") $(".prices").open = true;
    rank();
  });
  $("#model-only").addEventListener("change", ({ target }) => {
    choose({ "evidence.only": target.checked ? 1 : null });
    showModel();
  });
  $("#speed").addEventListener("input", ({ target }) => setSpeed(speedAt(Number(target.value))));
  $("#speed-number").addEventListener("input", ({ target }) => setSpeed(Number(target.value)));
  $("#ranking-more").addEventListener("click", () => {
    isWholeRanking = !isWholeRanking;
    rank();
  });
  showModel();
};
