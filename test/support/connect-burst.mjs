import { once } from 'node:events';
import { connect } from 'node:net';

// Connects at once when its parent sends a message: node connect-burst.mjs <port> <count>
// Sends 'ready', and then the milliseconds until the last connection was there.
const [port, count] = [Number(process.argv[2]), Number(process.argv[3])];

process.once('message', async () => {
  const start = performance.now();
  const sockets = Array.from({ length: count }, () =>
    connect(port, '127.0.0.1').on('error', () => {}),
  );
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  process.send(performance.now() - start);
});
process.on('disconnect', () => process.exit());
process.send('ready');
