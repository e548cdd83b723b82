// Rich text: sections, lists, quotes and preformatted text, taken literally.
import { node } from "./dom.js";
import { plain } from "./mrkdwn.js";

const STYLES = { code: "code", bold: "strong", italic: "em", strike: "s" };
const PARTS = {
  text: (part) => styled(part.text, part.style ?? {}),
  link: (part) => (/^(https?|mailto):/.test(part.url) ? node("a", { href: part.url, target: "_blank", rel: "noreferrer" }, part.text ?? part.url) : document.createTextNode(part.text ?? part.url)),
  user: (part, world) => node("span", { class: "mention" }, "@" + (world.users[part.user_id]?.name ?? part.user_id)),
  usergroup: (part, world) => node("span", { class: "mention" }, "@" + (world.groups[part.usergroup_id] ?? "group")),
  channel: (part, world) => node("span", { class: "mention" }, "#" + (world.names[part.channel_id] ?? part.channel_id)),
  broadcast: (part) => node("span", { class: "mention me" }, "@" + part.range),
  emoji: (part) => document.createTextNode(plain(`:${part.name}:`)),
  date: (part) => document.createTextNode(part.fallback ?? new Date(part.timestamp * 1000).toLocaleString("en-GB")),
};
const BOXES = { rich_text_preformatted: "pre", rich_text_quote: "blockquote" };

export function rich(part, world) {
  if (PARTS[part.type]) return PARTS[part.type](part, world);
  const inner = (part.elements ?? []).map((one) => rich(one, world));
  if (part.type !== "rich_text_list") return node(BOXES[part.type] ?? "div", {}, ...inner);
  return node(part.style === "ordered" ? "ol" : "ul", { style: part.indent ? `margin-left:${part.indent * 24}px` : null }, ...inner.map((one) => node("li", {}, one)));
}

function styled(text, style) {
  let out = document.createTextNode(text);
  for (const [name, tag] of Object.entries(STYLES)) if (style[name]) out = node(tag, {}, out);
  return out;
}
