// One episode turn by turn, or the siblings of a group side by side.

function shotsOf(episode) {
  const boxes = episode.turns.flatMap((turn, at) => turn.calls.flatMap((call) => call.boxes.map((box) => ({ ...box, turn: at }))));
  const seen = new Set();
  const shots = [];
  const add = (part, turn, call) => {
    if (!("image" in part)) return;
    const where = turn < 0 ? "Prompt" : `Turn ${turn + 1}${call ? " · " + call : ""}`;
    // Boxes belong to the first showing: a picture that is shown again is new to the eye, not to the agent.
    const own = seen.has(part.image) ? [] : boxes.filter((box) => box.image === part.image);
    seen.add(part.image);
    const shot = { image: part.image, caption: where + (part.label ? " · " + part.label : ""), boxes: own, turn };
    part.shot = shot;
    shots.push(shot);
  };
  for (const part of episode.prompt) add(part, -1, "");
  episode.turns.forEach((turn, at) => {
    for (const call of turn.calls) for (const part of call.results) add(part, at, call.name);
    for (const part of turn.results) add(part, at, "");
  });
  return shots;
}

function parts(list, shots) {
  return list.map((part) => ("image" in part ? figure(part.shot, shots) : prose(part.text))).filter(Boolean);
}

function heading(episode) {
  const at = rowOf(episode.at);
  const back = el("a", "back", "‹ Episodes");
  back.href = "#";
  const previous = button("icon", "Previous episode (k)", () => step(-1), "‹");
  const next = button("icon", "Next episode (j)", () => step(1), "›");
  const chips = [[episode.env], [episode.split], [episode.difficulty === null ? "" : "difficulty " + episode.difficulty], [episode.index === null ? "" : "task " + episode.index]];
  const status = el("span", "badge " + kind(episode.status), episode.status + (episode.stop && episode.stop !== episode.status ? " · " + episode.stop : ""));
  const line = el("p", "facts", ...chips.filter(([text]) => text).map(([text]) => el("span", "chip", text)), episode.status ? status : null);
  const place = el("span", "dim", at < 0 ? "" : `${at + 1} of ${state.rows.length}`);
  return el("header", "", el("div", "bar-top", back, el("span", "moves", place, previous, next)), el("h2", "", episode.policy || "Episode"), line, el("p", "id", episode.id), siblings(episode));
}

function siblings(episode) {
  const members = GROUPS.get(episode.key);
  if (members.length < 2) return null;
  const { mean, deviation } = spread(members);
  const links = members.slice(0, 16).map((member) => {
    const link = el("a", "sibling", el("span", "", member.policy || String(member.sample)), pill(member.reward));
    link.href = "#e" + member.at;
    if (member === episode) link.setAttribute("aria-current", "true");
    return link;
  });
  const all = el("a", "sibling all", `Compare ${members.length} siblings: mean ${share(mean)} ± ${share(deviation)}`);
  all.href = "#g" + members[0].at;
  return el("nav", "siblings", ...links, all);
}

function film(episode, shots) {
  const frames = [];
  const jump = (turn) => () => document.getElementById(turn < 0 ? "prompt" : "turn-" + (turn + 1)).scrollIntoView({ block: "start", behavior: "smooth" });
  const frame = (turn, shot, name, text, reward) => {
    const picture = shot ? framed(shot.image, shot.caption, shot.boxes) : el("span", "words", text);
    const under = el("span", "under", el("span", "", name), reward ? el("span", "", signed(reward)) : null);
    frames.push(el("li", "", button("frame", `Go to ${turn < 0 ? "the prompt" : "turn " + (turn + 1)}`, jump(turn), picture, under)));
  };
  const first = shots.filter((shot) => shot.turn < 0);
  for (const shot of first) frame(-1, shot, "prompt");
  if (!first.length) frame(-1, null, "prompt", episode.prompts.slice(0, 160));
  episode.turns.forEach((turn, at) => {
    const own = shots.filter((shot) => shot.turn === at);
    const call = turn.calls.map(({ name }) => name).join(", ") || "text";
    const paid = turn.calls.length ? turn.calls[turn.calls.length - 1].reward : turn.reward;
    const said = turn.calls.flatMap(({ args }) => args.map((line) => line[2])).join(" ") || turn.says;
    if (!own.length) frame(at, null, `${at + 1} ${call}`, said.slice(0, 160), paid ?? turn.reward);
    for (const shot of own) frame(at, shot, `${at + 1} ${call}`, "", paid ?? turn.reward);
  });
  const strip = el("ol", "film", ...frames);
  strip.setAttribute("aria-label", "Filmstrip");
  strip.tabIndex = 0;
  return strip;
}

