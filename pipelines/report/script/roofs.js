// The roofline of all accelerators on one scale, and the reported against the implied values.
const SHARES = [
  [1, "the roof"],
  [0.1, "10 % of it"],
  [0.01, "1 %"],
];
const toRidge = (at) => cases.arithmetic_intensity(at) / cases.ridge_point(at);

const startRoofline = () => {
  const placed = everyCase.filter(
    (at) => toRidge(at) > 0 && Number.isFinite(toRidge(at)) && cases.decode_mfu(at) > 0,
  );
  const select = $("#roof-hardware");
  if (!select) return;
  const redraw = chart("roofline", (width) => {
    const height = Math.max(320, Math.min(460, width * 0.5));
    const inner = { left: 58, right: width - 12, top: 30, bottom: height - 50 };
    const x = scale("log", logDomain([...placed.map(toRidge), 1, 5]), [inner.left, inner.right]);
    const y = scale("log", logDomain([...placed.map(cases.decode_mfu), 1, 0.01]), [inner.bottom, inner.top]);
    const wanted = select.value;
    const points = placed.map((at) => ({
      at,
      x: x(toRidge(at)),
      y: y(cases.decode_mfu(at)),
      isFaded: Boolean(wanted) && cases.hardware_id(at) !== wanted,
    }));
    return {
      svg: canvas(
        width,
        height,
        axis("y", y, [inner.left, inner.right], "Achieved ÷ peak of the cards", Math.floor(height / 50)),
        axis(
          "x",
          x,
          [inner.bottom, inner.top, inner.left],
          "Operations per byte ÷ ridge point of the hardware",
          Math.floor(width / 70),
        ),
        SHARES.map(([share, name]) => {
          const low = Math.max(x.low, y.low / share);
          return [
            s("path", {
              class: share === 1 ? "roof" : "roof share",
              d: `M${x(low)} ${y(share * Math.min(1, low))}L${x(1)} ${y(share)}H${inner.right}`,
            }),
            s("text", { class: "label", x: inner.right, y: y(share) - 7, "text-anchor": "end" }, name),
          ];
        }),
        marksOf(points),
      ),
      points,
      lines: ({ at }) => [
        ...about(at),
        ["Operations per byte", shown(cases.arithmetic_intensity(at))],
        ["Ridge point", shown(cases.ridge_point(at))],
        ["MFU", shown(cases.decode_mfu(at))],
        ["Efficiency", shown(cases.roofline_efficiency(at))],
        ...standing(at),
      ],
    };
  });
  select.addEventListener("change", () => {
    choose({ roof: select.value });
    redraw();
  });
  onAddress(() => {
    if (select.value !== (chosen.get("roof") ?? "")) {
      select.value = chosen.get("roof") ?? "";
      redraw();
    }
  });
  select.value = chosen.get("roof") ?? "";
  redraw();
};

/** Agreement as lanes of verdicts, so that the same drawing code serves both. */
const AGREEMENT = {
  agrees: "plausible",
  "reported too low": "implausible",
  "reported too high": "impossible",
};
const startCompared = async () => {
  const { compared } = await details();
  const points = [];
  for (let row = 0; row < compared.length; row += 1) {
    points.push({
      at: compared.at(row),
      value: compared.ratio(row),
      quantity: given.quantities[compared.quantity(row)],
      row,
    });
  }
  const rows = rowsOf(
    points,
    ({ quantity }) => quantity,
    ({ row }) => AGREEMENT[compared.agreement(row)],
    Object.values(AGREEMENT),
  ).sort((a, b) => given.quantities.indexOf(a.name) - given.quantities.indexOf(b.name));
  spread("compared", {
    title: "Reported ÷ implied",
    noun: "quantity",
    at: [1, "the same"],
    band: [0.5, 2],
    rows: () => rows,
    tells: ({ at, row, quantity }) => [
      ...about(at),
      ["Quantity", quantity],
      ["Reported", `${shown(compared.reported(row))} ${compared.unit(row)}`],
      ["Implied", `${shown(compared.implied(row))} ${compared.unit(row)}`],
      ["Says", compared.agreement(row)],
    ],
  });
};
