// Slack's native charts (data_visualization) as SVG: line, area, bar, pie.

const COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];
const SPACE = "http://www.w3.org/2000/svg";

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
  figure.append(title, block.chart.type === "pie" ? pie(block.chart) : axes(block.chart));
  return figure;
}

function axes({ type, series, axis_config: axis }) {
  const [width, height, left, bottom] = [520, 200, 48, 40];
  const values = series.flatMap((s) => s.data.map((d) => d.value));
  const top = Math.max(...values, 0) || 1;
  const low = Math.min(...values, 0);
  const x = (index) => left + ((index + 0.5) * (width - left - 8)) / axis.categories.length;
  const y = (value) => 8 + ((top - value) * (height - bottom - 8)) / (top - low);
  const out = svg("svg", { viewBox: `0 0 ${width} ${height + 18 * Math.ceil(series.length / 3)}`, role: "img" });
  for (const share of [0, 0.5, 1]) {
    const value = low + (top - low) * share;
    out.append(svg("line", { x1: left, x2: width - 8, y1: y(value), y2: y(value), class: "grid" }),
      svg("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, new Intl.NumberFormat("en", { notation: "compact" }).format(value)));
  }
  const every = Math.ceil(axis.categories.length / 6);
  axis.categories.forEach((label, index) => index % every || out.append(svg("text", { x: x(index), y: height - bottom + 16, "text-anchor": "middle" }, label)));
  series.forEach((one, at) => {
    const colour = COLOURS[at % COLOURS.length];
    const points = one.data.map((d, index) => `${x(index)},${y(d.value)}`);
    if (type === "bar") {
      const slot = ((width - left - 8) / axis.categories.length) * 0.8 / series.length;
      one.data.forEach((d, index) => out.append(svg("rect", { x: x(index) + (at - series.length / 2) * slot, y: Math.min(y(d.value), y(0)), width: slot, height: Math.abs(y(0) - y(d.value)), fill: colour })));
    } else {
      if (type === "area") out.append(svg("polygon", { points: `${x(0)},${y(0)} ${points.join(" ")} ${x(one.data.length - 1)},${y(0)}`, fill: colour, opacity: 0.25 }));
      out.append(svg("polyline", { points: points.join(" "), fill: "none", stroke: colour, "stroke-width": 2 }));
    }
    const [column, row] = [at % 3, Math.floor(at / 3)];
    out.append(svg("rect", { x: left + column * 155, y: height - 6 + row * 18, width: 10, height: 10, fill: colour }),
      svg("text", { x: left + 15 + column * 155, y: height + 3 + row * 18 }, one.name));
  });
  return out;
}

function pie({ segments }) {
  const total = segments.reduce((sum, s) => sum + s.value, 0);
  const out = svg("svg", { viewBox: `0 0 420 ${Math.max(170, segments.length * 20 + 20)}`, role: "img" });
  let angle = -Math.PI / 2;
  segments.forEach((one, at) => {
    const next = angle + (one.value / total) * 2 * Math.PI;
    const [x1, y1, x2, y2] = [Math.cos(angle), Math.sin(angle), Math.cos(next), Math.sin(next)].map((v) => v * 75 + 85);
    const large = next - angle > Math.PI ? 1 : 0;
    const path = segments.length === 1 ? "M85,10 a75,75 0 1,1 -0.01,0 Z" : `M85,85 L${x1},${y1} A75,75 0 ${large},1 ${x2},${y2} Z`;
    out.append(svg("path", { d: path, fill: COLOURS[at % COLOURS.length] }),
      svg("rect", { x: 190, y: 14 + at * 20, width: 10, height: 10, fill: COLOURS[at % COLOURS.length] }),
      svg("text", { x: 206, y: 23 + at * 20 }, `${one.label} (${Math.round((100 * one.value) / total)} %)`));
    angle = next;
  });
  return out;
}
