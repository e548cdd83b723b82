// The modal on top of the person's stack: what is typed stays while it is refused, and while it is updated.
import { post } from "./api.js";
import { blocks } from "./blocks.js";
import { $, node } from "./dom.js";
import { icon } from "./icons.js";
import { key } from "./fields.js";
import { context, filled } from "./messages.js";
import { plain } from "./mrkdwn.js";

let shown = null;
let open = null;

export function showModal(view, world) {
  const print = JSON.stringify([view.id, view.hash, view.errors]);
  if (shown === print) return;
  const known = open === view.id;
  const c = context(world, { view_id: view.id }, { ...filled(view.id), errors: view.errors });
  const focused = known ? [document.activeElement?.id, document.activeElement?.selectionStart] : [];
  const dialog = $("modal");
  dialog.replaceChildren(form(view, c));
  dialog.oncancel = (event) => { event.preventDefault(); post("act/close"); };
  shown = print;
  open = view.id;
  if (!dialog.open) dialog.showModal();
  settle(dialog, focused);
}

// The first wrong field, else where the person was, else the first field.
function settle(dialog, [id, at]) {
  const wrong = dialog.querySelector(".wrong input, .wrong textarea, .wrong button");
  const before = id ? dialog.querySelector(`#${CSS.escape(id)}`) : null;
  const field = wrong ?? before ?? dialog.querySelector("[autofocus]") ?? dialog.querySelector(".body input, .body textarea, .body button, footer button");
  field?.focus();
  if (field === before && at !== null && at !== undefined) field.setSelectionRange?.(at, at);
}

function form(view, c) {
  const wait = node("span", { class: "spinner", hidden: true, role: "status", "aria-label": "Sending" });
  const send = view.submit && node("button", { class: "slack filled primary", "data-action": "submit" }, plain(view.submit.text));
  const submit = async (event) => {
    event.preventDefault();
    if (!send || send.disabled) return;
    send.disabled = true;
    wait.hidden = false;
    shown = null; // a refusal in the same words is drawn again
    await post("act/submit", { view_id: view.id, values: entered(view, c.values) });
    send.disabled = false;
    wait.hidden = true;
  };
  const close = () => post("act/close");
  return node("form", { novalidate: true, autocomplete: "off", onsubmit: submit },
    node("header", {}, node("h2", { id: "modal-title" }, plain(view.title?.text)), node("button", { type: "button", class: "quiet", "aria-label": "Close", onclick: close }, icon("close"))),
    node("div", { class: "body" }, ...blocks(view.blocks, c)),
    node("footer", {}, wait, node("button", { type: "button", class: "slack", onclick: close }, plain(view.close?.text ?? "Close")), send));
}

// The fields that are in the view now, by block; an emptied one is null.
function entered(view, values) {
  const inputs = view.blocks.filter((block) => block.type === "input" && key(block.element, block) in values);
  return Object.fromEntries(inputs.map((block) => [block.block_id, values[key(block.element, block)]]));
}

export function closeModal() {
  if (open === null) return;
  shown = open = null;
  $("modal").close();
  $("modal").replaceChildren();
}
