// Draws the list. A row of the table is drawn anew as a whole: it is small, and so nothing of an old state can stay.
import { byId, element, say } from "./dom.js";
import { chosen } from "./filters.js";
import { date, fullMoment, moment, money, tone, words } from "./words.js";

const FRESH_MS = 4000;
// Numbers up to this length stay on one line.
const SHORT = 18;

export const badge = (code) => element("span", { class: "badge", "data-tone": tone(code) }, words(code));

export const time = (instant, spelled) => element("time", { datetime: instant, title: fullMoment(instant) }, spelled);

export class InvoiceTable {
  constructor(open) {
    this.body = byId("rows");
    this.drawn = new Map();
    this.body.addEventListener("click", (event) => {
      const row = event.target.closest("tr");
      // Text that somebody selects in order to copy it is not a click.
      if (row && !window.getSelection().toString()) open(row.dataset.uuid);
    });
  }

  replaced(invoices) {
    this.drawn.clear();
    this.body.replaceChildren();
    this.added(invoices);
  }

  added(invoices) {
    const rows = invoices.map((invoice) => this.#row(invoice));
    this.body.append(...rows);
  }

  placed(invoice, before) {
    const old = this.drawn.get(invoice.uuid);
    const hadFocus = old?.contains(document.activeElement);
    const row = this.#row(invoice);
    this.body.insertBefore(row, this.drawn.get(before) ?? null);
    old?.remove();
    if (hadFocus) row.querySelector("button").focus();
    row.classList.add("fresh");
    setTimeout(() => row.classList.remove("fresh"), FRESH_MS);
  }

  removed(uuid) {
    this.drawn.get(uuid)?.remove();
    this.drawn.delete(uuid);
  }

  /** What stands around the rows, once they are settled. */
  settled(list) {
    const isLoading = list.loading !== null;
    const isEmpty = list.rows.length === 0;
    const isFiltered = Object.keys(chosen()).length > 0;
    byId("sheet").setAttribute("aria-busy", String(isLoading));
    byId("more").hidden = !list.cursor;
    byId("more").disabled = isLoading;
    byId("trimmed").hidden = !list.isTrimmed;
    byId("table").hidden = isEmpty;
    byId("empty").hidden = !isEmpty;
    byId("count").textContent = counted(list, isLoading);
    say(byId("empty-title"), isLoading ? "Loading…" : isFiltered ? "No invoice matches" : "No invoices yet");
    say(byId("empty-text"), isLoading ? "" : isFiltered ? "Change or clear the filters." : "They show here the moment a billing system sends them.");
  }

  #row(invoice) {
    const row = element("tr", { role: "row", "data-uuid": invoice.uuid },
      cell("Number", "no", element("button", { type: "button", class: invoice.invoice_no.length > SHORT ? "link" : "link short" }, invoice.invoice_no)),
      cell("Date", "date", element("time", { datetime: invoice.invoice_date }, date(invoice.invoice_date))),
      cell("Customer", "customer", element("span", { class: "name" }, invoice.customer.name), " ", element("span", { class: "code" }, invoice.customer.code)),
      cell("Salesman", "salesman", invoice.salesman?.name ?? "–"),
      cell("Items", "items number", invoice.items_omitted ? "…" : String(invoice.items.length)),
      cell("Total", "total number", money(invoice.Total)),
      cell("Status", "status", badge(invoice.status)),
      cell("Billing", "billing", badge(invoice.billing_status)),
      cell("Priority", "priority", badge(invoice.priority)),
      cell("Made at", "made number", time(invoice.created_at, moment(invoice.created_at))),
    );
    this.drawn.set(invoice.uuid, row);
    return row;
  }
}

function cell(label, kind, ...children) {
  return element("td", { role: "cell", class: kind, "data-label": label }, ...children);
}

function counted(list, isLoading) {
  const { length } = list.rows;
  if (!length) return "";
  const which = list.cursor || list.isTrimmed ? `The newest ${length}` : length === 1 ? "1 invoice" : `All ${length}`;
  return isLoading ? `${which}, loading…` : `${which}, newest first`;
}
