/** The words of the page. */
export const WORDS = {
  states: {
    liveness: { up: 'Alive', degraded: 'Alive, degraded', down: 'Not alive' },
    readiness: { up: 'Ready', degraded: 'Ready, degraded', down: 'Not ready' },
    startup: { up: 'Started', degraded: 'Started, degraded', down: 'Not started' },
  },
  columns: {
    check: 'Check',
    state: 'State',
    duration: 'For',
    responseTime: 'Took',
    results: 'Last results',
  },
  phases: {
    starting: {
      title: 'Starting',
      summary: 'Nest is bootstrapping the app.',
      noChecks: 'Nothing is checked yet.',
    },
    started: {
      title: 'Started',
      summary: 'No checks.',
      noChecks: 'This probe has no checks: it passes as long as the app answers.',
    },
    'shutting down': {
      title: 'Shutting down',
      summary: 'Finishing open requests; no new traffic.',
      noChecks: 'Nothing is checked any more.',
    },
  },
  heading: (probe: string) => `${probe[0]?.toUpperCase()}${probe.slice(1)} checks`,
  asOf: 'As of',
  noAnswer: 'No answer any more. The page shows the last one.',
  refreshes: (seconds: number) => `Refreshes every ${seconds} s`,
  asText: 'as text',
  asJson: 'as JSON',
} as const;
