/** The page of one case: the vignette, what came of it, what did it, and both interviews side by side. */
import { byId, h, joined } from "./dom.js";
import { caseAddress, listAddress } from "./address.js";
import { drawTrajectory } from "./charts.js";
import { condition, finding, questionText } from "./store.js";
import { chip, label, probability, signed } from "./words.js";

const SIDES = { base: "Base", candidate: "Candidate" };

/** Fill the page with a case; ``list`` is what the filters left, for the neighbours. */
export function showCase(store, one, list, filters) {
  const page = byId("case-page");
  const heading = h("h2", { tabindex: "-1" }, one.id);
  page.replaceChildren(
    pager(one, list, filters),
    h("header", { class: "case-head" },
      heading,
      h("p", { class: "chips" }, one.detailed ? [chip(one.change), !one.base && one.candidate.never.length > 0 && chip("unsafe"), ...one.events.map((event) => chip(event))] : chip(store.isRun ? "right" : "same")),
      h("p", { class: "lead" }, one.words),
    ),
    ...(one.detailed ? detailed(store, one) : briefly(one)),
  );
  const box = page.querySelector("#trajectory");
  if (box) trajectory(store, one, box);
  heading.focus({ preventScroll: true });
}

/** A case that this report does not have. */
export function showMissing(id, filters) {
  byId("case-page").replaceChildren(
    h("p", {}, h("a", { href: listAddress(filters) }, "← all cases")),
    h("h2", { tabindex: "-1" }, "No such case"),
    h("p", {}, "This report has no case ", h("code", {}, id), ": it may be another report's, or the case was removed."),
  );
}

function pager(one, list, filters) {
  const place = list.indexOf(one);
  const step = (other, text, rel) => (other ? h("a", { href: caseAddress(other.id, filters), rel }, text) : h("span", { class: "muted" }, text));
  return h("nav", { class: "pager", "aria-label": "Cases" },
    h("a", { href: listAddress(filters), class: "back" }, "← all cases"),
    place >= 0 && h("span", { class: "muted" }, `${place + 1} of ${list.length}`),
    place >= 0 && h("span", { class: "steps" }, step(list[place - 1], "previous", "prev"), " · ", step(list[place + 1], "next", "next")),
  );
}

