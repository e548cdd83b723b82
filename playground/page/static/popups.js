// Menus with a search field, the question that a control asks before it acts, and a picture in full.
import { node } from "./dom.js";
import { plain, mrkdwn } from "./mrkdwn.js";

const NOBODY = { users: {}, names: {}, groups: {}, me: {} };

export function ask(confirm) {
  return new Promise((resolve) => {
    const answer = (value) => (event) => { event?.preventDefault(); dialog.close(); dialog.remove(); resolve(value); };
    const dialog = node("dialog", { class: "confirm", "aria-labelledby": "confirm-title", oncancel: answer(false) },
      node("h2", { id: "confirm-title" }, plain(confirm.title.text)),
      node("p", {}, confirm.text.type === "mrkdwn" ? mrkdwn(confirm.text.text, NOBODY) : plain(confirm.text.text)),
      node("footer", {},
        node("button", { type: "button", class: "slack", "data-confirm": "no", onclick: answer(false) }, plain(confirm.deny.text)),
        node("button", { type: "button", class: ["slack filled", confirm.style ?? "primary"], "data-confirm": "yes", onclick: answer(true) }, plain(confirm.confirm.text))));
    document.body.append(dialog);
    dialog.showModal();
  });
}

export function enlarge(image) {
  const close = () => { dialog.close(); dialog.remove(); };
  const dialog = node("dialog", { class: "lightbox", "aria-label": image.alt, onclick: close, oncancel: close }, node("img", { src: image.src, alt: image.alt }), node("p", { class: "small" }, image.alt), node("button", { type: "button", class: "slack" }, "Close"));
  document.body.append(dialog);
  dialog.showModal();
}

// `source` is a function of the query that resolves to {options, groups, note}; `marked` are the values that are chosen.
// With `toggle` the menu stays open and each choice goes there, which tells what is chosen then.
export function menu(anchor, source, { search = false, remote = false, marked = [], toggle = null }) {
  return new Promise((resolve) => {
    const list = node("div", { class: "list", role: "listbox", "aria-multiselectable": toggle ? "true" : null });
    const field = search && node("input", { type: "search", placeholder: "Search", "aria-label": "Search" });
    const outside = (event) => { if (!box.contains(event.target)) done(null); };
    const done = (value) => {
      box.remove();
      document.removeEventListener("pointerdown", outside, true);
      anchor.setAttribute("aria-expanded", "false");
      anchor.focus();
      resolve(value);
    };
    const box = node("div", { class: "menu", onkeydown: (event) => keys(event, list, field, done) }, field, list);
    let asked = 0;
    const pick = (o) => {
      if (!toggle) return done(o);
      const now = toggle(o);
      for (const row of list.querySelectorAll("[role=option]")) row.setAttribute("aria-selected", String(now.has(row.dataset.value)));
    };
    const fill = async () => {
      const number = ++asked;
      const query = field ? field.value : "";
      const found = await source(query);
      if (number === asked) list.replaceChildren(...choices(found, remote ? "" : query.toLowerCase(), new Set(marked), pick));
    };
    field?.addEventListener?.("input", fill);
    (anchor.closest("dialog") ?? document.body).append(box);
    anchor.setAttribute("aria-expanded", "true");
    place(box, anchor);
    if (field) field.focus(); // at once: whoever types does not wait for the bot's answer
    fill().then(() => { place(box, anchor); if (!field) list.querySelector("button")?.focus(); });
    document.addEventListener("pointerdown", outside, true);
  });
}

function choices(found, query, marked, pick) {
  if (found.note) return [node("div", { class: "small none" }, found.note)];
  const row = (o) => node("button", { type: "button", role: "option", "data-value": o.value, "aria-selected": String(marked.has(o.value)), onclick: () => pick(o) }, plain(o.text.text), o.description && node("small", {}, plain(o.description.text)));
  const groups = found.groups ?? [{ options: found.options ?? [] }];
  const rows = groups.flatMap((g) => {
    const fit = g.options.filter((o) => o.text.text.toLowerCase().includes(query));
    return fit.length ? [g.label && node("div", { class: "small" }, plain(g.label.text)), ...fit.map(row)] : [];
  });
  return rows.length ? rows.filter(Boolean) : [node("div", { class: "small none" }, "Nothing found")];
}

function keys(event, list, field, done) {
  const rows = [...list.querySelectorAll("button")];
  const at = rows.indexOf(document.activeElement);
  const to = (index) => { event.preventDefault(); (index < 0 && field ? field : rows[Math.max(0, Math.min(index, rows.length - 1))])?.focus(); };
  if (event.key === "Escape" || event.key === "Tab") { event.stopPropagation(); event.preventDefault(); done(null); }
  else if (event.key === "ArrowDown") to(at + 1);
  else if (event.key === "ArrowUp") to(at - 1);
  else if (event.key === "Enter" && at < 0) { event.preventDefault(); rows[0]?.click(); }
}

function place(box, anchor) {
  const at = anchor.getBoundingClientRect();
  const width = Math.min(Math.max(at.width, 220), innerWidth - 16);
  box.style.minWidth = `${width}px`;
  box.style.left = `${Math.max(8, Math.min(at.left, innerWidth - box.offsetWidth - 8))}px`;
  const below = innerHeight - at.bottom;
  box.style.top = below > box.offsetHeight + 8 || below > at.top ? `${at.bottom + 4}px` : `${Math.max(8, at.top - box.offsetHeight - 4)}px`;
}
