import type { System } from '../model/radl.js';
import { RadlError } from '../radl-error.js';
import { compareVersions } from './versions.js';

/**
 * The system with its soft features decided: heaviest first, each group whole or not at all; the score is the sum of the weights
 * that fit (spec: radl.md 7).
 * @param other applied first; a contradiction with it is an error
 * @throws RadlError `conflict`
 */
export function concreteSystem(system: System, other?: System): { system: System; score: number } {
  const features = system.features.clone();
  if (other !== undefined) {
    features.apply(other.features);
  }
  const softs = features.getSofts().toSorted((a, b) => b.weight - a.weight);
  features.dropSofts();
  let score = 0;
  for (const soft of softs) {
    try {
      features.apply(soft.features);
      score += soft.weight;
    } catch (error) {
      if (!(error instanceof RadlError)) {
        throw error;
      }
    }
  }
  return { system: { ...system, features }, score };
}

const applications = 'disk.0.applications';

/**
 * Points for the applications of an image: +100 for each requested one that is installed in the same or a newer version, -1 for each
 * one with a version that nobody asked for or that is older than asked for (spec: radl.md 7 step 4).
 */
export function scoreApplications(requested: System, concrete: System): number {
  const asked = requested.features.getGroups(applications);
  let score = 0;
  for (const installed of concrete.features.getGroups(applications)) {
    const version = installed.getText('version');
    const wanted = asked.filter((application) => application.getText('name') === installed.getText('name'));
    const satisfied = wanted.some((application) => isEnough(version, application.getText('version')));
    if (satisfied) {
      score += 100;
    } else if (version !== undefined) {
      score -= 1;
    }
  }
  return score;
}

function isEnough(installed: string | undefined, wanted: string | undefined): boolean {
  return wanted === undefined || (installed !== undefined && compareVersions(installed, wanted) >= 0);
}
