// The session of this page. The access token lives in this module's memory and nowhere else; the refresh token lies in a
// cookie that no script can read. What is kept in localStorage is one word: whether it is worth asking for a session.
import { readExactly } from "./words.js";

const HINT = "erp-console-session";

/** A request that was refused, or that got no answer (`status` 0). */
export class Refused extends Error {
  constructor(status, message, requestId = "") {
    super(message);
    this.status = status;
    this.requestId = requestId;
  }

  get text() {
    return this.requestId && this.status >= 500 ? `${this.message} (request ${this.requestId})` : this.message;
  }
}

let access = "";
let renewing = null;

export const mayHaveSession = () => localStorage.getItem(HINT) !== null;

/** Calls back when another window of this browser has signed out. */
export function onSignedOutElsewhere(tell) {
  window.addEventListener("storage", (event) => {
    if (event.key === HINT && event.newValue === null) tell();
  });
}

/** Answers {user, role, company}. Throws Refused. */
export async function signIn(email, password) {
  return begin(await send("/console/session/", { method: "POST", body: { email, password } }));
}

/** A fresh access token out of the cookie; whoever asks meanwhile waits for the same one. Throws Refused. */
export function renew() {
  renewing ??= send("/console/token/", { method: "POST" })
    .then(begin)
    .catch((refused) => {
      if (refused.status === 401) forget();
      throw refused;
    })
    .finally(() => { renewing = null; });
  return renewing;
}

/** Ends the login. Throws Refused when the server could not be told: then it is still open. */
export async function signOut() {
  await send("/console/sign-out/", { method: "POST" });
  forget();
}

/** GET from the API, with a fresh token where the old one has expired. Throws Refused. */
export async function read(path, { signal } = {}) {
  if (!access) await renew();
  try {
    return await send(path, { signal, token: access });
  } catch (refused) {
    if (refused.status !== 401) throw refused;
    await renew();
    return send(path, { signal, token: access });
  }
}

export function forget() {
  access = "";
  localStorage.removeItem(HINT);
}

function begin(answer) {
  const { access: token, ...session } = answer;
  access = token;
  localStorage.setItem(HINT, "1");
  return session;
}

async function send(path, { method = "GET", body, signal, token } = {}) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (token) headers.Authorization = `Bearer ${token}`;
  let response, text;
  try {
    response = await fetch(path, {
      method, headers, signal, body: JSON.stringify(body), credentials: "same-origin", cache: "no-store", redirect: "error",
    });
    text = await response.text();
  } catch (problem) {
    if (problem.name === "AbortError") throw problem;
    throw new Refused(0, "The server cannot be reached.");
  }
  const answer = parsed(text);
  if (response.ok && answer !== undefined) return answer;
  throw new Refused(response.status, answer?.message ?? answer?.error ?? `The server answered ${response.status}.`, answer?.request_id);
}

/** null for an empty answer, undefined for one that is no JSON (a proxy's page, say). */
function parsed(text) {
  try {
    return text ? readExactly(text) : null;
  } catch {
    return undefined;
  }
}
