import type { Config } from '@im/config';
import type { DomainOptions, MachineTagNames } from '@im/domain';

/** The options of the domain, from the configuration (whose times are seconds). */
export function domainOptions(config: Config): DomainOptions {
  return {
    maxVmFails: config.MAX_VM_FAILS,
    delayBetweenVmRetriesMs: config.DELAY_BETWEEN_VM_RETRIES * 1000,
    maxSimultaneousLaunches: config.MAX_SIMULTANEOUS_LAUNCHES,
    defaultVmCpus: config.DEFAULT_VM_CPUS,
    defaultVmMemory: config.DEFAULT_VM_MEMORY,
    defaultVmMemoryUnit: config.DEFAULT_VM_MEMORY_UNIT,
    defaultVmCpuArch: config.DEFAULT_VM_CPU_ARCH,
    defaultVmName: config.DEFAULT_VM_NAME,
    vmInfoUpdateFrequencyMs: config.VM_INFO_UPDATE_FREQUENCY * 1000,
    vmInfoUpdateErrorGracePeriodMs: config.VM_INFO_UPDATE_ERROR_GRACE_PERIOD * 1000,
    maxContextualizationTimeMs: config.MAX_CONTEXTUALIZATION_TIME * 1000,
    launchTimeoutMs: config.LAUNCH_TIMEOUT * 1000,
    destroyTimeoutMs: config.DESTROY_TIMEOUT * 1000,
    machineTags: machineTags(config),
  };
}

function machineTags(config: Config): MachineTagNames {
  return {
    ...(config.VM_TAG_USERNAME === '' ? {} : { username: config.VM_TAG_USERNAME }),
    ...(config.VM_TAG_INF_ID === '' ? {} : { infrastructureId: config.VM_TAG_INF_ID }),
    ...(config.VM_TAG_IM_URL === '' || config.PUBLIC_URL === ''
      ? {}
      : { serviceUrl: { name: config.VM_TAG_IM_URL, value: config.PUBLIC_URL } }),
    ...(config.VM_TAG_IM === '' ? {} : { service: config.VM_TAG_IM }),
  };
}
