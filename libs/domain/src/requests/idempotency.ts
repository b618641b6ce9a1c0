import { ImError, VersionConflictError } from '../errors.js';
import type { Sealer } from '../ports/sealer.js';
import type { IdempotencyRecord, StoreTransaction } from '../ports/store.js';
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
  const { key, requestHash } = context.idempotency;
  if (key === '' || key.length > maxKeyLength) {
    throw new ImError('InvalidRequest', `The header Idempotency-Key takes 1 to ${maxKeyLength} characters.`);
  }
  const who = context.requester.identities.map((identity) => [identity.username, identity.password ?? null]);
  const recordKey = sealer.fingerprint(JSON.stringify([who, key]));
  const known = await tx.idempotency(recordKey);
  if (known !== null) {
    if (known.requestHash !== requestHash) {
      throw new ImError(
        'Conflict',
        'This Idempotency-Key was already used for another request: choose a new one.',
      );
    }
    return known.response as Answer;
  }
  const { accepted, response } = await accept();
  const record: IdempotencyRecord = {
    key: recordKey,
    requestHash,
    operationId: accepted?.operationId ?? null,
    infrastructureId: accepted?.infrastructureId ?? null,
    response,
    createdAt: await tx.now(),
  };
  await insertFirst(tx, record);
  return response;
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
