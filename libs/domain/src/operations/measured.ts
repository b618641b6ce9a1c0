import { CloudError } from '../errors.js';
import type { WorkPorts } from '../ports/operation-handler.js';

/** Makes a call to a cloud and counts it by type, method and outcome. */
export async function measured<T>(
  ports: Pick<WorkPorts, 'clock' | 'metrics'>,
  cloudType: string,
  method: string,
  call: () => Promise<T>,
): Promise<T> {
  const started = ports.clock.now();
  let outcome = 'Internal';
  try {
    const value = await call();
    outcome = 'ok';
    return value;
  } catch (error) {
    outcome = error instanceof CloudError ? error.code : 'Internal';
    throw error;
  } finally {
    ports.metrics.cloudCall(cloudType, method, outcome, (ports.clock.now() - started) / 1000);
  }
}
