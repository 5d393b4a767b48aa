/** An element with these properties and children. */
export function build(name, properties, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

/** A page of ours, or a piece of one, and its status; `fields` are posted. Empty when nobody answers. */
export async function load(path, fields) {
  try {
    const answer = await fetch(path, fields && { method: "POST", body: new URLSearchParams(fields) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return { page, status: answer.status };
  } catch {
    return { page: new Document() };
  }
}
