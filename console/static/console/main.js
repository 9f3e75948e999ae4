// The page: signed out it shows a form, signed in the invoices, live.
import { Detail } from "./detail.js";
import { byId, say } from "./dom.js";
import { setUpFilters } from "./filters.js";
import { InvoiceList } from "./list.js";
import { Refused, forget, mayHaveSession, onSignedOutElsewhere, renew, signIn, signOut } from "./session.js";
import { Stream } from "./stream.js";
import { InvoiceTable } from "./table.js";
import { Ticker } from "./ticker.js";
import { speakFor, words } from "./words.js";

// Events are drawn together this often: hundreds a second are read as easily as one.
const DRAW_EVERY_MS = 60;
const ANNOUNCED_MS = 3000;
const TITLE = document.title;
const STATES = {
  connecting: "Connecting…",
  live: "Live",
  waiting: "Connection lost, trying again…",
  paused: "Paused",
};

const detail = new Detail(ended);
const table = new InvoiceTable((uuid) => detail.open(uuid, list.find(uuid)));
const ticker = new Ticker((uuid) => detail.open(uuid, list.find(uuid)));
const list = new InvoiceList({
  replaced: (invoices) => table.replaced(invoices),
  added: (invoices) => table.added(invoices),
  placed: (invoice, before) => table.placed(invoice, before),
  removed: (uuid) => table.removed(uuid),
  settled: () => table.settled(list),
});

let stream = null;
let isLoaded = false;
let waiting = [];
let drawing = 0;

// ── Signed out ───────────────────────────────────────────────────────────────────────────────────────────────────────
function showSignIn(reason = "") {
  stream?.close();
  stream = null;
  isLoaded = false;
  clearTimeout(drawing);
  drawing = 0;
  waiting = [];
  detail.close();
  ticker.clear();
  list.clear();
  say(byId("trouble-text"), "");
  byId("trouble").hidden = true;
  for (const id of ["company-name", "user-name", "user-role", "currency"]) byId(id).textContent = "";
  document.title = TITLE;
  byId("desk").hidden = true;
  byId("sign-in").hidden = false;
  byId("password").value = "";
  say(byId("sign-in-refusal"), reason);
  byId(byId("email").value ? "password" : "email").focus();
}

byId("sign-in-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = byId("sign-in-button");
  button.disabled = true;
  say(byId("sign-in-refusal"), "");
  try {
    showDesk(await signIn(byId("email").value.trim(), byId("password").value));
    byId("password").value = "";
    byId("invoices-title").focus();
  } catch (refused) {
    say(byId("sign-in-refusal"), refused.text ?? refused.message);
    byId("password").select();
  } finally {
    button.disabled = false;
  }
});

// ── Signed in ────────────────────────────────────────────────────────────────────────────────────────────────────────
function showDesk({ user, role, company }) {
  speakFor(company);
  byId("company-name").textContent = company.name;
  byId("user-name").textContent = user.name;
  byId("user-name").title = user.email;
  byId("user-role").textContent = words(role);
  byId("currency").textContent = company.currency;
  document.title = `Invoices · ${company.name}`;
  byId("sign-in").hidden = true;
  byId("desk").hidden = false;
  stream = new Stream({
    renew,
    on: {
      state: (state) => { showState(state); if (state === "waiting" && !isLoaded) load(); },
      // What the list shows is read after the stream is open, so nothing can happen in between unseen.
      opened: (isResumed) => { if (!isResumed || !byId("trouble").hidden) load(); },
      event: hear,
      reset: load,
      ended,
    },
  });
  stream.open();
}

function showState(state) {
  byId("connection").dataset.state = state;
  byId("connection-text").textContent = STATES[state];
}

async function load() {
  isLoaded = true;
  await attempt(() => list.load());
  announce(byId("count").textContent || byId("empty-title").textContent);
}

/** For those who hear the page; gone afterwards, so that nobody reads it twice. */
function announce(text) {
  byId("loaded").textContent = text;
  setTimeout(() => { byId("loaded").textContent = ""; }, ANNOUNCED_MS);
}

/** Does it, and says in the page what was in the way. */
async function attempt(act) {
  byId("trouble").hidden = true;
  try {
    await act();
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    if (refused.status === 401) {
      ended(refused);
      return;
    }
    say(byId("trouble-text"), refused.text);
    byId("trouble").hidden = false;
  }
}

function ended(refused) {
  forget();
  showSignIn(refused.status === 401 ? "Your session has ended. Sign in again." : refused.text);
}

function hear(event) {
  waiting.push(event);
  drawing ||= setTimeout(draw, DRAW_EVERY_MS);
}

function draw() {
  drawing = 0;
  const events = waiting;
  waiting = [];
  ticker.add(events);
  const latest = new Map(events.filter((event) => event.uuid && event.customer).map((event) => [event.uuid, event]));
  for (const invoice of latest.values()) {
    list.apply(invoice);
    detail.update(invoice);
  }
  table.settled(list);
}

byId("retry").addEventListener("click", load);
byId("more").addEventListener("click", () => attempt(() => list.more()));
byId("sign-out").addEventListener("click", async () => {
  try {
    await signOut();
    showSignIn();
  } catch (refused) {
    say(byId("trouble-text"), `You are still signed in. ${refused.text ?? refused.message}`);
    byId("trouble").hidden = false;
  }
});

// ── Start ────────────────────────────────────────────────────────────────────────────────────────────────────────────
setUpFilters(() => { if (stream) load(); });
onSignedOutElsewhere(() => showSignIn("You have signed out in another window."));

if (mayHaveSession()) {
  renew().then(showDesk, (refused) => showSignIn(refused.status === 401 ? "" : refused.text));
} else {
  showSignIn();
}
