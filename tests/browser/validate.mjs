// Judges HTML: a line of standard input is the JSON of one document, the line that answers it the JSON of what is wrong.
import { createInterface } from "node:readline";
import { HtmlValidate, StaticConfigLoader } from "html-validate";

const validator = new HtmlValidate(
  new StaticConfigLoader({
    root: true,
    extends: ["html-validate:recommended", "html-validate:document", "html-validate:a11y"],
    rules: {
      "long-title": "off", // a topic has the title that its author gave it
      "no-trailing-whitespace": "off", // templates leave it where they have nothing to say
      "require-sri": ["error", { target: "crossorigin" }],
    },
  }),
);

for await (const line of createInterface({ input: process.stdin })) {
  const report = await validator.validateString(JSON.parse(line));
  const wrong = report.results.flatMap((result) => result.messages);
  console.log(JSON.stringify(wrong.map((one) => `${one.line}:${one.column} ${one.ruleId}: ${one.message}`)));
}
