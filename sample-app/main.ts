import type { AddressInfo } from 'node:net';
import { createApp } from './app.js';
import { SETTINGS, type Settings } from './settings/settings.js';
import { whatToTry } from './what-to-try.js';

const app = await createApp();
app.enableShutdownHooks();
const server = await app.listen(app.get<Settings>(SETTINGS).port);

const { port } = server.address() as AddressInfo;
console.log(whatToTry(`http://localhost:${port}`));
