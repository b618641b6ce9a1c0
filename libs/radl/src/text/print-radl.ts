import type { Aspect, Configure, Contextualize, Deploy, Radl } from '../model/radl.js';
import { numberText } from '../model/units.js';

/** The canonical plain text (spec: radl.md 8). */
export function printRadl(radl: Radl): string {
  const parts = [
    ...radl.ansibleHosts.map((host) => `ansible ${host.id} (${host.features.print()})`),
    ...radl.networks.map(printNetwork),
    ...radl.systems.map(printSystem),
    ...radl.configures.map(printConfigure),
    printContextualize(radl.contextualize),
    ...radl.deploys.map(printDeploy),
  ];
  const description = radl.description === undefined ? '' : `${printDescription(radl.description)}\n`;
  return description + parts.join('\n');
}

function printDescription(description: Aspect): string {
  return description.reference
    ? `description ${description.id}`
    : `description ${description.id} (${description.features.print()})`;
}

function printNetwork(network: Aspect): string {
  return network.reference
    ? `network ${network.id} `
    : `network ${network.id} ( ${network.features.print()} )`;
}

function printSystem(system: Aspect): string {
  return system.reference ? `system ${system.id} ` : `system ${system.id} (\n${system.features.print()}\n)\n`;
}

function printConfigure(configure: Configure): string {
  if (configure.reference) {
    return `configure ${configure.id}`;
  }
  return configure.recipe === null
    ? `configure ${configure.id} ()`
    : `configure ${configure.id} (\n@begin${recipeBody(configure.recipe)}@end\n)`;
}

/** A recipe that begins with `@end` must do so on the line of `@begin`, or it would end there. */
function recipeBody(recipe: string): string {
  return recipe.startsWith('@end') ? recipe.replace(/\n?$/, '\n') : `\n${recipe}\n`;
}

function printContextualize(contextualize: Contextualize | undefined): string {
  if (contextualize === undefined) {
    return '';
  }
  const { maxTime, options, items } = contextualize;
  if (items.length === 0 && options.size === 0) {
    return 'contextualize ()';
  }
  const printedOptions = options.printedFeatures().map((option) => `option ${option}\n`);
  const printedItems = items.map((item) => {
    const step = item.step === 0 ? '' : `step ${item.step}`;
    const tool = item.ctxtTool === undefined ? '' : `with ${item.ctxtTool}`;
    return `system ${item.system} configure ${item.configure} ${step} ${tool}`;
  });
  const time = maxTime === 0 ? '' : numberText(maxTime, false);
  return `contextualize ${time} (\n${printedOptions.join('')}${printedItems.join('\n')}\n)`;
}

function printDeploy(deploy: Deploy): string {
  const text = `deploy ${deploy.system} ${numberText(deploy.vmNumber, false)}`;
  return deploy.cloudId === undefined ? text : `${text} ${deploy.cloudId}`;
}
