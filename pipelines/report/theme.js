// Without these the page stays as it is without a script.
if ("DecompressionStream" in window) document.documentElement.dataset.script = "";
// Before the page is painted: the theme that the reader chose, if one was kept.
try {
  const kept = localStorage.getItem("roofhouse-theme");
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
} catch { /* storage is forbidden: the theme is that of the system */ }
