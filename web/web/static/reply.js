/* A reply is seen at once, while it is sent; "Reply" below a message aims the form at it. */
import { isLive, place } from "./live.js";
import { build, load } from "./page.js";
import { address, lastOn, list } from "./reading.js";

const form = document.querySelector(".live ~ .editor");
const { body, key, reply_to: answered } = form?.elements ?? {};

async function post() {
  const sent = new FormData(form);
  const pending = build("article", { className: "message pending" },
    build("header", {}, "Sending …"), build("div", { className: "text" }, body.value));
  list.append(pending);
  body.value = "";
  form.inert = true;
  form.querySelector(".wrong")?.remove();
  const { page } = await load(`${form.action}?card=1`, sent);
  const card = page.querySelector("[data-number]");
  form.inert = false;
  if (card) {
    form.reset();
    key.value += "+"; // the same words again are another reply
    answer();
    if (card.dataset.number > lastOn) return location.assign(address(card.dataset.number));
    place(card);
  } else {
    if (page.querySelector(".warn")) answer(); // the message that it answers is gone
    body.value = sent.get("body");
    const problem = page.querySelector(".wrong, .lost p") ?? build("p", {},
      "Your reply could not be sent. It is still here: please send it again in a moment.");
    problem.append(" ", ...page.querySelectorAll(".bad, .warn"));
    form.prepend(Object.assign(problem, { className: "wrong", role: "alert" }));
  }
  pending.remove();
  (card ?? body).focus();
}

/** Makes it a reply to this message, or to none. */
function answer({ id = "", number } = {}) {
  const line = form.querySelector(".answers");
  const [link, cancel] = line.children;
  line.hidden = !id;
  answered.value = id;
  link.textContent = `#${number}`;
  link.href = `#m${number}`;
  cancel.onclick = () => answer();
  body.focus();
}

form?.addEventListener("submit", (event) => {
  if (!isLive) return; // it goes to another page
  event.preventDefault();
  if (!form.inert) post();
});
document.addEventListener("click", (event) => {
  const link = event.target.closest(".actions a[href*='/reply?']:not([href*=quote])");
  if (!form || !link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  answer(link.closest(".message").dataset);
});
