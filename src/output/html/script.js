"use strict";
const STEP = 200;
const all = JSON.parse(document.getElementById("data").textContent);
const form = document.getElementById("filters");
const list = document.getElementById("list");
const more = document.getElementById("more");
const count = document.getElementById("count");
const field = (name) => form.elements.namedItem(name);
let chosen = all;
let shown = 0;

const add = (parent, name, text, style) => {
  const element = document.createElement(name);
  if (text) element.textContent = text;
  if (style) element.className = style;
  return parent.appendChild(element);
};

const options = (name, values) => values.forEach((value) => add(field(name), "option", value));
const distinct = (key) => [...new Set(all.map((it) => it[key]).filter(Boolean))].sort();

const item = (it) => {
  const element = document.createElement("li");
  const title = add(element, "p");
  add(title, "strong", (it.level === "deny" ? "error" : "warning") + "[" + it.rule + "]", it.level);
  add(title, "span", ": " + it.message);
  add(element, "p", it.place, "place");
  const facts = [it.author, it.date, it.subject, { true: "still in HEAD", false: "no longer in HEAD" }[it.head]];
  add(element, "p", facts.filter(Boolean).join(" \u00b7 "), "facts");
  it.notes.forEach((note) => add(element, "p", "note: " + note, "help"));
  if (it.help) add(element, "p", "help: " + it.help, "help");
  return element;
};

const showMore = () => {
  const part = document.createDocumentFragment();
  chosen.slice(shown, shown + STEP).forEach((it) => part.appendChild(item(it)));
  list.appendChild(part);
  shown = Math.min(shown + STEP, chosen.length);
  more.hidden = shown === chosen.length;
  count.textContent = chosen.length + " of " + all.length + " findings" + (more.hidden ? "" : ", the first " + shown + " are listed");
};

const has = (text, part) => (text || "").toLowerCase().includes(part.toLowerCase());
const matches = (it) =>
  (!field("rule").value || it.rule === field("rule").value) &&
  (!field("level").value || it.level === field("level").value) &&
  (!field("year").value || it.year === field("year").value) &&
  has(it.author, field("author").value) &&
  has(it.path, field("path").value) &&
  has([it.message, it.place, it.subject, it.help].join("\n"), field("text").value) &&
  (!field("head").checked || it.head !== false);

const apply = () => {
  chosen = all.filter(matches);
  shown = 0;
  list.replaceChildren();
  showMore();
};

const years = distinct("year");
if (years.length > 0) {
  const body = document.querySelector("#time tbody");
  const counts = years.map((year) => all.filter((it) => it.year === year).length);
  const most = Math.max(...counts);
  years.forEach((year, at) => {
    const row = add(body, "tr");
    const head = add(row, "th");
    head.scope = "row";
    const choose = add(head, "button", year);
    choose.type = "button";
    choose.addEventListener("click", () => {
      field("year").value = field("year").value === year ? "" : year;
      apply();
    });
    const track = add(add(row, "td"), "div", "", "track");
    add(add(track, "div"), "span", "", "bar").style.width = (100 * counts[at]) / most + "%";
    add(track, "span", String(counts[at]), "number");
  });
  document.getElementById("time").hidden = false;
}
options("rule", distinct("rule"));
options("year", years);
form.hidden = all.length === 0;
form.addEventListener("input", apply);
form.addEventListener("submit", (event) => event.preventDefault());
more.addEventListener("click", showMore);
showMore();
