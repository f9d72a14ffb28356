// The ranking of hardware and quantization at the speed that the reader needs, with their prices.
/** Orders of the ranking: name, value of a row, the words if no row has it and if some lack it. */
const RANKINGS = {
  throughput: ["tokens per second per card", (row) => MODEL.y(row.at), "", ""],
  joule: [
    "tokens per joule",
    (row) => cases.output_tok_s_per_w(row.at),
    "No plausible claim of this choice reports its power, so none has tokens per joule.",
    "without a power",
  ],
  dollar: [
    "tokens per dollar",
    (row) => row.perDollar,
    "Enter a price per card and hour to rank by tokens per dollar.",
    "without a price",
  ],
};
/** The chosen order; an address may name one that does not exist. */
const rankedBy = () => (Object.hasOwn(RANKINGS, chosen.get("rank")) ? chosen.get("rank") : "throughput");
const FIRST_RANKS = 12;
let isWholeRanking = false;

/** The price that the reader gave, else the configured one. */
const priceOf = (hardware) => {
  const price = Number(chosen.get(`price.${hardware}`) ?? given.prices[hardware]);
  return price > 0 ? price : null;
};
/** The claim at this speed or above with the most tokens per joule. */
const mostPerJoule = (members, speed) => {
  let best;
  let most = 0;
  for (const at of members) {
    const perJoule = cases.output_tok_s_per_w(at);
    if (MODEL.x(at) >= speed && perJoule > most) [best, most] = [at, perJoule];
  }
  return best;
};
/** The best claim of each series at this speed or above, per joule or by throughput; no interpolation. */
const ranked = (series, speed, by) => {
  const value = RANKINGS[by][1];
  const rows = series.flatMap((one) => {
    const at =
      (by === "joule" ? mostPerJoule(one.members, speed) : undefined) ??
      one.frontier.find((point) => MODEL.x(point) >= speed);
    if (at === undefined) return [];
    const price = priceOf(one.hardware);
    return [{ ...one, at, price, perDollar: price ? (3600 * MODEL.y(at)) / price : null }];
  });
  const order = (row) => value(row) ?? -1;
  return rows.sort(
    (a, b) => order(b) - order(a) || MODEL.y(b.at) - MODEL.y(a.at) || a.name.localeCompare(b.name, "en"),
  );
};

const rankingRow = (row, place) =>
  h(
    "tr",
    {},
    h("td", { class: "number" }, String(place + 1)),
    h("th", { scope: "row" }, row.name),
    h("td", { class: "number" }, shown(MODEL.y(row.at))),
    h("td", { class: "number" }, shown(MODEL.x(row.at))),
    h("td", { class: "number" }, shown(cases.output_tok_s_per_w(row.at))),
    h("td", { class: "number" }, row.perDollar ? shown(row.perDollar) : "–"),
    h("td", { class: "number" }, row.perDollar ? shown(1e6 / row.perDollar) : "–"),
    h("td", {}, `${isTraceableWord(row.at)} ${cases.evidence(row.at)}`),
    h(
      "td",
      {},
      h("a", { href: addressOfCase(row.at), class: "title" }, cases.title(row.at)),
      h(
        "small",
        {},
        `${cases.source_id(row.at)}, ${shown(cases.card_count(row.at))} cards, ${lengthsOf(row.at)} tokens`,
      ),
    ),
  );

const rank = () => {
  const by = rankedBy();
  rows = ranked(current.series, current.speed, by);
  const listed = isWholeRanking ? rows : rows.slice(0, FIRST_RANKS);
  fill($("#ranking tbody"), listed.map(rankingRow));
  $("#ranking").parentElement.hidden = !rows.length;
  $("#ranking-more").hidden = rows.length <= FIRST_RANKS;
  $("#ranking-more").textContent = isWholeRanking
    ? `Show the first ${FIRST_RANKS}`
    : `Show all ${rows.length}`;
  const at = current.speed > 0 ? `at ${shown(current.speed)} tok/s or more for one user` : "at any speed";
  const left = current.series.length - rows.length;
  const [name, value, none, lacking] = RANKINGS[by];
  const known = rows.filter((row) => value(row) !== null).length;
  $("#ranking-said").textContent =
    rows.length && !known
      ? none
      : rows.length
        ? `By ${name}, ${at}: ${rows[0].name} leads ${known === 1 ? "alone" : `of ${known}`}${known < rows.length ? `; ${rows.length - known} ${lacking}` : ""}${left ? `; ${left} ${left === 1 ? "is" : "are"} slower` : ""}.`
        : `No plausible claim of this choice runs ${at}.`;
  drawModel();
};

const drawPrices = () => {
  const hardware = new Map(current.series.map((one) => [one.hardware, cases.hardware_name(one.members[0])]));
  fill(
    $("#prices"),
    [...hardware]
      .sort((a, b) => a[1].localeCompare(b[1], "en"))
      .map(([id, name]) =>
        h(
          "label",
          {},
          h("span", {}, name),
          h("input", {
            type: "number",
            min: "0",
            step: "any",
            inputmode: "decimal",
            placeholder: given.prices[id] ?? "USD",
            value: chosen.get(`price.${id}`) ?? "",
            input: ({ target }) => {
              choose({ [`price.${id}`]: target.value });
              rank();
            },
          }),
        ),
      ),
  );
};
