import { readdirSync, readFileSync } from 'node:fs';
import swc from 'unplugin-swc';
import { defineConfig } from 'vitest/config';

/** Workspace packages are read from their TypeScript sources, so tests need no build. */
const conditions = ['im-source', 'node', 'import', 'module', 'default'];

/** esbuild and oxc drop decorator metadata; SWC keeps it. */
const transform = swc.vite({
  module: { type: 'es6' },
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
  },
});

const shared = {
  plugins: [transform],
  resolve: { conditions },
  ssr: { resolve: { conditions } },
};

/** What makes a test need the Docker Engine, or the client that is installed once. */
const needsMachines =
  /engine-socket\.js|static-machines\.js|IM_TEST_DOCKER_SOCKET|im-client\.js|client-session\.js/;

/** The system tests that work on real machines, and the others: each kind runs file by file, and npm test runs the two beside each other. */
const systemTests = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.spec.ts'))
  .map((name) => `test/${name}`);
const machineTests = systemTests.filter((path) => needsMachines.test(readFileSync(path, 'utf8')));

const system = {
  testTimeout: 180_000,
  hookTimeout: 240_000,
  fileParallelism: false,
};

export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: { name: 'unit', include: ['{libs,apps}/*/src/**/*.spec.ts'], testTimeout: 10_000 },
      },
      {
        ...shared,
        test: {
          ...system,
          name: 'machines',
          include: machineTests,
          globalSetup: ['test/global-setup.ts'],
        },
      },
      {
        ...shared,
        test: {
          ...system,
          name: 'system',
          include: systemTests.filter((path) => !machineTests.includes(path)),
        },
      },
    ],
  },
});
