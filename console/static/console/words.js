// How codes, amounts and instants are spelled for people.

export const STATUSES = ["INVOICED", "PICKING", "PICKED", "PACKING", "BOXING", "PACKED", "DISPATCHED", "DELIVERED", "REVIEW"];
export const PRIORITIES = ["LOW", "MEDIUM", "HIGH"];

const TONES = {
  PICKING: "busy", PACKING: "busy", BOXING: "busy",
  PICKED: "ready", PACKED: "ready", DISPATCHED: "moving", DELIVERED: "good",
  REVIEW: "care", RE_INVOICED: "ready", HIGH: "bad", LOW: "faint",
};
const SAID = { RE_INVOICED: "Re-invoiced", invoice_created: "New invoice", invoice_review: "Sent to review" };
const EXACT = new Set(["quantity", "mrp", "total_amount", "items_total"]);

let zone = "UTC";
let currency = "";
let formats = {};

/** Amounts and times as this company writes them. */
export function speakFor(company) {
  zone = company.timezone;
  currency = company.currency;
  const money = currency === "INR" ? "en-IN" : undefined;
  const time = (options) => new Intl.DateTimeFormat(undefined, { timeZone: zone, ...options });
  formats = {
    money: new Intl.NumberFormat(money, { minimumFractionDigits: 2, maximumFractionDigits: 2 }),
    rate: new Intl.NumberFormat(money, { minimumFractionDigits: 2, maximumFractionDigits: 4 }),
    quantity: new Intl.NumberFormat(money, { maximumFractionDigits: 3 }),
    date: new Intl.DateTimeFormat(undefined, { timeZone: "UTC", day: "2-digit", month: "short", year: "numeric" }),
    moment: time({ day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
    full: time({ dateStyle: "long", timeStyle: "long" }),
    clock: time({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }),
    day: new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }),
  };
}

/** JSON with amounts and quantities as the texts they came as, where the browser tells: no digit is lost on the way. */
export function readExactly(text) {
  return JSON.parse(text, (key, value, context) =>
    typeof value === "number" && EXACT.has(key) ? (context?.source ?? String(value)) : value,
  );
}

/** "RE_INVOICED" → "Re-invoiced", "picking_started" → "Picking started". */
export function words(code) {
  if (SAID[code]) return SAID[code];
  const plain = code.toLowerCase().replaceAll("_", " ").trim();
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

export const tone = (code) => TONES[code] ?? "plain";
export const money = (text) => formats.money.format(text);
export const rate = (text) => formats.rate.format(text);
export const quantity = (text) => formats.quantity.format(text);
export const date = (text) => formats.date.format(new Date(`${text}T00:00:00Z`));
export const moment = (text) => formats.moment.format(new Date(text));
export const fullMoment = (text) => formats.full.format(new Date(text));
export const clock = (text) => formats.clock.format(new Date(text));
/** The company's calendar day of an instant, as YYYY-MM-DD. */
export const dayOf = (text) => formats.day.format(new Date(text));

/** What an event says happened, in a few words. */
export function happening(event) {
  if (event.type !== "invoice_updated") return words(event.type);
  const changed = [...new Set((event.changed ?? []).map((name) => (name === "items_total" ? "total_amount" : name)))];
  const named = changed.map((name) => name.replaceAll("_", " ").replace("total amount", "total"));
  return named.length ? `Changed: ${named.slice(0, 4).join(", ")}${named.length > 4 ? " …" : ""}` : "Changed";
}
