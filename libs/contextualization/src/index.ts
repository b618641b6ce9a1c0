export { AnsibleStage } from './ansible-stage.js';
export type { ContextualizationOptions } from './contextualization-options.js';
export { ContextualizeHandler } from './contextualize-handler.js';
