// The table of problems, its filters, and the problem that is chosen.
"use strict";
{
  const { element, percent } = zoped;
  const rate = (p) => (p.measured ? p.measured[0] / p.measured[1] : null);

  const rateCell = (data) => (cell) => {
    const problem = cell.getData();
    const share = rate(problem);
    if (share === null) return element("span", { class: "small" }, problem.predicted == null ? "–" : `≈ ${percent(problem.predicted)}`);
    const filled = element("i");
    filled.style.width = `${100 * share}%`;
    const [low, high] = bandOf(data, problem);
    return element("span", { class: low <= share && share <= high ? "bar in" : "bar", title: `${problem.measured[0]} of ${problem.measured[1]}` }, element("i", {}, filled), percent(share));
  };

  const bandOf = (data, problem) => data.runs[problem.run].rounds.find((r) => r.number === problem.round).band;

  const side = (data, problem) => {
    const share = rate(problem);
    const [low, high] = bandOf(data, problem);
    return share === null ? "none" : share < low ? "hard" : share > high ? "easy" : "band";
  };

  const pair = (list, name, ...values) => list.append(element("dt", {}, name), element("dd", {}, ...values));
  const told = (counts) => (counts ? `${counts[0]} of ${counts[1]} right (${percent(counts[0] / counts[1])})` : "not measured");

  const shown = (problem, data, open) => {
    const { symbols } = problem;
    const facts = element("dl");
    if (data.runs.length > 1) pair(facts, "run", data.runs[problem.run].name);
    pair(facts, "round", String(problem.round));
    pair(facts, "move", problem.arguments ? `${problem.move} (${problem.arguments})` : problem.move);
    pair(facts, "topic", problem.topic);
    pair(facts, "before training", told(problem.measured));
    if (problem.training) pair(facts, "in training", told(problem.training));
    if (problem.predicted != null) pair(facts, "predicted", percent(problem.predicted));
    const variables = symbols.variables.map(([name, value, meaning, unit]) =>
      element("li", {}, [value ? `${name} = ${value}` : `${name} = ?`, unit, meaning && `– ${meaning}`].filter(Boolean).join(" ")),
    );
    const relations = symbols.relations.map((relation) => element("li", {}, relation));
    const query = symbols.query === "value" ? "find" : `find the ${symbols.query} of`;
    const steps = problem.steps.map((step) => element("li", {}, step));
    return [
      element("p", { class: "text" }, problem.text),
      element("p", {}, "Answer: ", element("span", { class: "answer" }, problem.answer)),
      facts,
      element("h3", {}, "Symbols"),
      element("ul", { class: "plain" }, ...variables, ...relations, element("li", {}, `${query} ${symbols.find}`)),
      element("h3", {}, "Steps"),
      steps.length ? element("ol", {}, ...steps) : element("p", { class: "note" }, "The solver gives no steps."),
      element("h3", {}, "Where it comes from"),
      zoped.lineage(problem, data, open),
    ];
  };

  zoped.browse = (data) => {
    const form = document.getElementById("filters");
    const article = document.getElementById("problem");
    const count = document.getElementById("count");
    const many = data.runs.length > 1;
    form.querySelectorAll("[data-many]").forEach((label) => (label.hidden = !many));
    if (!data.problems.length) {
      document.querySelector(".browse").hidden = form.hidden = true;
      count.textContent = "No problems were made yet.";
      return;
    }
    data.problems.forEach((problem, place) => (problem.place = place));
    const offer = (name, values) => {
      for (const [value, text] of values) form.elements[name].append(element("option", { value }, text));
    };
    const distinct = (of) => [...new Set(data.problems.map(of))].sort(d3.ascending);
    offer("run", data.runs.map((run, place) => [place, run.name]));
    offer("round", distinct((p) => p.round).map((n) => [n, n]));
    offer("move", distinct((p) => p.move).map((n) => [n, n]));
    offer("topic", distinct((p) => p.topic).map((n) => [n, n]));

    let chosen = null;
    const open = (problem, { move = true } = {}) => {
      const before = chosen;
      chosen = problem;
      for (const each of [before, problem]) {
        const row = each && table.getRow(each.place);
        if (row) row.reformat();
      }
      article.replaceChildren(...shown(problem, data, open));
      article.scrollTop = 0;
      if (move && matchMedia("(max-width: 1000px)").matches) article.scrollIntoView({ block: "start" });
      if (move) article.focus({ preventScroll: true });
    };

    const textCell = (cell) => {
      const button = element("button", { type: "button", class: "open" }, cell.getValue());
      button.addEventListener("click", (event) => {
        event.stopPropagation();
        open(cell.getData());
      });
      return button;
    };

    const table = new Tabulator("#table", {
      data: data.problems,
      index: "place",
      height: 600,
      layout: "fitColumns",
      responsiveLayout: "hide",
      columnDefaults: { headerSortTristate: true },
      placeholder: "No problem is like that.",
      rowFormatter: (row) => row.getElement().classList.toggle("chosen", row.getData() === chosen),
      columns: [
        { title: "Problem", field: "text", formatter: textCell, minWidth: 180, widthGrow: 6, responsive: 0 },
        { title: "Pass rate", field: "rate", mutatorData: (_, p) => rate(p), formatter: rateCell(data), sorter: "number", sorterParams: { alignEmptyValues: "bottom" }, width: 124, responsive: 0 },
        { title: "Answer", field: "answer", minWidth: 104, widthGrow: 1, responsive: 2, sorter: "alphanum" },
        { title: "Move", field: "move", minWidth: 150, widthGrow: 2, responsive: 1 },
        { title: "Topic", field: "topic", minWidth: 110, widthGrow: 1, responsive: 4 },
        { title: "Round", field: "round", width: 96, responsive: 5, sorter: "number" },
        ...(many ? [{ title: "Run", field: "run", minWidth: 100, widthGrow: 1, responsive: 3, mutatorData: (place) => place, formatter: (cell) => document.createTextNode(data.runs[cell.getValue()].name) }] : []),
      ],
    });
    table.on("rowClick", (_, row) => open(row.getData()));

    const matches = (problem, wanted) =>
      (wanted.run === "" || problem.run === Number(wanted.run)) &&
      (wanted.round === "" || problem.round === Number(wanted.round)) &&
      (wanted.move === "" || problem.move === wanted.move) &&
      (wanted.topic === "" || problem.topic === wanted.topic) &&
      (wanted.rate === "" || side(data, problem) === wanted.rate) &&
      wanted.words.toLowerCase().split(/\s+/).every((word) => `${problem.text} ${problem.answer} ${problem.move} ${problem.id}`.toLowerCase().includes(word));
    const tell = (found) => (count.textContent = `${d3.format(",")(found)} of ${d3.format(",")(data.problems.length)} problems`);
    const filter = () => table.setFilter(matches, Object.fromEntries(new FormData(form)));
    table.on("dataFiltered", (_, rows) => tell(rows.length));
    table.on("tableBuilt", () => {
      // Not on the change of the words: leaving them for a problem would draw the table anew under the click.
      form.elements.words.addEventListener("input", filter);
      form.querySelectorAll("select").forEach((select) => select.addEventListener("change", filter));
      form.addEventListener("submit", (event) => event.preventDefault());
      form.addEventListener("reset", () => setTimeout(filter));
      tell(data.problems.length);
      table.redraw(true); // what is left takes the room of the columns that are hidden
      // The table looks at its own size once more in the next frame.
      requestAnimationFrame(() => requestAnimationFrame(() => (document.body.dataset.ready = "true")));
    });
  };
}
