// Elements out of code. Whatever comes from the server becomes text, never HTML: nothing here can make HTML of a text.

export const byId = (id) => document.getElementById(id);

/** An element with these attributes and children; texts among the children stay texts. `on*` is not an attribute here. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) {
      made.setAttribute(attribute, value === true ? "" : value);
    }
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

/** Shows the text in the element, or hides the element when there is none. */
export function say(target, text) {
  target.textContent = text;
  target.hidden = !text;
}

export function options(select, choices) {
  select.replaceChildren(...choices.map(([value, text]) => element("option", { value }, text)));
}
