/* What is being written is kept until it is posted. */
import { kept } from "./kept.js";

const drafts = kept("drafts", 30);
const submitted = kept("submitted", 1 / 24 / 60, "sessionStorage"); // in this tab

function keep(form) {
  const { draft } = form.dataset;
  const { body } = form.elements;
  const fields = [...form.elements].filter(({ type }) => ["text", "textarea"].includes(type));
  const begun = fields.map((field) => field.defaultValue).join("\n");
  const notice = form.querySelector(".restored");
  form.addEventListener("input", () => {
    const values = fields.map(({ value }) => value);
    if (values.join("\n") === begun) drafts.delete(draft);
    else drafts.set(draft, { values, begun });
  });
  form.addEventListener("reset", () => {
    drafts.delete(draft);
    notice.hidden = true;
    body.focus();
  });
  const before = drafts.get(draft);
  if (!before || (body.defaultValue && before.begun !== begun)) return;
  fields.forEach((field, index) => { field.value = before.values[index]; });
  notice.hidden = false;
}

const sent = submitted.get("form");
submitted.delete("form");
if (sent && document.querySelector(".notice:not([data-notice=ended])")) drafts.delete(sent);
document.querySelectorAll("form[data-draft]").forEach(keep);
addEventListener("submit", ({ target, defaultPrevented }) => {
  if (!defaultPrevented && target.dataset.draft) submitted.set("form", target.dataset.draft);
});
