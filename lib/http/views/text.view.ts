import type { CheckStatus } from '../../checks/outcome.js';
import { named, notChecked, SHUTTING_DOWN, STARTING } from '../../health.messages.js';
import { type CheckReport, hasPassed, type ProbeReport } from '../../probes/probe-report.js';
import type { View } from './view.js';

/** `OK`, or a sentence per failing check; with `?verbose` every check, as Kubernetes' own servers have it. */
export const textView: View = {
  type: 'text/plain',
  format: 'text',
  render(report, { verbose }) {
    const lines = [...(verbose ? allOf(report) : failuresOf(report)), ...remarksOn(report)];
    // Several lines end with a line break, as a file does; `OK` has two bytes.
    const body = lines.join('\n') + (lines.length > 1 ? '\n' : '');
    return { contentType: 'text/plain; charset=utf-8', body };
  },
};

function failuresOf(report: ProbeReport): string[] {
  if (hasPassed(report)) return ['OK'];
  const failures = report.checks
    .filter(({ status }) => status === 'down')
    .flatMap(({ name, result }) => sentencesOf(result).map((sentence) => named(name, sentence)));
  return failures.length ? failures : phaseOf(report);
}

function allOf(report: ProbeReport): string[] {
  return [
    ...phaseOf(report),
    ...report.checks.flatMap(linesOf),
    `${report.probe} check ${hasPassed(report) ? 'passed' : 'failed'}`,
  ];
}

/** Why there is nothing checked, if the probe fails for it. */
function phaseOf({ status, checks }: ProbeReport): string[] {
  if (status === 'shutting_down') return [SHUTTING_DOWN];
  return status === 'error' && !checks.length ? [STARTING] : [];
}

// The words of Kubernetes' own servers.
const MARKS: Record<CheckStatus, string> = { up: '[+]', degraded: '[~]', down: '[-]' };
const STATES: Record<CheckStatus, string> = { up: 'ok', degraded: 'degraded', down: 'failed' };

function linesOf({ name, status, result }: CheckReport): string[] {
  const state = `${MARKS[status]} ${name} ${STATES[status]}`;
  if (status === 'up') return [state];
  const error = String(result['error'] ?? '');
  // A line break in a driver's error would look like another check.
  return sentencesOf(result).map((sentence) => oneLine(`${state}: ${sentence} ${error}`.trimEnd()));
}

const remarksOn = ({ unknown }: ProbeReport) => (unknown.length ? [notChecked(unknown)] : []);

/** Several holds have a line each. */
const sentencesOf = ({ message }: CheckReport['result']) => String(message ?? '').split('\n');
const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ');
