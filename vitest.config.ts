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
          name: 'system',
          include: ['test/**/*.spec.ts'],
          testTimeout: 180_000,
          hookTimeout: 240_000,
          fileParallelism: false,
          globalSetup: ['test/global-setup.ts'],
        },
      },
    ],
  },
});
