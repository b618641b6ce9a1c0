/** Labels that say whose an object of the engine is. */
export function ownerLabels(infrastructureId: string, cloudId: string): Record<string, string> {
  return { 'im.inf_id': infrastructureId, 'im.cloud_id': cloudId };
}

/** Filter for objects of an infrastructure that were made through this cloud of the authorization data. */
export function ownerFilter(infrastructureId: string, cloudId: string): { label: string[] } {
  return {
    label: Object.entries(ownerLabels(infrastructureId, cloudId)).map(([name, value]) => `${name}=${value}`),
  };
}
