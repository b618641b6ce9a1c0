export type { ContextualizationOptions } from './ansible-stage.js';
export { AnsibleStage } from './ansible-stage.js';
export { ContextualizeHandler } from './contextualize-handler.js';