function briefly(one) {
  const sides = [one.base && ["Base", one.base], ["Candidate", one.candidate]].filter(Boolean);
  return [
    table("What came of it", ["", ...sides.map(([name]) => name)], [
      ["leads", ...sides.map(([, side]) => condition(side.leads))],
      [`p (${condition(one.expected)})`, ...sides.map(([, side]) => probability(side.p))],
      ["rank", ...sides.map(([, side]) => side.rank || "not on the list")],
      ["questions", ...sides.map(([, side]) => side.asked)],
    ]),
    h("p", { class: "muted" }, "Nobody has to look at this case, so its interviews are not in this file. In a terminal:"),
    h("pre", {}, h("code", {}, `clinval show ${/^[\w.-]+$/.test(one.id) ? one.id : `'${one.id.replaceAll("'", `'\\''`)}'`}`)),
  ];
}

function detailed(store, one) {
  return [
    h("div", { class: "case-columns" },
      h("section", { "aria-labelledby": "vignette-title" }, h("h3", { id: "vignette-title" }, "The case"), ...vignette(one.card)),
      h("section", { "aria-labelledby": "outcome-title" }, h("h3", { id: "outcome-title" }, "What came of it"), outcome(one), chartBox(one)),
    ),
    one.effects.length > 0 && effects(one.effects),
    h("section", { "aria-labelledby": "interviews-title" },
      h("h3", { id: "interviews-title" }, one.base ? "The two interviews" : "The interview"),
      one.base && parting(one),
      transcript(one),
    ),
    h("p", { class: "muted" }, "In a terminal: ", h("code", { class: "command" }, one.command)),
  ].filter(Boolean);
}

function vignette(card) {
  const who = [card.age, card.sex, card.pregnant === true && "pregnant", card.pregnant === false && "not pregnant"].filter(Boolean).join(", ");
  const names = (places) => places.map(condition).join(", ");
  const entries = [
    ["expected", h("strong", {}, condition(card.expected))],
    card.acceptable.length > 0 && ["also right", names(card.acceptable)],
    card.must_not_miss.length > 0 && ["must not miss", names(card.must_not_miss)],
    card.impossible.length > 0 && ["ruled out", names(card.impossible)],
    card.triage && ["triage", label(card.triage)],
    card.must_ask.length > 0 && ["must ask", joined(card.must_ask.map(([place, by]) => `${finding(place)}${by ? ` (by question ${by})` : ""}`))],
    ...states(card.findings),
    ...states(card.risk_factors).map(([state, listed]) => [`risk factor ${state}`, listed]),
    ["not listed", `counts as ${label(card.unlisted)}`],
    ["written by", [card.author, card.reviewer && `reviewed by ${card.reviewer}`, `version ${card.version}`, label(card.review_state)].filter(Boolean).join(", ")],
  ];
  return [
    card.complaint && h("blockquote", {}, card.complaint),
    who && h("p", { class: "patient" }, who),
    definitions(entries.filter(Boolean)),
  ].filter(Boolean);
}

/** Findings by state, in the order of the card; what was volunteered is marked. */
function states(listed) {
  const groups = new Map();
  for (const [place, state, initial, pertinent] of listed) {
    const marked = initial ? [h("strong", {}, finding(place)), " (volunteered)"] : pertinent && state !== "absent" ? [finding(place), " (pertinent)"] : finding(place);
    groups.set(state, [...(groups.get(state) ?? []), h("span", {}, marked)]);
  }
  return [...groups].map(([state, found]) => [label(state), joined(found)]);
}

function definitions(entries) {
  return h("dl", { class: "card" }, entries.map(([term, text]) => h("div", {}, h("dt", {}, term), h("dd", {}, text))));
}

function outcome(one) {
  const sides = ["base", "candidate"].filter((name) => one[name]).map((name) => one[name]);
  const rank = (place) => (place ? `rank ${place}` : "not on the list");
  const right = (is) => h("span", { class: `word ${is ? "good" : "bad"}` }, is ? "✓ right" : "✗ wrong");
  const rows = [
    ["outcome", ...sides.map((side) => (side.outcome === "answered" ? right(side.right) : [right(side.right), h("br"), `${label(side.outcome)} ${side.error}`]))],
    ["differential", ...sides.map((side) => h("ol", { class: "differential" }, side.differential.map(([place, p]) => h("li", { class: place === one.expected && "expected" }, `${condition(place)} `, h("span", { class: "of" }, probability(p))))))],
    [condition(one.expected), ...sides.map((side) => [probability(side.p), h("span", { class: "of" }, ` ${rank(side.rank)}`)])],
    ["triage advice", ...sides.map((side) => label(side.advice || "none"))],
    ["questions", ...sides.map((side) => [String(side.asked), h("span", { class: "of" }, ` ended: ${label(side.stop)}`)])],
    ["volunteered only", ...sides.map((side) => [probability(side.initial[1]), h("span", { class: "of" }, ` ${rank(side.initial[0])}`)])],
    ["everything known", ...sides.map((side) => [probability(side.full[1]), h("span", { class: "of" }, ` ${rank(side.full[0])}`)])],
    ["lost to", ...sides.map((side) => (side.loss === "right" ? "–" : side.loss))],
  ];
  if (sides.some((side) => side.approximate)) rows.push(["exact", ...sides.map((side) => (side.approximate ? "≈ approximate" : "yes"))]);
  return table("What came of it", ["", ...(one.base ? ["Base", "Candidate"] : ["Result"])], rows);
}

function table(name, heads, rows) {
  return h("div", { class: "scroll", role: "region", "aria-label": name, tabindex: "0" },
    h("table", {},
      h("thead", {}, h("tr", {}, heads.map((head) => (head ? h("th", { scope: "col" }, head) : h("td"))))),
      h("tbody", {}, rows.map(([head, ...cells]) => h("tr", {}, h("th", { scope: "row" }, head), cells.map((cell) => h("td", {}, cell))))),
    ),
  );
}

function chartBox(one) {
  const ends = ["base", "candidate"].filter((name) => one[name]).map((name) => `${name} ends at ${probability(one[name].p)}`);
  return h("figure", { class: "chart" },
    h("div", { class: "plot", id: "trajectory", role: "img", "aria-label": `Probability of ${condition(one.expected)} after each question: ${ends.join(", ")}. The numbers are in the interviews below.` }),
    h("figcaption", {}, `Probability of ${condition(one.expected)} after each question`),
  );
}

function trajectory(store, one, box) {
  const drawing = store.drawings[one.id];
  if (drawing) {
    box.append(document.importNode(new DOMParser().parseFromString(drawing, "image/svg+xml").documentElement, true));
    return;
  }
  const rows = Object.keys(SIDES).filter((side) => one[side]).flatMap((side) =>
    one[side].after.map((p, question) => ({ side, question, p, leads: leader(one[side], question) })));
  if (!rows.length || !drawTrajectory(box, rows, one.parting?.number)) box.closest("figure").remove();
}

function leader(interview, question) {
  const leading = question ? interview.questions[question - 1]?.leading[0] : interview.start[0];
  return leading ? condition(leading[0]) : "";
}

function effects(list) {
  return h("section", { "aria-labelledby": "effects-title" },
    h("h3", { id: "effects-title" }, "The edits that did it"),
    h("p", { class: "explain" }, "How far each edit moves the probability of the expected condition at the end."),
    table("Edits", ["Edit", "made alone", "taking it back", "share of the whole", "without it no"],
      list.map(([edit, alone, reverted, share, undoes]) =>
        [h("code", {}, edit), signed(alone), signed(reverted), signed(share) || "–", undoes.map((word) => [chip(word), " "])])),
  );
}

function parting(one) {
  const part = one.parting;
  if (!part) return h("p", { class: "note" }, "Both ask the same questions in the same order: the numbers behind them differ, not the interview.");
  const who = (place, stop) => (place === null ? `stops (${label(stop)})` : questionText(place) || finding(place));
  const [bb, bc, cb, cc] = part.weights;
  const weight = (it) => (it ? [it[0].toFixed(3), h("span", { class: "of" }, ` nats${it[2] ? `, place ${it[2]}` : ""}${it[3] ? ", due as a red flag" : ""}; present ${probability(it[1])}`)] : "–");
  const rows = [
    part.base !== null && [h("span", {}, finding(part.base), h("span", { class: "of" }, " asked by the base")), weight(bb), weight(cb)],
    part.candidate !== null && [h("span", {}, finding(part.candidate), h("span", { class: "of" }, " asked by the candidate")), weight(bc), weight(cc)],
  ].filter(Boolean);
  return h("div", { class: "parting" },
    h("p", {}, h("strong", {}, part.number === 1 ? "They part at the first question." : `The same until question ${part.number - 1}; they part at question ${part.number}.`)),
    h("dl", {},
      h("div", {}, h("dt", {}, "Base"), h("dd", {}, who(part.base, part.base_stop))),
      h("div", {}, h("dt", {}, "Candidate"), h("dd", {}, who(part.candidate, part.candidate_stop))),
    ),
    rows.length > 0 && table("What the two models expected of the two questions", ["Expected gain of", "for the base", "for the candidate"], rows),
  );
}

function transcript(one) {
  const sides = Object.keys(SIDES).filter((side) => one[side]);
  const n = Math.max(...sides.map((side) => one[side].asked));
  const parts = one.parting?.number ?? Infinity;
  const rows = [h("tr", { class: "same" }, h("th", { scope: "row" }, "0"), sides.map((side) => cell(side, start(one[side]))))];
  for (let number = 1; number <= n; number += 1) {
    if (number === parts) rows.push(h("tr", { class: "parts" }, h("td", { colspan: sides.length + 1 }, `≠ from here on the interviews differ`)));
    rows.push(h("tr", { class: number < parts && sides.length > 1 ? "same" : "" },
      h("th", { scope: "row" }, String(number)), sides.map((side) => cell(side, asked(one[side], number)))));
  }
  return h("table", { class: `transcript sides-${sides.length}` },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "#"), sides.map((side) => h("th", { scope: "col" }, sides.length > 1 ? SIDES[side] : "Question and answer")))),
    h("tbody", {}, rows),
  );
}

