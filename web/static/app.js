// What the pages add where scripts run: keys, copying, theme and zone, and the state of the connection.
"use strict";

const YEAR_S = 31536000;

function remember(name, value) {
  document.cookie = `${name}=${value}; path=/; max-age=${YEAR_S}; samesite=strict`;
}

// The viewer's zone: the server renders times in it from the next page on.
const root = document.documentElement;
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const hasZone = document.cookie.split("; ").some((each) => each === `tgwire_zone=${zone}`);
if (zone && !hasZone) {
  remember("tgwire_zone", zone);
  if (root.dataset.zone !== zone && document.cookie.includes("tgwire_zone=")) location.reload();
}

function chooseTheme(name) {
  remember("tgwire_theme", name);
  if (name === "auto") delete root.dataset.theme;
  else root.dataset.theme = name;
}

function rows() {
  return [...document.querySelectorAll(".rows .post")];
}

function move(step) {
  const all = rows();
  const at = all.findIndex((each) => each.hasAttribute("aria-current"));
  const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step];
  if (!next) return;
  if (at >= 0) all[at].removeAttribute("aria-current");
  next.setAttribute("aria-current", "true");
  next.querySelector(".text a, .who > a")?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

async function copy(id) {
  const source = document.getElementById(id);
  if (!source) return;
  const clone = source.cloneNode(true);
  clone.querySelectorAll(".n, .vh").forEach((each) => each.remove());
  const text = id === "body" ? [...clone.children].map((each) => each.textContent).join("\n") : clone.textContent;
  let said = "Copied.";
  try {
    await navigator.clipboard.writeText(text.trim());
  } catch {
    getSelection().selectAllChildren(source);
    said = "Selected: copy it with the keys of your system.";
  }
  document.getElementById("copied").textContent = said;
}

const ACTIONS = {
  "/": () => (document.getElementById("q") ?? document.getElementById("find"))?.focus(),
  j: () => move(1),
  k: () => move(-1),
  o: () => document.querySelector(".post[aria-current] .text a, .post[aria-current] .who > a")?.click(),
  n: () => document.querySelector(".newbar .button")?.click(),
  c: () => copy("body"),
  y: () => copy("citation"),
  r: () => document.getElementById("revisions")?.scrollIntoView(),
  "?": () => document.getElementById("keys").showModal(),
};

function areKeysOn() {
  return !document.cookie.includes("tgwire_keys=off");
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  // Just after a dialog has closed, what had the focus in it may still have it.
  if (event.target.closest("input:not([type=checkbox]), textarea, select, dialog[open], [contenteditable]")) return;
  const action = ACTIONS[event.key];
  if (!action || (event.key !== "?" && !areKeysOn())) return;
  event.preventDefault();
  action();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button.dataset.copy);
  if (event.target.closest("#keys-show")) ACTIONS["?"]();
});

// A browser leaves what it half shows where it is; the focus would be cut by the edge of a table.
document.addEventListener("focusin", ({ target }) => {
  if (target.matches(".scroll :focus-visible")) target.scrollIntoView({ block: "nearest", inline: "nearest" });
});

document.addEventListener("change", (event) => {
  if (event.target.name === "theme") chooseTheme(event.target.value);
  if (event.target.id === "keys-on") remember("tgwire_keys", event.target.checked ? "on" : "off");
  if (event.target.id === "rows-compact") {
    remember("tgwire_rows", event.target.checked ? "compact" : "full");
    if (event.target.checked) root.dataset.rows = "compact";
    else delete root.dataset.rows;
  }
});

document.querySelectorAll("[data-copy], #keys-show").forEach((each) => { each.hidden = false; });
const keysOn = document.getElementById("keys-on");
if (keysOn) keysOn.checked = areKeysOn();

// Whether the page is live, in words.
function sayState(css, icon, text) {
  const live = document.getElementById("live");
  if (!live) return;
  live.className = `live ${css}`;
  live.querySelector("use")?.setAttribute("href", `#i-${icon}`);
  live.querySelector("span").textContent = text;
}

