// Start: the first chart, then the rest one by one, so that the page stays responsive.
const pause = () =>
  new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
const MOST_PRINTED = 100;

// Print: the cases that pass the filters, each in full, unless there are too many.
addEventListener("beforeprint", () => {
  hideTip();
  if (!ready || !$("#claims")) return;
  drawPage(MOST_PRINTED);
  const listed = fitting.slice(0, MOST_PRINTED);
  fill(
    $("#printed"),
    h("h3", {}, "Findings by case"),
    fitting.length > MOST_PRINTED
      ? h(
          "p",
          { class: "note" },
          `The first ${MOST_PRINTED} of ${grouped(fitting.length)} cases; use the filters of the page to choose others.`,
        )
      : null,
    listed.map((at) => h("article", {}, h("h4", { class: "case-name" }, cases.title(at)), told(ready, at))),
  );
});
addEventListener("afterprint", () => {
  if ($("#claims")) {
    fill($("#printed"));
    drawPage();
  }
});

let ready = null;
startModel();
performance.mark("first-chart");
startCases();
onAddress(() => {
  if (modelBox) showModel();
});
await pause();
byHardware("efficiency", cases.roofline_efficiency, "Share of the roofline", { at: [1, "the roof"] });
byHardware("energy", cases.output_tok_s_per_w, "Tokens per joule");
await pause();
startRoofline();
await pause();
await startCompared();
await startRuns();
ready = await details();
await showCase();
document.documentElement.dataset.charts = String(drawn.length);
