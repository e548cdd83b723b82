// The controls of Block Kit. In a message a control acts at once; in a form it keeps its value until the form is sent.
import { text, picture } from "./blocks.js";
import { node } from "./dom.js";
import { plain } from "./mrkdwn.js";
import { ask, menu } from "./popups.js";

export function element(item, block, c, id) {
  const draw = ELEMENTS[item.type];
  return draw ? draw(item, block, c, id) : node("span", { class: "unknown" }, `(${item.type} is not drawn here)`);
}

export const key = (item, block) => `${block.block_id}|${item.action_id}`;

function changed(item, block, c, value) {
  if (block.type === "input") {
    c.values[key(item, block)] = value;
    if (!block.dispatch_action) return;
  }
  c.act("choose", item, value, block.block_id);
}

// The value that stands in a control: what was entered before, else what it starts with.
function kept(item, block, c, initial) {
  return (c.values[key(item, block)] ??= initial ?? null);
}

function field(tag, attributes, item, block, c, initial, encode = (value) => value || null, show = (value) => value ?? "") {
  const control = node(tag, { "data-action": item.action_id, placeholder: item.placeholder && plain(item.placeholder.text), ...attributes });
  control.value = show(kept(item, block, c, initial));
  control.addEventListener("input", () => { c.values[key(item, block)] = encode(control.value); });
  control.addEventListener("change", () => changed(item, block, c, encode(control.value)));
  if (tag === "input" && block.dispatch_action) control.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); control.blur(); } });
  return control;
}

const options = (item) => [...(item.options ?? []), ...(item.option_groups ?? []).flatMap((g) => g.options)];
const option = (label, value) => ({ text: { type: "plain_text", text: label }, value });
const people = (c) => Object.entries(c.world.users).filter(([, u]) => !u.bot).map(([id, u]) => option(u.real_name || u.name, id));
const rooms = (c) => c.world.channels.map((one) => option(one.is_im ? one.title : `#${one.name}`, one.id));
const stamp = (value) => (value ? String(Math.floor(new Date(value) / 1000)) : null);
const local = (value) => (value ? new Date(value * 1000 - new Date(value * 1000).getTimezoneOffset() * 6e4).toISOString().slice(0, 16) : "");

