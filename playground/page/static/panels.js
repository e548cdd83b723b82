// The side panels: what steers the world (rows that the server names), and the traffic on the wire.
import { get, post } from "./api.js";
import { node } from "./dom.js";
import { icon } from "./icons.js";

const KEPT = 400;

function frame(box, title, close, ...body) {
  box.setAttribute("aria-label", title);
  box.replaceChildren(node("header", {}, node("h2", {}, title), node("button", { type: "button", class: "quiet", "aria-label": "Close panel", onclick: close }, icon("close"))), ...body);
}

// Runs `load` at once, after each change, and every few seconds.
function kept(load) {
  const timer = setInterval(load, 2000);
  load();
  return { changed: () => load(), stop: () => clearInterval(timer) };
}

export function worldPanel(box, close) {
  const body = node("div", { class: "list", tabindex: "0" });
  frame(box, "World", close, body);
  let print = "";
  const turn = async (control, event) => {
    event.currentTarget.disabled = true;
    await post("world", { id: control.id });
    print = "";
    load();
  };
  const load = async () => {
    const sections = (await get("world"))?.sections;
    if (!sections || print === JSON.stringify(sections)) return;
    print = JSON.stringify(sections);
    const focused = document.activeElement?.dataset?.knob;
    body.replaceChildren(...sections.map((s) => section(s, turn)));
    if (focused) body.querySelector(`[data-knob="${CSS.escape(focused)}"]`)?.focus();
  };
  return kept(load);
}

function section(s, turn) {
  const knob = (control) => node("button", { type: "button", class: ["slack", control.style, control.on && "on"], "aria-pressed": control.on === undefined ? null : String(control.on), "data-knob": control.id, onclick: (event) => turn(control, event) }, control.label);
  return node("section", {}, node("h3", {}, s.title), s.note && node("p", { class: "small" }, s.note),
    ...s.rows.map((r) => node("div", { class: "knob" },
      node("div", { class: "about" }, r.label, r.state && node("small", {}, r.state)), node("div", { class: "knobs" }, ...r.controls.map(knob)))));
}

const SIDES = ["to the bot", "Slack API", "AWS", "SNS"];

export function trafficPanel(box, close) {
  const list = node("div", { class: "list traffic", tabindex: "0" });
  const none = node("p", { class: "small none" }, "Nothing yet. Type a command and watch.");
  let after = 0;
  let side = null;
  const show = () => {
    for (const row of list.querySelectorAll("details")) row.hidden = side !== null && row.dataset.side !== side;
    for (const chip of chips) chip.setAttribute("aria-pressed", String(chip.textContent === (side ?? "all")));
  };
  const chips = ["all", ...SIDES].map((name) => node("button", { type: "button", class: "chip", onclick: () => { side = name === "all" ? null : name; show(); } }, name));
  const clear = node("button", { type: "button", class: "chip", onclick: () => list.replaceChildren() }, "Clear");
  frame(box, "Traffic", close, node("div", { class: "tools", role: "group", "aria-label": "Show" }, ...chips, clear), list);
  list.append(none);
  const load = once(async () => {
    const found = await get(`traffic?after=${after}`);
    if (!found) return;
    after = found.last;
    if (!found.rows.length) return;
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
    none.remove();
    list.append(...found.rows.map(line));
    while (list.children.length > KEPT) list.firstChild.remove();
    show();
    if (atEnd) list.scrollTop = list.scrollHeight;
  });
  show();
  return kept(load);
}

// One at a time; what comes meanwhile waits for the next turn of the clock.
function once(run) {
  let busy = false;
  return async () => {
    if (busy) return;
    busy = true;
    await run().finally(() => { busy = false; });
  };
}

function line(row) {
  const at = new Date(row.at * 1000).toLocaleTimeString("en-GB");
  const slow = row.side === "to the bot" && row.ms > 1000;
  const summary = node("summary", {}, node("time", { class: "small" }, at), node("span", { class: `side s${SIDES.indexOf(row.side)}` }, row.side), node("b", { title: row.what }, row.what),
    node("span", { class: row.good ? "ok" : "bad" }, row.outcome), row.ms !== null && node("span", { class: slow ? "bad" : "small" }, `${row.ms} ms`));
  const details = node("details", { "data-side": row.side }, summary);
  details.addEventListener("toggle", () => {
    if (details.children.length > 1) return;
    details.append(node("h4", {}, "Sent"), node("pre", { tabindex: "0" }, row.sent));
    if (row.answered) details.append(node("h4", {}, "Answered"), node("pre", { tabindex: "0" }, row.answered));
  });
  return details;
}
