#!/usr/bin/env node

/** Docker reserves the exit code 2 of a health check. */
async function run(args: readonly string[]): Promise<number> {
  const [name, ...others] = args;
  try {
    if (name === 'probe' && !args.includes('--help') && !args.includes('-h')) {
      // Only what it needs: it runs every few seconds.
      const { probe } = await import('./probe-command.js');
      const { text, hasPassed } = await probe(others);
      process.stdout.write(text);
      return hasPassed ? 0 : 1;
    }
    const { command } = await import('./command.js');
    process.stdout.write(command(args));
    return 0;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return name === 'probe' ? 1 : 2;
  }
}

void run(process.argv.slice(2)).then((code) => (process.exitCode = code));
