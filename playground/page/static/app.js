// The page: keeps a copy of the workspace, draws what changed, sends what the person does.
import { become, get, me, post } from "./api.js";
import { blocks } from "./blocks.js";
import { composer, suggestions } from "./composer.js";
import { $, node, reconcile } from "./dom.js";
import { icon } from "./icons.js";
import { context, filled, rows } from "./messages.js";
import { closeModal, showModal } from "./modal.js";
import { trafficPanel, worldPanel } from "./panels.js";
import { menu } from "./popups.js";
import { sidebar } from "./sidebar.js";
import { drawThread } from "./thread.js";

const asked = new URLSearchParams(location.search);
let world = null;
let here = asked.get("channel") ?? sessionStorage.getItem("channel") ?? "";
let thread = null;
let panel = null;

// --- keeping up: one question at a time, and one more if something changed meanwhile

let wanted = false;
let busy = false;
async function refresh() {
  wanted = true;
  if (busy) return;
  busy = true;
  try {
    while (wanted) {
      wanted = false;
      const who = me();
      const state = await get(`state?me=${encodeURIComponent(who)}`);
      if (!state || who !== me()) continue;
      world = state;
      world.names = Object.fromEntries(world.channels.map((c) => [c.id, c.name]));
      plus();
      draw();
    }
  } finally {
    busy = false;
  }
}

function listen() {
  const source = new EventSource("/api/events");
  const alive = (text) => { $("alive").textContent = text; };
  source.onmessage = (event) => {
    const kinds = JSON.parse(event.data);
    if (kinds.includes("state")) refresh();
    panel?.changed(kinds);
  };
  source.onopen = () => alive("");
  source.onerror = () => {
    alive("Reconnecting…");
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 1500);
  };
}

// --- drawing

function draw() {
  people();
  if (here !== "home" || !world.app.home) here = (world.channels.find((c) => c.id === here || c.name === here) ?? world.channels[0]).id;
  world.here = here;
  sidebar(world, here, go);
  here === "home" ? home() : channel();
  drawThread(world, here, thread, () => openThread(null));
  world.view ? showModal(world.view, world) : closeModal();
}

function people() {
  const select = $("me");
  if (!select.options.length) select.append(...world.people.map((p) => node("option", { value: p.name }, p.real_name || p.name)));
  select.value = world.me.name;
}

function go(id) {
  here = id;
  thread = null;
  sessionStorage.setItem("channel", id);
  document.body.classList.remove("listing");
  if (id === "home") post("act/home");
  draw();
  if (matchMedia("(min-width: 721px)").matches) $("text").focus();
}

function openThread(ts) {
  thread = ts;
  draw();
  if (ts) $("thread").querySelector("textarea").focus();
}

function channel() {
  const c = world.channels.find((one) => one.id === here);
  $("title").replaceChildren(c.is_im ? "" : node("span", { class: "hash" }, c.is_private ? icon("lock") : "#"), c.title);
  $("topic").textContent = c.is_im ? "Direct messages with the app" : `${c.people} members`;
  $("composer").hidden = false;
  $("text").placeholder = `Message ${c.is_im ? c.title : "#" + c.title}`;
  const first = { key: "welcome", data: [c.id, world.starters], make: () => welcome(c) };
  reconcile($("messages"), [first, ...rows(world.messages[here] ?? [], world, openThread)], here);
}

function home() {
  $("title").textContent = `${world.app.name} home`;
  $("topic").textContent = "App Home";
  $("composer").hidden = true;
  const draws = () => node("div", { class: "home" }, ...(world.home ? blocks(world.home.blocks, context(world, { home: true }, filled("home"))) : [node("p", { class: "small" }, "The app has published nothing here yet.")]));
  reconcile($("messages"), [{ key: "home", data: world.home, make: draws }], "home");
}

