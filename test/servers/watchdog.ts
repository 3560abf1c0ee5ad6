import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

/** Reads pids until its input is closed, then kills the last one with its children. */
const SCRIPT = `
while read -r line; do pid=$line; done
if [ -n "$pid" ]; then
  kill -STOP "$pid"
  for status in $(grep -ls "^PPid:[[:space:]]*$pid\\$" /proc/[0-9]*/status); do
    child=\${status#/proc/}
    kill -KILL "\${child%/status}"
  done
  kill -KILL "$pid"
fi
rm -rf "$1" || { sleep 1; rm -rf "$1"; }
`;

/**
 * Kills a server and removes its directory when the test process ends, in whatever way. A shell at
 * the other end of a pipe, because a process 'exit' hook is not enough: Vitest ends its workers with
 * SIGTERM, upon which Node runs no such hook.
 */
export class Watchdog {
  readonly #shell: ChildProcessByStdio<Writable, null, null>;

  constructor(dir: string) {
    // detached: Ctrl-C, which the terminal sends to the whole process group, must not end it first
    this.#shell = spawn('/bin/sh', ['-c', SCRIPT, 'watchdog', dir], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    this.#shell.unref();
  }

  /** The process to kill from now on, if any. */
  guard(pid: number | undefined): void {
    this.#shell.stdin.write(`${pid ?? ''}\n`);
  }

  /** Nothing left to guard. */
  close(): void {
    this.#shell.stdin.end();
  }
}
