// The facts about a case: findings against it, its origin, its numbers.
const SEVERITIES = { error: "error", warn: "warning", info: "note" };

const link = (address) =>
  /^https?:\/\//i.test(address)
    ? h("a", { href: address, rel: "noreferrer noopener" }, address)
    : h("span", {}, address);
const sentence = (label, ...content) => h("p", { class: "of" }, h("strong", {}, label), " ", ...content);

const findingsOf = (found, at) => {
  const of = found.findingsOf.get(at) ?? [];
  if (!of.length) return h("p", { class: "empty" }, "There is no finding against this case.");
  return h(
    "ul",
    { class: "findings" },
    of.map((row) => {
      const [severity, title, why] = found.rules[found.findings.rule(row)];
      return h(
        "li",
        {},
        h("span", { class: `severity ${severity}` }, SEVERITIES[severity] ?? severity),
        h(
          "div",
          {},
          h("strong", {}, found.findings.message(row)),
          h("span", {}, ` Expected: ${title}. ${why}`),
        ),
      );
    }),
  );
};
const tierOf = (found, at) => {
  const { declared_tier: declared, effective_tier: effective, tier_reason: reason } = found.facts;
  if (!reason(at)) return null;
  const [errors] = (found.findingsOf.get(at) ?? [])
    .map((row) => found.rules[found.findings.rule(row)])
    .filter(([severity]) => severity === "error");
  const why = effective(at) === "inconsistent" && errors ? `it breaks "${errors[1]}"` : reason(at);
  return h(
    "p",
    { class: "tier" },
    `Declared ${declared(at) ?? "without evidence"}, ${effective(at) === "no result" ? "but it reports no result" : `trusted as ${effective(at)}: ${why}`}.`,
  );
};
const evidenceOf = (found, at) => {
  const submitter = [found.facts.submitter_affiliation(at), found.facts.submitter_github(at)]
    .filter(Boolean)
    .join(", ");
  const file = found.facts.source_file(at);
  const urls = [...found.addresses("evidence_urls", at), ...found.addresses("raw_data_urls", at)];
  return h(
    "div",
    { class: "provenance" },
    sentence(
      "Source",
      given.sources[cases.source_id(at)] ?? cases.source_id(at),
      file ? `, file ${file}` : "",
    ),
    sentence("Submitter", submitter || "not stated", cases.day(at) ? `, ${cases.day(at)}` : ""),
    sentence("Evidence", `${isTraceableWord(at)} ${cases.evidence(at)}`),
    urls.length
      ? h(
          "ul",
          { class: "links" },
          urls.map((address) => h("li", {}, link(address))),
        )
      : h("p", { class: "of" }, "It gives no address of its evidence."),
    found.addresses("evidence_citations", at).map((text) => h("p", { class: "cite" }, text)),
  );
};

const value = (found, name, at) => {
  const column = found.facts[name] ?? (name === "throughput_scope" ? cases.scope : cases[name]);
  return column(at);
};
/** The numbers of a case by heading; with another case, also its numbers and the ratio. */
const numbersOf = (found, at, other) =>
  h(
    "div",
    { class: other === null ? "groups" : "groups beside" },
    Object.entries(given.facts).map(([heading, facts]) => {
      const lines = facts.filter(
        ([name, , , , , isRare]) =>
          !isRare ||
          value(found, name, at) !== null ||
          (other !== null && value(found, name, other) !== null),
      );
      const cell = (name, unit, none, one) => {
        const content = value(found, name, one);
        return h(
          "td",
          { class: "number" },
          shown(content),
          " ",
          content === null ? (none ? h("small", {}, none) : null) : unit ? h("small", {}, unit) : null,
        );
      };
      return h(
        "div",
        {},
        h("h4", {}, heading),
        h(
          "table",
          { class: "facts" },
          other === null
            ? null
            : h(
                "thead",
                {},
                h(
                  "tr",
                  {},
                  h("td", {}),
                  h("th", { scope: "col", class: "number" }, "This"),
                  h("th", { scope: "col", class: "number" }, "The other"),
                  h("th", { scope: "col", class: "number" }, "Ratio"),
                ),
              ),
          h(
            "tbody",
            {},
            lines.map(([name, label, unit, none, hint]) => {
              const [mine, others] = [
                value(found, name, at),
                other === null ? null : value(found, name, other),
              ];
              const ratio =
                typeof mine === "number" && typeof others === "number" && mine > 0 && others > 0
                  ? shown(others / mine)
                  : "";
              return h(
                "tr",
                {},
                h("th", { scope: "row", title: hint && hint !== label ? hint : null }, label),
                cell(name, unit, none, at),
                other === null ? null : [cell(name, unit, none, other), h("td", { class: "number" }, ratio)],
              );
            }),
          ),
        ),
      );
    }),
  );
const comparedOf = (found, at) => {
  const of = found.comparedOf.get(at) ?? [];
  if (!of.length) return null;
  const { compared } = found;
  return h(
    "div",
    {},
    h("h4", {}, "Reported ÷ implied"),
    h(
      "table",
      { class: "facts" },
      h(
        "tbody",
        {},
        of.map((row) =>
          h(
            "tr",
            {},
            h("th", { scope: "row" }, given.quantities[compared.quantity(row)]),
            h(
              "td",
              { class: "number" },
              `${shown(compared.reported(row))} ÷ ${shown(compared.implied(row))} ${compared.unit(row)} = ${shown(compared.ratio(row))}`,
              h("small", {}, compared.agreement(row)),
            ),
          ),
        ),
      ),
    ),
  );
};

/** The facts about a case, in the panel and in print. */
const told = (found, at, other = null) => [
  h(
    "p",
    { class: "of" },
    verdictWord(cases.verdict(at)),
    ` ${cases.hardware_name(at)} × ${shown(cases.card_count(at))}, ${cases.model_name(at)}, ${cases.quant_id(at)}, ${cases.engine_name(at)} ${cases.engine_version(at) ?? ""}`,
    h("code", {}, cases.case_id(at)),
  ),
  other !== null && cases.scope(at) !== cases.scope(other)
    ? h(
        "p",
        { class: "empty" },
        "One throughput is of decoding, the other of a whole run: they cannot be compared.",
      )
    : null,
  other === null ? null : numbersOf(found, at, other),
  findingsOf(found, at),
  tierOf(found, at),
  evidenceOf(found, at),
  other === null ? numbersOf(found, at, other) : null,
  comparedOf(found, at),
];