// The first screen explains itself and offers the first commands; a click puts one into the field.
function welcome(c) {
  const list = world.starters[c.name] ?? world.starters[""] ?? [];
  const begin = (s) => node("button", { type: "button", class: "starter", "data-starter": s.text, onclick: () => (s.knob ? post("world", { id: s.knob }) : type(s.text)) }, s.knob ? node("b", {}, s.text) : node("code", {}, s.text), node("span", { class: "small" }, s.label));
  return node("section", { class: "welcome" },
    node("h2", {}, c.is_im ? c.title : `# ${c.title}`),
    node("p", {}, `This is Slack and AWS in a box: nothing leaves this machine, nothing costs anything. ${world.app.name} is the real app and sees nothing but their addresses.`),
    list.length > 0 && node("p", { class: "hint" }, list.some((s) => !s.knob) ? "Start with one of these, then press Enter:" : "Alarms arrive here:"),
    node("div", { class: "starters" }, ...list.map(begin)),
    node("p", { class: "small" }, "Act as either person at the top left. ", node("b", {}, "World"), " starts traffic, rings alarms, breaks things. ", node("b", {}, "Traffic"), " shows every request and answer."));
}

function type(text) {
  $("text").value = text;
  $("text").focus();
  $("text").dispatchEvent(new Event("input"));
}

// The app's global shortcuts; without any there is no such menu.
function plus() {
  $("plus").hidden = !world.shortcuts.some((s) => s.kind === "global");
}

async function shortcut() {
  const own = world.shortcuts.filter((s) => s.kind === "global").map((s) => ({ value: s.id, text: { text: s.name }, description: { text: s.description || world.app.name } }));
  const chosen = await menu($("plus"), async () => ({ options: own }), { search: own.length > 5 });
  if (chosen) post("act/shortcut", { callback_id: chosen.value });
}

// --- acting

function send(text) {
  return post(text.startsWith("/") ? "act/slash" : "act/message", { channel: here, text });
}

function toggle(make, button) {
  const same = panel?.make === make;
  panel?.stop();
  panel?.button.setAttribute("aria-expanded", "false");
  $("panel").hidden = same;
  document.body.classList.toggle("paneled", !same);
  document.body.classList.remove("listing");
  button.setAttribute("aria-expanded", String(!same));
  panel = same ? null : { ...make($("panel"), () => { toggle(make, button); button.focus(); }), make, button };
}

function theme(name) {
  document.documentElement.dataset.theme = name;
  localStorage.setItem("theme", name);
}

function shortcuts(event) {
  if (document.querySelector("dialog[open], .menu")) return;
  if (event.key === "Escape" && !event.defaultPrevented) {
    if (thread) openThread(null);
    else if (panel) toggle(panel.make, panel.button);
    else document.body.classList.remove("listing");
  }
  if (event.altKey && ["ArrowUp", "ArrowDown"].includes(event.key)) {
    const at = world.channels.findIndex((c) => c.id === here) + (event.key === "ArrowDown" ? 1 : -1);
    if (world.channels[at]) go(world.channels[at].id);
    event.preventDefault();
  }
}

for (const one of document.querySelectorAll("[data-icon]")) one.prepend(icon(one.dataset.icon));
for (const one of document.querySelectorAll("[data-panel]")) {
  one.addEventListener("click", () => toggle({ world: worldPanel, traffic: trafficPanel }[one.dataset.panel], one));
}
$("me").addEventListener("change", () => { become($("me").value); thread = null; closeModal(); $("messages").dataset.showing = ""; refresh(); });
$("theme").addEventListener("click", () => theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
$("plus").addEventListener("click", shortcut);
$("menu").addEventListener("click", () => document.body.classList.toggle("listing"));
$("shade").addEventListener("click", () => document.body.classList.remove("listing"));
document.addEventListener("keydown", shortcuts);
document.addEventListener("visibilitychange", () => { if (world && !document.hidden) draw(); });

const preferred = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
theme(asked.get("theme") ?? localStorage.getItem("theme") ?? preferred);
composer($("composer"), { suggest: (text) => suggestions(text, world), send, completion: $("completion") });
listen();
