// What stands in the address: #e3 an episode, #g3 the group of episode 3, else the first of the list.

const wide = matchMedia("(min-width: 900px)");

function route() {
  const match = /^#([eg])(\d+)$/.exec(location.hash);
  const at = match ? Number(match[2]) : -1;
  if (at >= 0 && at < EPISODES.length) return { kind: match[1], at };
  return { kind: "", at: wide.matches && state.rows.length ? state.rows[0].at : -1 };
}

function drawRoute() {
  const { kind: form, at } = route();
  const detail = document.getElementById("detail");
  if (lightbox.node.open) lightbox.node.close();
  document.body.classList.toggle("reading", form !== "");
  const episode = EPISODES[at];
  if (!episode) detail.replaceChildren(el("p", "empty", "Choose an episode."));
  else if (form === "g" || (form === "" && state.grouped)) drawGroup(GROUPS.get(episode.key));
  else drawEpisode(episode);
  detail.scrollTop = 0;
  if (form && !wide.matches) scrollTo(0, 0);
  markCurrent();
}

function step(by) {
  if (!state.rows.length) return;
  const at = rowOf(route().at);
  const next = state.rows[Math.max(0, Math.min(state.rows.length - 1, at + by))];
  location.hash = (state.grouped ? "#g" : "#e") + next.at;
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  g: toggleGroups,
  "/": () => document.getElementById("search").focus(),
};

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (lightbox.node.open) {
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") lightbox.move(event.key === "ArrowLeft" ? -1 : 1);
    return;
  }
  const typing = event.target.closest("input, select, textarea");
  if (typing) {
    if (event.key === "Escape") typing.blur();
    return;
  }
  if (!KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});

addEventListener("hashchange", drawRoute);
wide.addEventListener("change", drawRoute);
drawSummary();
drawControls();
drawRoute();
