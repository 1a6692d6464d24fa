/** Elements from plain values: text is always text, never markup. */

/**
 * h("p", { class: "x" }, "text", child, …).  A property that is null, undefined or false is left out;
 * one that starts with "on" is a listener.
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(4).filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** The children of a list with something between them. */
export function joined(children, separator = ", ") {
  return children.flatMap((child, place) => (place ? [separator, child] : [child]));
}
