/** A text field that proposes the model's words: WAI-ARIA's combobox with a list, filled by HTMX from /words. */

const WAIT_MS = 120;
const STATES = { p: "present", a: "absent", u: "unsure" };
const CAN_BE_STATED = ["finding", "risk_factor"];
let timer = 0;
let asked = 0;

export function watchComboboxes() {
  document.addEventListener("input", (event) => {
    const box = boxOf(event.target);
    if (!box) return;
    clearTimeout(timer);
    timer = setTimeout(() => propose(box), WAIT_MS);
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

async function propose(box) {
  const typed = inputOf(box).value.trim().slice(0, 100);
  const mine = ++asked;
  if (!typed) {
    close(box);
    return;
  }
  const address = `/words?${new URLSearchParams({ kind: box.dataset.kind, q: typed })}`;
  await window.htmx.ajax("GET", address, { target: listOf(box), swap: "innerHTML" });
  if (mine !== asked || document.activeElement !== inputOf(box)) return;
  optionsOf(box).forEach((option, place) => { option.id = `${listOf(box).id}-${place}`; });
  listOf(box).hidden = !listOf(box).children.length;
  inputOf(box).setAttribute("aria-expanded", String(!listOf(box).hidden));
  activate(box, null);
}

function close(box) {
  asked += 1;
  clearTimeout(timer);
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
  const options = optionsOf(box);
  const active = activeOf(box);
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    if (!options.length) return;
    const step = event.key === "ArrowDown" ? 1 : -1;
    const from = active ? options.indexOf(active) : step > 0 ? -1 : options.length;
    activate(box, options[(from + step + options.length) % options.length]);
  } else if (event.key === "Escape") {
    if (listOf(box).hidden) return;
    close(box);
  } else if (event.key === "Enter") {
    // Without a choice the nearest proposal is meant; a word that is none of them goes as it is.
    const exact = options.find((option) => option.dataset.name.toLowerCase() === inputOf(box).value.trim().toLowerCase());
    const option = active ?? exact ?? (box.dataset.adds ? options[0] : null);
    if (option) choose(box, option);
    else if (box.dataset.adds && inputOf(box).value.trim()) add(box, "present");
    else close(box);
  } else if (active && STATES[event.key.toLowerCase()] && CAN_BE_STATED.includes(box.dataset.adds)) {
    choose(box, active, STATES[event.key.toLowerCase()]);
  } else return;
  event.preventDefault();
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
