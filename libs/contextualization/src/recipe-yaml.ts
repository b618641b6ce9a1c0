import { maxAliasCount } from '@im/radl';
import type { ScalarTag, Tags } from 'yaml';
import { Document, parse, Scalar, visit } from 'yaml';

/** A text that Ansible takes as it is, whatever templates it seems to hold: passwords, for instance. */
export class PlainText {
  constructor(readonly text: string) {}
}

const unsafe: ScalarTag = {
  tag: '!unsafe',
  identify: (value) => value instanceof PlainText,
  resolve: (text) => new PlainText(text),
  stringify: ({ value }) => JSON.stringify(value instanceof PlainText ? value.text : ''),
};

/** Ansible reads YAML 1.1, where `no`, `0755` and `22:22` are no texts; but its `y` and `n` are. */
const version = '1.1';

const booleans: ScalarTag[] = [
  { word: /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/, value: true },
  { word: /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/, value: false },
].map(({ word, value }) => ({
  tag: 'tag:yaml.org,2002:bool',
  default: true,
  test: word,
  resolve: () => value,
  identify: (given) => given === value,
}));

/** The data of a recipe. @param text checked when the document came in */
export function readYaml(text: string): unknown {
  return parse(text, {
    version,
    uniqueKeys: false,
    logLevel: 'silent',
    // What the check of the document lets through can be run.
    maxAliasCount,
    customTags: (tags) => [...booleans, ...without('bool', tags)],
  });
}

function without(type: 'bool' | 'merge', tags: Tags): Tags {
  return tags.filter((tag) => typeof tag === 'string' || tag.tag !== `tag:yaml.org,2002:${type}`);
}

/** Data as text that means the same to Ansible: texts are quoted, since some of them would be numbers or dates otherwise. */
export function printYaml(value: unknown): string {
  const document = new Document(value, {
    version,
    customTags: (tags) => [unsafe, ...without('merge', tags)],
    aliasDuplicateObjects: false,
  });
  visit(document, {
    Scalar: (position, node) => {
      if (typeof node.value === 'string' && position !== 'key') {
        node.type = isPlainBlock(node.value) ? Scalar.BLOCK_LITERAL : Scalar.QUOTE_DOUBLE;
      }
    },
  });
  return document.toString({ lineWidth: 0 });
}

const printable = /^[\n -~\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;

/** Several lines without anything that YAML allows in quotes alone. */
function isPlainBlock(text: string): boolean {
  return text.includes('\n') && /^\S/.test(text) && printable.test(text);
}