const ELEMENTS = {
  button: (item, block, c) => {
    const press = async (event) => {
      const button = event.currentTarget;
      if (item.confirm && !(await ask(item.confirm))) return;
      if (/^https?:/.test(item.url ?? "")) window.open(item.url, "_blank", "noreferrer");
      button.disabled = true;
      button.classList.add("waiting");
      await c.act("press", item, item.value, block.block_id);
      button.disabled = false;
      button.classList.remove("waiting");
    };
    return node("button", { type: "button", class: ["slack", item.style], "aria-label": item.accessibility_label, "data-action": item.action_id, onclick: press }, plain(item.text.text));
  },
  icon_button: (item, block, c) => ELEMENTS.button({ ...item, text: item.text ?? { text: "•" } }, block, c),
  workflow_button: (item, block, c) => ELEMENTS.button(item, block, c),
  overflow: (item, block, c) => {
    const open = async (event) => {
      const chosen = await menu(event.currentTarget, async () => ({ options: item.options }), {});
      if (!chosen || (item.confirm && !(await ask(item.confirm)))) return;
      if (/^https?:/.test(chosen.url ?? "")) window.open(chosen.url, "_blank", "noreferrer");
      changed(item, block, c, chosen.value);
    };
    return node("button", { type: "button", class: "slack overflow", "aria-label": "More actions", "aria-haspopup": "listbox", "data-action": item.action_id, onclick: open }, "⋯");
  },
  static_select: (item, block, c, id) => select(item, block, c, id, async () => ({ options: item.options, groups: item.option_groups })),
  external_select: (item, block, c, id) => select(item, block, c, id, (query) => c.suggest(item, block.block_id, query), true),
  users_select: (item, block, c, id) => select(item, block, c, id, async () => ({ options: people(c) })),
  conversations_select: (item, block, c, id) => select(item, block, c, id, async () => ({ options: rooms(c) })),
  channels_select: (item, block, c, id) => select(item, block, c, id, async () => ({ options: rooms(c).filter((o) => o.value.startsWith("C")) })),
  checkboxes: (item, block, c) => boxes(item, block, c, options(item)),
  multi_static_select: (item, block, c) => boxes(item, block, c, options(item)),
  multi_users_select: (item, block, c) => boxes(item, block, c, people(c), item.initial_users),
  multi_conversations_select: (item, block, c) => boxes(item, block, c, rooms(c), item.initial_conversations),
  multi_channels_select: (item, block, c) => boxes(item, block, c, rooms(c), item.initial_channels),
  radio_buttons: (item, block, c) => {
    const now = kept(item, block, c, item.initial_option?.value);
    return node("div", { class: "choices", role: "radiogroup" }, ...item.options.map((o) =>
      choice(o, c, node("input", { type: "radio", name: key(item, block), value: o.value, checked: o.value === now, onchange: () => changed(item, block, c, o.value) }))));
  },
  plain_text_input: (item, block, c, id) =>
    field(item.multiline ? "textarea" : "input", { id, rows: item.multiline ? 4 : null, maxlength: item.max_length, spellcheck: "false" }, item, block, c, item.initial_value),
  email_text_input: (item, block, c, id) => field("input", { id, type: "email" }, item, block, c, item.initial_value),
  url_text_input: (item, block, c, id) => field("input", { id, type: "url" }, item, block, c, item.initial_value),
  number_input: (item, block, c, id) => field("input", { id, inputmode: "decimal" }, item, block, c, item.initial_value),
  datepicker: (item, block, c, id) => field("input", { id, type: "date" }, item, block, c, item.initial_date),
  timepicker: (item, block, c, id) => field("input", { id, type: "time" }, item, block, c, item.initial_time),
  datetimepicker: (item, block, c, id) => field("input", { id, type: "datetime-local" }, item, block, c, item.initial_date_time, stamp, local),
  image: (item) => picture(item, "thumb"),
};

function select(item, block, c, id, load, remote = false) {
  const first = item.initial_option?.value ?? item.initial_conversation ?? item.initial_channel ?? item.initial_user;
  const now = kept(item, block, c, first);
  const known = async () => ((await load("")).options ?? options(item)).find((o) => o.value === now);
  const label = node("span", { class: "chosen-option" });
  const button = node("button", { type: "button", id, class: "slack select", "data-action": item.action_id, "aria-haspopup": "listbox" }, label, node("span", { class: "arrow", "aria-hidden": "true" }, "▾"));
  const show = (words) => { label.textContent = plain(words ?? item.placeholder?.text ?? "Choose…"); label.classList.toggle("small", !words); };
  show(now && (options(item).find((o) => o.value === now) ?? (item.initial_option?.value === now ? item.initial_option : null))?.text.text);
  if (now && c.labels?.[key(item, block)]) show(c.labels[key(item, block)]);
  else if (now && !remote && !options(item).length) known().then((o) => o && show(o.text.text));
  button.addEventListener("click", async () => {
    const chosen = await menu(button, load, { search: true, remote });
    if (!chosen || (item.confirm && !(await ask(item.confirm)))) return;
    if (c.labels) c.labels[key(item, block)] = chosen.text.text;
    show(chosen.text.text);
    changed(item, block, c, chosen.value);
  });
  return button;
}

function boxes(item, block, c, list, initial) {
  const now = new Set(kept(item, block, c, initial ?? (item.initial_options ?? []).map((o) => o.value)));
  return node("div", { class: "choices", role: "group" }, ...list.map((o) => {
    const toggle = (event) => {
      event.target.checked ? now.add(o.value) : now.delete(o.value);
      changed(item, block, c, [...now]);
    };
    return choice(o, c, node("input", { type: "checkbox", value: o.value, checked: now.has(o.value), onchange: toggle }));
  }));
}

function choice(o, c, control) {
  return node("label", {}, control, node("span", {}, text(o.text, c.world), o.description && node("small", {}, text(o.description, c.world))));
}
