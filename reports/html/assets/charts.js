/** Charts drawn when they come into view; nothing is drawn where the page came with pictures. */
import { byId } from "./dom.js";

let specs = null;

const OPTIONS = {
  actions: false, renderer: "svg", ast: true, defaultStyle: false,
  // The page's own style sheet does it: the policy of the page allows no other.
  tooltip: { disableDefaultStyle: true },
};

function specOf(name) {
  specs ??= JSON.parse(byId("specs").textContent);
  return specs[name];
}

/** Draw into a box; the chart says what it shows through the label of the box. */
export async function draw(box, spec) {
  if (!window.vegaEmbed) return;
  const inner = document.createElement("div");
  inner.setAttribute("aria-hidden", "true");
  inner.className = "drawing";
  box.replaceChildren(inner);
  await window.vegaEmbed(inner, spec, OPTIONS);
  box.dataset.drawn = "yes";
}

const waiting = new Set();

/** Draw every chart of the page when it is near the window. */
export function watchCharts() {
  const observer = new IntersectionObserver(
    (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => start(entry.target, observer)),
    { rootMargin: "600px" },
  );
  for (const box of document.querySelectorAll("[data-chart]")) {
    waiting.add(box);
    observer.observe(box);
  }
  window.addEventListener("beforeprint", () => [...waiting].forEach((box) => start(box, observer)));
}

function start(box, observer) {
  observer.unobserve(box);
  if (!waiting.delete(box)) return;
  draw(box, specOf(box.dataset.chart));
}

/** The trajectory of one case: the specification of the page with this case's rows in it. */
export function drawTrajectory(box, rows, parts) {
  const template = specOf("trajectory");
  if (!template) return undefined;
  const spec = structuredClone(template);
  if (!parts) spec.layer = spec.layer.filter((layer) => layer.data?.name !== "parts");
  fill(spec, { rows, parts: [{ question: parts - 0.5, text: `part at question ${parts}` }] });
  return draw(box, spec);
}

function fill(part, values) {
  if (part.data?.name in values) part.data.values = values[part.data.name];
  for (const layer of part.layer ?? []) fill(layer, values);
}
