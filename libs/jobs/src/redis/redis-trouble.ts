import { messageOf } from '@im/domain';

/** What people can do about a refusal, which would else be taken for an outage. */
const advice: readonly [RegExp, string][] = [
  [/WRONGPASS|NOAUTH|NOPERM/u, 'Redis refuses the user or the password in REDIS_URL'],
  [
    /self-signed certificate|unable to (?:verify|get).*certificate/u,
    'The certificate of Redis is not trusted: name the file of its authority in REDIS_URL, as in rediss://host?ca=FILE',
  ],
];

/**
 * Why Redis cannot be used, for people. Holds no password.
 * @param error as a client of ioredis emits it
 */
export function describeTrouble(error: unknown): string {
  const message = messageOf(causeOf(error));
  const [, sentence] = advice.find(([pattern]) => pattern.test(message)) ?? [];
  return sentence === undefined ? message : `${sentence} (${message})`;
}

/** The error of a cluster says only that no node could be used; why is in the one of the last node. */
function causeOf(error: unknown): unknown {
  return error instanceof Error && 'lastNodeError' in error && error.lastNodeError instanceof Error
    ? error.lastNodeError
    : error;
}
