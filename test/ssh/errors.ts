import { SshError } from '@im/ssh';

/** The error of a call that must fail. @throws Error when it does not, or with another kind of error */
export async function sshErrorOf(work: Promise<unknown>): Promise<SshError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof SshError) {
      return error;
    }
    throw error;
  }
  throw new Error('The call did not fail.');
}
