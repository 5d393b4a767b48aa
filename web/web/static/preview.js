import { load } from "./page.js";

for (const button of document.querySelectorAll("button[name=preview]")) {
  button.onclick = async (event) => {
    event.preventDefault();
    const { csrf, body } = button.form.elements;
    const { page } = await load("/preview", { csrf: csrf.value, body: body.value });
    const shown = button.form.querySelector(".preview");
    shown.replaceChildren(page.querySelector(".text") ?? "The preview cannot be shown right now: try again.");
    shown.hidden = false;
  };
}
