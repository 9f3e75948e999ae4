// The invoices on the page: which rows there are and in what order. The table draws what this decides.
import { chosen, matches, queryOf } from "./filters.js";
import { read } from "./session.js";

const PAGE_SIZE = 50;
const MOST_ROWS = 2000;

const isNewer = (one, other) =>
  one.created_at === other.created_at ? one.id > other.id : one.created_at > other.created_at;

export class InvoiceList {
  /** `draw` is told of `replaced(invoices)`, `added(invoices)`, `placed(invoice, before)`, `removed(uuid)`, `settled()`. */
  constructor(draw) {
    this.draw = draw;
    this.clear();
  }

  clear() {
    this.loading?.abort();
    this.loading = null;
    this.rows = [];
    this.cursor = null;
    this.isTrimmed = false;
    this.filters = {};
    this.early = [];
    this.draw.replaced([]);
  }

  find(uuid) {
    return this.rows.find((row) => row.uuid === uuid);
  }

  /** The first page for the filters of now. Throws Refused; a newer call ends an older one silently. */
  async load() {
    this.filters = chosen();
    this.early = [];
    const page = await this.#fetch("");
    if (!page) return;
    this.rows = page.results;
    this.isTrimmed = false;
    this.draw.replaced(this.rows);
    this.#finish(page);
  }

  /** The next page. Throws Refused. */
  async more() {
    const page = await this.#fetch(this.cursor);
    if (!page) return;
    const added = page.results.filter((invoice) => !this.find(invoice.uuid));
    this.rows.push(...added);
    this.draw.added(added);
    this.#finish(page);
  }

  /** An invoice as an event shows it: changed in place, put where it belongs, or taken out. */
  apply(invoice) {
    if (this.loading) {
      this.early.push(invoice);
      return;
    }
    const at = this.rows.findIndex((row) => row.uuid === invoice.uuid);
    if (at >= 0 && this.rows[at].updated_at > invoice.updated_at) return;
    if (at >= 0) this.rows.splice(at, 1);
    if (!matches(invoice, this.filters)) {
      if (at >= 0) this.draw.removed(invoice.uuid);
    } else {
      this.#place(invoice, at >= 0);
    }
  }

  #place(invoice, wasShown) {
    const found = this.rows.findIndex((row) => isNewer(invoice, row));
    const at = found < 0 ? this.rows.length : found;
    // Behind the last row comes what the next page will bring.
    const isFurtherOn = at === this.rows.length && (this.cursor || this.isTrimmed) && !wasShown;
    if (isFurtherOn) return;
    this.rows.splice(at, 0, invoice);
    this.draw.placed(invoice, this.rows[at + 1]?.uuid);
    if (this.rows.length > MOST_ROWS) {
      this.draw.removed(this.rows.pop().uuid);
      this.isTrimmed = true;
      this.cursor = null;
    }
  }

  async #fetch(cursor) {
    this.loading?.abort();
    const mine = new AbortController();
    this.loading = mine;
    const query = queryOf(this.filters);
    query.set("cursor", cursor);
    query.set("page_size", PAGE_SIZE);
    this.draw.settled();
    try {
      const page = await read(`/api/sales/invoices/?${query}`, { signal: mine.signal });
      return this.loading === mine ? page : null;
    } catch (problem) {
      if (this.loading !== mine) return null;
      this.#settle();
      throw problem;
    }
  }

  #finish(page) {
    // Of the address only the cursor is used: behind a proxy the server may not know its own name.
    this.cursor = page.next ? new URL(page.next).searchParams.get("cursor") : null;
    this.#settle();
  }

  #settle() {
    this.loading = null;
    const early = this.early;
    this.early = [];
    for (const invoice of early) this.apply(invoice);
    this.draw.settled();
  }
}
