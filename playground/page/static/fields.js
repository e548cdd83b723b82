// What every control shares: the value that stands in it, and when the bot hears of a change.
import { node } from "./dom.js";
import { plain } from "./mrkdwn.js";

const PAUSE = 500;

export const key = (item, block) => JSON.stringify([block.block_id, item.action_id]);

// In a form a value waits until the form is sent, unless its block asks to tell each change.
export function changed(item, block, c, value) {
  c.values[key(item, block)] = value;
  if (block.type !== "input" || block.dispatch_action) c.act("choose", item, value, block.block_id);
}

// The value that stands in a control: what was entered before, else what it starts with.
export function kept(item, block, c, initial) {
  const own = key(item, block);
  if (!(own in c.values)) c.values[own] = initial ?? null; // an emptied field stays empty
  return c.values[own];
}

export function field(tag, attributes, item, block, c, initial, encode = (value) => value || null, show = (value) => value ?? "") {
  const control = node(tag, { "data-action": item.action_id, placeholder: item.placeholder && plain(item.placeholder.text), autofocus: item.focus_on_load, ...attributes });
  control.value = show(kept(item, block, c, initial));
  control.addEventListener("input", () => { c.values[key(item, block)] = encode(control.value); });
  const tell = () => changed(item, block, c, encode(control.value));
  if (!item.type.endsWith("_input")) control.addEventListener("change", tell);
  else if (block.dispatch_action || block.type !== "input") typed(control, item.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"], tell);
  return control;
}

// A text field tells the bot at Enter, or after each pause, as its configuration says.
function typed(control, when, tell) {
  let pause = null;
  if (when.includes("on_enter_pressed") && control.matches("input")) {
    control.addEventListener("keydown", (event) => { if (event.key === "Enter" && !event.isComposing) { event.preventDefault(); tell(); } });
  }
  if (when.includes("on_character_entered")) control.addEventListener("input", () => { clearTimeout(pause); pause = setTimeout(tell, PAUSE); });
}
