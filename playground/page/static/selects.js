// Selects of one and of many: the choice stands in the control; what acts at once acts when the menu closes.
import { node } from "./dom.js";
import { changed, kept, key } from "./fields.js";
import { plain } from "./mrkdwn.js";
import { ask, menu } from "./popups.js";

const SHORTEST = 3;
export const options = (item) => [...(item.options ?? []), ...(item.option_groups ?? []).flatMap((g) => g.options)];
const option = (label, value) => ({ text: { type: "plain_text", text: label }, value });
const people = (c) => Object.entries(c.world.users).filter(([, u]) => !u.bot).map(([id, u]) => option(u.real_name || u.name, id));
const rooms = (c) => c.world.channels.map((one) => option(one.is_im ? one.title : `#${one.name}`, one.id));

// What each kind offers (for a query), and what is chosen in it at first.
const KINDS = {
  static: { load: (item) => ({ options: item.options, groups: item.option_groups }), known: options },
  external: { remote: true, load: (item, block, c, query) => c.suggest(item, block.block_id, query), known: () => [] },
  users: { load: (item, block, c) => ({ options: people(c) }), known: (item, c) => people(c), first: "user" },
  conversations: { load: (item, block, c) => ({ options: rooms(c) }), known: (item, c) => rooms(c), first: "conversation" },
  channels: { load: (item, block, c) => ({ options: rooms(c).filter((o) => o.value.startsWith("C")) }), known: (item, c) => rooms(c), first: "channel" },
};

function source(item, block, c, kind) {
  const least = item.min_query_length ?? SHORTEST;
  return async (query) => (kind.remote && query.length < least ? { note: `Type at least ${least} letter${least > 1 ? "s" : ""}` } : kind.load(item, block, c, query));
}

// The words of a value: among the options, among those chosen at first, or as once chosen from the bot's answers.
function words(item, c, kind, block, value) {
  const first = [item.initial_option, ...(item.initial_options ?? [])].filter(Boolean);
  return [...kind.known(item, c), ...first].find((o) => o.value === value)?.text.text ?? c.labels[key(item, block)]?.[value] ?? value;
}

function remember(item, block, c, chosen) {
  (c.labels[key(item, block)] ??= {})[chosen.value] = chosen.text.text;
}

export function selectOf(name) {
  const kind = KINDS[name];
  return (item, block, c, id) => {
    const here = item.default_to_current_conversation ? c.world.here : null;
    let now = kept(item, block, c, item.initial_option?.value ?? item[`initial_${kind.first}`] ?? here);
    const label = node("span", { class: "chosen-option" });
    const button = node("button", { type: "button", id, class: "slack select", "data-action": item.action_id, "aria-haspopup": "listbox" }, label, node("span", { class: "arrow", "aria-hidden": "true" }, "▾"));
    const show = () => {
      label.textContent = plain(now === null ? item.placeholder?.text ?? "Choose…" : words(item, c, kind, block, now));
      label.classList.toggle("small", now === null);
    };
    const choose = async () => {
      const chosen = await menu(button, source(item, block, c, kind), { search: true, remote: kind.remote, marked: [now] });
      if (!chosen || (item.confirm && !(await ask(item.confirm)))) return;
      remember(item, block, c, chosen);
      now = chosen.value;
      show();
      changed(item, block, c, now);
    };
    button.addEventListener("click", choose);
    show();
    return button;
  };
}

export function manyOf(name) {
  const kind = KINDS[name];
  return (item, block, c, id) => {
    const now = new Set(kept(item, block, c, item[`initial_${kind.first}s`] ?? (item.initial_options ?? []).map((o) => o.value)));
    const tokens = node("span", { class: "tokens" });
    const button = node("button", { type: "button", id, class: "slack select", "data-action": item.action_id, "aria-haspopup": "listbox" }, node("span", { class: "chosen-option small" }, plain(item.placeholder?.text ?? "Choose…")), node("span", { class: "arrow", "aria-hidden": "true" }, "▾"));
    const told = () => { show(); changed(item, block, c, [...now]); };
    const token = (value) => {
      const label = plain(words(item, c, kind, block, value));
      return node("span", { class: "token" }, label, node("button", { type: "button", "aria-label": `Remove ${label}`, onclick: () => { now.delete(value); told(); } }, "×"));
    };
    const show = () => tokens.replaceChildren(...[...now].map(token));
    const toggle = (chosen) => {
      remember(item, block, c, chosen);
      now.has(chosen.value) ? now.delete(chosen.value) : now.size < (item.max_selected_items ?? Infinity) && now.add(chosen.value);
      show();
      return now;
    };
    const choose = async () => {
      const before = [...now].join();
      await menu(button, source(item, block, c, kind), { search: true, remote: kind.remote, marked: now, toggle });
      if (before !== [...now].join()) told();
    };
    button.addEventListener("click", choose);
    show();
    return node("div", { class: "many" }, tokens, button);
  };
}
