const KEY = /^(?<indent> *)(?<key>[A-Za-z0-9]+):(?: (?<value>.*))?$/;
const COMMENT = /^ *# ?(?<text>.*)$/;

/**
 * The values of a chart as a Markdown table of name, default and meaning; the meaning is the comment above a value. An object that has a
 * comment itself is one value.
 * @param {string} yaml text of values.yaml, two spaces a level
 * @throws Error that names values without a comment
 */
export function valueTable(yaml) {
  const rows = [];
  const undocumented = [];
  const lines = yaml.split('\n');
  const path = [];
  let comment = [];
  /** Deeper lines belong to an object that is one value. */
  let within = Number.POSITIVE_INFINITY;
  for (const [index, line] of lines.entries()) {
    const indent = line.length - line.trimStart().length;
    if (line.trim() !== '' && indent > within) {
      continue;
    }
    within = Number.POSITIVE_INFINITY;
    const text = COMMENT.exec(line)?.groups.text;
    const found = KEY.exec(line)?.groups;
    if (text !== undefined || found === undefined) {
      comment = text === undefined ? [] : [...comment, text];
      continue;
    }
    path.length = indent / 2;
    path.push(found.key);
    const isObject = found.value === undefined && nextIndent(lines, index) > indent;
    if (isObject && comment.length === 0) {
      continue;
    }
    if (isObject) {
      within = indent;
    }
    const name = path.join('.');
    if (comment.length === 0) {
      undocumented.push(name);
    }
    const given = isObject ? 'see values.yaml' : `\`${found.value ?? ''}\``;
    rows.push(`| \`${name}\` | ${given} | ${comment.join(' ').replaceAll('|', '\\|')} |`);
    comment = [];
  }
  if (undocumented.length > 0) {
    throw new Error(`Without a comment in values.yaml: ${undocumented.join(', ')}`);
  }
  return ['| Value | Default | Meaning |', '|---|---|---|', ...rows].join('\n');
}

/** Indentation of the next line that is neither blank nor a comment. */
function nextIndent(lines, index) {
  const next = lines.slice(index + 1).find((line) => line.trim() !== '' && !COMMENT.test(line)) ?? '';
  return next.length - next.trimStart().length;
}
