// The summary above and the list of episodes: search, filters, sorting, groups.

const DATA = JSON.parse(document.getElementById("data").textContent);
const EPISODES = DATA.episodes;
const FILTERS = [["policy", "Policy"], ["env", "Environment"], ["status", "Status"], ["difficulty", "Difficulty"], ["split", "Split"]];
const SORTS = {
  order: ["Order of the run", (episode) => episode.at, false],
  reward: ["Reward", (episode) => episode.reward, true],
  turns: ["Turns", (episode) => episode.turns.length, true],
  index: ["Task index", (episode) => episode.index, false],
  tokens: ["Tokens written", (episode) => episode.tokens, true],
};
const state = { query: "", filters: {}, low: null, high: null, sort: "order", down: false, grouped: false, rows: [] };
const GROUPS = new Map();

EPISODES.forEach((episode, at) => {
  episode.at = at;
  const calls = episode.turns.flatMap((turn) => turn.calls);
  const words = calls.flatMap((call) => [call.name, ...call.args.map((row) => row[0] + " " + row[2])]);
  episode.prompts = episode.prompt.map((part) => part.text || "").join("\n").trim();
  episode.hay = [episode.id, episode.policy, episode.error, episode.prompts, ...words].join("\n").toLowerCase();
  episode.first = episode.prompt.find((part) => "image" in part) || allParts(episode).find((part) => "image" in part);
  episode.key = episode.group || "alone " + at;
  GROUPS.set(episode.key, [...(GROUPS.get(episode.key) || []), episode]);
});

function allParts(episode) {
  return episode.turns.flatMap((turn) => [...turn.calls.flatMap((call) => call.results), ...turn.results]);
}

function spread(episodes) {
  const rewards = episodes.map((episode) => episode.reward).filter((reward) => reward !== null);
  if (!rewards.length) return { rewards, mean: null, deviation: null };
  const mean = rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length;
  const deviation = Math.sqrt(rewards.reduce((sum, reward) => sum + (reward - mean) ** 2, 0) / rewards.length);
  return { rewards, mean, deviation };
}

function dots(episodes) {
  const low = Math.min(0, ...episodes.map((episode) => episode.reward || 0));
  const high = Math.max(1, ...episodes.map((episode) => episode.reward || 0));
  const line = el("span", "dots");
  line.setAttribute("aria-hidden", "true");
  const stacked = {};
  for (const { reward } of episodes) {
    if (reward === null) continue;
    const key = share(reward);
    stacked[key] = (stacked[key] ?? -1) + 1;
    const dot = el("span", "dot " + level(reward));
    dot.style.left = ((reward - low) / (high - low)) * 100 + "%";
    dot.style.transform = `translateY(${-4 * Math.min(3, stacked[key])}px)`;
    line.append(dot);
  }
  return line;
}

function drawSummary() {
  const envs = [...new Set(EPISODES.map((episode) => episode.env).filter(Boolean))];
  const all = DATA.total === EPISODES.length;
  const count = all ? plural(DATA.total, "episode") : `first ${EPISODES.length.toLocaleString("en")} of ${plural(DATA.total, "episode")}`;
  const facts = el("p", "facts", el("strong", "", count), ...envs.slice(0, 6).map((env) => el("span", "chip", env)));
  if (envs.length > 6) facts.append(el("span", "chip", `+${envs.length - 6}`));
  for (const [status, n] of Object.entries(DATA.statuses)) facts.append(el("span", "chip status " + kind(status), `${n.toLocaleString("en")} ${status}`));
  const rows = DATA.policies.slice(0, 8).map(({ name, mean, n }) => el("li", "", el("span", "name", name || "no name"), bar(mean), el("span", "value", share(mean)), el("span", "dim", "n " + n.toLocaleString("en"))));
  if (DATA.policies.length > 8) rows.push(el("li", "dim", `and ${DATA.policies.length - 8} more`));
  const means = el("div", "means", el("h2", "", all ? "Mean reward by policy" : "Mean reward by policy, whole run"), el("ul", "", ...rows));
  document.getElementById("summary").replaceChildren(el("div", "what", el("p", "brand", "eyesmith trajectories"), el("h1", "", DATA.title), facts), ...(DATA.policies.length ? [means] : []));
}

function kind(status) {
  return { ok: "fine", truncated: "cut" }[status] || "bad";
}

function select(label, options, value, change) {
  const node = el("select");
  node.setAttribute("aria-label", label);
  for (const [key, text] of options) node.append(new Option(text, key, false, key === value));
  node.addEventListener("change", () => change(node.value));
  return node;
}

