// The live stream. The browser's EventSource returns by itself when a connection breaks; after a refusal it does not, so
// then a new one is made, with a fresh cookie and from the last place.
import { readExactly } from "./words.js";

const ADDRESS = "/api/sales/sse/invoices/";
const SHORTEST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30000;
// A browser opens few connections to one server. A window that nobody sees gives its own back, and catches up later.
const HIDDEN_FOR_MS = 60000;

/** The number at the end of an event's id. */
const numberOf = (id) => Number(id.slice(id.lastIndexOf(":") + 1));

export class Stream {
  /**
   * `on.state(name)`: connecting, live, waiting or paused. `on.opened(isResumed)`: events come from here on.
   * `on.event(event)`. `on.reset()`: events were missed, load anew. `on.ended()`: the login has ended.
   */
  constructor({ renew, on }) {
    this.renew = renew;
    this.on = on;
    this.source = null;
    this.lastId = "";
    this.waitMs = SHORTEST_WAIT_MS;
    this.timer = 0;
    this.hiding = 0;
    this.watch = () => this.#seenOrHidden();
    this.hurry = () => this.#hurry();
    document.addEventListener("visibilitychange", this.watch);
    window.addEventListener("online", this.hurry);
  }

  open() {
    this.on.state("connecting");
    const query = this.lastId ? `?lastEventId=${encodeURIComponent(this.lastId)}` : "";
    const source = new EventSource(ADDRESS + query);
    this.source = source;
    source.addEventListener("stream-open", (message) => {
      const isResumed = this.lastId !== "";
      this.waitMs = SHORTEST_WAIT_MS;
      if (!isResumed) this.lastId = message.lastEventId;
      this.on.state("live");
      this.on.opened(isResumed);
    });
    source.addEventListener("message", (message) => {
      if (numberOf(message.lastEventId) <= numberOf(this.lastId)) return;
      this.lastId = message.lastEventId;
      this.on.event(readExactly(message.data));
    });
    source.addEventListener("stream-reset", (message) => {
      this.lastId = message.lastEventId;
      this.on.reset();
    });
    source.addEventListener("error", () => {
      if (source !== this.source) return;
      this.on.state("waiting");
      if (source.readyState === EventSource.CLOSED) this.#returnLater();
    });
  }

  close() {
    document.removeEventListener("visibilitychange", this.watch);
    window.removeEventListener("online", this.hurry);
    clearTimeout(this.timer);
    clearTimeout(this.hiding);
    this.#drop();
    this.renew = null;
  }

  #drop() {
    this.source?.close();
    this.source = null;
  }

  #returnLater() {
    this.#drop();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#return(), this.waitMs * (0.75 + Math.random() / 2));
    this.waitMs = Math.min(this.waitMs * 2, LONGEST_WAIT_MS);
  }

  async #return() {
    this.timer = 0;
    const renew = this.renew;
    try {
      await renew();
    } catch (refused) {
      if (!this.renew) return;
      if (refused.status === 401 || refused.status === 403) this.on.ended(refused);
      else this.#returnLater();
      return;
    }
    if (this.renew && !this.source) this.open();
  }

  #hurry() {
    if (this.timer) {
      clearTimeout(this.timer);
      this.#return();
    }
  }

  #seenOrHidden() {
    clearTimeout(this.hiding);
    if (document.hidden) {
      this.hiding = setTimeout(() => {
        clearTimeout(this.timer);
        this.timer = 0;
        this.#drop();
        this.on.state("paused");
      }, HIDDEN_FOR_MS);
    } else if (!this.source && !this.timer) {
      this.#return();
    }
  }
}
