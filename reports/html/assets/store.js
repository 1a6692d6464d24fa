/** The cases that came with the page, unpacked (payload.py packs them). */
import { byId } from "./dom.js";
import { useWords } from "./words.js";

export const names = { conditions: [], findings: [] };

export const condition = (place) => (place === null || place === undefined ? "nothing" : names.conditions[place][1]);
export const finding = (place) => names.findings[place][1];
export const questionText = (place) => names.findings[place][2];

/** { cases, other, byId, drawings, isRun } */
export async function load() {
  const packed = Uint8Array.from(atob(byId("payload").textContent), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const data = await new Response(stream).json();
  names.conditions = data.conditions;
  names.findings = data.findings;
  useWords(data.words);
  const other = data.other.map(lineOf);
  for (const one of data.cases) {
    one.detailed = true;
    one.base &&= interviewOf(one.base);
    one.candidate = interviewOf(one.candidate);
  }
  const all = new Map([...other, ...data.cases].map((one) => [one.id, one]));
  return { cases: data.cases, other, byId: all, drawings: data.drawings, isRun: data.is_run };
}

function lineOf([id, expected, specialty, words, baseLeads, leads, baseRank, rank, baseP, p, baseQuestions, questions]) {
  const side = (leading, place, probability, asked) => ({ leads: leading, rank: place, p: probability, asked });
  return {
    id, expected, specialty, words, change: "same", events: [], never: [], effects: [], detailed: false,
    base: baseRank === null ? null : side(baseLeads, baseRank, baseP, baseQuestions),
    candidate: side(leads, rank, p, questions),
  };
}

function interviewOf(interview) {
  const questions = interview.questions.map(([asked, answer, gain, flags, ...leading]) => ({
    asked, answer, gain, redFlag: Boolean(flags & 1), inexact: Boolean(flags & 2),
    leading: Array.from({ length: leading.length / 2 }, (_, place) => [leading[2 * place], leading[2 * place + 1]]),
  }));
  return { ...interview, questions, leads: interview.differential.length ? interview.differential[0][0] : null, asked: questions.length };
}
