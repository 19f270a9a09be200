// The figures of the report, each made from the page's data alone.
"use strict";
{
  const { figure, nothing, colour, runColour, percent, shortened } = zoped;
  const GOOD = () => colour("good");
  const SOFT = () => colour("soft");
  const ACCENT = () => colour("accent");
  const PERCENT = { tickFormat: (share) => `${Math.round(100 * share)}\u202f%` };
  const rate = (problem) => problem.measured[0] / problem.measured[1];
  const titled = (data, run, round) => (data.runs.length > 1 ? `${run.name}, round ${round}` : `Round ${round}`);
  const within = ([low, high], share) => low <= share && share <= high;
  const eachRound = (data, draw) =>
    data.runs.forEach((run, place) => run.rounds.forEach((round) => draw(run, place, round)));
  const ofRound = (data, place, round) => data.problems.filter((p) => p.run === place && p.round === round.number);
  const margin = (names, width) => Math.min(0.45 * width, 14 + 6.6 * Math.max(...names.map((n) => Math.min(n.length, 34))));

  const accuracy = (where, data) => {
    const rows = data.runs.flatMap((run, place) => run.accuracy.map((row) => ({ ...row, place, run: run.name })));
    if (!rows.length) return nothing(where, "Nothing was evaluated yet.");
    const last = Math.max(...rows.map((row) => row.round), 1);
    const places = data.runs.map((_, place) => place);
    for (const [what, found] of d3.group(rows, (row) => row.what)) {
      const shift = (row) => row.round + (row.place - (places.length - 1) / 2) * 0.05;
      const end = d3.greatest(found, (row) => row.round);
      figure(
        where,
        {
          title: what.replaceAll("_", " "),
          label: found.map((row) => `${row.run}, round ${row.round}: ${percent(row.accuracy, 1)}`).join("; "),
          note: places.length > 1 ? "" : `${percent(found[0].accuracy, 1)} → ${percent(end.accuracy, 1)}`,
          legend: places.length > 1 ? [...new Set(found.map((row) => row.place))].map((place) => [data.runs[place].name, () => runColour(place)]) : [],
        },
        (width) => ({
          height: 230,
          marginLeft: 44,
          x: { label: "round", domain: [-0.15, last + 0.15], ticks: d3.range(last + 1), tickFormat: "d" },
          y: { label: null, grid: true, nice: true, ...PERCENT },
          color: { domain: places, range: places.map(runColour) },
          marks: [
            Plot.areaY(found, { x: shift, y1: "low", y2: "high", z: "place", fill: "place", fillOpacity: 0.12 }),
            Plot.ruleX(found, { x: shift, y1: "low", y2: "high", stroke: "place", strokeOpacity: 0.6 }),
            Plot.lineY(found, { x: shift, y: "accuracy", z: "place", stroke: "place", strokeWidth: 2 }),
            Plot.dot(found, {
              x: shift, y: "accuracy", fill: "place", r: 4, tip: { format: { x: false, y: false, fill: false } },
              channels: {
                run: (row) => shortened(row.run, 40), round: "round", right: (row) => percent(row.accuracy, 1),
                "95 %": (row) => `${percent(row.low, 1)} to ${percent(row.high, 1)}`,
              },
            }),
          ],
        }),
      );
    }
  };

  const rates = (where, data) => {
    let any = false;
    // A bin ends before its upper edge: "always right" belongs into the last one.
    const binned = (problem) => Math.min(rate(problem), 0.99);
    eachRound(data, (run, place, round) => {
      const found = ofRound(data, place, round);
      const measured = found.filter((p) => p.measured);
      if (!measured.length) return;
      any = true;
      const inside = measured.filter((p) => within(round.band, rate(p))).length;
      figure(
        where,
        {
          title: titled(data, run, round.number),
          note: `${measured.length} measured, ${inside} in the band` + (found.length > measured.length ? `, ${found.length - measured.length} only predicted` : ""),
          label: `${inside} of ${measured.length} problems lie in the band`,
        },
        () => ({
          height: 190,
          marginLeft: 40,
          x: { label: "pass rate", domain: [0, 1], ...PERCENT },
          y: { label: null, grid: true },
          marks: [
            Plot.rect([round.band], { x1: "0", x2: "1", fill: GOOD(), fillOpacity: 0.12 }),
            Plot.rectY(measured, Plot.binX({ y: "count" }, { x: binned, thresholds: d3.range(11).map((i) => i / 10), fill: runColour(place), insetLeft: 1, insetRight: 1, rx: 2, tip: true })),
            Plot.ruleY([0]),
          ],
        }),
      );
    });
    if (!any) nothing(where, "No problem has been measured yet.");
  };

  const changes = (where, data) => {
    let any = false;
    data.runs.forEach((run, place) => {
      const rows = [];
      const add = (what, before, after) => {
        if (before != null && after != null) rows.push({ what, before, after });
      };
      run.rounds.forEach((round, i) => {
        const next = run.rounds[i + 1];
        if (round.beforeTuning !== round.afterTuning) add(`${round.number}: in the band, by tuning`, round.beforeTuning, round.afterTuning);
        add(`${round.number}: right in training, first to last quarter`, round.atStart, round.atEnd);
        if (next) add(`${round.number} to ${next.number}: right on the seeds`, round.onSeeds, next.onSeeds);
      });
      if (!rows.length) return;
      any = true;
      figure(
        where,
        {
          title: data.runs.length > 1 ? run.name : "Before → after, by round",
          full: true,
          label: rows.map((r) => `${r.what}: ${percent(r.before)} to ${percent(r.after)}`).join("; "),
        },
        (width) => {
          const narrow = width < 600;
          return {
            height: 46 + (narrow ? 46 : 30) * rows.length,
            marginLeft: narrow ? 6 : 290,
            marginRight: 50,
            x: { label: null, domain: [0, 1], grid: true, ...PERCENT },
            y: { label: null, domain: rows.map((r) => r.what), ...(narrow ? { axis: null } : { tickSize: 0 }) },
            marks: [
              narrow ? Plot.text(rows, { x: 0, y: "what", text: "what", textAnchor: "start", dy: -15 }) : null,
              Plot.arrow(rows, { x1: "before", x2: "after", y: "what", stroke: (r) => (r.after >= r.before ? GOOD() : colour("bad")), strokeWidth: 2, headLength: 7, insetStart: 4 }),
              Plot.dot(rows, { x: "before", y: "what", r: 4, fill: SOFT(), tip: true, title: (r) => `${r.what}\n${percent(r.before, 1)} → ${percent(r.after, 1)}` }),
              Plot.text(rows, { x: (r) => Math.max(r.before, r.after), y: "what", text: (r) => `${percent(r.before)} → ${percent(r.after)}`, dx: 10, textAnchor: "start" }),
            ],
          };
        },
      );
    });
    if (!any) nothing(where, "No round has a before and an after yet.");
  };

  const difficulty = (where, data) => {
    let any = false;
    eachRound(data, (run, place, round) => {
      const calibration = round.difficulty;
      const found = ofRound(data, place, round).filter((p) => p.measured && p.predicted != null);
      if (!found.length && !calibration) return;
      any = true;
      const bins = calibration?.bins ?? [];
      figure(
        where,
        {
          title: titled(data, run, round.number),
          note: calibration
            ? `log loss ${calibration.log_loss.toFixed(3)}, without a model ${calibration.base_log_loss.toFixed(3)}; ${percent(calibration.coverage)} of the counts within their 90 % interval`
            : `${found.length} problems`,
          label: bins.map((b) => `predicted ${percent(b.predicted)}, measured ${percent(b.observed)}, ${b.problems} problems`).join("; "),
        },
        () => ({
          height: 300,
          marginLeft: 48,
          x: { label: "predicted pass rate", domain: [0, 1], ...PERCENT },
          y: { label: "measured", domain: [0, 1], ...PERCENT },
          marks: [
            Plot.rect([round.band], { y1: "0", y2: "1", fill: GOOD(), fillOpacity: 0.1 }),
            Plot.line([[0, 0], [1, 1]], { stroke: SOFT(), strokeDasharray: "4 4" }),
            Plot.dot(found, { x: "predicted", y: rate, r: 2.5, fill: runColour(place), fillOpacity: 0.35, tip: true, title: (p) => `${shortened(p.text, 160)}\npredicted ${percent(p.predicted)}, measured ${p.measured[0]} of ${p.measured[1]}` }),
            Plot.line(bins, { x: "predicted", y: "observed", stroke: runColour(place) }),
            Plot.dot(bins, { x: "predicted", y: "observed", r: 7, fill: runColour(place), stroke: colour("card"), strokeWidth: 2, title: (b) => `${b.problems} problems\npredicted ${percent(b.predicted)}, measured ${percent(b.observed)}`, tip: true }),
          ],
        }),
      );
    });
    if (!any) nothing(where, "No difficulty model was asked: every problem was measured (curriculum.filter: difficulty asks one).");
  };

  // Earlier rounds darker.
  const shadeOf = (rounds) => (round) => d3.interpolateRgb(ACCENT(), colour("paper"))((0.8 * rounds.indexOf(round)) / rounds.length);

  const bars = (rows, names, width, { fill, label, title }) => {
    const left = margin(names, width);
    return {
      height: 46 + 24 * names.length,
      marginLeft: left,
      marginRight: 44,
      x: { label, grid: true, nice: true },
      y: { label: null, domain: names, tickSize: 0, tickFormat: (name) => shortened(name, Math.floor(left / 6.6)) },
      marks: [Plot.barX(rows, { x: "count", y: "name", fill, insetTop: 3, insetBottom: 3, rx: 2, title, tip: true }), Plot.ruleX([0])],
    };
  };

  const moves = (where, data) => {
    const kinds = [["in the band", GOOD], ["outside", SOFT], ["not measured", () => colour("line")]];
    let any = false;
    eachRound(data, (run, place, round) => {
      const found = ofRound(data, place, round);
      if (!found.length) return;
      any = true;
      const kind = (p) => (!p.measured ? 2 : within(round.band, rate(p)) ? 0 : 1);
      const rows = d3.flatRollup(found, (v) => v.length, (p) => p.move, kind).map(([name, k, count]) => ({ name, kind: k, count }));
      rows.sort((a, b) => a.kind - b.kind);
      const names = d3.groupSort(rows, (v) => -d3.sum(v, (r) => r.count), (r) => r.name);
      figure(
        where,
        { title: titled(data, run, round.number), legend: kinds, label: names.map((name) => `${name}: ${d3.sum(rows.filter((r) => r.name === name), (r) => r.count)}`).join("; ") },
        (width) => ({
          ...bars(rows, names, width, { fill: (r) => kinds[r.kind][1](), label: "problems", title: (r) => `${r.name}\n${r.count} ${kinds[r.kind][0]}` }),
        }),
      );
    });
    if (!any) nothing(where, "No problem was made yet.");
  };

  const weights = (where, data) => {
    let any = false;
    data.runs.forEach((run) => {
      // What a round finds is what the one before it left.
      const tuned = run.weights.filter((w) => w.stage === "after");
      for (const [level, found] of d3.group(tuned, (w) => w.level)) {
        any = true;
        const rounds = run.rounds.map((round) => round.number);
        const names = d3.groupSort(found, (v) => -d3.max(v, (w) => w.weight), (w) => w.move);
        figure(
          where,
          {
            title: `${data.runs.length > 1 ? `${run.name}: ` : ""}for a student who finds it ${level}`,
            label: found.map((w) => `${w.move}, round ${w.round}: ${w.weight.toFixed(2)}`).join("; "),
          },
          (width) => {
            const left = margin(names, width);
            const most = d3.max(found, (w) => w.weight) || 1;
            return {
              height: 60 + 22 * names.length,
              marginLeft: left,
              x: { label: "round", domain: rounds, type: "band" },
              y: { label: null, domain: names, tickSize: 0, tickFormat: (name) => shortened(name, Math.floor(left / 6.6)) },
              color: { type: "linear", domain: [0, most], range: [colour("line"), ACCENT()] },
              marks: [
                Plot.cell(found, { x: "round", y: "move", fill: "weight", inset: 1, rx: 3 }),
                Plot.text(found, { x: "round", y: "move", text: (w) => w.weight.toFixed(2), fontSize: 11, fill: (w) => (w.weight > 0.6 * most ? colour("card") : colour("ink")), tip: true, title: (w) => `${w.move}: ${w.weight.toFixed(3)}` }),
              ],
            };
          },
        );
      }
    });
    if (!any) nothing(where, "No weights were learnt: the teacher chose, or all moves were drawn alike.");
  };

  const rejections = (where, data) => {
    let any = false;
    data.runs.forEach((run) => {
      if (!run.rejections.length) return;
      any = true;
      const rounds = [...new Set(run.rejections.map((r) => r.round))].sort(d3.ascending);
      const rows = d3.flatRollup(run.rejections, (v) => d3.sum(v, (r) => r.count), (r) => r.reason, (r) => r.round).map(([reason, round, count]) => ({ name: reason.replaceAll("_", " "), round, count }));
      rows.sort((a, b) => a.round - b.round);
      const names = d3.groupSort(rows, (v) => -d3.sum(v, (r) => r.count), (r) => r.name);
      const shade = shadeOf(rounds);
      figure(
        where,
        { title: data.runs.length > 1 ? run.name : "By reason", full: data.runs.length === 1, legend: rounds.map((round) => [`round ${round}`, () => shade(round)]), label: rows.map((r) => `${r.name}, round ${r.round}: ${r.count}`).join("; ") },
        (width) => bars(rows, names, width, { fill: (r) => shade(r.round), label: "rejected", title: (r) => `${r.name}, round ${r.round}\n${r.count}` }),
      );
    });
    if (!any) nothing(where, "Nothing was rejected.");
  };

  const rollouts = (where, data) => {
    let any = false;
    data.runs.forEach((run) => {
      const rows = run.rounds.flatMap((round) => Object.entries(round.rollouts).map(([name, count]) => ({ name, count, round: round.number })));
      if (!rows.length) return;
      any = true;
      const names = ["measure", "tune", "generate", "train", "evaluate"].filter((name) => rows.some((r) => r.name === name));
      const rounds = [...new Set(rows.map((r) => r.round))];
      const shade = shadeOf(rounds);
      figure(
        where,
        { title: data.runs.length > 1 ? run.name : "By phase", legend: rounds.map((round) => [`round ${round}`, () => shade(round)]), full: data.runs.length === 1, label: rows.map((r) => `${r.name}, round ${r.round}: ${r.count}`).join("; ") },
        (width) => bars(rows, names, width, { fill: (r) => shade(r.round), label: "answers", title: (r) => `${r.name}, round ${r.round}\n${d3.format(",")(r.count)}` }),
      );
    });
    if (!any) nothing(where, "No round has begun.");
  };

  zoped.figures = { accuracy, rates, changes, difficulty, moves, weights, rejections, rollouts };
}
