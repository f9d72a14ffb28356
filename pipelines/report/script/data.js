// The cases: columns of the embedded blocks, by position of the case.
const inflated = async (id) => {
  const text = atob($(id).textContent.trim());
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream).json();
};

/** A block as functions by column name, each from a position to a value or null. */
const table = ({ length, columns }) => ({
  length,
  ...Object.fromEntries(
    Object.entries(columns).map(([name, { d, c, v }]) => [
      name,
      d ? (at) => d[c[at]] ?? null : (at) => v[at],
    ]),
  ),
  distinct: (name) => columns[name]?.d ?? [],
});

const cases = table(await inflated("#block-cases"));
const everyCase = Array.from({ length: cases.length }, (_, at) => at);
const atOfId = new Map(everyCase.map((at) => [cases.case_id(at), at]));
/** The number of cases for which a condition holds. */
const countOf = (holds) => everyCase.reduce((sum, at) => sum + (holds(at) ? 1 : 0), 0);

/** The details of the cases, read when they are first needed. */
let reading;
const details = () => {
  reading ??= inflated("#block-details").then((found) => {
    const findings = table(found.findings);
    const compared = table(found.compared);
    const byCase = (rows) => {
      const map = new Map();
      for (let row = 0; row < rows.length; row += 1) {
        const at = rows.at(row);
        if (map.has(at)) map.get(at).push(row);
        else map.set(at, [row]);
      }
      return map;
    };
    return {
      facts: table(found.facts),
      findings,
      compared,
      rules: found.rules,
      addresses: (name, at) => found.evidence[name][at].map((place) => found.addresses[place]),
      findingsOf: byCase(findings),
      comparedOf: byCase(compared),
    };
  });
  return reading;
};

const VERDICTS = ["plausible", "not judged", "implausible", "impossible"];
/** Claims that a comparison ranks; impossible ones and MLPerf's open division are excluded. */
const isRanked = (at) => cases.verdict(at) === "plausible" && !cases.is_open(at);

/** A mark for the evidence of a case, beside its words. */
const isTraceableWord = (at) => (cases.is_traceable(at) ? "●" : "○");

// Search: every word must occur in one of the names of the case.
let haystacks;
const haystack = (at) => {
  haystacks ??= everyCase.map((one) =>
    [
      cases.title(one),
      cases.hardware_name(one),
      cases.model_name(one),
      cases.quant_id(one),
      cases.engine_name(one),
      cases.engine_version(one),
      cases.source_id(one),
      cases.case_id(one),
      cases.verdict(one),
    ]
      .join(" ")
      .toLowerCase(),
  );
  return haystacks[at];
};
const words = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);
