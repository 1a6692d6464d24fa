/** Numbers and words as people read them; the tables come with the data (words.py). */
import { h } from "./dom.js";

let tables = { labels: {}, signs: {}, tones: {} };

export function useWords(given) {
  tables = given;
}

export const label = (word) => tables.labels[word] ?? word.replaceAll(/[_-]/g, " ");
export const sign = (word) => tables.signs[word] ?? "·";
export const tone = (word) => tables.tones[word] ?? "plain";

/** A word with its sign and colour: never the colour alone. */
export function chip(word, text = label(word)) {
  return h("span", { class: `word ${tone(word)}` }, h("span", { class: "sign", "aria-hidden": "true" }, sign(word)), ` ${text}`);
}

/** .61; .0042 where two digits would say zero; 1, 0. */
export function probability(p) {
  if (p === null || p === undefined) return "";
  if (p > 0 && p < 0.0001) return "< .0001";
  if (p > 0 && p < 0.01) return Number(p.toPrecision(2)).toFixed(p < 0.001 ? 5 : 4).replace(/^0/, "").replace(/0+$/, "");
  if (p >= 0.995 && p < 1) return "> .99";
  return p > 0 && p < 1 ? p.toFixed(2).replace(/^0/, "") : p.toFixed(0);
}

/** With a true minus sign; 0 where it rounds to nothing. */
export function signed(number, digits = 3) {
  if (number === null || number === undefined) return "";
  const text = Math.abs(number).toFixed(digits);
  if (Number(text) === 0) return "0";
  return (number > 0 ? "+" : "−") + text.replace(/^0/, "");
}

export const plural = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;
