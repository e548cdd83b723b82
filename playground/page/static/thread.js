// The thread at the side: the first message, its replies, and a field to reply.
import { post, toast } from "./api.js";
import { composer } from "./composer.js";
import { $, node, reconcile } from "./dom.js";
import { icon } from "./icons.js";
import { rows } from "./messages.js";

let shown = null;

export function drawThread(world, channel, ts, close) {
  const box = $("thread");
  const parent = ts && (world.messages[channel] ?? []).find((m) => m.ts === ts);
  box.hidden = !parent;
  document.body.classList.toggle("threaded", Boolean(parent));
  if (!parent) {
    shown = null;
    return box.replaceChildren();
  }
  if (shown !== ts) frame(box, channel, ts, close, world);
  shown = ts;
  reconcile(box.querySelector(".list"), rows([parent, ...(parent.replies ?? [])], world, null), ts);
}

function frame(box, channel, ts, close, world) {
  const name = world.channels.find((c) => c.id === channel)?.title ?? "";
  const form = node("form", { class: "composer", autocomplete: "off" },
    node("textarea", { rows: 1, "aria-label": "Reply", placeholder: "Reply…" }),
    node("button", { class: "send", "aria-label": "Send reply" }, icon("send")));
  box.replaceChildren(
    node("header", {}, node("h2", {}, "Thread", node("span", { class: "small" }, name)), node("button", { type: "button", class: "quiet", "aria-label": "Close thread", onclick: close }, icon("close"))),
    node("div", { class: "list", role: "log", tabindex: "0", "aria-label": "Messages of the thread" }), form);
  const send = (text) => text.startsWith("/") ? toast("Slash commands do not work in threads, as in Slack.") : post("act/message", { channel, text, thread_ts: ts });
  composer(form, { suggest: () => [], send });
}
