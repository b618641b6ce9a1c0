/** Queue and notifications over Redis; apart from the rest, so that a process without Redis loads none of it. */
export type { ClusterMessages, ClusterMessagesOptions } from './cluster-messages.js';
export { openClusterMessages } from './cluster-messages.js';
export { describeRedis, parseRedisUrl, RedisUrlError } from './redis-url.js';
