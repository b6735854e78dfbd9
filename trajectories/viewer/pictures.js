// Pictures: decoded from the page's own base64 when they come into view, boxes drawn over them, lightbox.

const SIZES = JSON.parse(document.getElementById("sizes").textContent);
const urls = new Map();
const waiting = new WeakMap();
const observer = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting) load(entry.target);
}, { rootMargin: "300px" });

function source(index) {
  if (!urls.has(index)) {
    const block = document.getElementById("picture-" + index);
    if (!block) return null;
    const text = atob(block.textContent);
    const bytes = new Uint8Array(text.length);
    for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
    urls.set(index, URL.createObjectURL(new Blob([bytes], { type: SIZES[index][2] })));
  }
  return urls.get(index);
}

function load(img) {
  const url = source(waiting.get(img));
  // Blocks stand behind the script, so an early picture waits until the whole page is parsed.
  if (url === null) return document.addEventListener("DOMContentLoaded", () => load(img), { once: true });
  img.src = url;
  waiting.delete(img);
  observer.unobserve(img);
}

function image(index, alt) {
  const [width, height, , problem] = SIZES[index];
  if (problem) {
    const note = el("span", "placeholder", el("span", "", "no picture"), el("span", "", problem));
    note.setAttribute("role", "img");
    note.setAttribute("aria-label", `${alt}: ${problem}`);
    return note;
  }
  const img = el("img");
  img.alt = alt;
  img.width = width;
  img.height = height;
  img.decoding = "async";
  waiting.set(img, index);
  observer.observe(img);
  return img;
}

function corners(box, width, height) {
  const [x0, y0, x1, y1] = box.box;
  const wide = box.unit || width;
  const tall = box.unit || height;
  const slack = 1 + 1e-6;
  if (!(x0 >= 0 && y0 >= 0 && x0 < x1 && y0 < y1 && x1 <= wide * slack && y1 <= tall * slack)) return null;
  return [x0 / wide, y0 / tall, x1 / wide, y1 / tall];
}

function shaped(node, index) {
  const [width, height] = SIZES[index];
  if (width) node.style.setProperty("--ratio", width / height);
  if (width) node.style.setProperty("--width", width + "px");
  return node;
}

function framed(index, alt, boxes) {
  const [width, height, , problem] = SIZES[index];
  if (problem) return image(index, alt);
  const frame = shaped(el("span", "framed", image(index, alt)), index);
  const placed = boxes.map((box) => [box, corners(box, width, height)]).filter(([, at]) => at);
  if (!placed.length) return frame;
  const drawing = svg("svg", { viewBox: "0 0 1000 1000", preserveAspectRatio: "none", "aria-hidden": "true" });
  for (const [box, [x0, y0, x1, y1]] of placed) {
    const place = { x: x0 * 1000, y: y0 * 1000, width: (x1 - x0) * 1000, height: (y1 - y0) * 1000 };
    drawing.append(svg("rect", { ...place, class: "halo" }), svg("rect", { ...place, class: "line hue" + (box.turn % 6) }));
  }
  frame.append(drawing);
  for (const [box, [x0, y0]] of placed) {
    const tag = el("span", "tag hue" + (box.turn % 6), String(box.turn + 1));
    tag.style.left = x0 * 100 + "%";
    tag.style.top = y0 * 100 + "%";
    tag.setAttribute("aria-hidden", "true");
    frame.append(tag);
  }
  return frame;
}

function figure(shot, gallery, title) {
  const [width, height, , problem] = SIZES[shot.image];
  const caption = el("figcaption", "", el("span", "", title || shot.caption), width && !title ? el("span", "dim", `${width}×${height}`) : null);
  const open = button("open", problem ? "" : "Open large: " + shot.caption, () => lightbox.show(gallery.includes(shot) ? gallery : [shot], shot), framed(shot.image, shot.caption, shot.boxes));
  open.disabled = Boolean(problem);
  shaped(open, shot.image);
  return el("figure", "", open, caption);
}

const lightbox = {
  node: document.getElementById("lightbox"),
  shots: [],
  at: 0,
  show(shots, shot) {
    this.shots = shots.filter((item) => !SIZES[item.image][3]);
    this.at = Math.max(0, this.shots.indexOf(shot));
    this.draw();
    if (!this.node.open) this.node.showModal();
  },
  move(by) {
    this.at = (this.at + by + this.shots.length) % this.shots.length;
    this.draw();
  },
  draw() {
    const shot = this.shots[this.at];
    const many = this.shots.length > 1;
    const close = button("round", "Close (Esc)", () => this.node.close(), "×");
    const back = many ? button("round", "Previous picture (left arrow)", () => this.move(-1), "‹") : null;
    const on = many ? button("round", "Next picture (right arrow)", () => this.move(1), "›") : null;
    const name = el("span", "name", shot.caption);
    const count = el("span", "count", `${this.at + 1} / ${this.shots.length}`);
    const frame = framed(shot.image, shot.caption, shot.boxes);
    this.node.replaceChildren(el("div", "caption", name, count, close), el("div", "stage", frame), el("div", "arrows", back, on));
    // A modal dialog lies outside the observer's viewport until it is laid out.
    for (const img of this.node.querySelectorAll("img")) load(img);
  },
};

lightbox.node.addEventListener("click", (event) => {
  if (event.target === lightbox.node || event.target.classList.contains("stage")) lightbox.node.close();
});
