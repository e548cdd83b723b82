// Speaks to the server of the page, and tells the person what it refused.
import { $, node } from "./dom.js";

const asked = new URLSearchParams(location.search);

// Each tab is one person; the address can say who.
export const me = () => asked.get("me") ?? sessionStorage.getItem("me") ?? "ana";

export function become(name) {
  asked.delete("me");
  sessionStorage.setItem("me", name);
}

export async function get(path) {
  const answer = await fetch(`/api/${path}`).catch(() => null);
  return answer?.ok ? answer.json() : null;
}

export async function post(path, body = {}) {
  const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ me: me(), ...body }) };
  const answer = await fetch(`/api/${path}`, options).catch(() => null);
  const data = answer ? await answer.json().catch(() => ({ error: `${path}: ${answer.status}` })) : { error: "The playground does not answer. Is it still running?" };
  if (data.error) toast(data.error);
  return data;
}

export function toast(text, onclick) {
  const note = node(onclick ? "button" : "div", { class: "toast", role: "alert", onclick: onclick && (() => { note.remove(); onclick(); }) }, text);
  const box = $("toasts");
  box.append(note);
  if (box.matches(":popover-open")) box.hidePopover(); // shown again it stands above a modal that came later
  box.showPopover();
  setTimeout(() => note.remove(), onclick ? 9000 : 6000);
}
