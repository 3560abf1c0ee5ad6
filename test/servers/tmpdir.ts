import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

const MEMORY = '/dev/shm';
const AMPLE_BYTES = 2 ** 30;

/**
 * Where servers keep their files: in memory if there is room for many servers, which a container
 * need not have. A data directory is hundreds of files, and on ext4 each takes ten times as long to
 * create once as many have been deleted in the last minutes, as tests do.
 */
export function fastestTmpdir(): string {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize >= AMPLE_BYTES ? MEMORY : tmpdir();
  } catch {
    return tmpdir();
  }
}
