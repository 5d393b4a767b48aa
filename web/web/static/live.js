/* New messages of a topic wait behind one line until the reader asks for them. */
import { load } from "./page.js";
import { address, lastOn, list, watch } from "./reading.js";
import { messagesAfter } from "./stream.js";

const HIDDEN_FOR = 60_000; // a browser has few connections for all its tabs
const me = document.documentElement.dataset.user;
const title = document.title;
const line = document.querySelector("#news");
const waiting = new Map();
let last = list?.dataset.last;
let connection, timer;

export const isLive = list?.hasAttribute("data-live");

async function follow() {
  if (connection || document.hidden) return;
  connection = new AbortController();
  for await (const message of messagesAfter(last, list.dataset.topic, connection.signal)) {
    last = message.number;
    if (!document.getElementById(`m${last}`)) waiting.set(last, message);
    tell();
  }
}

function leave() {
  connection?.abort();
  connection = null;
}

function tell() {
  const isPosting = document.querySelector(".pending"); // the stream may bring one's own reply first
  const news = [...waiting.values()].filter(({ author }) => !isPosting || author.id !== me);
  document.title = news.length ? `(${news.length}) ${title}` : title;
  line.hidden = !news.length;
  if (line.hidden) return;
  line.textContent = `${news.length} new message${news.length > 1 ? "s" : ""}`;
  line.href = address(news[0].number);
}

async function show(event) {
  const wanted = [...waiting.values()].filter(({ number }) => number <= lastOn);
  if (!wanted.length) return; // the line leads to their page
  event.preventDefault();
  const cards = await Promise.all(wanted.map(({ id }) => load(`/messages/${id}/card`)));
  const articles = cards.map(({ page }) => page.querySelector("[data-number]"));
  for (const [index, { number }] of wanted.entries()) {
    if (articles[index]) place(articles[index]);
    else if (cards[index].status === 404) waiting.delete(number);
  }
  tell();
  articles.find(Boolean)?.focus();
}

/** Puts a message where its number belongs. */
export function place(article) {
  const { number } = article.dataset;
  document.getElementById(article.id)?.remove();
  list.insertBefore(article, [...list.children].find((other) => other.dataset.number - number > 0) ?? null);
  waiting.delete(Number(number));
  watch(article);
  tell();
}

if (isLive) {
  line.onclick = show;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (document.hidden) timer = setTimeout(leave, HIDDEN_FOR);
    else follow();
  });
  addEventListener("pagehide", leave);
  addEventListener("pageshow", follow);
  follow();
}
