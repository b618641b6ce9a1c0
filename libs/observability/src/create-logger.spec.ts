import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogSettings, ServiceLogger } from './create-logger.js';
import { createLogger } from './create-logger.js';
import { frameworkLogger } from './framework-logger.js';

const settings: LogSettings = { LOG_LEVEL: 'INFO', LOG_FILE: '', LOG_FILE_MAX_SIZE: 0, LOG_FORMAT: 'json' };

function collecting(
  given: Partial<LogSettings> = {},
  secrets: string[] = [],
): { logger: ServiceLogger; lines: string[] } {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line), flush: () => undefined };
  return { logger: createLogger({ ...settings, ...given }, { destination, secrets, replica: 'r1' }), lines };
}

function only(lines: string[]): Record<string, unknown> {
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? '') as Record<string, unknown>;
}

describe('lines', () => {
  it('are JSON with time, level, replica, message and data', () => {
    const { logger, lines } = collecting();
    logger.child({ component: 'jobs' }).info('operation ended', { kind: 'create' });

    expect(only(lines)).toMatchObject({
      level: 'info',
      replica: 'r1',
      component: 'jobs',
      kind: 'create',
      msg: 'operation ended',
    });
    expect(only(lines).time).toMatch(/^\d{4}-.*Z$/u);
  });

  it('carry the ids of the work that writes them', () => {
    const { logger, lines } = collecting();
    logger.child({ operation: 'o', infId: 'i' }).child({ vmId: 2 }).info('x');

    expect(only(lines)).toMatchObject({ infId: 'i', operation: 'o', vmId: 2 });
  });

  it('are left out below LOG_LEVEL', () => {
    const { logger, lines } = collecting({ LOG_LEVEL: 'WARNING' });
    logger.debug('a');
    logger.info('b');
    logger.warn('c');

    expect(only(lines).msg).toBe('c');
  });

  it('hold no secret, wherever it was put', () => {
    const { logger, lines } = collecting({ LOG_LEVEL: 'DEBUG' }, ['kn0wn-secret']);
    logger
      .child({ password: 'hunter2x' })
      .debug("password = 'hunter2x'", { headers: { authorization: 'hunter2x' } });
    logger.error('failed', new Error('Bearer hunter2x.y and kn0wn-secret'));
    logger.warn('token: hunter2x', { list: ["private_key='hunter2x'"] });

    expect(lines).toHaveLength(3);
    expect(lines.join('')).not.toMatch(/hunter2x|kn0wn/u);
  });

  it('are readable on a terminal', () => {
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line), flush: () => undefined };
    createLogger({ ...settings, LOG_FORMAT: 'auto' }, { destination, terminal: true }).info('hello', {
      a: 1,
    });

    expect(lines.join('')).toMatch(/INFO.*hello/u);
  });
});

describe('frameworkLogger', () => {
  it('sends chatter to debug and keeps warnings', () => {
    const { logger, lines } = collecting();
    const framework = frameworkLogger(logger);
    framework.log('Mapped route', 'Router');
    framework.warn('careful', 'Router');

    expect(only(lines)).toMatchObject({ level: 'warn', msg: 'careful', details: ['Router'] });
  });
});

describe('LOG_FILE', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'im-log-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('is made with its folder, rotated at its size, with three old files', () => {
    const file = join(folder, 'log', 'im.log');
    const logger = createLogger({ ...settings, LOG_FILE: file, LOG_FILE_MAX_SIZE: 300 });
    for (let line = 0; line < 20; line += 1) {
      logger.info(`line ${String(line)} ${'x'.repeat(100)}`);
    }
    logger.flush();

    expect(readFileSync(file, 'utf8')).toContain('line 19');
    expect(readFileSync(`${file}.1`, 'utf8').length).toBeLessThanOrEqual(300);
    expect(existsSync(`${file}.3`)).toBe(true);
    expect(existsSync(`${file}.4`)).toBe(false);
  });
});
