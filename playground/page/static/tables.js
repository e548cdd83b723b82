// Tables: plain ones, and data tables that sort and page at the reader's.
import { node } from "./dom.js";
import { rich } from "./rich.js";

const PAGE = 5;
const inner = (cell, c) => (cell?.type === "rich_text" ? rich(cell, c.world) : String(cell?.text ?? cell?.value ?? ""));

function looks(block, head, body) {
  const numbers = head.map((_, index) => body.length > 0 && body.every((row) => row[index]?.type === "raw_number"));
  return (index) => `text-align:${block.column_settings?.[index]?.align ?? (numbers[index] ? "right" : "left")}`;
}

export function table(block, c) {
  const [head = [], ...body] = block.rows ?? [];
  const data = block.type === "data_table";
  const look = looks(block, head, body);
  const size = data ? block.page_size ?? PAGE : Infinity;
  const pages = data ? Math.ceil(body.length / size) : 1;
  const rows = node("tbody");
  const where = node("span", { class: "small", role: "status" });
  let [page, sorted] = [0, null];
  const fill = () => {
    const list = sorted ? [...body].sort(order(sorted)) : body;
    const shown = pages > 1 ? list.slice(page * size, (page + 1) * size) : list;
    const tag = (index) => (data && index === block.row_header_column_index ? "th" : "td");
    rows.replaceChildren(...shown.map((row) => node("tr", {}, ...row.map((cell, index) => node(tag(index), { style: look(index), scope: tag(index) === "th" ? "row" : null }, inner(cell, c))))));
    where.textContent = `${page * size + 1}–${page * size + shown.length} of ${body.length}`;
    back.disabled = page === 0;
    next.disabled = page === pages - 1;
  };
  const step = (by) => () => { page += by; fill(); };
  const back = node("button", { type: "button", class: "slack", onclick: step(-1) }, "Previous");
  const next = node("button", { type: "button", class: "slack", onclick: step(1) }, "Next");
  const sort = (index, event) => {
    sorted = { index, down: sorted?.index === index && !sorted.down };
    page = 0;
    for (const th of event.currentTarget.closest("tr").children) th.removeAttribute("aria-sort");
    event.currentTarget.closest("th").setAttribute("aria-sort", sorted.down ? "descending" : "ascending");
    fill();
  };
  const title = (cell, index) => node("th", { scope: "col", style: look(index) }, data ? node("button", { type: "button", class: "sort", onclick: (event) => sort(index, event) }, inner(cell, c)) : inner(cell, c));
  fill();
  return node("div", { class: "block" },
    node("div", { class: "scroll", tabindex: "0" }, node("table", {}, block.caption && node("caption", { class: "small" }, block.caption), node("thead", {}, node("tr", {}, ...head.map(title))), rows)),
    pages > 1 && node("div", { class: "pager" }, where, back, next));
}

function order({ index, down }) {
  const value = (row) => row[index]?.value ?? row[index]?.text ?? "";
  return (a, b) => (down ? -1 : 1) * String(value(a)).localeCompare(String(value(b)), "en", { numeric: true });
}
