import { parseArgs } from 'node:util';
import { COMMAND } from '../health.messages.js';
import type { Probe } from '../options/probe.options.js';
import { resolveOptions } from '../health.options.js';
import { milliseconds, millisecondsOrZero, pathOrFalse, type Rule } from '../options/rules.js';
import { containerPort, containerPortOrName } from './container-port.js';
import { DEFAULT_PORT, kubernetesProbes, schemeRule } from './kubernetes-probes.js';
import { manifest } from './manifest.js';
import { DEFAULT_TIMEOUT_MS } from './probe-command.js';

/** A flag, and the options of {@link kubernetesProbes} it stands for. */
interface Flag {
  readonly takes: string;
  readonly means: string;
  readonly rule: Rule;
  read(text: string): unknown;
  options(value: unknown): object;
}

// Text that is not a number stays text, which the rule refuses: `Number('')` would be 0.
const number = (text: string) => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : text);
const pathOrWord = (text: string) => (text === 'false' ? false : text);

const defaults = resolveOptions({});

const pathFlag = (probe: Probe): Flag => ({
  takes: 'path',
  means: `path of the ${probe} probe, or false; ${defaults.probes[probe].paths[0]}`,
  rule: pathOrFalse,
  read: pathOrWord,
  options: (path) => ({ [probe]: path }),
});

const FLAGS: Readonly<Record<string, Flag>> = {
  port: {
    takes: 'port',
    means: `port the app listens on, or the name of that container port; ${DEFAULT_PORT}`,
    rule: containerPortOrName,
    read: number,
    options: (port) => ({ port }),
  },
  scheme: {
    takes: 'scheme',
    means: 'HTTPS when the app itself serves TLS; HTTP',
    rule: schemeRule,
    read: (text) => text,
    options: (scheme) => ({ scheme }),
  },
  'server-port': {
    takes: 'port',
    means: 'port of the probes, where they have one of their own; none',
    rule: containerPort,
    read: number,
    options: (port) => ({ server: { port } }),
  },
  'grpc-port': {
    takes: 'port',
    means: 'port of a gRPC server with addHealthService(), probed by gRPC; none',
    rule: containerPort,
    read: number,
    options: (port) => ({ grpc: { port } }),
  },
  liveness: pathFlag('liveness'),
  readiness: pathFlag('readiness'),
  startup: pathFlag('startup'),
  'timeout-ms': {
    takes: 'ms',
    means: `deadline of the slowest check; ${defaults.timeoutMs}`,
    rule: milliseconds,
    read: number,
    options: (timeoutMs) => ({ timeoutMs }),
  },
  'drain-ms': {
    takes: 'ms',
    means: `how long the app stays open when it is to end; ${defaults.drainMs}`,
    rule: millisecondsOrZero,
    read: number,
    options: (drainMs) => ({ drainMs }),
  },
};

const flagLine = (flag: string, means: string) => `  ${flag.padEnd(22)}${means}`;

const usage = () =>
  [
    'Usage:',
    '  npx nestjs-healthz manifest [flags]',
    '    Prints the Kubernetes probes that fit the options of HealthModule, as YAML.',
    '    Example: npx nestjs-healthz manifest --port 8080 --drain-ms 5000',
    '  npx nestjs-healthz probe <url> [--timeout-ms <ms>]',
    '    Sends one probe, prints the answer, and exits with 0 if it succeeded, else with 1.',
    '    Example: npx nestjs-healthz probe http://127.0.0.1:3000/readiness',
    '',
    'Flags of manifest, each with its default:',
    ...Object.entries(FLAGS).map(([name, { takes, means }]) =>
      flagLine(`--${name} <${takes}>`, means),
    ),
    '',
    'Flags of probe:',
    flagLine('--timeout-ms <ms>', `time-out of the answer; ${DEFAULT_TIMEOUT_MS}`),
    '',
    flagLine('--help', 'this text'),
    '',
  ].join('\n');

/**
 * The output of the command.
 *
 * @throws {Error} naming the argument, its value and what is allowed
 */
export function command(args: readonly string[]): string {
  // Not strict: then a mistake gets an error of ours, in one line, and not parseArgs's.
  const { positionals, tokens } = parseArgs({
    args: [...args],
    options: {
      ...Object.fromEntries(Object.keys(FLAGS).map((name) => [name, { type: 'string' } as const])),
      help: { type: 'boolean', short: 'h' },
    },
    strict: false,
    tokens: true,
  });
  const given = tokens.filter((token) => token.kind === 'option');
  if (given.some(({ name }) => name === 'help')) {
    return usage();
  }
  const options = given.map(({ name, rawName, value }) => read(name, rawName, value));
  const asked = positionals.join(' ');
  if (asked !== 'manifest') {
    throw new Error(COMMAND.invalid('the command', asked, 'manifest, probe, or --help'));
  }
  return manifest(kubernetesProbes(Object.assign({}, ...options)));
}

function read(name: string, rawName: string, text = ''): object {
  const flag = Object.hasOwn(FLAGS, name) ? FLAGS[name] : undefined;
  if (!flag) {
    throw new Error(COMMAND.unknownFlag(rawName, [...Object.keys(FLAGS), 'help']));
  }
  const value = flag.read(text);
  if (!flag.rule.accepts(value)) {
    throw new Error(COMMAND.invalid(rawName, text, flag.rule.allowed));
  }
  return flag.options(value);
}
