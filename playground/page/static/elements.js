// The controls of Block Kit. In a message a control acts at once; in a form it keeps its value until the form is sent.
import { text, picture } from "./blocks.js";
import { node } from "./dom.js";
import { changed, field, kept, key } from "./fields.js";
import { plain } from "./mrkdwn.js";
import { ask, menu } from "./popups.js";
import { manyOf, options, selectOf } from "./selects.js";

export function element(item, block, c, id) {
  const draw = ELEMENTS[item.type];
  return draw ? draw(item, block, c, id) : undrawn(`${item.type} is not drawn here`);
}

export function undrawn(words) {
  return node("div", { class: "unknown", role: "note" }, words);
}

const stamp = (value) => (value ? String(Math.floor(new Date(value) / 1000)) : null);
const local = (value) => (value ? new Date(value * 1000 - new Date(value * 1000).getTimezoneOffset() * 6e4).toISOString().slice(0, 16) : "");
const said = (rich) => (typeof rich === "string" ? rich : (rich?.elements ?? []).map((part) => part.text ?? said(part)).join(""));

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
  icon_button: (item, block, c) => ELEMENTS.button({ ...item, text: { text: item.icon === "trash" ? `🗑 ${item.text?.text ?? ""}`.trim() : item.text?.text ?? "•" } }, block, c),
  workflow_button: (item) => undrawn(`${plain(item.text?.text ?? "A workflow")}: workflow buttons do nothing here`),
  feedback_buttons: (item, block, c) => node("span", { class: "actions" }, ...["positive", "negative"].map((way) =>
    ELEMENTS.button({ ...item[`${way}_button`], action_id: item.action_id, text: { text: `${way === "positive" ? "👍" : "👎"} ${item[`${way}_button`].text.text}` } }, block, c))),
  overflow: (item, block, c) => {
    const open = async (event) => {
      const chosen = await menu(event.currentTarget, async () => ({ options: item.options }), {});
      if (!chosen || (item.confirm && !(await ask(item.confirm)))) return;
      if (/^https?:/.test(chosen.url ?? "")) window.open(chosen.url, "_blank", "noreferrer");
      c.act("choose", item, chosen.value, block.block_id);
    };
    return node("button", { type: "button", class: "slack overflow", "aria-label": "More actions", "aria-haspopup": "listbox", "data-action": item.action_id, onclick: open }, "⋯");
  },
  ...Object.fromEntries(["static", "external", "users", "conversations", "channels"].flatMap((kind) => [[`${kind}_select`, selectOf(kind)], [`multi_${kind}_select`, manyOf(kind)]])),
  checkboxes: (item, block, c) => {
    const now = new Set(kept(item, block, c, (item.initial_options ?? []).map((o) => o.value)));
    return node("div", { class: "choices", role: "group" }, ...options(item).map((o) => {
      const toggle = (event) => {
        event.target.checked ? now.add(o.value) : now.delete(o.value);
        changed(item, block, c, [...now]);
      };
      return choice(o, c, node("input", { type: "checkbox", "data-action": item.action_id, value: o.value, checked: now.has(o.value), onchange: toggle }));
    }));
  },
  radio_buttons: (item, block, c) => {
    const now = kept(item, block, c, item.initial_option?.value);
    return node("div", { class: "choices", role: "radiogroup" }, ...item.options.map((o) =>
      choice(o, c, node("input", { type: "radio", "data-action": item.action_id, name: `${c.place}${key(item, block)}`, value: o.value, checked: o.value === now, onchange: () => changed(item, block, c, o.value) }))));
  },
  plain_text_input: (item, block, c, id) =>
    field(item.multiline ? "textarea" : "input", { id, rows: item.multiline ? 4 : null, maxlength: item.max_length, spellcheck: "false" }, item, block, c, item.initial_value),
  rich_text_input: (item, block, c, id) => field("textarea", { id, rows: 4, title: "Words only: lists and styles are not drawn here" }, item, block, c, item.initial_value, (value) => value || null, said),
  email_text_input: (item, block, c, id) => field("input", { id, type: "email" }, item, block, c, item.initial_value),
  url_text_input: (item, block, c, id) => field("input", { id, type: "url" }, item, block, c, item.initial_value),
  number_input: (item, block, c, id) => field("input", { id, inputmode: "decimal" }, item, block, c, item.initial_value),
  datepicker: (item, block, c, id) => field("input", { id, type: "date", "aria-label": labelOf(item, block, "Date") }, item, block, c, item.initial_date),
  timepicker: (item, block, c, id) => field("input", { id, type: "time", "aria-label": labelOf(item, block, "Time") }, item, block, c, item.initial_time),
  datetimepicker: (item, block, c, id) => field("input", { id, type: "datetime-local", "aria-label": labelOf(item, block, "Date and time") }, item, block, c, item.initial_date_time, stamp, local),
  file_input: () => undrawn("A field for files is not drawn here. Leave it empty."),
  image: (item) => picture(item, "thumb"),
};

// Outside a form no label stands beside a picker.
const labelOf = (item, block, words) => (block.type === "input" ? null : item.placeholder?.text ?? words);

function choice(o, c, control) {
  return node("label", {}, control, node("span", {}, text(o.text, c.world), o.description && node("small", {}, text(o.description, c.world))));
}
