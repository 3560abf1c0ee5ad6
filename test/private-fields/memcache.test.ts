import { Memcache } from 'memcache';
import { expect, it } from 'vitest';
import { look } from './fields.js';

it('a client has own _nodes and _hash, and its methods', () => {
  const client = new Memcache({ nodes: ['127.0.0.1:1'] });
  expect(Array.isArray(Object.getOwnPropertyDescriptor(client, '_nodes')?.value)).toBe(true);
  expect(Object.getOwnPropertyDescriptor(client, '_hash')?.value).toBeInstanceOf(Object);
  for (const name of ['getNodesByKey', 'addNode', 'parseUri']) {
    expect(look(client)[name]).toBeInstanceOf(Function);
  }
});

it('_nodes[] has the dialled address of each', () => {
  const sasl = { username: 'app', password: 'secret' };
  const nodes = ['a.example', 'memcaches://b.example:2', '[::1]:3', '/tmp/x.sock'];
  const fields = ['_host', '_port', '_sasl', '_tls'];
  const seen = (client: Memcache) =>
    look(client)._nodes.map((node: Record<string, unknown>) => fields.map((name) => node[name]));
  expect(seen(new Memcache({ nodes }))).toEqual([
    ['a.example', 11211, undefined, undefined],
    ['b.example', 2, undefined, true],
    ['::1', 3, undefined, undefined],
    ['/tmp/x.sock', 0, undefined, undefined],
  ]);
  const [node] = look(new Memcache({ nodes: ['a'], sasl, tls: { ca: '' } }))._nodes;
  expect(node).toMatchObject({ _sasl: sasl, _tls: { ca: '' } });
  expect(Object.hasOwn(node, '_host')).toBe(true);
});

it('a Unix socket never works in it: its path is looked up as a host name', async () => {
  const [node] = new Memcache({ nodes: ['unix:///tmp/x.sock'] }).nodes;
  node!.on('error', () => {});
  await expect(node!.connect()).rejects.toMatchObject({ syscall: 'getaddrinfo' });
});

it('a node that is removed or added leaves or joins _nodes', async () => {
  const client = new Memcache({ nodes: ['127.0.0.1:1', '127.0.0.1:2'] });
  const ports = () => look(client)._nodes.map(({ _port }: { _port: number }) => _port);
  await client.removeNode('127.0.0.1:1');
  await client.addNode('127.0.0.1:3');
  expect(ports()).toEqual([2, 3]);
});