function drawControls() {
  const search = el("input");
  Object.assign(search, { type: "search", id: "search", placeholder: "Search prompts, ids, calls", autocomplete: "off", spellcheck: false });
  search.setAttribute("aria-label", "Search prompts, ids and calls (press /)");
  search.addEventListener("input", () => { state.query = search.value.trim().toLowerCase(); drawRows(); });
  const way = button("icon", "Reverse the order", () => { state.down = !state.down; draw(); }, "");
  const draw = () => { way.textContent = state.down ? "↓" : "↑"; drawRows(); };
  const sort = select("Sort by", Object.entries(SORTS).map(([key, [text]]) => [key, text]), state.sort, (key) => {
    [state.sort, state.down] = [key, SORTS[key][2]];
    draw();
  });
  sort.id = "sort";
  const group = button("toggle", "Show the episodes of a task side by side (g)", toggleGroups, "Groups");
  group.id = "groups";
  group.setAttribute("aria-pressed", "false");
  const choices = FILTERS.map(([key, label]) => {
    const values = [...new Set(EPISODES.map((episode) => episode[key]))].filter((value) => value !== null && value !== "").sort();
    if (values.length < 2) return null;
    const node = select(label, [["", "All: " + label.toLowerCase()], ...values.map((value) => [String(value), label === "Difficulty" ? "Difficulty " + value : String(value)])], "", (value) => { state.filters[key] = value; drawRows(); });
    node.id = "filter-" + key;
    return node;
  });
  const range = ["low", "high"].map((end) => {
    const input = el("input");
    Object.assign(input, { type: "number", step: 0.1, id: "reward-" + end, placeholder: end === "low" ? "from" : "to" });
    input.setAttribute("aria-label", `Reward ${input.placeholder}`);
    input.addEventListener("input", () => { state[end] = input.value === "" ? null : Number(input.value); drawRows(); });
    return input;
  });
  const filters = el("details", "filters", el("summary", "", "Filters"), el("div", "grid", ...choices.filter(Boolean), el("span", "range", el("span", "dim", "Reward"), ...range)));
  filters.open = matchMedia("(min-width: 900px)").matches;
  const count = el("p", "shown");
  count.id = "shown";
  count.setAttribute("role", "status");
  const rows = el("ol", "rows");
  rows.id = "rows";
  document.getElementById("list").replaceChildren(el("div", "controls", search, el("div", "line", sort, way, group), filters, count), rows);
  draw();
}

function toggleGroups() {
  state.grouped = !state.grouped;
  document.getElementById("groups").setAttribute("aria-pressed", String(state.grouped));
  drawRows();
  const { at } = route();
  if (wide.matches && at >= 0) location.hash = (state.grouped ? "#g" : "#e") + at;
}

function matches(episode) {
  if (state.query && !episode.hay.includes(state.query)) return false;
  if (state.low !== null && !(episode.reward !== null && episode.reward >= state.low)) return false;
  if (state.high !== null && !(episode.reward !== null && episode.reward <= state.high)) return false;
  return Object.entries(state.filters).every(([key, value]) => !value || String(episode[key]) === value);
}

function sorted(rows, read) {
  const sign = state.down ? -1 : 1;
  // What has no value stands last in either direction.
  return rows.sort((a, b) => {
    const [x, y] = [read(a), read(b)];
    if (x === null || y === null) return (x === null) - (y === null);
    return sign * (x - y);
  });
}

function drawRows() {
  const read = SORTS[state.sort][1];
  const found = sorted(EPISODES.filter(matches), read);
  const groups = new Map();
  for (const episode of found) groups.set(episode.key, [...(groups.get(episode.key) || []), episode]);
  const middle = (members) => members.map(read).reduce((sum, value) => sum + (value || 0), 0) / members.length;
  const ordered = state.grouped ? sorted([...groups.entries()], ([, members]) => middle(members)) : [];
  state.rows = state.grouped ? ordered.map(([key, members]) => ({ key, members, at: members[0].at })) : found;
  const count = state.grouped ? `${plural(groups.size, "group")}, ${plural(found.length, "episode")}` : plural(found.length, "episode");
  document.getElementById("shown").textContent = found.length === EPISODES.length ? count : `${count} of ${EPISODES.length}`;
  const items = state.grouped ? state.rows.map(groupCard) : state.rows.map(card);
  if (!items.length) items.push(el("li", "empty", EPISODES.length ? "No episode fits this search and these filters." : "This run holds no episodes yet."));
  document.getElementById("rows").replaceChildren(...items);
  // Without an episode in the address the first row is the one that is shown.
  if (location.hash) markCurrent();
  else drawRoute();
}

function row(hash, title, ...children) {
  const link = el("a", "card", ...children);
  link.href = hash;
  link.title = title;
  return el("li", "", link);
}

function card(episode) {
  const view = el("span", "thumb", episode.first ? image(episode.first.image, "") : el("span", "placeholder", "text"));
  const line = el("span", "meta", el("span", "policy", episode.policy || "no policy"), el("span", "", plural(episode.turns.length, "turn")));
  if (episode.tokens !== null) line.append(el("span", "", episode.tokens.toLocaleString("en") + " tok"));
  if (episode.status && episode.status !== "ok") line.append(el("span", "badge " + kind(episode.status), episode.status));
  return row("#e" + episode.at, episode.id, view, el("span", "body", el("span", "ask", episode.prompts.slice(0, 240) || episode.id), line), pill(episode.reward));
}

function groupCard({ members }) {
  const [first] = members;
  const { mean, deviation } = spread(members);
  const view = el("span", "thumb", first.first ? image(first.first.image, "") : el("span", "placeholder", "text"));
  const line = el("span", "meta", el("span", "", plural(members.length, "sibling")), dots(members), el("span", "", "± " + share(deviation)));
  return row("#g" + first.at, first.group, view, el("span", "body", el("span", "ask", first.prompts.slice(0, 240) || first.group), line), pill(mean));
}

function rowOf(at) {
  if (at < 0) return -1;
  return state.rows.findIndex((item) => (state.grouped ? item.key === EPISODES[at].key : item.at === at));
}

function markCurrent() {
  const current = rowOf(route().at);
  document.querySelectorAll("#rows .card").forEach((link, at) => {
    if (at === current) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
    if (at === current && wide.matches) link.scrollIntoView({ block: "nearest" });
  });
}
