// The text field: Enter sends, Shift+Enter breaks the line, a slash offers commands, their words and examples.
import { node } from "./dom.js";

export function composer(form, { suggest, send, completion }) {
  const field = form.querySelector("textarea");
  const past = [];
  let back = 0;
  const set = (text) => { field.value = text; grow(); };
  const grow = () => { field.style.height = "auto"; field.style.height = `${Math.min(field.scrollHeight, 160)}px`; };
  const submit = async () => {
    const text = field.value.trim();
    if (!text) return;
    back = past.push(text);
    set("");
    offer();
    const answer = await send(text);
    if (answer?.error && !field.value) set(text);
  };
  const offer = () => {
    if (!completion) return;
    const found = suggest(field.value);
    completion.replaceChildren(...found.map(({ text, usage, note }, index) =>
      node("div", { role: "option", id: `${completion.id}-${index}`, "data-text": text, onpointerdown: (event) => { event.preventDefault(); take(text); } }, node("b", {}, usage), note && node("span", { class: "small" }, note))));
    show(found.length > 0);
  };
  const show = (open) => {
    completion.hidden = !open;
    field.setAttribute("aria-expanded", String(open));
    if (!open) field.removeAttribute("aria-activedescendant");
  };
  const take = (text) => { set(text); field.focus(); offer(); };
  const chosen = () => completion.querySelector(".chosen");
  const move = (step) => {
    const rows = [...completion.children];
    const at = rows.indexOf(chosen());
    chosen()?.classList.remove("chosen");
    const next = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : (at + step + rows.length) % rows.length];
    next.classList.add("chosen");
    next.scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", next.id);
  };
  const keys = (event) => {
    const open = completion && !completion.hidden;
    const take1 = (row) => { event.preventDefault(); take(row.dataset.text); };
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      if (open && chosen()) take1(chosen());
      else if (open && !field.value.includes(" ") && completion.firstChild.dataset.text.trim() !== field.value) take1(completion.firstChild);
      else submit();
    } else if (event.key === "Tab" && !event.shiftKey && open) take1(chosen() ?? completion.firstChild);
    else if (event.key === "Escape" && open) { event.preventDefault(); event.stopPropagation(); show(false); }
    else if (["ArrowDown", "ArrowUp"].includes(event.key) && open) { event.preventDefault(); move(event.key === "ArrowDown" ? 1 : -1); }
    else if (event.key === "ArrowUp" && !field.value && past.length) { event.preventDefault(); back = Math.max(back - 1, 0); set(past[back]); }
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); submit(); });
  field.addEventListener("input", () => { grow(); offer(); });
  field.addEventListener("keydown", keys);
  if (!completion) return;
  field.addEventListener("blur", () => show(false));
  field.addEventListener("focus", offer);
}

// Commands by name; behind one of them its words (from the usage hint) and the examples of the first screen.
export function suggestions(text, world) {
  if (!world || !text.startsWith("/") || text.includes("\n")) return [];
  const [command, verb, ...rest] = text.split(" ");
  const exact = world.commands.find((c) => c.command === command);
  if (!exact || verb === undefined) {
    return world.commands.filter((c) => c.command.startsWith(command)).map((c) => ({ text: `${c.command} `, usage: `${c.command} ${c.usage_hint ?? ""}`, note: c.description }));
  }
  const words = rest.length ? [] : (exact.usage_hint ?? "").split("|").map((usage) => usage.trim()).filter((usage) => usage.startsWith(verb) && usage !== verb)
    .map((usage) => ({ text: `${command} ${usage.split(/[ []/)[0]} `.replace(/ $/, usage.includes(" ") ? " " : ""), usage: `${command} ${usage}` }));
  const examples = Object.values(world.starters).flat().filter((s) => !s.knob && s.text.startsWith(text) && s.text.trim() !== text.trim() && s.text.includes("="));
  const known = new Set();
  return [...words, ...examples.filter((s) => !known.has(s.text) && known.add(s.text)).map((s) => ({ text: s.text, usage: s.text, note: "example" }))];
}
