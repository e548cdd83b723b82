// A message as a row: who, when, blocks, files, the replies below it.
import { blocks } from "./blocks.js";
import { me, post } from "./api.js";
import { node } from "./dom.js";
import { icon } from "./icons.js";
import { mrkdwn } from "./mrkdwn.js";
import { enlarge, menu } from "./popups.js";

const TOGETHER = 300;
const clock = (moment) => moment.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
const moment = (m) => new Date(Number(m.ts) * 1000);

// The rows of a list, with a line at each new day; what one person says in one go has one head.
export function rows(list, world, openThread) {
  const out = [];
  let before = null;
  for (const m of list) {
    const day = moment(m).toDateString();
    const sameDay = before && moment(before).toDateString() === day;
    if (!sameDay) out.push({ key: day, data: day, make: () => node("div", { class: "day", role: "separator" }, node("span", {}, dayName(moment(m)))) });
    const joined = sameDay && before.name === m.name && before.ephemeral === m.ephemeral && m.ts - before.ts < TOGETHER && !before.replies?.length;
    out.push({ key: m.ts, data: [m, joined], make: () => message(m, world, { joined, openThread }) });
    before = m;
  }
  return out;
}

function dayName(date) {
  const back = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(date).setHours(0, 0, 0, 0)) / 864e5);
  return ["Today", "Yesterday"][back] ?? date.toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long" });
}

export function message(m, world, { joined, openThread }) {
  const at = moment(m);
  const when = (look) => node("time", { class: look, datetime: at.toISOString(), title: at.toLocaleString("en-GB") }, clock(at));
  const c = context(world, { channel: m.channel, ts: m.ts }, filled(m.ts));
  const body = m.blocks?.length ? blocks(m.blocks, c) : m.text ? [node("div", { class: "block" }, mrkdwn(m.text, world))] : [];
  body.push(...(m.attachments ?? []).map((a) => attachment(a, c)));
  return node("article", { class: ["message", m.ephemeral && "ephemeral", joined && "joined"], "data-ts": m.ts, "aria-label": `${m.name}, ${clock(at)}` },
    joined ? when("margin small") : avatar(m),
    node("div", { class: "grow" },
      m.ephemeral && node("div", { class: "only" }, icon("eye"), "Only visible to you ·", node("button", { type: "button", class: "dismiss", onclick: () => post("act/dismiss", { channel: m.channel, ts: m.ts }) }, "Dismiss message")),
      !joined && node("div", { class: "by" }, node("b", {}, m.name), m.bot && node("span", { class: "app" }, "APP"), when("small")),
      ...body, ...(m.files ?? []).map(file),
      m.edited && node("span", { class: "edited small" }, "(edited)"),
      openThread && m.replies?.some((one) => !one.ephemeral) && replies(m, world, openThread)),
    !m.ephemeral && tools(m, world, openThread));
}

// What hovers over a message: its thread, and the app's shortcuts.
function tools(m, world, openThread) {
  const own = world.shortcuts.filter((s) => s.kind === "message");
  const more = async (event) => {
    const items = own.map((s) => ({ value: s.id, text: { text: s.name }, description: { text: s.description || world.app.name } }));
    const chosen = await menu(event.currentTarget, async () => ({ options: items }), {});
    if (chosen) post("act/shortcut", { callback_id: chosen.value, channel: m.channel, ts: m.ts });
  };
  const reply = openThread && node("button", { type: "button", class: "reply", title: "Reply in thread", "aria-label": "Reply in thread", onclick: () => openThread(m.ts) }, icon("thread"));
  const menus = own.length > 0 && node("button", { type: "button", class: "more", title: "More actions", "aria-label": "More actions", "aria-haspopup": "listbox", onclick: more }, icon("more"));
  return (reply || menus) && node("div", { class: "tools-of" }, reply, menus);
}

// What an older app hangs below its text: blocks, or a title and words, beside a bar of colour.
function attachment(a, c) {
  const words = (part) => part && node("div", { class: "block" }, mrkdwn(String(part), c.world));
  const inner = a.blocks?.length ? blocks(a.blocks, c) : [words(a.pretext), words(a.title && `*${a.title}*`), words(a.text ?? (a.title ? null : a.fallback)),
    ...(a.fields ?? []).map((f) => words(`*${f.title}*\n${f.value}`))].filter(Boolean);
  const colour = /^#?[0-9a-f]{6}$/i.test(a.color ?? "") ? `#${a.color.replace("#", "")}` : { good: "#2eb886", warning: "#daa038", danger: "#a30200" }[a.color];
  return node("div", { class: "attachment", style: colour ? `--bar:${colour}` : null }, ...inner);
}

function file(f) {
  const name = f.title || f.name;
  const shown = node("img", { src: `/file/${f.id}`, alt: f.alt_text || name });
  return node("figure", { class: "block" }, node("figcaption", {}, name), node("button", { type: "button", class: "picture", onclick: () => enlarge(shown) }, shown));
}

function replies(m, world, openThread) {
  const told = m.replies.filter((one) => !one.ephemeral);
  const last = told.at(-1);
  const count = `${told.length} ${told.length === 1 ? "reply" : "replies"}`;
  return node("button", { type: "button", class: "replies", onclick: () => openThread(m.ts) },
    avatar(last, "tiny"), node("b", {}, count), node("span", { class: "small" }, preview(last, world)));
}

// The words of a message in one line.
export function preview(m, world) {
  const shown = node("span", {}, mrkdwn(m.text ?? "", world));
  return shown.textContent.replace(/\s+/g, " ").slice(0, 120);
}

export function avatar(m, size = "") {
  if (m.bot) return node("div", { class: `avatar bot ${size}`, "aria-hidden": "true" }, icon("bot"));
  const hue = [...m.name].reduce((sum, letter) => sum + letter.charCodeAt(0) * 37, 0) % 360;
  return node("div", { class: `avatar ${size}`, "aria-hidden": "true", style: `--hue:${hue}` }, (m.name[0] ?? "?").toUpperCase());
}

// What was filled in so far by each person in each place stays, whatever is drawn again around it.
const entries = new Map();
export function filled(place) {
  const own = `${me()} ${place}`;
  if (!entries.has(own)) entries.set(own, { values: {}, labels: {} });
  return entries.get(own);
}

// Values by block and action, as the server takes them.
function nested(values) {
  const out = {};
  for (const [both, value] of Object.entries(values)) {
    const [block, action] = JSON.parse(both);
    (out[block] ??= {})[action] = value;
  }
  return out;
}

// What the blocks of a place (a message, a Home tab, a modal) need to act; each act tells what stands in the fields.
export function context(world, place, more) {
  const told = (item, block) => ({ ...place, action_id: item.action_id, block_id: block });
  return {
    world, place: Object.values(place).join(" "), ...more,
    act: (kind, item, value, block) => post(`act/${kind}`, { ...told(item, block), value, values: nested(more.values) }),
    suggest: async (item, block, query) => ({ options: (await post("act/suggest", { ...told(item, block), query })).options }),
  };
}

