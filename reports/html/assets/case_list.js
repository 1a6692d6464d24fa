/** The list of cases: filters, rows, and which row is current. */
import { byId, h } from "./dom.js";
import { caseAddress } from "./address.js";
import { condition, finding } from "./store.js";
import { chip, label, plural, probability } from "./words.js";

const AT_FIRST = 100;

/** What the filters of the form leave, in the order of the report. */
export function chosen(store, filters) {
  const wanted = filters.q.trim().toLocaleLowerCase("en").split(/\s+/).filter(Boolean);
  return (filters.show === "other" ? store.other : store.cases).filter(
    (one) =>
      matchesShow(one, filters.show) &&
      (!filters.condition || condition(one.expected) === filters.condition || conditionId(one) === filters.condition) &&
      (!filters.specialty || one.specialty === filters.specialty) &&
      wanted.every((word) => haystack(one).includes(word)),
  );
}

let conditionId = () => "";

function matchesShow(one, show) {
  if (!show || show === "other") return true;
  if (show === "unsafe") return one.candidate.never.length > 0;
  return show === "never" ? one.never.length > 0 : one.change === show || one.events.includes(show);
}

function haystack(one) {
  one.haystack ??= [
    one.id, one.words, condition(one.expected), one.specialty, one.card?.complaint, one.card?.author,
    ...(one.card?.findings ?? []).map(([place]) => finding(place)), ...one.effects.map(([edit]) => edit),
  ].join(" ").toLocaleLowerCase("en");
  return one.haystack;
}

/** Fill the choices of the form with what occurs, once. */
export function offerChoices(store, idOf) {
  conditionId = (one) => idOf(one.expected);
  const form = byId("filters");
  const all = [...store.cases, ...store.other];
  const conditions = new Map(all.map((one) => [idOf(one.expected), condition(one.expected)]));
  const sorted = [...conditions].sort((one, other) => one[1].localeCompare(other[1], "en"));
  form.elements.condition.append(...sorted.map(([id, name]) => h("option", { value: id }, name)));
  const specialties = [...new Set(all.map((one) => one.specialty).filter(Boolean))].sort();
  form.elements.specialty.append(...specialties.map((name) => h("option", { value: name }, label(name))));
}

/** Show the cases that are left; the first hundred, the rest when asked for. */
export function showList(list, filters, total) {
  const box = byId("case-list");
  const more = byId("show-all");
  box.replaceChildren(...list.slice(0, AT_FIRST).map((one) => row(one, filters)));
  byId("case-count").textContent =
    list.length === total ? plural(total, "case") : `${plural(list.length, "case")} of ${total}`;
  const rest = list.slice(AT_FIRST);
  more.hidden = rest.length === 0;
  more.textContent = `Show ${plural(rest.length, "more case")}`;
  more.onclick = () => {
    box.append(...rest.splice(0).map((one) => row(one, filters)));
    more.hidden = true;
  };
}

/** So that all of it is on paper. */
export function showAll() {
  const more = byId("show-all");
  if (!more.hidden) more.click();
}

function row(one, filters) {
  const { base, candidate } = one;
  const complaint = one.card?.complaint;
  const moved = base ? base.p !== candidate.p : false;
  return h("li", { class: "case-row", "data-id": one.id },
    h("div", { class: "what" }, changes(one)),
    h("div", { class: "who" },
      h("a", { class: "open", href: caseAddress(one.id, filters) }, one.id),
      one.card && h("span", { class: "of whole" }, [one.card.age, one.card.sex].filter(Boolean).join(", ")),
      complaint && h("p", { class: "complaint" }, `“${complaint}”`),
      one.effects.length > 0 && h("p", { class: "edit" }, h("span", { class: "hidden" }, "Moved most by "), h("code", {}, one.effects[0][0])),
    ),
    h("div", { class: "outcome" },
      h("span", { class: "of" }, "expected ", condition(one.expected)),
      one.detailed ? leads(base, candidate) : h("span", {}, one.words),
    ),
    h("div", { class: "moved" },
      h("span", { class: "of" }, "p expected"),
      base ? `${probability(base.p)} → ${probability(candidate.p)}` : probability(candidate.p),
      moved && Math.abs(candidate.p - base.p) >= 0.005 && h("span", { class: "direction" }, candidate.p < base.p ? " ▼" : " ▲"),
    ),
  );
}

/** Its words; "same outcome" only where there is nothing else to say. */
function changes(one) {
  if (!one.detailed) return [];
  if (!one.base) return [chip(one.change), one.candidate.never.length > 0 && chip("unsafe")];
  const outcome = one.change === "same" && one.events.length ? [] : [chip(one.change)];
  return [...outcome, ...one.events.map((event) => chip(event))];
}

function leads(base, candidate) {
  if (!base) return h("span", {}, condition(candidate.leads), " leads");
  if (base.leads === candidate.leads) return h("span", {}, condition(candidate.leads), " leads with both");
  return h("span", {}, condition(base.leads), " → ", h("strong", {}, condition(candidate.leads)));
}
