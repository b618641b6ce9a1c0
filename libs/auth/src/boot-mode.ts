import { errorTexts, ImError } from '@im/domain';

/** What a request does, as far as BOOT_MODE is concerned. */
export type RequestEffect = 'read' | 'delete' | 'change-owner' | 'write';

/**
 * Refuses what BOOT_MODE does not allow: 0 all, 1 read only, 2 read and delete (spec: rest-api.md 8.3).
 * @throws ImError `FunctionDisabled`
 */
export function checkBootMode(bootMode: number, effect: RequestEffect): void {
  const allowed = bootMode === 0 || effect === 'read' || (bootMode === 2 && effect !== 'write');
  if (!allowed) {
    throw new ImError('FunctionDisabled', errorTexts.functionDisabled);
  }
}
