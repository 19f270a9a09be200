// Charts that are drawn again when their width or the colours of the system change.
"use strict";
const zoped = {};

zoped.element = (name, attributes = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

zoped.colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
zoped.runColour = (place) => zoped.colour(`run-${place % 8}`);
zoped.percent = (share, digits = 0) => `${(100 * share).toFixed(digits)}\u202f%`;
zoped.named = (move) => move || "none yet";
zoped.shortened = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

const drawn = [];
const drawAgain = () => drawn.forEach((draw) => draw());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAgain);

// A figure in the element `where`; `options(width)` are those of Plot.plot at that width.
zoped.figure = (where, { title, note = "", full = false, label, legend = [] }, options) => {
  const caption = zoped.element("figcaption", {}, title);
  if (note) caption.append(zoped.element("small", { class: "small" }, note));
  const figure = zoped.element("figure", full ? { class: "full" } : {}, caption);
  const key = zoped.element("ul", { class: "legend" });
  const holder = zoped.element("div");
  if (legend.length) figure.append(key);
  figure.append(holder);
  where.append(figure);
  let width = 0;
  const draw = () => {
    key.replaceChildren(
      ...legend.map(([text, colour]) => {
        const swatch = zoped.element("i");
        swatch.style.background = colour();
        return zoped.element("li", {}, swatch, text);
      }),
    );
    const svg = Plot.plot({
      width,
      marginBottom: 38,
      style: { background: "transparent", color: "currentColor", fontSize: "12px", fontFamily: "inherit" },
      ariaLabel: title,
      ariaDescription: label,
      ...options(width),
    });
    svg.setAttribute("role", "img");
    holder.replaceChildren(svg);
  };
  new ResizeObserver(([entry]) => {
    const now = Math.floor(entry.contentRect.width);
    if (now > 0 && now !== width) {
      width = now;
      draw();
    }
  }).observe(holder);
  drawn.push(() => width && draw());
};

zoped.nothing = (where, text) => where.append(zoped.element("p", { class: "note" }, text));
