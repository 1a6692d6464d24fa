/** Every form: a second click sends nothing, what was typed is not left by mistake, all drafts ticked at once. */

export function watchForms() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!("once" in form.dataset) || event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault(); // The server would know it by its key; it need not be asked.
      return;
    }
    form.dataset.sent = "yes";
    form.dataset.changed = "";
    event.submitter?.setAttribute("aria-busy", "true");
    form.querySelector("[data-busy]")?.removeAttribute("hidden");
  });
  // A page that comes back from the browser's memory can be sent again.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
  });
  keepTyped();
  tickAll();
}

/** Forms that are stored only when they are sent: ask before the page is left. */
function keepTyped() {
  for (const form of document.querySelectorAll("form[data-keep]")) {
    form.addEventListener("input", () => { form.dataset.changed = "yes"; });
    form.addEventListener("submit", () => { form.dataset.changed = ""; });
  }
  window.addEventListener("beforeunload", (event) => {
    if (document.querySelector('form[data-changed="yes"]')) event.preventDefault();
  });
}

function tickAll() {
  const button = document.querySelector("[data-tick-all]");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    for (const box of document.querySelectorAll("[data-tick]")) box.checked = true;
  });
}
