import { ImError, VersionConflictError } from '../errors.js';
import type { Requester } from '../model/cloud.js';
import type { Sealer } from '../ports/sealer.js';
import type { IdempotencyRecord, StoreReader, StoreTransaction } from '../ports/store.js';
import type { AcceptedOperation, RequestContext } from './infrastructure-requests.js';

/** Longest key that is accepted, in characters. */
const maxKeyLength = 255;

/**
 * Runs `accept` once per idempotency key of a user: a repetition is answered with what the first request led to
 * (design: architecture.md 2).
 * @throws ImError `InvalidRequest` for a key that is no key, `Conflict` when the key was used for another request
 */
export async function acceptOnce<Answer>(
  tx: StoreTransaction,
  sealer: Sealer,
  context: RequestContext,
  accept: () => Promise<{ accepted: AcceptedOperation | null; response: Answer }>,
): Promise<Answer> {
  if (context.idempotency === undefined) {
    return (await accept()).response;
  }
  const known = await knownAnswer<Answer>(tx, sealer, context);
  if (known !== null) {
    return known.answer;
  }
  const { accepted, response } = await accept();
  const record: IdempotencyRecord = {
    key: recordKey(sealer, context.requester, context.idempotency.key),
    requestHash: context.idempotency.requestHash,
    operationId: accepted?.operationId ?? null,
    infrastructureId: accepted?.infrastructureId ?? null,
    response,
    createdAt: await tx.now(),
  };
  await insertFirst(tx, record);
  return response;
}

/**
 * What the first request with this idempotency key led to; null when there was none, or there is no key.
 * @throws ImError as `acceptOnce`
 */
export async function knownAnswer<Answer>(
  store: StoreReader,
  sealer: Sealer,
  { idempotency, requester }: RequestContext,
): Promise<{ answer: Answer } | null> {
  if (idempotency === undefined) {
    return null;
  }
  const known = await store.idempotency(recordKey(sealer, requester, idempotency.key));
  if (known === null) {
    return null;
  }
  if (known.requestHash !== idempotency.requestHash) {
    throw new ImError(
      'Conflict',
      'This Idempotency-Key was already used for another request: choose a new one.',
    );
  }
  return { answer: known.response as Answer };
}

/** Keys of different users never meet. @throws ImError `InvalidRequest` */
function recordKey(sealer: Sealer, { identities }: Requester, key: string): string {
  if (key === '' || key.length > maxKeyLength) {
    throw new ImError('InvalidRequest', `The header Idempotency-Key takes 1 to ${maxKeyLength} characters.`);
  }
  const who = identities.map((identity) => [identity.username, identity.password ?? null]);
  return sealer.fingerprint(JSON.stringify([who, key]));
}

/** When the same request was accepted meanwhile, the transaction is run again and answers with its outcome. */
async function insertFirst(tx: StoreTransaction, record: IdempotencyRecord): Promise<void> {
  try {
    await tx.insertIdempotency(record);
  } catch (error) {
    if (error instanceof ImError && error.code === 'Conflict') {
      throw new VersionConflictError('The answer under an Idempotency-Key');
    }
    throw error;
  }
}
