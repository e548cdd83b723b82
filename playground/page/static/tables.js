// Tables: plain ones, and data tables that sort and page at the reader's.
import { node } from "./dom.js";
import { rich } from "./rich.js";

const PAGE = 5;

export function table(block, c) {
  const [head, ...body] = block.rows ?? [];
  const numbers = (head ?? []).map((_, index) => body.length > 0 && body.every((row) => row[index]?.type === "raw_number"));
  const look = (index) => `text-align:${block.column_settings?.[index]?.align ?? (numbers[index] ? "right" : "left")}`;
  const inner = (cell) => (cell?.type === "rich_text" ? rich(cell, c.world) : String(cell?.text ?? cell?.value ?? ""));
  const data = block.type === "data_table";
  const rows = node("tbody");
  const more = node("button", { type: "button", class: "slack", onclick: () => { shown = Infinity; fill(); } }, "Show all");
  let shown = data ? block.page_size ?? PAGE : Infinity;
  let sorted = null;
  const fill = () => {
    const list = sorted ? [...body].sort(order(sorted)) : body;
    rows.replaceChildren(...list.slice(0, shown).map((row) => node("tr", {}, ...row.map((cell, index) => node("td", { style: look(index) }, inner(cell))))));
    more.hidden = shown >= body.length;
    more.textContent = `Show all ${body.length}`;
  };
  const sort = (index, event) => {
    sorted = { index, down: sorted?.index === index && !sorted.down };
    for (const th of event.currentTarget.closest("tr").children) th.removeAttribute("aria-sort");
    event.currentTarget.closest("th").setAttribute("aria-sort", sorted.down ? "descending" : "ascending");
    fill();
  };
  const title = (cell, index) => node("th", { scope: "col", style: look(index) }, data ? node("button", { type: "button", class: "sort", onclick: (event) => sort(index, event) }, inner(cell)) : inner(cell));
  fill();
  return node("div", { class: "block" },
    node("div", { class: "scroll", tabindex: "0" }, node("table", {}, block.caption && node("caption", { class: "small" }, block.caption), node("thead", {}, node("tr", {}, ...(head ?? []).map(title))), rows)), more);
}

function order({ index, down }) {
  const value = (row) => row[index]?.value ?? row[index]?.text ?? "";
  return (a, b) => (down ? -1 : 1) * String(value(a)).localeCompare(String(value(b)), "en", { numeric: true });
}
