import type { LoadedConfig } from './load.js';
import type { OptionDefinition } from './option.js';
import { allOptions, nameInFile, OPTION_GROUPS } from './table.js';

const MASK = '********';

/**
 * Secrets of a URL: passwords in its query first, since one with an `@` would look like the end of the credentials; then what stands
 * between the first colon of the credentials and the last `@`; then a password that Redis takes alone, without name and colon.
 */
const URL_SECRETS = [
  /(?<=[?&][^=&]*passw(?:or)?d=)[^&]+/giu,
  /(?<=^\s*[\w+.-]+:\/\/[^:]*:).+(?=@)/su,
  /(?<=^\s*redis[\w+]*:\/\/)[^:@]+(?=@)/iu,
];

/** The effective values, one `NAME = value  (source)` a line under their sections; secrets are masked. */
export function renderConfig(loaded: LoadedConfig): string {
  const values = new Map<string, unknown>(Object.entries(loaded.config));
  const lines: string[] = [];
  for (const section of ['im', 'OpenNebula']) {
    lines.push(`[${section}]`);
    for (const [name, option] of allOptions()) {
      if (option.section === section) {
        const shown = `${nameInFile(name, option)} = ${showValue(option, values.get(name))}`;
        lines.push(`${shown.padEnd(60)}  (${loaded.sources[name] ?? 'default'})`);
      }
    }
    lines.push('');
  }
  return lines.join('\n');
}

/** A value as it may be shown: secrets masked. */
export function showValue(option: OptionDefinition, value: unknown): string {
  const plain = Array.isArray(value) && option.kind === 'list' ? value.join(', ') : plainText(value);
  switch (option.secrecy) {
    case 'none':
      return plain;
    case 'whole':
      return plain === '' || plain === '[]' ? plain : MASK;
    case 'url-password':
      return URL_SECRETS.reduce((shown, secret) => shown.replace(secret, MASK), plain);
  }
}

function plainText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The tables of docs/configuration.md: every option with type, defaults and meaning, in Markdown. */
export function renderOptionTables(): string {
  const parts: string[] = [];
  for (const [title, options] of Object.entries<Record<string, OptionDefinition>>(OPTION_GROUPS)) {
    parts.push(`### ${title}`, '', '| Option | Takes | Default | Meaning |', '|---|---|---|---|');
    for (const [name, option] of Object.entries(options)) {
      parts.push(
        `| ${optionCell(name, option)} | ${cell(takes(option))} | ${defaultCell(option)} | ${meaningCell(option)} |`,
      );
    }
    parts.push('');
  }
  return parts.join('\n').trimEnd();
}

/** What an option takes, shorter than in the sentence of an error. */
function takes(option: OptionDefinition): string {
  switch (option.kind) {
    case 'boolean':
      return 'yes or no';
    case 'integer': {
      const { minimum, maximum } = option;
      const number = maximum < Number.MAX_SAFE_INTEGER ? `${minimum} to ${maximum}` : `${minimum} or more`;
      return minimum > Number.MIN_SAFE_INTEGER ? number : 'a number';
    }
    case 'choice':
      return option.choices.map((one) => `\`${one}\``).join(', ');
    case 'text':
      return option.form?.allowed ?? 'text';
    case 'list':
      return `list of ${option.form?.allowed ?? 'texts'}`;
    case 'json':
      return option.allowed;
  }
}

function optionCell(name: string, option: OptionDefinition): string {
  const inFile =
    option.section === 'OpenNebula' ? ` (\`${nameInFile(name, option)}\` in \`[OpenNebula]\`)` : '';
  const also =
    option.aliases === undefined ? '' : `, also ${option.aliases.map((alias) => `\`${alias}\``).join(', ')}`;
  return `\`${name}\`${inFile}${also}`;
}

function defaultCell(option: OptionDefinition): string {
  const packaged = code(showDefault(option, option.default));
  return option.localDefault === undefined
    ? packaged
    : `${packaged}; \`npm start\`: ${code(showDefault(option, option.localDefault))}`;
}

function showDefault(option: OptionDefinition, value: unknown): string {
  return Array.isArray(value) && option.kind === 'list' ? value.join(', ') : plainText(value);
}

function code(value: string): string {
  return value === '' ? 'blank' : `\`${cell(value)}\``;
}

function meaningCell(option: OptionDefinition): string {
  const status = {
    built: '',
    planned: ' *Accepted; not built yet.*',
    ignored: ' *Accepted; without effect.*',
  };
  return cell(option.text) + status[option.status];
}

function cell(value: string): string {
  return value.replaceAll('|', '\\|');
}
