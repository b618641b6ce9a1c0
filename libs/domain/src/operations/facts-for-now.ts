import type { Radl } from '@im/radl';
import { printRadl } from '@im/radl';
import type { Vm } from '../model/vm.js';
import type { MachineFacts } from '../ports/connector.js';

/**
 * What a cloud told, as it applies to a row that another lane may have changed since the cloud was asked: what an answer only repeats
 * from the row as it was then must not undo the change.
 * @param row as it is now
 * @param asked as it was before the cloud was asked
 */
export function factsForNow(row: Vm, asked: Vm, told: MachineFacts): MachineFacts {
  const { info, connectorData, ...rest } = told;
  const news = info === undefined ? undefined : infoForNow(row.info, asked.info, info);
  return {
    ...rest,
    state: told.state === asked.providerState ? row.providerState : told.state,
    ...(news === undefined ? {} : { info: news }),
    ...(JSON.stringify(connectorData) === JSON.stringify(asked.connectorData) ? {} : { connectorData }),
  };
}

/** undefined: nothing new. */
function infoForNow(row: Radl, asked: Radl, told: Radl): Radl | undefined {
  const now = printRadl(row);
  if (now === printRadl(told)) {
    return undefined;
  }
  keepCredentials(row, told);
  if (now === printRadl(asked)) {
    return told;
  }
  const [before] = asked.systems;
  const [after] = told.systems;
  const [system, ...others] = row.systems;
  if (before === undefined || after === undefined || system === undefined) {
    return told;
  }
  const features = system.features.clone();
  features.applyChanges(before.features, after.features);
  const sameNetworks = networksOf(asked) === networksOf(told);
  return {
    ...row,
    networks: sameNetworks ? row.networks : told.networks,
    systems: [{ ...system, features }, ...others],
  };
}

/** A contextualization may have changed them: those in the row are newer than those the connector started from. */
function keepCredentials(row: Radl, told: Radl): void {
  const current = row.systems[0]?.features;
  const features = told.systems[0]?.features;
  if (current === undefined || features === undefined) {
    return;
  }
  for (const name of new Set([...current.names(), ...features.names()])) {
    if (name.startsWith('disk.0.os.credentials.')) {
      const value = current.get(name);
      if (typeof value === 'string') {
        features.set(name, value);
      } else if (value === undefined && name.startsWith('disk.0.os.credentials.new.')) {
        features.delete(name);
      }
    }
  }
}

function networksOf(radl: Radl): string {
  return printRadl({ ...radl, systems: [], configures: [], deploys: [], ansibleHosts: [] });
}
