/** The form of a case: saves itself, answers to p, a and u, and keeps the focus where one works. */

const WAIT_MS = 700;
let timer = 0;
/** Counts of changes: made here, on their way, and known to be stored. */
const changes = { made: 0, sent: 0, stored: 0 };
/** By submit event, the word that it adds: the field is free for the next one while the request waits its turn. */
const words = new WeakMap();

export function watchCaseForm() {
  const form = document.getElementById("case-form");
  if (!form) return;
  form.addEventListener("keydown", (event) => stateKey(event, form));
  if (!("autosave" in form.dataset)) return;
  form.addEventListener("input", (event) => later(form, event, WAIT_MS));
  form.addEventListener("change", (event) => later(form, event, 50));
  form.addEventListener("submit", (event) => {
    clearTimeout(timer); // It takes everything with it.
    takeWord(event, form);
  }, { capture: true });
  form.addEventListener("click", (event) => {
    if (event.target.closest("[data-send-whole]")) form.submit(); // Past HTMX: the answer is a page of its own.
  });
  // Of the form's buttons only the one that was pressed for this very request counts, not one pressed before.
  document.body.addEventListener("htmx:configRequest", (event) => {
    if (event.target !== form) return;
    event.detail.formData.set("do", event.detail.triggeringEvent?.submitter?.value ?? "");
    const word = words.get(event.detail.triggeringEvent);
    if (word) event.detail.formData.set(word.field, word.text);
    changes.sent = changes.made;
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (event.target !== form) return;
    if (event.detail.successful) changes.stored = changes.sent;
    else giveWordBack(event.detail.requestConfig?.triggeringEvent);
    tellUnsaved(form);
  });
  document.body.addEventListener("htmx:sendError", (event) => {
    if (event.target === form) say("Not saved: the server does not answer. What you typed is still here; it is sent with your next change.", form);
  });
  document.body.addEventListener("htmx:oobBeforeSwap", (event) => keepTyped(event.target));
  document.body.addEventListener("htmx:oobAfterSwap", (event) => {
    refocus(event.target);
    putTypedBack(event.target);
  });
  // Whoever leaves has not to wait for the last save; a request that was on its way may have been cut off.
  window.addEventListener("pagehide", () => { if (changes.stored < changes.made) sendAnyway(form); });
  // What was typed while this script was still on its way.
  for (const field of form.querySelectorAll('input[type="text"], textarea')) {
    if (field.value !== field.defaultValue) later(form, { target: field }, WAIT_MS);
  }
}

function later(form, event, wait) {
  if (event.target.matches("[data-unsaved]")) return;
  changes.made += 1;
  tellUnsaved(form);
  clearTimeout(timer);
  timer = setTimeout(() => form.dispatchEvent(new CustomEvent("autosave")), wait);
}

/** Nothing says "saved" while something is still to be sent. */
function tellUnsaved(form) {
  form.dataset.unsaved = changes.stored < changes.made ? "yes" : "";
}

function sendAnyway(form) {
  const fields = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
  fetch(form.action, { method: "POST", body: fields, keepalive: true, headers: { "HX-Request": "true" } });
}

function say(text, form) {
  const place = form.querySelector("#saved");
  place.className = "saved bad";
  place.textContent = text;
}

/** In a row of findings: p, a, u for what the patient says, Delete to take it out. */
function stateKey(event, form) {
  const row = event.target.closest?.("[data-stated]");
  if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
  const state = { p: "present", a: "absent", u: "unsure" }[event.key.toLowerCase()];
  if (state) {
    const radio = row.querySelector(`input[type="radio"][value="${state}"]`);
    radio.checked = true;
    radio.focus();
    radio.dispatchEvent(new Event("change", { bubbles: true }));
  } else if (event.key === "Delete") form.requestSubmit(row.querySelector("button.remove"));
  else return;
  event.preventDefault();
}

/** A list was replaced and the focus with it: on with the next word.  Whoever has gone on elsewhere stays there. */
function refocus(list) {
  if (!list.matches?.(".list, #expected-condition")) return;
  const field = adder(list) ?? list.querySelector('input[role="combobox"]');
  if (field && (document.activeElement === document.body || !document.activeElement)) field.focus();
}

const adder = (list) => list.querySelector?.('input[role="combobox"][data-unsaved]');

function takeWord(event, form) {
  const [verb, kind] = (event.submitter?.value ?? "").split(" ");
  const field = verb === "add" ? form.querySelector(`#add_${kind}`) : null;
  if (!field) return;
  words.set(event, { field: field.name, text: field.value });
  field.value = "";
}

function giveWordBack(event) {
  const word = words.get(event);
  const field = word && document.getElementById(word.field);
  if (field && !field.value) field.value = word.text;
}

/** What is being typed into a list that is replaced goes on in the new one. */
let typed = "";

function keepTyped(list) {
  typed = adder(list)?.value ?? "";
}

function putTypedBack(list) {
  const field = adder(list);
  if (!field || !typed) return;
  field.value = typed;
  typed = "";
  field.dispatchEvent(new Event("input", { bubbles: true })); // Its proposals.
}
