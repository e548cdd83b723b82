// The few pictures of the page itself, as lines that take the colour of the text.

const PATHS = {
  eye: "M1.5 8s2.4-4.5 6.5-4.5S14.5 8 14.5 8 12.1 12.5 8 12.5 1.5 8 1.5 8Z M8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
  thread: "M2 3.5h12v7.5H7l-3 2.5V11H2Z M5 6.3h6 M5 8.3h4",
  bot: "M3 5.5h10v7H3Z M8 5.5V3 M6 8.5v1 M10 8.5v1",
  send: "M2.5 2.5 14 8 2.5 13.5 4.5 8Z M4.5 8H9",
  menu: "M2 4h12 M2 8h12 M2 12h12",
  close: "M3.5 3.5l9 9 M12.5 3.5l-9 9",
  world: "M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13Z M1.5 8h13 M8 1.5c4 4 4 9 0 13 M8 1.5c-4 4-4 9 0 13",
  wire: "M2 5.5h11 M10 2.5l3 3-3 3 M14 10.5H3 M6 7.5l-3 3 3 3",
  theme: "M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7Z",
  home: "M2.5 8 8 3l5.5 5 M4 7v6h8V7",
  lock: "M4 7.5h8v6H4Z M5.5 7.5V5.3a2.5 2.5 0 0 1 5 0v2.200",
  plus: "M8 3v10 M3 8h10",
  more: "M8 3.5v.1 M8 8v.1 M8 12.5v.1",
  back: "M10 3 5 8l5 5",
};

export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 16 16", class: "icon", "aria-hidden": "true" })) svg.setAttribute(key, value);
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
