// The filters of the list: in the form, in the address of the page, in the query of the API, and on events that arrive.
import { byId, options } from "./dom.js";
import { PRIORITIES, STATUSES, dayOf, words } from "./words.js";

const NAMES = ["search", "status", "priority", "from", "to"];
const PARAMETERS = { from: "created_after", to: "created_before" };
const TYPING_MS = 250;

/** Fills the form from the address of the page; calls `changed` when the person has changed it. */
export function setUpFilters(changed) {
  options(byId("status"), [["", "Any"], ...STATUSES.map((code) => [code, words(code)])]);
  options(byId("priority"), [["", "Any"], ...PRIORITIES.map((code) => [code, words(code)])]);
  fill();
  let typing = 0;
  const apply = (delayMs) => {
    clearTimeout(typing);
    typing = setTimeout(() => { remember(); changed(); }, delayMs);
  };
  const form = byId("filters");
  form.addEventListener("input", (event) => apply(event.target.id === "search" ? TYPING_MS : 0));
  form.addEventListener("reset", () => apply(0));
  form.addEventListener("submit", (event) => { event.preventDefault(); apply(0); });
  window.addEventListener("hashchange", () => { fill(); remember(); changed(); });
}

/** What is chosen: name → value, without the empty ones. */
export function chosen() {
  const pairs = NAMES.map((name) => [name, byId(name).value.trim()]);
  return Object.fromEntries(pairs.filter(([, value]) => value));
}

export function clearFilters() {
  byId("filters").reset();
}

/** The query that the API takes. */
export function queryOf(filters) {
  return new URLSearchParams(Object.entries(filters).map(([name, value]) => [PARAMETERS[name] ?? name, value]));
}

/** Whether the list with these filters shows the invoice: as the API decides it. */
export function matches(invoice, filters) {
  const { search, status, priority, from, to } = filters;
  const day = from || to ? dayOf(invoice.created_at) : "";
  const texts = [invoice.invoice_no, invoice.customer.name, invoice.customer.code, invoice.temp_name];
  return (
    (!status || invoice.status === status) &&
    (!priority || invoice.priority === priority) &&
    (!from || day >= from) &&
    (!to || day <= to) &&
    (!search || texts.some((text) => text.toLowerCase().includes(search.toLowerCase())))
  );
}

function fill() {
  const given = new URLSearchParams(location.hash.slice(1));
  for (const name of NAMES) byId(name).value = given.get(name) ?? "";
  byId("clear").hidden = Object.keys(chosen()).length === 0;
}

function remember() {
  const filters = chosen();
  const query = new URLSearchParams(filters).toString();
  history.replaceState(null, "", query ? `#${query}` : location.pathname);
  byId("clear").hidden = !query;
}
