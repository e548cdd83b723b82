// Slack's native charts (data_visualization) as SVG: line, area, bar, pie.

const COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];
const SPACE = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, LEFT, RIGHT, BOTTOM] = [520, 210, 58, 8, 44];
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export function chart(block) {
  const figure = document.createElement("figure");
  figure.className = "block chart";
  const title = document.createElement("figcaption");
  title.textContent = block.title;
  const drawn = block.chart.type === "pie" ? pie(block.chart) : axes(block.chart);
  drawn.setAttribute("role", "img");
  drawn.setAttribute("aria-label", `${block.title} (${block.chart.type} chart)`);
  const names = block.chart.type === "pie" ? shares(block.chart.segments) : block.chart.series.map((one) => one.name);
  figure.append(title, drawn, legend(names));
  return figure;
}

// Round numbers from below the least value to above the greatest, and always nought.
export function ticks(values) {
  const [low, top] = [Math.min(...values, 0), Math.max(...values, 0)];
  const rough = (top - low || 1) / 4;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].find((n) => n * size >= rough) * size;
  const first = Math.floor(low / step);
  return Array.from({ length: Math.max(Math.ceil(top / step), first + 1) - first + 1 }, (_, index) => (first + index) * step);
}

function axes({ type, series, axis_config: axis }) {
  const marks = ticks(series.flatMap((s) => s.data.map((d) => d.value)));
  const [low, top] = [marks[0], marks.at(-1)];
  const slot = (WIDTH - LEFT - RIGHT) / axis.categories.length;
  const place = { x: (index) => LEFT + (index + 0.5) * slot, y: (value) => 8 + ((top - value) * (HEIGHT - BOTTOM - 8)) / (top - low), slot };
  const out = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}` });
  for (const value of marks) {
    out.append(svg("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: place.y(value), y2: place.y(value), class: value === 0 ? "zero" : "grid" }),
      svg("text", { x: LEFT - 6, y: place.y(value) + 4, "text-anchor": "end" }, compact.format(value)));
  }
  const every = Math.ceil(axis.categories.length / 7);
  axis.categories.forEach((label, index) => index % every || out.append(svg("text", { x: place.x(index), y: HEIGHT - BOTTOM + 16, "text-anchor": "middle" }, label)));
  if (axis.x_label) out.append(svg("text", { x: (LEFT + WIDTH - RIGHT) / 2, y: HEIGHT - BOTTOM + 36, "text-anchor": "middle" }, axis.x_label));
  const middle = 8 + (HEIGHT - BOTTOM - 8) / 2;
  if (axis.y_label) out.append(svg("text", { x: 12, y: middle, "text-anchor": "middle", transform: `rotate(-90 12 ${middle})` }, axis.y_label));
  series.forEach((one, at) => {
    out.append(...SHAPES[type](one, place, COLOURS[at % COLOURS.length], { at, of: series.length, categories: axis.categories }));
  });
  return out;
}

const sorted = (one, categories) => categories.map((label) => one.data.find((d) => d.label === label)?.value ?? 0);
const SHAPES = {
  bar: (one, { x, y, slot }, fill, { at, of, categories }) => sorted(one, categories).map((value, index) =>
    svg("rect", { class: "bar", x: x(index) + (at - of / 2) * ((slot * 0.8) / of), y: Math.min(y(value), y(0)), width: (slot * 0.8) / of - 1, height: Math.abs(y(0) - y(value)), fill },
      svg("title", {}, `${one.name}, ${categories[index]}: ${value}`))),
  line: (one, { x, y }, stroke, { categories }) => {
    const values = sorted(one, categories);
    const dots = values.map((value, index) => svg("circle", { cx: x(index), cy: y(value), r: 3, fill: stroke }, svg("title", {}, `${one.name}, ${categories[index]}: ${value}`)));
    return [svg("polyline", { points: values.map((value, index) => `${x(index)},${y(value)}`).join(" "), fill: "none", stroke, "stroke-width": 2 }), ...dots];
  },
  area: (one, place, fill, more) => {
    const { x, y } = place;
    const points = sorted(one, more.categories).map((value, index) => `${x(index)},${y(value)}`).join(" ");
    return [svg("polygon", { points: `${x(0)},${y(0)} ${points} ${x(more.categories.length - 1)},${y(0)}`, fill, opacity: 0.22 }), ...SHAPES.line(one, place, fill, more)];
  },
};

function legend(names) {
  const list = document.createElement("div");
  list.className = "legend small";
  list.append(...names.map((name, at) => {
    const entry = document.createElement("span");
    entry.append(svg("svg", { viewBox: "0 0 10 10", class: "key" }, svg("rect", { width: 10, height: 10, rx: 2, fill: COLOURS[at % COLOURS.length] })), name);
    return entry;
  }));
  return list;
}

function shares(segments) {
  const total = segments.reduce((sum, s) => sum + s.value, 0);
  return segments.map((one) => `${one.label} (${Math.round((100 * one.value) / total)} %)`);
}

function pie({ segments }) {
  const total = segments.reduce((sum, s) => sum + s.value, 0);
  const out = svg("svg", { viewBox: "0 0 170 170", class: "round" });
  let angle = -Math.PI / 2;
  segments.forEach((one, at) => {
    const next = angle + (one.value / total) * 2 * Math.PI;
    const [x1, y1, x2, y2] = [Math.cos(angle), Math.sin(angle), Math.cos(next), Math.sin(next)].map((v) => v * 75 + 85);
    const large = next - angle > Math.PI ? 1 : 0;
    const path = segments.length === 1 ? "M85,10 a75,75 0 1,1 -0.01,0 Z" : `M85,85 L${x1},${y1} A75,75 0 ${large},1 ${x2},${y2} Z`;
    const fill = COLOURS[at % COLOURS.length];
    out.append(svg("path", { d: path, fill, class: "slice" }));
    angle = next;
  });
  return out;
}
