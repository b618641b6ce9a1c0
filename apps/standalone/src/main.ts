import { runMain } from '@im/process';

await runMain(
  {
    manifest: new URL('../package.json', import.meta.url),
    start: async (surroundings, loaded) => {
      // Loaded only now, so that the other commands answer at once.
      const { startStandalone } = await import('./start-standalone.js');
      return startStandalone(surroundings, loaded);
    },
  },
  process.argv.slice(2),
);
