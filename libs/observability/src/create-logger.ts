import { hostname } from 'node:os';
import { pino } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { rotatingFile, standardOutput } from './destination.js';
import type { LogDestination } from './log-destination.js';
import type { Logger } from './logger.js';
import { Redactor } from './redaction.js';

/** The options of the log; a part of the configuration. spec: configuration.md 2.2 */
export interface LogSettings {
  readonly LOG_LEVEL: 'DEBUG' | 'INFO' | 'WARNING' | 'WARN' | 'ERROR' | 'CRITICAL' | 'FATAL';
  /** Blank: standard output. */
  readonly LOG_FILE: string;
  /** Bytes; 0: no rotation. */
  readonly LOG_FILE_MAX_SIZE: number;
  readonly LOG_FORMAT: 'auto' | 'json' | 'pretty';
}

/** What a program may set besides the options. */
export interface LoggerSurroundings {
  /** Secrets of this process (keys, database password) that are removed wherever they stand. */
  readonly secrets?: readonly string[];
  /** Whether the standard output is a terminal, for LOG_FORMAT auto. */
  readonly terminal?: boolean;
  /** Name of this replica in the lines; the host name unless given. */
  readonly replica?: string;
  /** Takes the lines instead of file and standard output; for tests. */
  readonly destination?: LogDestination;
}

/** The logger of a program. */
export interface ServiceLogger extends Logger {
  /** Writes what is buffered; to be called before the process ends. */
  flush(): void;
}

const PINO_LEVELS = {
  DEBUG: 'debug',
  INFO: 'info',
  WARNING: 'warn',
  WARN: 'warn',
  ERROR: 'error',
  CRITICAL: 'fatal',
  FATAL: 'fatal',
} as const;

/**
 * Makes the logger of a program: JSON lines, or pretty ones on a terminal. Lines of some work carry its ids as
 * child loggers give them, and no secret. A LOG_FILE that cannot be opened is reported and replaced by the standard output.
 */
export function createLogger(settings: LogSettings, surroundings: LoggerSurroundings = {}): ServiceLogger {
  const redactor = new Redactor(surroundings.secrets);
  const { destination, problem } = openDestination(settings, surroundings);
  const target = pino(
    {
      level: PINO_LEVELS[settings.LOG_LEVEL],
      base: { replica: surroundings.replica ?? hostname() },
      timestamp: timeField(),
      formatters: { level: (label) => ({ level: label }) },
    },
    isPretty(settings, surroundings)
      ? prettyDestination(destination, surroundings.terminal ?? false)
      : destination,
  );
  const logger = new RedactingLogger(target, redactor);
  if (problem !== undefined) {
    logger.warn(`LOG_FILE ${settings.LOG_FILE} cannot be written, the log goes to the standard output`, {
      error: problem,
    });
  }
  return Object.assign(logger, {
    flush: () => {
      destination.flush();
    },
  });
}

/** The time as a part of the line; written anew once per second but for its milliseconds, a busy service writes many lines. */
function timeField(): () => string {
  let lastSecond = Number.NaN;
  let field = '';
  return () => {
    const now = Date.now();
    const second = Math.floor(now / 1000);
    if (second !== lastSecond) {
      lastSecond = second;
      field = `,"time":"${new Date(second * 1000).toISOString().slice(0, -'000Z'.length)}`;
    }
    return `${field}${String(now - second * 1000).padStart(3, '0')}Z"`;
  };
}

function openDestination(
  settings: LogSettings,
  surroundings: LoggerSurroundings,
): { destination: LogDestination; problem?: unknown } {
  if (surroundings.destination !== undefined) {
    return { destination: surroundings.destination };
  }
  if (settings.LOG_FILE === '') {
    return { destination: standardOutput() };
  }
  try {
    return { destination: rotatingFile(settings.LOG_FILE, settings.LOG_FILE_MAX_SIZE) };
  } catch (problem) {
    return { destination: standardOutput(), problem };
  }
}

function isPretty(settings: LogSettings, surroundings: LoggerSurroundings): boolean {
  const onTerminal = settings.LOG_FILE === '' && surroundings.terminal === true;
  return settings.LOG_FORMAT === 'pretty' || (settings.LOG_FORMAT === 'auto' && onTerminal);
}

function prettyDestination(destination: LogDestination, colorize: boolean): pino.DestinationStream {
  const pretty = prettyFactory({ colorize, ignore: 'replica', translateTime: 'SYS:HH:MM:ss.l' });
  return {
    write: (line) => {
      destination.write(pretty(line) ?? line);
    },
  };
}

class RedactingLogger implements Logger {
  constructor(
    private readonly target: pino.Logger,
    private readonly redactor: Redactor,
  ) {}

  debug(message: string, data?: object): void {
    this.write('debug', message, data);
  }

  info(message: string, data?: object): void {
    this.write('info', message, data);
  }

  warn(message: string, data?: object): void {
    this.write('warn', message, data);
  }

  error(message: string, data?: object): void {
    this.write('error', message, data);
  }

  child(bindings: object): Logger {
    return new RedactingLogger(this.target.child(this.redactor.data(bindings)), this.redactor);
  }

  private write(level: 'debug' | 'info' | 'warn' | 'error', message: string, data?: object): void {
    if (!this.target.isLevelEnabled(level)) {
      return;
    }
    const fields =
      data === undefined ? {} : this.redactor.data(data instanceof Error ? { error: data } : data);
    this.target[level](fields, this.redactor.text(message));
  }
}
