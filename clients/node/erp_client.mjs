// A client of the ERP in plain Node (20 or newer), without dependencies: import invoices safely, follow what happens to them.
//
//   ERP_URL=http://127.0.0.1:8000 ERP_KEY=… node erp_client.mjs import invoices.json
//   ERP_URL=http://127.0.0.1:8000 ERP_KEY=… node erp_client.mjs follow last-event-id
//
// Take what you need of it into your own program.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";

const ATTEMPTS = 8;
const LONGEST_PAUSE_MS = 30_000;
const WORTH_REPEATING = new Set([429, 502, 503, 504]);

/** The server understood and refused: sending the same again would not help. */
export class Refused extends Error {
  constructor(status, body) {
    super(`${status}: ${body}`);
    this.status = status;
    this.body = body;
  }
}

/** Longer each time, never in step with others, and no shorter than the server asks. */
function pauseMs(attempt, retryAfter) {
  const own = (0.5 + Math.random() / 2) * Math.min(250 * 2 ** attempt, LONGEST_PAUSE_MS);
  return Math.max(own, 1000 * (Number(retryAfter) || 0));
}

export class Erp {
  constructor(url, key) {
    this.url = url.replace(/\/$/, "");
    this.key = key;
  }

  /**
   * Import one invoice, however often it takes, exactly once. No answer does not mean that nothing was stored: the
   * idempotency key makes the repeat harmless, it gets the first answer again.
   */
  async importInvoice(invoice) {
    const headers = {
      "X-API-Key": this.key,
      "Content-Type": "application/json",
      "Idempotency-Key": randomUUID(),
    };
    for (let attempt = 0; ; attempt += 1) {
      let retryAfter = null;
      try {
        const answer = await fetch(`${this.url}/api/sales/import/invoice/`, {
          method: "POST",
          headers,
          body: JSON.stringify(invoice),
          signal: AbortSignal.timeout(30_000),
        });
        const body = await answer.text();
        if (answer.ok) return JSON.parse(body);
        const inFlight = answer.status === 409 && body.includes("idempotency-in-flight");
        if (!inFlight && !WORTH_REPEATING.has(answer.status)) throw new Refused(answer.status, body);
        retryAfter = answer.headers.get("Retry-After");
      } catch (problem) {
        if (problem instanceof Refused) throw problem;
      }
      if (attempt === ATTEMPTS - 1) throw new Error("the server has been busy or away for too long");
      await sleep(pauseMs(attempt, retryAfter));
    }
  }

  /**
   * Each event with its id, for ever; `after` is the last id that was worked on. Keep the id with the work: whoever comes
   * back with it gets what follows, each event once. `stream-reset` says that what followed has expired: read the lists anew.
   */
  async *follow(after = "", { types = "" } = {}) {
    for (let attempt = 0; ; attempt += 1) {
      let retryAfter = null;
      try {
        for await (const message of this.#listen(after, types)) {
          attempt = 0;
          after = message.id || after;
          if (message.name === "stream-reset") yield [after, { type: message.name, ...JSON.parse(message.data) }];
          else if (message.name !== "stream-open" && message.data) yield [after, JSON.parse(message.data)];
        }
      } catch (problem) {
        if (problem instanceof Refused && !WORTH_REPEATING.has(problem.status)) throw problem;
        retryAfter = problem.retryAfter;
      }
      await sleep(pauseMs(attempt, retryAfter));
    }
  }

  /** Messages until the server ends the stream, which it does once an hour. */
  async *#listen(after, types) {
    const headers = { "X-API-Key": this.key, Accept: "text/event-stream", ...(after && { "Last-Event-ID": after }) };
    const query = types ? `?types=${encodeURIComponent(types)}` : "";
    const answer = await fetch(`${this.url}/api/sales/sse/invoices/${query}`, { headers });
    if (!answer.ok) {
      const refused = new Refused(answer.status, await answer.text());
      refused.retryAfter = answer.headers.get("Retry-After");
      throw refused;
    }
    let rest = "";
    let message = { name: "message", id: "", data: "" };
    for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop();
      for (const raw of lines) {
        const line = raw.replace(/\r$/, "");
        const colon = line.indexOf(":");
        const field = colon < 0 ? line : line.slice(0, colon);
        const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
        if (line === "") {
          if (message.id || message.data) yield message;
          message = { name: "message", id: "", data: "" };
        } else if (field === "event") message.name = value;
        else if (field === "id") message.id = value;
        else if (field === "data") message.data += (message.data && "\n") + value;
      }
    }
  }
}

async function main([act, file]) {
  const erp = new Erp(process.env.ERP_URL, process.env.ERP_KEY);
  if (act === "import") {
    for (const invoice of JSON.parse(readFileSync(file, "utf8"))) {
      const { data } = await erp.importInvoice(invoice);
      console.log(data.invoice_no, data.result);
    }
  } else if (act === "follow") {
    const after = existsSync(file) ? readFileSync(file, "utf8").trim() : "";
    for await (const [id, event] of erp.follow(after)) {
      console.log(event.type, event.invoice_no ?? "");
      writeFileSync(file, id); // after the work: an event may come twice, never not at all
    }
  } else {
    console.error("node erp_client.mjs import <invoices.json> | follow <file that keeps the last id>");
    process.exitCode = 2;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await main(process.argv.slice(2));
