import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelFile } from './manifest.js';

/** Largest file that Node reads at once and that a protobuf can be, in bytes. */
const FILE_LIMIT = 2 ** 31 - 1;

/**
 * Reads a file, once: what is returned is what was read and checked, whatever becomes of the file.
 * @throws Error when it is a link, no file, or larger than `limit` bytes
 */
export async function readPlainFile(path: string, limit = FILE_LIMIT): Promise<Uint8Array<ArrayBuffer>> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code !== 'ELOOP') throw cause;
    throw new Error(`${path} is a link; put the file itself there`, { cause });
  });
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new Error(`${path} is not a file`);
    if (stat.size > limit) throw new Error(`${path} has ${String(stat.size)} bytes, at most ${String(limit)} are read`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/**
 * Gives the memory of `bytes` back now; they are empty afterwards. The garbage collector would leave them for long,
 * because it does not see what they weigh.
 */
export function discard(bytes: Uint8Array<ArrayBuffer>): void {
  // Memory that is sent where nobody listens is gone.
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(undefined, [bytes.buffer]);
  port1.close();
  port2.close();
}

/** Reads a file of a model and checks it. @throws Error with both hashes when it is not what the manifest says */
export async function readVerified(home: string, { path, sha256 }: ModelFile): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await readPlainFile(join(home, path));
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual === sha256) return bytes;
  throw new Error(
    `${join(home, path)} has the SHA-256 ${actual}, its manifest says ${sha256}; restore the file, or write the new hash into the manifest if the change is meant`,
  );
}
