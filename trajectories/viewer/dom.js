"use strict";
// Elements, numbers and code as DOM nodes. Every text becomes a text node; markup is never parsed.

const SVG = "http://www.w3.org/2000/svg";

function el(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function svg(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function button(className, label, action, ...children) {
  const node = el("button", className, ...children);
  node.type = "button";
  if (label) {
    node.title = label;
    node.setAttribute("aria-label", label);
  }
  node.addEventListener("click", action);
  return node;
}

function fold(summary, ...children) {
  return el("details", "fold", el("summary", "", summary), ...children);
}

function number(value, digits = 3) {
  if (value === null || value === undefined) return "–";
  if (Math.abs(value) >= 10000) return Math.round(value).toLocaleString("en");
  if (Number.isInteger(value)) return String(value);
  const fixed = value.toFixed(digits);
  return Number(fixed) === 0 ? value.toPrecision(2) : fixed.replace(/0+$/, "");
}

// Two digits, more only where two would turn 0.999 into 1 or 0.001 into 0.
function share(value) {
  if (value === null || value === undefined) return "–";
  const digits = [2, 3, 4].find((count) => Number(value.toFixed(count)) % 1 !== 0) || 2;
  return Math.abs(value) >= 1000 ? number(value) : value.toFixed(digits);
}

function signed(value) {
  return value > 0 ? "+" + share(value) : share(value);
}

function duration(ms) {
  return ms >= 1000 ? (ms / 1000).toFixed(ms >= 10000 ? 0 : 1) + " s" : (ms < 10 ? ms.toFixed(1) : Math.round(ms)) + " ms";
}

function plural(count, noun) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

function level(value) {
  if (value === null || value === undefined) return "none";
  return value < 0.35 ? "low" : value < 0.7 ? "mid" : "high";
}

function pill(value) {
  return el("span", "pill " + level(value), share(value));
}

function bar(value, className) {
  const fill = el("span", "fill " + (className || level(value)));
  fill.style.width = Math.max(0, Math.min(1, Math.abs(value || 0))) * 100 + "%";
  return el("span", "bar", fill);
}

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|-?\d[\d.eE+-]*|\b(?:true|false|null|NaN|Infinity)\b/g;

function highlighted(text) {
  const code = el("code", "json");
  let at = 0;
  for (const match of text.length > 20000 ? [] : text.matchAll(TOKEN)) {
    code.append(text.slice(at, match.index));
    const kind = match[2] ? "key" : match[1] ? "string" : /^[-\d]/.test(match[0]) ? "number" : "word";
    code.append(el("span", kind, match[1] || match[0]), match[2] || "");
    at = match.index + match[0].length;
  }
  code.append(text.slice(at));
  return code;
}

const LONG_CHARS = 900;
const LONG_LINES = 14;

function prose(text, className) {
  const body = el("div", "prose " + (className || ""), text);
  body.dir = "auto";
  if (text.length <= LONG_CHARS && text.split("\n", LONG_LINES + 1).length <= LONG_LINES) return body;
  body.classList.add("clamped");
  const more = button("more", "", () => {
    const clamped = body.classList.toggle("clamped");
    more.textContent = clamped ? "Show all " + plural(text.length, "character") : "Show less";
    more.setAttribute("aria-expanded", String(!clamped));
  }, "Show all " + plural(text.length, "character"));
  more.setAttribute("aria-expanded", "false");
  return el("div", "long", body, more);
}
