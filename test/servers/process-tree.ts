import { readdirSync, readFileSync } from 'node:fs';

/** State letter and parent of a process, from /proc; undefined once it is gone. */
function statusOf(pid: number): { state: string; parent: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // "pid (name) state parent …", where the name may itself hold spaces and parentheses
    const [state = '', parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

/**
 * The direct children of a process. Found by their parent among all processes, as not every kernel
 * has /proc/<pid>/task/<tid>/children.
 */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((candidate) => candidate > 0 && statusOf(candidate)?.parent === pid);
}

/** Whether SIGSTOP has taken effect; also true of a process that cannot run any more. */
export function isStopped(pid: number): boolean {
  return isGone(pid) || statusOf(pid)?.state === 'T';
}

/** Whether a process has ended, reaped or not. */
export function isGone(pid: number): boolean {
  const state = statusOf(pid)?.state;
  return state === undefined || state === 'Z' || state === 'X';
}

/** Sends a signal; a process that is already gone is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
