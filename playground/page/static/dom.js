// Makes DOM nodes: attributes and children are data, never HTML.

export const $ = (id) => document.getElementById(id);

export function node(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = Array.isArray(value) ? value.filter(Boolean).join(" ") : value;
    else if (name === "style") element.style.cssText = value; // the policy of the page refuses style attributes
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// Replaces only what changed, so that focus, open menus, selections and the scroll position stay.
export function reconcile(box, rows, name) {
  const switched = box.dataset.showing !== name;
  const follow = switched || atEnd(box);
  if (switched) box.replaceChildren();
  box.dataset.showing = name;
  const old = new Map([...box.children].map((child) => [child.dataset.key, child]));
  const focused = document.activeElement?.dataset?.action;
  const wanted = rows.map(({ key, data, make }) => {
    const print = JSON.stringify(data);
    const known = old.get(key);
    if (known?.print === print) return known;
    const fresh = make();
    fresh.dataset.key = key;
    fresh.print = print;
    if (known) {
      fresh.classList.add("changed");
      if (known.contains(document.activeElement)) queueMicrotask(() => fresh.querySelector(`[data-action="${CSS.escape(focused ?? "")}"]`)?.focus());
    }
    return fresh;
  });
  const keep = new Set(wanted);
  for (const child of [...box.children]) if (!keep.has(child)) child.remove();
  wanted.forEach((child, index) => { if (box.children[index] !== child) box.insertBefore(child, box.children[index] ?? null); });
  if (!follow) return;
  toEnd(box);
  stick(box);
}

const toEnd = (box) => { box.scrollTop = box.scrollHeight; };
const atEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 80;

// Who reads the end stays there when pictures arrive or the window changes.
function stick(box) {
  if (box.sticky) return;
  box.sticky = new ResizeObserver(() => { if (box.stuck) toEnd(box); });
  box.stuck = true;
  box.sticky.observe(box);
  box.addEventListener("load", () => { if (box.stuck) toEnd(box); }, true);
  box.addEventListener("scroll", () => { box.stuck = atEnd(box); }, { passive: true });
}
