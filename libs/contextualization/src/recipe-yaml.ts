import type { ScalarTag } from 'yaml';
import { parse, stringify } from 'yaml';

/** A value that only Ansible understands: kept as it is written, with its tag. */
class TaggedText {
  constructor(readonly text: string) {}
}

function kept(tag: '!vault' | '!unsafe'): ScalarTag {
  class Kept extends TaggedText {}
  return {
    tag,
    identify: (value) => value instanceof Kept,
    resolve: (text) => new Kept(text),
    stringify: ({ value }) => {
      const text = value instanceof Kept ? value.text : '';
      return JSON.stringify(text);
    },
  };
}

const customTags = [kept('!vault'), kept('!unsafe')];

/** The data of a recipe; `!vault` and `!unsafe` values survive `printYaml`. @param text checked when the document came in */
export function readYaml(text: string): unknown {
  return parse(text, { uniqueKeys: false, customTags, logLevel: 'error' });
}

/** A playbook as text. */
export function printYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, customTags });
}
