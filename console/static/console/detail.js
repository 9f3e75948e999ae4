// The drawer with one invoice. It shows at once what the list knows, then what the server says, then every change.
import { byId, element, say } from "./dom.js";
import { read } from "./session.js";
import { badge, time } from "./table.js";
import { date, fullMoment, money, quantity, rate } from "./words.js";

export class Detail {
  /** `ended(refused)` is called when the login turns out to have ended. */
  constructor(ended) {
    this.ended = ended;
    this.dialog = byId("detail");
    this.shown = null;
    byId("detail-close").addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("close", () => { this.shown = null; });
    // The dialog fills its own box, so a click on the dialog itself is one on what lies behind it.
    this.dialog.addEventListener("click", (event) => { if (event.target === this.dialog) this.dialog.close(); });
  }

  async open(uuid, known) {
    this.shown = { uuid, updated_at: "" };
    say(byId("detail-trouble"), "");
    byId("detail-title").textContent = known?.invoice_no ?? "Invoice";
    byId("detail-body").replaceChildren();
    if (known && !known.items_omitted) this.update(known);
    if (!this.dialog.open) this.dialog.showModal();
    this.dialog.scrollTop = 0;
    try {
      this.update(await read(`/api/sales/invoices/${encodeURIComponent(uuid)}/`));
    } catch (refused) {
      if (refused.status === 401) this.ended(refused);
      else if (this.shown?.uuid === uuid) say(byId("detail-trouble"), refused.text ?? refused.message);
    }
  }

  close() {
    this.dialog.close();
    byId("detail-body").replaceChildren();
    byId("detail-title").textContent = "";
  }

  /** A newer state of an invoice, in case it is the one shown. */
  update(invoice) {
    if (this.shown?.uuid !== invoice.uuid || this.shown.updated_at > invoice.updated_at) return;
    if (invoice.items_omitted) {
      this.open(invoice.uuid);
      return;
    }
    this.shown.updated_at = invoice.updated_at;
    byId("detail-title").textContent = invoice.invoice_no;
    byId("detail-body").replaceChildren(
      element("p", { class: "badges" }, badge(invoice.status), badge(invoice.billing_status), badge(invoice.priority)),
      element("p", { class: "sum" }, element("strong", {}, money(invoice.Total)), element("span", { class: "muted" }, byId("currency").textContent)),
      facts(invoice),
      lines(invoice),
    );
  }
}

function facts(invoice) {
  const customer = invoice.customer;
  const address = [customer.address1, customer.address2, customer.address3, customer.area, customer.pincode];
  const handler = invoice.current_handler;
  const told = [
    ["Customer", element("span", {}, element("span", { class: "name" }, customer.name), " ", element("span", { class: "code" }, customer.code))],
    ["Address", address.filter(Boolean).join(", ")],
    ["Phone", [customer.phone1, customer.phone2].filter(Boolean).join(", ")],
    ["E-mail", customer.email],
    ["Invoice date", date(invoice.invoice_date)],
    ["Salesman", invoice.salesman?.name],
    ["In hand of", handler?.name || handler?.email],
    ["Made by", invoice.created_user?.name || invoice.created_by],
    ["Made at", time(invoice.created_at, fullMoment(invoice.created_at))],
    ["Changed at", invoice.updated_at === invoice.created_at ? "" : time(invoice.updated_at, fullMoment(invoice.updated_at))],
    ["Name on bill", invoice.temp_name],
    ["Remarks", invoice.remarks],
  ];
  const pairs = told.filter(([, value]) => value).flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]);
  return element("dl", { class: "facts" }, ...pairs);
}

function lines(invoice) {
  const heads = element("tr", {},
    element("th", { scope: "col" }, "Item"),
    element("th", { scope: "col", class: "number" }, "Quantity"),
    element("th", { scope: "col", class: "number" }, "MRP"));
  const rows = invoice.items.map((item) =>
    element("tr", {},
      element("td", {}, element("span", { class: "name" }, item.name), " ", element("span", { class: "code" }, about(item))),
      element("td", { class: "number" }, quantity(item.quantity)),
      element("td", { class: "number" }, rate(item.mrp))));
  const count = invoice.items.length;
  return element("section", { class: "lines" },
    element("h3", {}, count === 1 ? "1 line" : `${count} lines`),
    element("table", {}, element("thead", {}, heads), element("tbody", {}, ...rows)),
    Number(invoice.items_total) === Number(invoice.Total)
      ? null
      : element("p", { class: "muted" }, `The lines add up to ${money(invoice.items_total)}.`));
}

function about(item) {
  const expiry = item.expiry_date ? `expires ${date(item.expiry_date)}` : "";
  const batch = item.batch_no ? `batch ${item.batch_no}` : "";
  const shelf = item.shelf_location ? `shelf ${item.shelf_location}` : "";
  return [item.item_code, item.packing, item.company_name, batch, expiry, shelf, item.remarks].filter(Boolean).join(" · ");
}
