import { CloudError } from '../errors.js';
import type { CloudInfo } from '../model/cloud.js';
import { cloudKey } from './cloud-access.js';

/**
 * Clouds that did not answer in one round of calls. Each further call would wait as long in vain, so that the step might be ended before it
 * can record anything.
 */
export class SilentClouds {
  private readonly errors = new Map<string, CloudError>();

  /**
   * Makes a call to a cloud, unless an earlier one timed out.
   * @throws what the call throws; the CloudError `Timeout` of the earlier call
   */
  async call<T>(cloud: CloudInfo, makeCall: () => Promise<T>): Promise<T> {
    const key = cloudKey(cloud);
    const known = this.errors.get(key);
    if (known !== undefined) {
      throw known;
    }
    try {
      return await makeCall();
    } catch (error) {
      if (error instanceof CloudError && error.code === 'Timeout') {
        this.errors.set(key, error);
      }
      throw error;
    }
  }
}