function rewardCard(episode) {
  const big = el("p", "big " + level(episode.reward), episode.reward === null ? "not graded" : share(episode.reward));
  const rows = episode.components.map(({ name, value, role, weight }) => {
    const penalty = role === "penalty" || value < 0;
    const note = [role, weight === null || (weight === 1 && role !== "bonus") ? "" : "× " + number(weight)].filter(Boolean).join(" ");
    return el("li", "", el("span", "name", name), el("span", "role", note), bar(value, penalty ? "low" : "level"), el("span", "value", share(value)));
  });
  const box = el("section", "reward panel", el("h3", "", "Reward"), big);
  if (episode.why) box.append(prose(episode.why, "why"));
  if (rows.length) box.append(el("ul", "components", ...rows));
  if (episode.recipe || episode.formula) box.append(el("p", "recipe", el("span", "dim", "Recipe"), el("span", "", episode.recipe), episode.formula ? el("code", "", episode.formula) : null));
  if (episode.score !== null && episode.score !== episode.reward) box.append(el("p", "dim", "Score before penalties: " + share(episode.score)));
  if (episode.steps.length) box.append(fold(plural(episode.steps.length, "step reward"), el("p", "id", episode.steps.map((value) => number(value)).join("  "))));
  if (episode.metrics.length) box.append(fold(plural(episode.metrics.length, "metric"), table(episode.metrics.map(([name, value]) => [name, number(value, 4)]))));
  return box;
}

function table(rows) {
  return el("dl", "table", ...rows.flatMap(([name, value]) => [el("dt", "", name), el("dd", "", value)]));
}

function callBlock(call, at, shots, alone) {
  const rows = call.args.map(([name, form, text]) => {
    const long = form === "text" && (text.length > 80 || text.includes("\n"));
    const value = form === "json" ? highlighted(text) : long ? prose(text, "code") : el("code", "json", el("span", form === "text" ? "string" : "raw", text));
    return el("div", "arg", el("span", "key", name || (form === "raw" ? "not JSON" : "arguments")), value);
  });
  const maps = call.boxes.length ? el("div", "maps", ...call.boxes.slice(0, 4).map((box) => locator({ ...box, turn: at }, shots))) : null;
  return el("div", "call", alone ? null : el("span", "tool", call.name || "no name"), ...rows, maps);
}

function locator(box, shots) {
  const shown = shots.find((shot) => shot.image === box.image);
  return figure({ ...shown, caption: `Turn ${box.turn + 1} · box on ${box.label || "the picture"}`, boxes: [box] }, shots, "on " + (box.label || "the picture"));
}

