/** The keyboard: j and k, /, ?, Esc; Enter opens a focused link by itself. */
import { byId } from "./dom.js";

/** ``actions``: step(±1), back() */
export function listen(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || byId("help").open) return;
    const field = event.target.closest?.("input, select, textarea");
    if (event.key === "Escape") {
      if (field) field.blur();
      else actions.back();
      return;
    }
    if (field) return;
    const action = { j: () => actions.step(1), k: () => actions.step(-1), "/": actions.search, "?": () => byId("help").showModal() }[event.key];
    if (action) {
      event.preventDefault();
      action();
    }
  });
}
