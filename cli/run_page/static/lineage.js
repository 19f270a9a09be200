// A problem's way back to its seed, as a tree: what it was made from, by which moves, and what else
// came of the same seed.
"use strict";
{
  const { element, shortened } = zoped;
  const SIBLINGS = 6;

  const rated = (problem) => (problem.measured ? `${problem.measured[0]} of ${problem.measured[1]} right` : "not measured");

  // The problems from the seed's child down to `problem`.
  const line = (problem, byId) => {
    const found = [problem];
    const seen = new Set([problem.id]);
    for (let parent = byId.get(problem.parent); parent && !seen.has(parent.id); parent = byId.get(parent.parent)) {
      seen.add(parent.id);
      found.unshift(parent);
    }
    return found;
  };

  const leaf = (problem, chosen, open) => {
    const told = [shortened(problem.text, 140), " ", element("span", { class: "rate" }, `(${rated(problem)})`)];
    if (problem === chosen) return element("span", { class: "chosen", "aria-current": "true" }, ...told);
    const button = element("button", { type: "button" }, ...told);
    button.addEventListener("click", () => open(problem));
    return button;
  };

  // What one move made of one problem; `kept` is the one that the tree goes on from.
  const branch = (move, problems, kept, rest, context) => {
    const [first, ...then] = move.split("+");
    let inner = element("ul");
    const shown = [kept, ...problems.filter((p) => p !== kept).slice(0, SIBLINGS)];
    for (const problem of shown.filter(Boolean)) {
      const item = element("li", {}, leaf(problem, context.chosen, context.open));
      if (problem === kept && rest) item.append(rest);
      inner.append(item);
    }
    const more = problems.length - shown.filter(Boolean).length;
    if (more > 0) inner.append(element("li", { class: "small" }, `and ${more} more by ${move}`));
    for (const step of then.reverse()) {
      inner = element("ul", {}, element("li", {}, element("span", { class: "move" }, step), inner));
    }
    return element("li", {}, element("span", { class: "move" }, first), inner);
  };

  const level = (parent, path, context) => {
    const here = context.children.get(parent) ?? [];
    const next = path[0];
    const groups = d3.group(here, (p) => p.move);
    const list = element("ul");
    const rest = path.length > 1 ? level(next.id, path.slice(1), context) : null;
    list.append(branch(next.move, groups.get(next.move) ?? [next], next, rest, context));
    const others = [...groups].filter(([move]) => move !== next.move);
    if (others.length) {
      const folded = element("ul");
      for (const [move, problems] of others) folded.append(branch(move, problems, null, null, context));
      const count = d3.sum(others, ([, problems]) => problems.length);
      const details = element("details", {}, element("summary", {}, `${count} by ${others.length} other move${others.length > 1 ? "s" : ""}`), folded);
      list.append(element("li", {}, details));
    }
    return list;
  };

  zoped.lineage = (problem, data, open) => {
    const family = data.problems.filter((p) => p.run === problem.run && p.seed === problem.seed);
    const byId = new Map(family.map((p) => [p.id, p]));
    const seed = data.seeds.find((s) => s.run === problem.run && s.id === problem.seed);
    const children = d3.group(family, (p) => (byId.has(p.parent) ? p.parent : problem.seed));
    const path = line(problem, byId);
    const root = element("li", {}, element("b", {}, `seed ${problem.seed}`), seed ? `: ${seed.text} ` : " ");
    if (seed) root.append(element("span", { class: "rate" }, `(answer ${seed.answer})`));
    root.append(level(problem.seed, path, { children, chosen: problem, open }));
    return element("ul", { class: "tree" }, root);
  };
}
