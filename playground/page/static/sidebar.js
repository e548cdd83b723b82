// The list of conversations: where one is, what is unread, who is meant; and notes of what happens elsewhere.
import { me, toast } from "./api.js";
import { $, node } from "./dom.js";
import { icon } from "./icons.js";
import { preview } from "./messages.js";

const key = () => `read:${me()}`;
const marks = () => JSON.parse(localStorage.getItem(key()) ?? "{}");
const told = new Set();
let first = true;

export function sidebar(world, here, go) {
  const read = marks();
  if (!document.hidden && world.messages[here]) {
    read[here] = latest(world.messages[here]);
    localStorage.setItem(key(), JSON.stringify(read));
  }
  const rows = world.channels.map((c) => [c, row(c, unread(world.messages[c.id], read[c.id]), here, go)]);
  const rooms = rows.filter(([c]) => !c.is_im).map(([, r]) => r);
  const direct = rows.filter(([c]) => c.is_im).map(([, r]) => r);
  const home = world.app.home && node("button", { type: "button", class: ["channel", here === "home" && "here"], "data-channel": "home", onclick: () => go("home") }, node("span", { class: "mark" }, icon("home")), `${world.app.name} home`);
  const focused = document.activeElement?.dataset?.channel;
  $("channels").replaceChildren(node("h2", {}, "Channels"), ...rooms, node("h2", {}, "Apps"), ...[home].filter(Boolean), ...direct);
  if (focused) $("channels").querySelector(`[data-channel="${CSS.escape(focused)}"]`)?.focus();
  notify(world, here, go);
}

const latest = (list) => list.reduce((last, m) => (m.latest > last ? m.latest : last), "0");

function unread(list = [], since = "0") {
  const fresh = list.filter((m) => m.latest > since);
  const pings = fresh.flatMap((m) => [m, ...(m.replies ?? [])]).filter((m) => m.mentions && m.ts > since).length;
  return { fresh: fresh.length, pings };
}

function row(c, { fresh, pings }, here, go) {
  const mark = c.is_im ? node("span", { class: "presence" }) : c.is_private ? icon("lock") : "#";
  const label = `${c.title}${fresh && c.id !== here ? ", unread" : ""}`;
  return node("button", { type: "button", class: ["channel", c.id === here && "here", fresh > 0 && "fresh"], "data-channel": c.name, "aria-label": label, "aria-current": c.id === here ? "page" : null, onclick: () => go(c.id) },
    node("span", { class: "mark" }, mark), node("span", { class: "grow" }, c.title), pings > 0 && node("span", { class: "badge" }, String(pings)));
}

// What mentions this person elsewhere is told once.
function notify(world, here, go) {
  let open = 0;
  for (const c of world.channels) {
    for (const m of (world.messages[c.id] ?? []).flatMap((one) => [one, ...(one.replies ?? [])])) {
      if (!m.mentions) continue;
      if (m.ts > (marks()[c.id] ?? "0")) open += 1;
      const id = `${me()}:${m.ts}`;
      if (!first && !told.has(id) && (c.id !== here || document.hidden)) toast(`${m.name} in ${c.is_im ? "a direct message" : "#" + c.name}: ${preview(m, world)}`, () => go(c.id));
      told.add(id);
    }
  }
  first = false;
  document.title = `${open ? `(${open}) ` : ""}${world.channels.find((c) => c.id === here)?.title ?? "Home"} · batchbot playground`;
}
