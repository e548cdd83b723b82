// Block Kit as DOM nodes: every block that the fake Slack lets through.
import { chart } from "./charts.js";
import { node } from "./dom.js";
import { element, undrawn } from "./elements.js";
import { mrkdwn, plain } from "./mrkdwn.js";
import { enlarge } from "./popups.js";
import { table } from "./tables.js";
import { rich } from "./rich.js";

// `context`: {world, values, labels, errors, act(kind, element, value, blockId), suggest(element, blockId, query)}
export function blocks(list, context) {
  return (list ?? []).map((block) => {
    const draw = BLOCKS[block.type];
    return draw ? draw(block, context) : undrawn(`A block of type ${block.type} is not drawn here.`);
  });
}

export function text(object, world) {
  if (!object) return "";
  return object.type === "mrkdwn" ? mrkdwn(object.text, world) : plain(object.text);
}

const BLOCKS = {
  section: (block, c) =>
    node("div", { class: "block section" },
      node("div", { class: "grow" },
        block.text && node("div", {}, text(block.text, c.world)),
        block.fields && node("div", { class: "fields" }, ...block.fields.map((f) => node("div", {}, text(f, c.world))))),
      block.accessory && node("div", { class: "accessory" }, block.accessory.type === "image" ? picture(block.accessory, "thumb") : element(block.accessory, block, c))),
  context: (block, c) =>
    node("div", { class: "block context" }, ...block.elements.map((e) => (e.type === "image" ? picture(e, "tiny") : node("span", {}, text(e, c.world))))),
  header: (block) => node("h3", { class: "block" }, plain(block.text.text)),
  divider: () => node("hr", { class: "block" }),
  actions: (block, c) => node("div", { class: "block actions" }, ...block.elements.map((e) => element(e, block, c))),
  context_actions: (block, c) => node("div", { class: "block actions" }, ...block.elements.map((e) => element(e, block, c))),
  image: (block) => node("figure", { class: "block" }, block.title && node("figcaption", {}, plain(block.title.text)), picture(block, "wide")),
  table: (block, c) => table(block, c),
  data_table: (block, c) => table(block, c),
  data_visualization: (block) => chart(block),
  markdown: (block, c) => node("div", { class: "block" }, mrkdwn(block.text.replace(/\*\*(.+?)\*\*/g, "*$1*").replace(/^#+ (.+)$/gm, "*$1*"), c.world)),
  rich_text: (block, c) => node("div", { class: "block" }, ...block.elements.map((e) => rich(e, c.world))),
  alert: (block, c) => node("div", { class: ["block", "alert", block.level], role: "note" }, text(block.text, c.world)),
  input: (block, c) => input(block, c),
  video: (block, c) => node("div", { class: "block card" }, node("b", {}, "▶ ", text(block.title, c.world)), node("div", { class: "small" }, text(block.description, c.world))),
  container: (block, c) =>
    node(block.is_collapsible ? "details" : "div", { class: "block card", open: block.is_collapsible && !block.default_collapsed },
      node(block.is_collapsible ? "summary" : "b", {}, text(block.title, c.world)),
      block.subtitle && node("div", { class: "small" }, text(block.subtitle, c.world)), ...blocks(block.child_blocks, c)),
  card: (block, c) => card(block, c),
  carousel: (block, c) => node("div", { class: "block carousel", tabindex: "0" }, ...block.elements.map((one) => card(one, c))),
  plan: (block, c) => node("div", { class: "block card" }, node("b", {}, text(block.title, c.world) || "Plan"), ...(block.tasks ?? []).map((task) => step(task))),
  task_card: (block) => node("div", { class: "block card" }, step(block)),
};

const STEPS = { pending: "○", in_progress: "◐", complete: "✓", error: "✕" };
const step = (task) => node("div", { class: "step" }, node("span", { "aria-label": task.status }, STEPS[task.status] ?? "○"), " ", plain(task.title?.text ?? task.title));

function card(block, c) {
  return node("div", { class: "block card" },
    block.hero_image && picture(block.hero_image, "wide"),
    node("b", {}, text(block.title, c.world)), block.subtitle && node("div", { class: "small" }, text(block.subtitle, c.world)),
    block.body && node("div", {}, text(block.body, c.world)), block.subtext && node("div", { class: "small" }, text(block.subtext, c.world)),
    block.actions && node("div", { class: "actions" }, ...block.actions.map((e) => element(e, block, c))));
}

export function picture(block, look) {
  const source = block.slack_file ? `/file/${block.slack_file.id ?? block.slack_file.url?.split("/").pop()}` : block.image_url;
  const image = node("img", { class: look, src: source, alt: block.alt_text });
  return look === "wide" ? node("button", { type: "button", class: "picture", onclick: () => enlarge(image) }, image) : image;
}

function input(block, c) {
  const error = c.errors?.[block.block_id];
  const id = `field-${block.block_id}`;
  const group = ["radio_buttons", "checkboxes"].includes(block.element.type);
  const described = [block.hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  const control = element(block.element, block, c, id);
  const field = control.matches("input, textarea, button") ? control : control.querySelector("input, textarea, .select") ?? control;
  if (described) (group ? control : field).setAttribute("aria-describedby", described);
  if (error) field.setAttribute("aria-invalid", "true");
  if (group) control.setAttribute("aria-labelledby", `${id}-label`);
  else if (field.matches("button")) field.setAttribute("aria-labelledby", `${id}-label ${id}`);
  return node("div", { class: ["block input", error && "wrong"], "data-block": block.block_id },
    node("label", { id: `${id}-label`, for: group ? null : id }, plain(block.label.text), block.optional && node("span", { class: "small" }, " (optional)")),
    control,
    error && node("div", { class: "error", id: `${id}-error`, role: "alert" }, error),
    block.hint && node("div", { class: "small", id: `${id}-hint` }, plain(block.hint.text)));
}
