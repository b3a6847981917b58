// What html-validate finds in a page as it was sent: its recommended rules and those of accessibility.
import { createRequire } from 'node:module';

const rules = {
  // Several boxes of one question have one name, as browsers and forms have it.
  'form-dup-name': ['error', { shared: ['radio', 'checkbox', 'button', 'reset', 'submit'] }],
  // A page is named after what people call their request, and that may be long.
  'long-title': 'off',
  // An id is a field's name, so that a mistake finds its field: a JSON Pointer with dots, as HTML allows (3.2.6).
  'valid-id': ['error', { relaxed: true }],
};

export function judge() {
  const { HtmlValidate } = createRequire(`${process.env.PROVISO_TOOLS}/package.json`)('html-validate');
  const validator = new HtmlValidate({ root: true, extends: ['html-validate:recommended', 'html-validate:a11y'], rules });
  return async (source) => {
    const { results } = await validator.validateString(source);
    return results.flatMap(({ messages }) => messages.map((one) => `${one.ruleId}: ${one.message} (line ${one.line}, column ${one.column})`));
  };
}
