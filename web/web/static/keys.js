/* Keyboard shortcuts. Their dialog can turn them off (WCAG 2.1.4). */
import { kept } from "./kept.js";

const settings = kept("settings", 400);
const dialog = document.querySelector("#keys");
const isOn = dialog.querySelector("[type=checkbox]");

const shortcuts = {
  j: () => step(1),
  k: () => step(-1),
  "/": () => document.querySelector("#find").focus(),
  ".": () => document.querySelector(".live a:not([hidden])")?.click(),
  "?": () => dialog.showModal(),
};

function step(by) {
  const items = [...document.querySelectorAll("main .message, main .row")];
  const focused = items.findIndex((item) => item.contains(document.activeElement));
  const inView = items.findIndex((item) => item.getBoundingClientRect().top >= 0);
  const item = items[focused < 0 ? inView : focused + by];
  (item?.querySelector(".row h2 a") ?? item)?.focus();
}

document.addEventListener("keydown", (event) => {
  const isElsewhere = event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog");
  if (!isOn.checked || isElsewhere || !Object.hasOwn(shortcuts, event.key)) return;
  event.preventDefault();
  shortcuts[event.key]();
});

isOn.checked = settings.get("shortcuts") ?? true;
isOn.onchange = () => settings.set("shortcuts", isOn.checked);
Object.assign(document.querySelector("#keys-hint"), { onclick: shortcuts["?"], hidden: false });
