import { connect } from 'node:net';

// Runs in a process of its own, as clients elsewhere do: node hostile-clients.mjs <port> <kind> <count>
const [port, kind, count] = [Number(process.argv[2]), process.argv[3], Number(process.argv[4])];

const page = `/readiness?format=html${'&exclude=x'.repeat(780)}`;
const get = (path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

/** What a client does once it has connected. */
const KINDS = {
  silent() {},
  unread(socket) {
    socket.pause();
    socket.write(get(page));
  },
  readiness(socket) {
    socket.resume();
    socket.write(get('/readiness'));
  },
  trickle(socket) {
    socket.resume();
    socket.write('GET /healthz HTTP/1.1\r\nX: ');
    const timer = setInterval(() => socket.write('x'), 1_000);
    socket.on('close', () => clearInterval(timer));
  },
};

/** Dials again when it is closed, as a client that retries does. */
function dial() {
  const socket = connect(port, '127.0.0.1');
  socket.on('connect', () => KINDS[kind](socket)).on('error', () => {});
  socket.on('close', () => setTimeout(dial, 10));
}

for (let n = 0; n < count; n++) dial();
setTimeout(() => process.send?.('attacking'), 500);
process.on('disconnect', () => process.exit());
