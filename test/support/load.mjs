// Load from a process of its own: some clients that ask for a URL again and again, each on a
// connection that it keeps, until they are told to stop. Sends how it went, by status or error.
import { Agent, request } from 'node:http';
import { setTimeout as pass } from 'node:timers/promises';

// Not as fast as they can: the machine has other tests to run.
const PAUSE_MS = 10;

const [url, clients] = [process.argv[2], Number(process.argv[3])];
const outcomes = {};
const state = { stopped: false };

function ask(agent) {
  return new Promise((resolve) => {
    const outgoing = request(url, { agent }, (answer) => {
      answer.resume().on('end', () => resolve(`${answer.statusCode}`));
      answer.on('error', (error) => resolve(error.code));
    });
    outgoing.on('error', (error) => resolve(error.code)).end();
  });
}

async function client() {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  while (!state.stopped) {
    const outcome = await ask(agent);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    await pass(PAUSE_MS);
  }
  agent.destroy();
}

process.on('message', () => (state.stopped = true));
await Promise.all(Array.from({ length: clients }, client));
process.send(outcomes, () => process.disconnect());
