/* How far one has read each topic in this browser. */
import { kept } from "./kept.js";
import { build } from "./page.js";

const PAGE = 20;
const positions = kept("read", 400);
export const list = document.querySelector("#messages[data-topic]");
const { topic, page } = list?.dataset ?? {};
export const lastOn = page * PAGE; // the highest number that this page may hold

/** Where a message stands. */
export const address = (number, of = topic) => `/topics/${of}?page=${Math.ceil(number / PAGE)}#m${number}`;

function markRows() {
  for (const row of document.querySelectorAll(".row[data-topic]")) {
    const read = positions.get(row.dataset.topic);
    const news = row.dataset.count - read?.count;
    row.querySelector(".new")?.remove();
    if (!(news > 0)) continue;
    const href = address(read.number || 1, row.dataset.topic);
    row.querySelector(".meta").append(build("a", { className: "new", href }, `${news} new`));
  }
}

const before = positions.get(topic)?.number ?? 0;
const onward = document.querySelector("#onward");
let number = before;

const sight = new IntersectionObserver((entries) => {
  const seen = entries.filter((entry) => entry.isIntersecting).map(({ target }) => target.dataset.number);
  number = Math.max(number, ...seen);
  onward.hidden ||= Math.max(...seen) >= before;
  remember();
}, { rootMargin: "0px 0px -48px" }); // its beginning is enough: a long message is never in sight as a whole

function remember() {
  const count = Math.max(list.dataset.count, list.children.length); // the first may come a moment later
  positions.set(topic, { number, count });
}

/** Notes when a message is seen. */
export const watch = (article) => sight.observe(article);

if (list) {
  remember();
  for (const article of list.children) watch(article);
  const top = document.getElementById(`m${before}`)?.getBoundingClientRect().top;
  onward.hidden = !before || page > 1 || location.hash || top < innerHeight;
  onward.href = address(before);
  onward.lastElementChild.textContent = before;
}
addEventListener("pageshow", markRows);
markRows();
