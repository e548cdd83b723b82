// Slack's mrkdwn as DOM nodes: nothing foreign ever becomes HTML.
import { node } from "./dom.js";

const EMOJI = {
  white_check_mark: "✅", warning: "⚠️", x: "❌", hourglass_flowing_sand: "⏳", red_circle: "🔴", large_green_circle: "🟢",
  rotating_light: "🚨", fire: "🔥", boom: "💥", zap: "⚡", no_entry: "⛔", information_source: "ℹ️", heavy_check_mark: "✔️", large_yellow_circle: "🟡",
  large_orange_circle: "🟠", large_blue_circle: "🔵", white_circle: "⚪", hourglass: "⌛", stopwatch: "⏱️", calendar: "📅", memo: "📝", link: "🔗",
  lock: "🔒", key: "🔑", gear: "⚙️", wrench: "🔧", hammer_and_wrench: "🛠️", package: "📦", bar_chart: "📊", chart_with_downwards_trend: "📉",
  dollar: "💵", money_with_wings: "💸", thumbsup: "👍", "+1": "👍", thumbsdown: "👎", "-1": "👎", clap: "👏", question: "❓", exclamation: "❗", mega: "📣",
  loudspeaker: "📢", no_bell: "🔕", mute: "🔇", zzz: "💤", robot_face: "🤖", point_right: "👉", arrow_right: "➡️", arrow_up: "⬆️", arrow_down: "⬇️",
  bell: "🔔", mag: "🔎", chart_with_upwards_trend: "📈", tada: "🎉", eyes: "👀", wave: "👋", rocket: "🚀", moneybag: "💰",
};

export function decode(text) {
  return text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
}

// Short names of emoji in text that is otherwise taken literally.
export function plain(text) {
  return String(text ?? "").replace(/:([a-z0-9_+-]+):/g, (all, name) => EMOJI[name] ?? all);
}

export function mrkdwn(text, world) {
  const out = document.createDocumentFragment();
  for (const [index, part] of String(text).split(/```/).entries()) {
    if (index % 2) out.append(node("pre", {}, decode(part.replace(/^\n|\n$/g, ""))));
    else quotes(part, world, out);
  }
  return out;
}

function quotes(text, world, out) {
  const lines = text.split("\n");
  let quoted = null;
  lines.forEach((line, index) => {
    if (line.startsWith("&gt;")) {
      quoted ??= out.appendChild(node("blockquote"));
      if (quoted.childNodes.length) quoted.append(node("br"));
      inline(line.replace(/^&gt; ?/, ""), world, quoted);
      return;
    }
    if (index && !quoted) out.append(node("br"));
    quoted = null;
    inline(line, world, out);
  });
}

const TOKEN = /`([^`\n]+)`|<([^<>\n]+)>|:([a-z0-9_+-]+):|(^|[\s(\u200b·])([*_~])(?=\S)([^\n]*?\S)\5(?=$|[\s).,;:!?\u200b·])/g;
const TAGS = { "*": "strong", _: "em", "~": "s" };

function inline(text, world, out) {
  let last = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [whole, code, bracket, emoji, before, mark, marked] = match;
    if (emoji && !EMOJI[emoji]) continue;
    out.append(decode(text.slice(last, match.index)));
    last = match.index + whole.length;
    if (code !== undefined) out.append(node("code", {}, decode(code)));
    else if (bracket !== undefined) out.append(special(bracket, world));
    else if (emoji) out.append(EMOJI[emoji]);
    else {
      out.append(decode(before));
      inline(marked, world, out.appendChild(node(TAGS[mark])));
    }
  }
  out.append(decode(text.slice(last)));
}

function special(body, world) {
  const [target, label] = split(body);
  if (target.startsWith("@")) return mention(world.users[target.slice(1)]?.name ?? label ?? target.slice(1), world, target.slice(1));
  if (target.startsWith("#")) return node("span", { class: "mention" }, "#" + (world.names[target.slice(1)] ?? label ?? target.slice(1)));
  if (target.startsWith("!date^")) return when(target, label);
  if (target.startsWith("!subteam^")) return node("span", { class: "mention" }, "@" + (world.groups[target.slice(9)] ?? label ?? "group"));
  if (target.startsWith("!")) return node("span", { class: "mention me" }, "@" + target.slice(1).split("|")[0]);
  const href = decode(target);
  if (!/^(https?|mailto):/.test(href)) return document.createTextNode("<" + decode(body) + ">");
  return node("a", { href, target: "_blank", rel: "noreferrer", title: href }, decode(label ?? target));
}

function split(body) {
  const at = body.indexOf("|");
  return at < 0 ? [body] : [body.slice(0, at), body.slice(at + 1)];
}

function mention(name, world, id) {
  return node("span", { class: id === world.me.id ? "mention me" : "mention" }, "@" + name);
}

function when(target, label) {
  const [, unix, format] = target.split("^");
  const moment = new Date(Number(unix) * 1000);
  if (!format || Number.isNaN(moment.getTime())) return document.createTextNode(label ?? "");
  const text = format.replace(/\{(\w+)\}/g, (all, token) => TOKENS[token]?.(moment) ?? all);
  return node("time", { datetime: moment.toISOString(), title: label ?? "" }, decode(text));
}

const pretty = (moment, rest) => {
  const days = Math.round((new Date(moment).setHours(0, 0, 0, 0) - new Date().setHours(0, 0, 0, 0)) / 864e5);
  return { 0: "Today", [-1]: "Yesterday", 1: "Tomorrow" }[days] ?? rest;
};
const month = (moment, style) => moment.toLocaleDateString("en", { month: style, day: "numeric", year: "numeric" });
const TOKENS = {
  date_num: (m) => m.toISOString().slice(0, 10),
  date: (m) => month(m, "long"),
  date_short: (m) => month(m, "short"),
  date_long: (m) => m.toLocaleDateString("en", { weekday: "long", month: "long", day: "numeric", year: "numeric" }),
  date_pretty: (m) => pretty(m, month(m, "long")),
  date_short_pretty: (m) => pretty(m, month(m, "short")),
  date_long_pretty: (m) => pretty(m, TOKENS.date_long(m)),
  time: (m) => m.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" }),
  time_secs: (m) => m.toLocaleTimeString("en-GB"),
  ago: (m) => ago(m),
};

export function ago(moment) {
  const seconds = Math.round((Date.now() - moment) / 1000);
  const [size, unit] = [[86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]].find(([s]) => Math.abs(seconds) >= s) ?? [1, "second"];
  return new Intl.RelativeTimeFormat("en").format(-Math.round(seconds / size), unit);
}
