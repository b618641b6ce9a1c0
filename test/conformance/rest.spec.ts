import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import { runSuite, suiteIsPresent } from './rest-suite.js';

describe.skipIf(!suiteIsPresent)('REST conformance (needs ../shared/conformance)', () => {
  let server: StandaloneServer;

  beforeAll(async () => {
    server = await startStandalone({ env: { IM_LOG_LEVEL: 'warning', IM_TRUSTED_PROXIES: '127.0.0.1' } });
  });

  afterAll(async () => {
    await server.stop();
  });

  it.each([
    ['plainly', false],
    ['with IM_STRICT=1', true],
  ])('passes %s', async (_how, strict) => {
    const { passed, failed } = await runSuite(server.url, strict);

    expect(failed).toEqual([]);
    expect(passed).toBeGreaterThan(300);
  });
});