// The extension (reconnect and pauseOnBackground are off) would take any answer that is 200 when it connects again.
const SILENCE_MS = 45000; // three times BEAT_S of web/serving/event_stream.py
const LONGEST_WAIT_MS = 60000;

function watch(stream) {
  let last = new Date();
  let connection, silence, retry;
  let tries = 0;
  let isAsked = false;
  const sayNotLive = () => {
    if (!document.hidden) sayState("off", "del", `not live, last ${last.toLocaleTimeString("en-GB")}`);
  };
  const leave = () => connection?.reader?.cancel();
  const expectMessage = () => {
    clearTimeout(silence);
    silence = setTimeout(() => {
      sayNotLive();
      leave();
    }, SILENCE_MS);
  };
  const connect = () => {
    if (!isAsked && !connection) window.htmx?.trigger(stream, "connect");
  };
  const connectAgain = () => {
    sayNotLive();
    clearTimeout(retry);
    const waitMs = Math.min(1000 * 2 ** tries++, LONGEST_WAIT_MS) * (0.7 + 0.6 * Math.random());
    if (!document.hidden) retry = setTimeout(connect, waitMs);
  };
  // What is no event stream is of a proxy, of a form that signs in, or of another server.
  stream.addEventListener("htmx:before:response", (event) => {
    isAsked = false;
    const { raw } = event.detail.ctx.response;
    if (raw.headers.get("Content-Type")?.startsWith("text/event-stream")) return;
    event.preventDefault();
    raw.body?.cancel();
    connectAgain();
  });
  stream.addEventListener("htmx:sse:before:connection", (event) => {
    isAsked = false;
    connection = event.detail.connection;
    if (!document.hidden) return;
    event.preventDefault();
    connection.abortController.abort();
  });
  stream.addEventListener("htmx:sse:after:connection", expectMessage);
  stream.addEventListener("htmx:sse:after:message", () => {
    if (connection?.status !== 200) return; // too many pages follow: the message says so
    last = new Date();
    tries = 0;
    expectMessage();
  });
  stream.addEventListener("htmx:sse:error", sayNotLive);
  stream.addEventListener("htmx:sse:close", () => {
    connection = undefined;
    if (stream.isConnected) connectAgain();
  });
  stream.addEventListener("htmx:before:request", () => { isAsked = true; });
  stream.addEventListener("htmx:error", () => {
    isAsked = false;
    connectAgain();
  });
  document.addEventListener("visibilitychange", () => { // a hidden page has no stream
    clearTimeout(retry);
    if (document.hidden) leave();
    else connect();
    expectMessage();
  });
  expectMessage();
}

const stream = document.querySelector("[hx-sse\\:connect]");
if (stream) watch(stream);

// A page without a stream gets older, too: as web/pages.py and web/presentation/moments.py say it.
const LOOK_AGAIN_MS = 15000;

function lengthOf(lengthMs) {
  const seconds = Math.round(lengthMs / 1000);
  const minutes = Math.round(seconds / 60);
  const days = Math.round(minutes / 1440);
  if (seconds < 60) return `${seconds} s`;
  if (minutes < 60) return `${minutes} min`;
  if (minutes >= 1440) return `${days} day${days === 1 ? "" : "s"}`;
  const rest = minutes < 600 && minutes % 60;
  return `${Math.floor(minutes / 60)} h${rest ? ` ${String(rest).padStart(2, "0")}` : ""}`;
}

function sayAge() {
  const newestMs = document.getElementById("live")?.dataset.newestMs;
  if (!newestMs || stream) return;
  const ageMs = Math.max(0, Date.now() - newestMs);
  if (ageMs < 3600000) sayState("", "live", `live, ${lengthOf(ageMs)}`);
  else sayState("none", "pause", `newest ${lengthOf(ageMs)} ago`);
}

setInterval(sayAge, LOOK_AGAIN_MS);
document.addEventListener("visibilitychange", sayAge);
