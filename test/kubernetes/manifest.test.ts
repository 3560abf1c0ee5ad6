import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { kubernetesProbes, type KubernetesProbesOptions } from 'nestjs-healthz';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { REPOSITORY } from '../support/npm.js';
import { useBuiltCommand } from './built-command.js';

const command = useBuiltCommand();

describe('manifest', () => {
  it.each<[string, KubernetesProbesOptions]>([
    ['', {}],
    ['--port 8080', { port: 8080 }],
    ['--port 1e3', { port: '1e3' }],
    ['--port null', { port: 'null' }],
    ['--scheme HTTPS', { scheme: 'HTTPS' }],
    ['--grpc-port 5000', { grpc: { port: 5000 } }],
    ['--scheme HTTP --server-port 9000', { scheme: 'HTTP', server: { port: 9000 } }],
    ['--server-port=9000 --port http', { server: { port: 9000 } }],
    [
      '--liveness /live --readiness /a/b~c --startup /x',
      { liveness: '/live', readiness: '/a/b~c', startup: '/x' },
    ],
    ['--liveness false --startup false', { liveness: false, startup: false }],
    ['--timeout-ms 8000 --drain-ms 5000', { timeoutMs: 8000, drainMs: 5000 }],
    ['--timeout-ms 0.5 --drain-ms 0', { timeoutMs: 0.5 }],
    ['--timeout-ms 1 --timeout-ms 9000', { timeoutMs: 9000 }],
  ])('%s prints what kubernetesProbes() returns', async (flags, options) => {
    const { code, stdout, stderr } = await command('manifest', ...flags.split(' ').filter(Boolean));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(parse(stdout)).toEqual(kubernetesProbes(options));
  });

  it('has a comment on where each part goes', async () => {
    const [pod, container] = (await command('manifest')).stdout.split('\n\n');
    expect(pod).toMatch(/^# In the pod's spec, .+\nterminationGracePeriodSeconds: 30$/);
    expect(container).toMatch(/^# In the container, .+\nlivenessProbe:\n/);
  });
});

it.each(['--help', '-h', 'manifest --port 80 --help'])('%s explains the flags', async (args) => {
  const { code, stdout, stderr } = await command(...args.split(' '));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^Usage:\n {2}npx nestjs-healthz manifest \[flags\]\n/);
  for (const line of [/--port <port> .+; 3000\n/, /--readiness <path> .+; \/readiness\n/]) {
    expect(stdout).toMatch(line);
  }
});

it('is shown in the README', async () => {
  const readme = await readFile(join(REPOSITORY, 'README.md'), 'utf8');
  expect(readme).toContain((await command('manifest', '--port', '3000')).stdout);
});

describe('a mistake', () => {
  const PORT = 'a whole number from 1 to 65535';
  const MS = 'a number of milliseconds above 0, at most 2147483647';
  const FLAGS =
    '--port, --scheme, --server-port, --grpc-port, --liveness, --readiness, --startup, --timeout-ms, --drain-ms, --help';
  it.each([
    [[], "the command is ''; allowed: manifest, probe, or --help."],
    [['manifests'], "the command is 'manifests'; allowed: manifest, probe, or --help."],
    [['manifest', 'app'], "the command is 'manifest app'; allowed: manifest, probe, or --help."],
    [['manifest', '--prot', '80'], `--prot is not a flag; allowed: ${FLAGS}.`],
    [['manifest', '--no-startup'], `--no-startup is not a flag; allowed: ${FLAGS}.`],
    [['manifest', '--toString=1'], `--toString is not a flag; allowed: ${FLAGS}.`],
    [['manifest', '--scheme', 'https'], "--scheme is 'https'; allowed: 'HTTP' or 'HTTPS'."],
    [
      ['manifest', '--scheme', 'HTTPS', '--server-port', '9000'],
      "scheme is 'HTTPS'; allowed: 'HTTP' with server, whose port takes no TLS.",
    ],
    [['manifest', '--grpc-port', '0'], `--grpc-port is '0'; allowed: ${PORT}.`],
    [['manifest', '--server-port', 'http'], `--server-port is 'http'; allowed: ${PORT}.`],
    [['manifest', '--port', '0'], `--port is '0'; allowed: ${PORT}, or the name of a container`],
    [['manifest', '--port'], `--port is ''; allowed: ${PORT}, or the name of a container`],
    [['manifest', '--timeout-ms', '3s'], `--timeout-ms is '3s'; allowed: ${MS}.`],
    [['manifest', '--timeout-ms', '0'], `--timeout-ms is '0'; allowed: ${MS}.`],
    [['manifest', '--drain-ms', '-5'], `--drain-ms is '-5'; allowed: a number of milliseconds`],
    [['manifest', '--drain-ms='], `--drain-ms is ''; allowed: a number of milliseconds`],
    [['manifest', '--liveness', 'live'], `--liveness is 'live'; allowed: an absolute path`],
    [
      ['manifest', '--liveness', '/a', '--startup', '/a'],
      `startup.path is '/a'; allowed: a path that no probe has; liveness has this one.`,
    ],
  ])('%j is named in one line', async (args, message) => {
    const { code, stdout, stderr } = await command(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^(nestjs-healthz|HealthModule): .+\.\n$/);
  });
});
