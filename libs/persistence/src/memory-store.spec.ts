import { MemoryStore } from '../../../test/fakes/memory-store.js';
import { describeStore } from '../../../test/persistence/store-contract.js';

/** The store of the simulations promises what the real ones do. */
const store = new MemoryStore(() => Date.now());

describeStore('memory', async () => store);
