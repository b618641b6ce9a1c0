import type { ToscaMap, ToscaValue } from '../yaml/values.js';
import { isMap } from '../yaml/values.js';

const stepMark = 'Launch task: ';
const taskMark = 'TASK [';

/** Lines that end the results of a task without beginning another one. */
const otherBanner = /^(?:PLAY |RUNNING HANDLER \[|CLEANUP TASK \[|NO MORE HOSTS LEFT)/;

/** `ok: [host]`, `changed: [host -> other]`, `fatal: [host]: FAILED!` and the like. */
const result = /^(\w+): \[[^\]]*\]/;

/** Deeper results are told as text. */
const maxDepth = 100;

/**
 * The steps of a log of the contextualization with the results of their Ansible tasks: `step -> tasks -> task -> state, output` (spec: tosca.md 7.3,
 * contextualization.md 15). A step that ran again replaces its earlier run; tasks of equal names in one step are `name`, `name_2`, `name_3`.
 * The work grows with the length of the log only.
 */
export function readAnsibleOutput(log: string): ToscaMap {
  const reading = new LogReading();
  for (const line of log.split('\n')) {
    reading.line(line.endsWith('\r') ? line.slice(0, -1) : line);
  }
  return reading.end();
}

class LogReading {
  private readonly steps: ToscaMap = new Map();
  private tasks: ToscaMap | undefined;
  private names = new Map<string, number>();
  private task: ToscaMap | undefined;
  private json: JsonLines | undefined;

  line(line: string): void {
    const step = line.indexOf(stepMark);
    if (step === 0 || (step > 0 && this.json === undefined)) {
      this.closeJson();
      this.beginStep(line.slice(step + stepMark.length).trim());
    } else if (line.startsWith(taskMark)) {
      this.closeJson();
      this.beginTask(line.slice(taskMark.length));
    } else if (otherBanner.test(line)) {
      this.closeJson();
      this.task = undefined;
    } else if (this.json !== undefined) {
      this.addJson(line);
    } else if (this.task !== undefined) {
      this.readResult(line, this.task);
    }
  }

  end(): ToscaMap {
    this.closeJson();
    return this.steps;
  }

  private beginStep(name: string): void {
    this.tasks = new Map();
    this.names = new Map();
    this.task = undefined;
    this.steps.set(name, new Map([['tasks', this.tasks]]));
  }

  private beginTask(banner: string): void {
    const end = banner.indexOf('] **');
    this.task = undefined;
    if (end >= 0 && this.tasks !== undefined) {
      this.task = new Map<string, ToscaValue>([
        ['state', null],
        ['output', null],
      ]);
      this.tasks.set(this.freeName(banner.slice(0, end), this.tasks), this.task);
    }
  }

  private freeName(name: string, tasks: ToscaMap): string {
    let count = (this.names.get(name) ?? 0) + 1;
    let free = count === 1 ? name : `${name}_${count}`;
    while (tasks.has(free)) {
      count++;
      free = `${name}_${count}`;
    }
    this.names.set(name, count);
    return free;
  }

  private readResult(line: string, task: ToscaMap): void {
    const found = result.exec(line);
    if (found === null) {
      return;
    }
    if (task.get('state') === null) {
      task.set('state', found[1] ?? null);
    }
    const start = line.indexOf(' => {', found[0].length);
    if (start >= 0 && task.get('output') === null) {
      this.json = new JsonLines();
      this.addJson(line.slice(start + ' => '.length));
    }
  }

  private addJson(line: string): void {
    if (this.json?.add(line) === true) {
      this.closeJson();
    }
  }

  private closeJson(): void {
    const text = this.json?.text();
    if (text !== undefined) {
      this.task?.set('output', meaningOf(text));
    }
    this.json = undefined;
  }
}

/** Collects the lines of a JSON object until it is whole. */
class JsonLines {
  private readonly lines: string[] = [];
  private open = 0;
  private inText = false;
  /** Number of lines up to the first that ends with a brace: what is told when the object never ends. */
  private bracedLines = 0;

  /** Whether the object is whole. */
  add(line: string): boolean {
    const end = this.endIn(line);
    this.lines.push(end === undefined ? line : line.slice(0, end));
    if (this.bracedLines === 0 && line.endsWith('}')) {
      this.bracedLines = this.lines.length;
    }
    return end !== undefined;
  }

  text(): string | undefined {
    const whole = this.open === 0 && !this.inText;
    const lines = whole ? this.lines : this.lines.slice(0, this.bracedLines);
    return lines.length === 0 ? undefined : lines.join('\n');
  }

  /** Offset behind the brace that closes the object. */
  private endIn(line: string): number | undefined {
    for (let at = 0; at < line.length; at++) {
      const character = line[at];
      if (this.inText) {
        if (character === '\\') {
          at++;
        } else if (character === '"') {
          this.inText = false;
        }
      } else if (character === '"') {
        this.inText = true;
      } else if (character === '{') {
        this.open++;
      } else if (character === '}') {
        this.open--;
        if (this.open === 0) {
          return at + 1;
        }
      }
    }
    return undefined;
  }
}

/** The `msg` of a result, or the value of its only member (inside of `var`, when there is one); else the text itself. */
function meaningOf(text: string): ToscaValue {
  const parsed = parseJson(text);
  if (!isMap(parsed)) {
    return text;
  }
  const nested = parsed.get('var');
  const object = isMap(nested) ? nested : parsed;
  const [only] = object.values();
  return object.get('msg') ?? (object.size === 1 ? only : undefined) ?? text;
}

/** Undefined when the text is no JSON, or too deep. */
function parseJson(text: string): ToscaValue | undefined {
  try {
    return valueOf(JSON.parse(text), 0);
  } catch {
    return undefined;
  }
}

/** @throws RangeError for what is nested too deep */
function valueOf(parsed: unknown, depth: number): ToscaValue {
  if (depth > maxDepth) {
    throw new RangeError('The JSON is nested too deep.');
  }
  if (Array.isArray(parsed)) {
    return parsed.map((member) => valueOf(member, depth + 1));
  }
  if (typeof parsed === 'object' && parsed !== null) {
    return new Map(Object.entries(parsed).map(([name, member]) => [name, valueOf(member, depth + 1)]));
  }
  return typeof parsed === 'string' || typeof parsed === 'number' || typeof parsed === 'boolean'
    ? parsed
    : null;
}
