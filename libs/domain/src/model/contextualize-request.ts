/** Why a contextualization starts. */
export type ContextualizationReason = 'create' | 'add' | 'remove' | 'reconfigure';

/** Request of a `contextualize` operation (spec: lifecycle.md 12). */
export interface ContextualizeRequest {
  /** VMs that the user's own steps are limited to; null: all. */
  vmIds: number[] | null;
  /** Roles and collections are installed again. */
  reinstall: boolean;
  reason: ContextualizationReason;
}