function cell(side, content) {
  return h("td", { "data-side": SIDES[side] }, content);
}

function start(interview) {
  return [h("p", { class: "asked" }, "what was volunteered"), after(interview.after[0], interview.start)];
}

function asked(interview, number) {
  const question = interview.questions[number - 1];
  if (!question) return number === interview.asked + 1 ? h("p", { class: "muted" }, `ended: ${label(interview.stop)}`) : "";
  const answer = question.answer === null ? "could not say" : label(question.answer);
  return [
    h("p", { class: "asked" },
      question.redFlag && h("span", { class: "flag", title: "red flag" }, "⚑", h("span", { class: "hidden" }, " red flag: ")), question.redFlag && " ",
      questionText(question.asked) || finding(question.asked), " ", h("strong", { class: `answer ${question.answer === "present" ? "yes" : ""}` }, answer)),
    after(interview.after[number], question.leading, question),
  ];
}

/** The small print under a question: what it did. */
function after(p, leading, question) {
  return h("p", { class: "of numbers" },
    question && h("span", {}, `gain ${question.gain.toFixed(3)}${question.inexact ? " ≈" : ""}`),
    p !== undefined && h("span", {}, `expected ${probability(p)}`),
    leading.length > 0 && h("span", {}, `leads ${condition(leading[0][0])} ${probability(leading[0][1])}`),
  );
}
