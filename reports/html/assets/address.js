/** What is shown, as the address says it: #/?show=broken&q=chest for the list, #/case/ID?… for a case;
    any other fragment is a section of the page. */

const FILTERS = ["show", "condition", "specialty", "q"];

/** { view: "list" | "case" | "section", id, filters } ; filters is null where the address names none. */
export function read(hash = location.hash) {
  const match = /^#\/(case\/([^?]*))?(?:\?(.*))?$/.exec(hash);
  if (!match) return { view: "section", id: hash.slice(1), filters: null };
  const given = new URLSearchParams(match[3] ?? "");
  const filters = Object.fromEntries(FILTERS.map((name) => [name, given.get(name) ?? ""]));
  return { view: match[1] ? "case" : "list", id: match[1] ? decoded(match[2]) : "", filters };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A stray % in an address somebody typed.
  }
}

function query(filters) {
  const given = new URLSearchParams(FILTERS.filter((name) => filters[name]).map((name) => [name, filters[name]]));
  return given.size ? `?${given}` : "";
}

export const listAddress = (filters) => `#/${query(filters)}`;
export const caseAddress = (id, filters) => `#/case/${encodeURIComponent(id)}${query(filters)}`;
