import type { AddressInfo } from 'node:net';
import { createApp } from './app.js';
import { SETTINGS, type Settings } from './settings/settings.js';
import { whatToTry } from './what-to-try.js';

const app = await createApp();
app.enableShutdownHooks();
const { port: wanted } = app.get<Settings>(SETTINGS);
try {
  const server = await app.listen(wanted);
  const { port } = server.address() as AddressInfo;
  console.log(whatToTry(`http://localhost:${port}`));
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
  console.error(`Port ${wanted} is in use. Choose another one: PORT=3001 npm start`);
  process.exit(1);
}
