/** Start: the address decides what is shown. */
import { byId } from "./dom.js";
import { caseAddress, listAddress, read } from "./address.js";
import { watchCharts } from "./charts.js";
import { chosen, offerChoices, showAll, showList } from "./case_list.js";
import { showCase, showMissing } from "./case_page.js";
import { listen } from "./keys.js";
import { load, names } from "./store.js";

const NONE = { show: "", condition: "", specialty: "", q: "" };
const state = { filters: NONE, list: [], current: "", scroll: 0 };

function refresh(store) {
  const { filters } = state;
  state.list = chosen(store, filters);
  showList(state.list, filters, (filters.show === "other" ? store.other : store.cases).length);
}

function fillForm() {
  for (const [name, value] of Object.entries(state.filters)) {
    const field = byId("filters").elements[name];
    if (field.value !== value) field.value = value;
  }
}

function go(store) {
  const { view, id, filters } = read();
  if (filters && JSON.stringify(filters) !== JSON.stringify(state.filters)) {
    state.filters = filters;
    refresh(store);
  }
  fillForm();
  const report = byId("report");
  const wasCase = report.hidden;
  if (view === "case" && !wasCase) state.scroll = window.scrollY;
  report.hidden = view === "case";
  document.body.classList.toggle("on-case", view === "case");
  byId("case-page").hidden = view !== "case";
  if (view === "case") {
    state.current = id;
    const one = store.byId.get(id);
    if (one) showCase(store, one, state.list, state.filters);
    else showMissing(id, state.filters);
    window.scrollTo(0, byId("case-page").offsetTop - 8);
    return;
  }
  if (view === "section") {
    if (wasCase) document.getElementById(id)?.scrollIntoView();
    return;
  }
  if (wasCase && state.current) {
    const link = linkOf(state.current);
    window.scrollTo(0, state.scroll);
    link?.focus({ preventScroll: state.scroll > 0 });
  } else byId("cases").scrollIntoView();
}

const links = () => [...byId("case-list").querySelectorAll("a.open")];
const linkOf = (id) => links().find((link) => link.closest("[data-id]").dataset.id === id);

function step(by) {
  if (byId("report").hidden) {
    const place = state.list.findIndex((one) => one.id === state.current);
    const next = state.list[place + by];
    if (place >= 0 && next) location.hash = caseAddress(next.id, state.filters);
    return;
  }
  const all = links();
  const place = all.indexOf(document.activeElement);
  if (place === all.length - 1 && by > 0) showAll();
  const next = links()[place < 0 ? (by > 0 ? 0 : -1) : place + by];
  next?.focus();
  next?.closest("li").scrollIntoView({ block: "nearest" });
}

function back() {
  if (byId("report").hidden) location.hash = listAddress(state.filters);
  else document.activeElement?.blur();
}

function takeForm(store) {
  const form = byId("filters");
  state.filters = Object.fromEntries(Object.keys(NONE).map((name) => [name, form.elements[name].value]));
  history.replaceState(null, "", listAddress(state.filters));
  refresh(store);
}

async function main() {
  watchCharts();
  const store = await load();
  offerChoices(store, (place) => names.conditions[place][0]);
  refresh(store);
  go(store);
  const form = byId("filters");
  form.addEventListener("input", () => takeForm(store));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => takeForm(store)));
  window.addEventListener("hashchange", () => go(store));
  window.addEventListener("beforeprint", () => {
    showAll();
    document.querySelectorAll("details").forEach((details) => { details.open = true; });
  });
  listen({ step, back, search: () => { if (byId("report").hidden) back(); form.elements.q.focus(); } });
  document.documentElement.dataset.ready = "yes";
}

main();
