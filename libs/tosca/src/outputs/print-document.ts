import { numberText } from '@im/radl';
import type { Node, ScalarTag } from 'yaml';
import { Document, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import type { ToscaMap, ToscaScalar, ToscaValue } from '../yaml/values.js';
import { DecimalNumber, isMap } from '../yaml/values.js';

/** Text of a scalar that is printed as it is. */
class Verbatim {
  constructor(readonly text: string) {}
}

const verbatimTag: ScalarTag = {
  tag: '!verbatim',
  default: true,
  identify: (value) => value instanceof Verbatim,
  resolve: (text) => text,
  stringify: ({ value }) => (value instanceof Verbatim ? value.text : ''),
};

/**
 * The kept document as YAML in block style with sorted keys (spec: tosca.md 10). A reader of YAML 1.1 reads the same document back: texts that it
 * would take for numbers, dates or booleans are quoted, numbers with a point are printed as they were written.
 */
export function printToscaDocument(document: ToscaMap): string {
  const printed = new Document(nodeOf(document), {
    version: '1.1',
    customTags: (tags) => [verbatimTag, ...tags],
  });
  return printed.toString({ lineWidth: 0 });
}

function nodeOf(value: ToscaValue): Node {
  if (isMap(value)) {
    const map = new YAMLMap();
    map.items = [...value]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, member]) => new Pair(textNode(key, { isKey: true }), nodeOf(member)));
    return map;
  }
  if (Array.isArray(value)) {
    const list = new YAMLSeq();
    list.items = value.map(nodeOf);
    return list;
  }
  return typeof value === 'string'
    ? textNode(value, { isKey: false })
    : new Scalar(new Verbatim(scalarText(value)));
}

function scalarText(value: Exclude<ToscaScalar, string>): string {
  if (value instanceof DecimalNumber) {
    return value.text;
  }
  return typeof value === 'number' ? numberText(value, !Number.isInteger(value)) : String(value);
}

/** Anything but line ends, tabs and what every reader prints and reads as itself. */
const unprintable = /[^\n\t\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u;

/** Texts of several lines that a literal block would not keep: blanks at the start, or at the end of a line. */
const unfitForBlock = /^[ \t\n]|[ \t](?:\n|$)/;

/** Texts of one line that some reader of YAML 1.1 takes for something else: numbers, base 60, dates, the merge key, the default value. */
const ambiguous =
  /^[-+]?\.?\d[\d_.,:a-fxA-FX+-]*$|^\d{4}-\d|^[-+]?\.(?:inf|nan)$|^(?:yes|no|on|off|y|n|true|false|null|~|=|<<)$/i;

function textNode(text: string, { isKey }: { isKey: boolean }): Scalar {
  const severalLines = text.includes('\n');
  const needsEscapes =
    unprintable.test(text) || (severalLines ? isKey || unfitForBlock.test(text) : text.includes('\t'));
  if (needsEscapes) {
    return new Scalar(new Verbatim(escaped(text)));
  }
  if (!severalLines && ambiguous.test(text)) {
    return new Scalar(new Verbatim(`'${text.replaceAll("'", "''")}'`));
  }
  const scalar = new Scalar(text);
  if (severalLines) {
    scalar.type = Scalar.BLOCK_LITERAL;
  }
  return scalar;
}

/** A text in double quotes, in one line of ASCII. */
function escaped(text: string): string {
  return JSON.stringify(text).replaceAll(/[^\x20-\x7e]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const digits = code.toString(16).toUpperCase();
    return code > 0xff_ff ? `\\U${digits.padStart(8, '0')}` : `\\u${digits.padStart(4, '0')}`;
  });
}
