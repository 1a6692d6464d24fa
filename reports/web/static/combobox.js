/** A text field that proposes the model's words: WAI-ARIA's combobox with a list, filled from /words.
 *
 * Who types fast presses ↓ and Enter before the proposals for the whole word are there.  Those keys wait for
 * them: an older proposal is never what is taken.
 */

const WAIT_MS = 120;
const STATES = { p: "present", a: "absent", u: "unsure" };
const CAN_BE_STATED = ["finding", "risk_factor"];
let timer = 0;
/** The field that waits for proposals, the keys that wait with it, and how to end the request; or null. */
let pending = null;

export function watchComboboxes() {
  document.addEventListener("input", (event) => {
    const box = boxOf(event.target);
    if (!box) return;
    ask(box, WAIT_MS);
  });
  document.addEventListener("keydown", (event) => {
    const box = boxOf(event.target);
    if (box) onKey(event, box);
  });
  document.addEventListener("mousedown", (event) => {
    const option = event.target.closest?.(".option");
    if (!option) return;
    event.preventDefault(); // The field keeps the focus.
    choose(option.closest(".combobox"), option);
  });
  document.addEventListener("focusout", (event) => {
    const box = boxOf(event.target);
    if (box) close(box);
  });
}

const boxOf = (element) => (element.matches?.('input[role="combobox"]') ? element.closest(".combobox") : null);
const inputOf = (box) => box.querySelector('input[role="combobox"]');
const listOf = (box) => box.querySelector('[role="listbox"]');
const optionsOf = (box) => [...listOf(box).querySelectorAll(".option")];
const activeOf = (box) => listOf(box).querySelector('[aria-selected="true"]');

/** Ask for proposals in a while; what was asked before is of no interest any more. */
function ask(box, milliseconds) {
  forget();
  const mine = { box, keys: [], isAsked: false, ending: new AbortController() };
  pending = mine;
  timer = setTimeout(() => propose(mine), milliseconds);
}

function forget() {
  clearTimeout(timer);
  pending?.ending.abort();
  pending = null;
}

async function propose(mine) {
  const { box, keys, ending } = mine;
  mine.isAsked = true;
  const typed = inputOf(box).value.trim().slice(0, 100);
  if (!typed) {
    close(box);
    return;
  }
  const proposals = await answerOf(`/words?${new URLSearchParams({ kind: box.dataset.kind, q: typed })}`, ending.signal);
  if (mine !== pending) return;
  pending = null;
  listOf(box).innerHTML = proposals; // From our own server, which escapes what anybody typed.
  optionsOf(box).forEach((option, place) => { option.id = `${listOf(box).id}-${place}`; });
  listOf(box).hidden = !listOf(box).children.length;
  inputOf(box).setAttribute("aria-expanded", String(!listOf(box).hidden));
  activate(box, null);
  for (const key of keys) press(key, box);
}

async function answerOf(address, signal) {
  try {
    const answer = await fetch(address, { headers: { "HX-Request": "true" }, signal });
    return answer.ok ? await answer.text() : "";
  } catch {
    return ""; // No line, or ended because more was typed: no proposals.
  }
}

function close(box) {
  forget();
  listOf(box).hidden = true;
  listOf(box).replaceChildren();
  inputOf(box).setAttribute("aria-expanded", "false");
  inputOf(box).removeAttribute("aria-activedescendant");
}

function activate(box, option) {
  for (const one of optionsOf(box)) one.setAttribute("aria-selected", String(one === option));
  if (option) {
    inputOf(box).setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  } else inputOf(box).removeAttribute("aria-activedescendant");
}

function onKey(event, box) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (pending?.box === box ? keep(event.key) : press(event.key, box)) event.preventDefault();
}

/** Put a key by until the proposals are there; whether it is one of those that choose. */
function keep(key) {
  const { box, keys, isAsked } = pending;
  if (key === "Escape") {
    close(box);
    return true;
  }
  const isState = keys.length && STATES[key.toLowerCase()] && CAN_BE_STATED.includes(box.dataset.adds);
  if (!isState && !["ArrowDown", "ArrowUp", "Enter"].includes(key)) return false;
  keys.push(key);
  if (!isAsked) { // Nothing more will be typed: no need to wait.
    clearTimeout(timer);
    propose(pending);
  }
  return true;
}

/** Do what a key means; false where it means nothing here. */
function press(key, box) {
  const options = optionsOf(box);
  const active = activeOf(box);
  if (key === "ArrowDown" || key === "ArrowUp") {
    if (!options.length) return false;
    const step = key === "ArrowDown" ? 1 : -1;
    const from = active ? options.indexOf(active) : step > 0 ? -1 : options.length;
    activate(box, options[(from + step + options.length) % options.length]);
  } else if (key === "Escape") {
    if (listOf(box).hidden) return false;
    close(box);
  } else if (key === "Enter") {
    // Without a choice the nearest proposal is meant; a word that is none of them goes as it is.
    const exact = options.find((option) => option.dataset.name.toLowerCase() === inputOf(box).value.trim().toLowerCase());
    const option = active ?? exact ?? (box.dataset.adds ? options[0] : null);
    if (option) choose(box, option);
    else if (box.dataset.adds && inputOf(box).value.trim()) add(box, "present");
    else close(box);
  } else if (active && STATES[key.toLowerCase()] && CAN_BE_STATED.includes(box.dataset.adds)) {
    choose(box, active, STATES[key.toLowerCase()]);
  } else return false;
  return true;
}

function choose(box, option, state = "present") {
  const input = inputOf(box);
  if (box.dataset.adds) {
    input.value = option.dataset.id;
    close(box);
    add(box, state);
    return;
  }
  input.value = option.dataset.name;
  close(box);
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Press the button of the list that adds what is in the field. */
function add(box, state) {
  const form = box.closest("form");
  const kind = box.dataset.adds;
  const verb = CAN_BE_STATED.includes(kind) ? `add ${kind} ${state}` : `add ${kind}`;
  form.requestSubmit(form.querySelector(`button[name="do"][value="${verb}"]`));
}
