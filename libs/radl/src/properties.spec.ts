import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { validFeatures, validRadl } from '../../../test/radl/arbitrary-radl.js';
import type { Radl } from './index.js';
import {
  applyReconfiguration,
  checkRadl,
  cloneRadl,
  completeReferences,
  concreteSystem,
  deserializeRadl,
  emptyRadl,
  FeatureSet,
  mergeRadl,
  parseRadl,
  parseRadlJson,
  printRadl,
  printRadlJson,
  serializeRadl,
} from './index.js';

const runs = { numRuns: 150 };

function jsonOf(radl: Radl): string {
  return JSON.stringify(printRadlJson(radl));
}

function featuresOf(features: string): FeatureSet {
  return parseRadl(`system s (${features})`).systems[0]?.features ?? new FeatureSet();
}

describe('any valid document', () => {
  it('is read and passes the check', () => {
    fc.assert(
      fc.property(validRadl, (text) => {
        checkRadl(parseRadl(text));
      }),
      runs,
    );
  });

  it('prints as text that reads and prints the same', () => {
    fc.assert(
      fc.property(validRadl, (text) => {
        const printed = printRadl(parseRadl(text));
        const again = parseRadl(printed);

        expect(printRadl(again)).toBe(printed);
        expect(jsonOf(again)).toBe(jsonOf(parseRadl(text)));
        checkRadl(again);
      }),
      runs,
    );
  });

  it('means the same after a journey through JSON', () => {
    fc.assert(
      fc.property(validRadl, (text) => {
        const json = jsonOf(parseRadl(text));
        const fromJson = parseRadlJson(json);

        expect(jsonOf(fromJson)).toBe(json);
        expect(jsonOf(parseRadl(printRadl(fromJson)))).toBe(json);
      }),
      runs,
    );
  });

  it('is stored without any loss', () => {
    fc.assert(
      fc.property(validRadl, (text) => {
        const radl = parseRadl(text);
        const restored = deserializeRadl(serializeRadl(radl));

        expect(printRadl(restored)).toBe(printRadl(radl));
        expect(jsonOf(restored)).toBe(jsonOf(radl));
        expect(serializeRadl(restored)).toBe(serializeRadl(radl));
      }),
      runs,
    );
  });

  it('is copied whole, and the copy lives on its own', () => {
    fc.assert(
      fc.property(validRadl, (text) => {
        const radl = parseRadl(text);
        const copy = cloneRadl(radl);
        const before = printRadl(radl);
        for (const aspect of [...copy.systems, ...copy.networks, ...copy.ansibleHosts]) {
          aspect.features.set('x.changed', 'yes');
          for (const soft of aspect.features.getSofts()) {
            soft.features.set('x.changed', 'yes');
          }
        }
        copy.contextualize?.items.splice(0);

        expect(printRadl(radl)).toBe(before);
      }),
      runs,
    );
  });
});

describe('merging documents', () => {
  it('leaves a document as it is when it is merged into nothing, and nothing into it', () => {
    fc.assert(
      fc.property(validRadl, (text) => {
        const radl = parseRadl(text);

        expect(printRadl(mergeRadl(emptyRadl(), radl))).toBe(printRadl(radl));
        expect(printRadl(mergeRadl(radl, emptyRadl()))).toBe(printRadl(radl));
        expect(printRadl(completeReferences(radl, emptyRadl()))).toBe(printRadl(radl));
      }),
      runs,
    );
  });

  it('changes nothing when the same document comes again', () => {
    fc.assert(
      fc.property(validRadl, validRadl, (first, second) => {
        const once = mergeRadl(parseRadl(first), parseRadl(second));

        expect(printRadl(mergeRadl(once, parseRadl(second)))).toBe(printRadl(once));
      }),
      runs,
    );
  });

  it('does not care how three documents are bracketed', () => {
    fc.assert(
      fc.property(validRadl, validRadl, validRadl, (a, b, c) => {
        const [first, second, third] = [parseRadl(a), parseRadl(b), parseRadl(c)];

        expect(printRadl(mergeRadl(mergeRadl(first, second), third))).toBe(
          printRadl(mergeRadl(first, mergeRadl(second, third))),
        );
      }),
      runs,
    );
  });

  it('never changes the documents it is given', () => {
    fc.assert(
      fc.property(validRadl, validRadl, (a, b) => {
        const [stored, request] = [parseRadl(a), parseRadl(b)];
        const before = [printRadl(stored), printRadl(request)];
        const merged = mergeRadl(stored, completeReferences(request, stored));
        const mergedBefore = printRadl(merged);
        const reconfigured = applyReconfiguration(merged, request);
        reconfigured.networks[0]?.features.set('x.changed', 'yes');
        reconfigured.systems[0]?.features.set('x.changed', 'yes');

        expect(printRadl(merged)).toBe(mergedBefore);
        merged.systems[0]?.features.set('x.changed', 'yes');
        expect([printRadl(stored), printRadl(request)]).toEqual(before);
      }),
      runs,
    );
  });
});

describe('applying features', () => {
  it('of the same collection again changes no hard feature', () => {
    fc.assert(
      fc.property(validFeatures, (text) => {
        const features = featuresOf(text);
        const again = featuresOf(text);
        features.dropSofts();
        again.dropSofts();
        const before = features.print();
        features.apply(again);

        expect(features.print()).toBe(before);
      }),
      runs,
    );
  });

  it('is all or nothing', () => {
    fc.assert(
      fc.property(validFeatures, validFeatures, (first, second) => {
        const features = featuresOf(`${first}${first === '' ? '' : ' and '}x.clash = 'a'`);
        const before = features.print();
        const clashing = featuresOf(`${second}${second === '' ? '' : ' and '}x.clash = 'b'`);

        expect(() => features.apply(clashing)).toThrow(/onflict|isjoint/);
        expect(features.print()).toBe(before);
      }),
      runs,
    );
  });

  it('keeps what is there with the policy `me` and takes what is new', () => {
    fc.assert(
      fc.property(validFeatures, validFeatures, (first, second) => {
        const features = featuresOf(first);
        features.apply(featuresOf(second), { conflict: 'me', missing: 'me' });
        const names = new Set([...featuresOf(first).names(), ...featuresOf(second).names()]);

        expect(new Set(features.names())).toEqual(names);
        for (const name of featuresOf(first).names()) {
          const value = featuresOf(first).getText(name);
          if (value !== undefined) {
            expect(features.getText(name)).toBe(value);
          }
        }
      }),
      runs,
    );
  });

  it('makes a concrete system with all hard features, no soft ones, and at most the sum of the weights', () => {
    fc.assert(
      fc.property(validFeatures, (text) => {
        const features = featuresOf(text);
        const made = concreteSystem({ id: 's', features, reference: false });
        const weights = features.getSofts().reduce((sum, soft) => sum + soft.weight, 0);

        expect(made.system.features.getSofts()).toEqual([]);
        expect(made.system.features.names()).toEqual(expect.arrayContaining(features.names()));
        expect(made.score).toBeGreaterThanOrEqual(0);
        expect(made.score).toBeLessThanOrEqual(weights + 1e-6 * weights);
      }),
      runs,
    );
  });
});