function turnCard(turn, at, shots) {
  const times = [];
  if (turn.latency_ms) times.push("model " + duration(turn.latency_ms));
  if (turn.env_ms !== null && turn.env_ms !== undefined) times.push("tools " + duration(turn.env_ms));
  if (turn.n_prompt) times.push(`${turn.n_prompt.toLocaleString("en")} → ${plural(turn.n_completion || 0, "token")}`);
  if (turn.finish && !["stop", "tool_calls"].includes(turn.finish)) times.push(turn.finish);
  const top = el("header", "", el("span", "step hue" + (at % 6), String(at + 1)), el("h3", "", turn.calls.map((call) => call.name).join(", ") || "Message without a call"));
  if (turn.error) top.append(el("span", "badge bad", turn.error));
  for (const home of turn.calls.length ? [...turn.calls, turn] : [turn]) if (home.reward) top.append(el("span", "paid " + (home.reward < 0 ? "low" : "high"), signed(home.reward)));
  top.append(el("span", "times", times.join(" · ")));
  const words = el("div", "words-side");
  const sights = el("div", "sights");
  if (turn.says) words.append(el("h4", "", "Agent"), prose(turn.says, "says"));
  for (const call of turn.calls) {
    words.append(callBlock(call, at, shots, turn.calls.length === 1));
    place(call.results);
  }
  place(turn.results);
  function place(results) {
    for (const node of parts(results, shots)) (node.tagName === "FIGURE" ? sights : words).append(node);
  }
  if (turn.raw) words.append(fold("Raw text of the policy", prose(turn.raw, "code")));
  const item = el("li", "turn panel" + (sights.childElementCount ? " seen" : ""), top, el("div", "sides", words, sights));
  item.id = "turn-" + (at + 1);
  return item;
}

function drawEpisode(episode) {
  const shots = shotsOf(episode);
  const asked = el("section", "prompt panel", el("h3", "", "Prompt"), ...parts(episode.prompt, shots));
  asked.id = "prompt";
  if (episode.system) asked.append(fold("System prompt", prose(episode.system, "code")));
  const failed = episode.error ? el("section", "panel failed", el("h3", "", "Error"), prose(episode.error, "code")) : null;
  const facts = episode.provenance.map(([name, text]) => [name.replace(/_/g, " "), text]);
  const end = facts.length ? fold("Provenance", table(facts)) : null;
  if (end) end.classList.add("panel");
  const turns = el("ol", "turns", ...episode.turns.map((turn, at) => turnCard(turn, at, shots)));
  document.getElementById("detail").replaceChildren(heading(episode), film(episode, shots), failed || "", el("div", "top-pair", asked, rewardCard(episode)), turns, end || "");
}

function drawGroup(members) {
  const { mean, deviation, rewards } = spread(members);
  const back = el("a", "back", "‹ Episodes");
  back.href = "#";
  const range = rewards.length ? `${share(Math.min(...rewards))} to ${share(Math.max(...rewards))}` : "–";
  const facts = [["Mean reward", share(mean)], ["Standard deviation", share(deviation)], ["Range", range], ["Graded", `${rewards.length} of ${members.length}`]];
  const stats = el("dl", "stats", ...facts.map(([name, value]) => el("div", "", el("dt", "", name), el("dd", "", value))));
  const head = el("header", "", el("div", "bar-top", back), el("h2", "", "Siblings of one task"), prose(members[0].prompts, "ask"), el("p", "id", members[0].group), stats, dots(members));
  const columns = members.map((episode) => {
    const shots = shotsOf(episode);
    const open = el("a", "", episode.policy || "Episode " + episode.at);
    open.href = "#e" + episode.at;
    const calls = episode.turns.map((turn, at) => {
      const said = turn.calls.map((call) => `${call.name} ${call.args.map((line) => line[2]).join(" ")}`).join("; ") || turn.says;
      return el("li", "", el("span", "step hue" + (at % 6), String(at + 1)), el("span", "", said.slice(0, 140)));
    });
    const rows = episode.components.map(({ name, value }) => el("li", "", el("span", "name", name), bar(value, value < 0 ? "low" : "level"), el("span", "value", share(value))));
    const top = el("header", "", el("h3", "", open), episode.status === "ok" ? null : el("span", "badge " + kind(episode.status), episode.status), pill(episode.reward));
    return el("li", "column panel", top, el("ul", "components", ...rows), el("div", "mini", ...shots.slice(0, 9).map((shot) => figure(shot, shots, shot.turn < 0 ? "prompt" : "turn " + (shot.turn + 1)))), el("ol", "calls", ...calls));
  });
  document.getElementById("detail").replaceChildren(head, el("ol", "columns", ...columns));
}
