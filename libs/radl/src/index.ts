export { checkRadl, checkRecipes } from './check/check-radl.js';
export { maxAliasCount, recipeProblem } from './check/recipe.js';
export { concreteSystem, scoreApplications } from './document/concrete-system.js';
export { chooseFreeCidr } from './document/free-cidr.js';
export { dnsRecordOf, expandHostName, splitHostName } from './document/host-names.js';
export {
  interfaceCount,
  interfaceInNetwork,
  isPublicNetwork,
  networksOf,
  remotePortOf,
  sshPortOf,
  systemNetworks,
} from './document/interfaces.js';
export { applyReconfiguration, completeReferences, mergeRadl } from './document/merge.js';
export { mergeContextualize } from './document/merge-contextualize.js';
export type { Outport, PortProtocol } from './document/outports.js';
export { parseOutports, printOutports } from './document/outports.js';
export { compareVersions } from './document/versions.js';
export type { JsonObject, JsonValue } from './json/json-value.js';
export { parseRadlJson, radlOfJson } from './json/parse-radl-json.js';
export type { RadlJson } from './json/print-radl-json.js';
export { featuresJson, printRadlJson } from './json/print-radl-json.js';
export { deserializeRadl, serializeRadl } from './json/stored-form.js';
export type { AddPolicy, Feature, FeatureValue, Operator } from './model/feature.js';
export type { SoftGroup } from './model/feature-entry.js';
export { FeatureSet } from './model/feature-set.js';
export type {
  AnsibleHost,
  Aspect,
  Configure,
  Contextualize,
  ContextualizeItem,
  Deploy,
  Description,
  Network,
  Radl,
  System,
} from './model/radl.js';
export { cloneRadl, emptyRadl } from './model/radl.js';
export { convertUnit, isSizeUnit, numberText, unitFactor } from './model/units.js';
export { nearestWord } from './nearest-word.js';
export type { Position, RadlErrorCategory, RadlErrorPhase } from './radl-error.js';
export { RadlError } from './radl-error.js';
export type { ParseOptions } from './text/parse-radl.js';
export { parseRadl } from './text/parse-radl.js';
export { printRadl } from './text/print-radl.js';
export { composeYaml, YamlProblem } from './yaml/bounded-yaml.js';
