// The ticker: each live event in a line, the newest on top.
import { byId, element } from "./dom.js";
import { clock, happening, money } from "./words.js";

const KEPT = 50;

export class Ticker {
  constructor(open) {
    this.box = byId("ticker");
    this.lines = byId("ticker-lines");
    this.lines.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) open(button.dataset.uuid);
    });
    this.clear();
  }

  clear() {
    this.lines.replaceChildren();
    byId("ticker-empty").hidden = false;
    this.box.hidden = true;
  }

  /** Events in their order; of many at once the newest. */
  add(events) {
    this.box.hidden = false;
    byId("ticker-empty").hidden = true;
    const lines = events.slice(-KEPT).map(line).reverse();
    this.lines.prepend(...lines);
    while (this.lines.children.length > KEPT) this.lines.lastElementChild.remove();
    this.box.scrollTop = 0;
  }
}

function line(event) {
  const who = event.actor?.name ? `by ${event.actor.name}` : "";
  return element("li", { class: "event" },
    element("time", { datetime: event.timestamp, class: "muted" }, clock(event.timestamp)),
    event.invoice_no
      ? element("button", { type: "button", class: "link", "data-uuid": event.uuid }, event.invoice_no)
      : "",
    element("span", { class: "what", title: happening(event) }, happening(event)),
    element("span", { class: "muted about" }, event.customer?.name ?? ""),
    element("span", { class: "amount" }, event.Total ? money(event.Total) : ""),
    element("span", { class: "muted by" }, who),
  );
}
