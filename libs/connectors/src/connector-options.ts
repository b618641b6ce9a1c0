import type { Logger, ProviderGate, Random, WorkMetrics } from '@im/domain';
import type { NameLookup } from './address-guard.js';
import type { ProviderAddressGuard } from './provider-address.js';
import type { ProviderCalls } from './provider-calls.js';

/** What an operator decides about connectors (spec: configuration.md; the names of the options are in libs/config). */
export interface ConnectorOptions {
  /**
   * Users may name providers on this host: unix sockets, addresses on loopback or link-local networks
   * (option ALLOW_LOCAL_PROVIDERS). Off by default wherever the service has users that are not its operator.
   */
  allowLocalProviders: boolean;
  /**
   * Containers may mount folders of their host, run privileged and use the network of their host
   * (option ALLOW_HOST_ACCESS).
   */
  allowHostAccess: boolean;
  /** Certificates of providers are verified (option VERIFI_SSL). */
  verifyTls: boolean;
  /** Milliseconds a provider has to answer one call (option CLOUD_CALL_TIMEOUT). */
  callTimeoutMs: number;
  /** Provider calls at once in this process (option MAX_CLOUD_CALLS). */
  maxCalls: number;
  /**
   * Address of the ports that a Docker Engine on this host publishes (option DOCKER_PUBLIC_ADDRESS); empty: the first address
   * of this host that is not loopback.
   */
  dockerPublicAddress: string;
  /** Domain of host names that have none (option DEFAULT_DOMAIN). */
  defaultDomain: string;
}

/** What the registry hands to every connector that it opens. */
export interface ConnectorEnvironment {
  options: ConnectorOptions;
  /** Every call to a provider goes through here: time limit, bounded retry, metric. */
  calls: ProviderCalls;
  /** Refuses providers on the service's own host. */
  addresses: ProviderAddressGuard;
  logger: Logger;
}

/** Ports of the registry. */
export interface ConnectorPorts {
  options: ConnectorOptions;
  metrics: WorkMetrics;
  random: Random;
  logger: Logger;
  /** Resolves the names of providers; the system's resolver when absent. */
  lookup?: NameLookup;
  /** Limits of calls that several processes keep together; none when absent. */
  gate?: ProviderGate;
}
