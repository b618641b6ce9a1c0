import { runMain } from '@im/process';

await runMain(
  {
    manifest: new URL('../package.json', import.meta.url),
    start: async (surroundings) => {
      // Loaded only now, so that the other commands answer at once.
      const { startWorker } = await import('./start-worker.js');
      return startWorker(surroundings);
    },
  },
  process.argv.slice(2),
);
