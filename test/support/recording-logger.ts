import type { LoggerService } from '@nestjs/common';

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly context: unknown;
}

/** An app's own logger, which keeps what it is told. */
export class RecordingLogger implements LoggerService {
  readonly lines: LogLine[] = [];

  log = this.keep('log');
  warn = this.keep('warn');
  error = this.keep('error');
  debug = this.keep('debug');
  verbose = this.keep('verbose');
  fatal = this.keep('fatal');

  /** What HealthModule said, `level message`, first lines only. */
  get ofHealthModule(): string[] {
    return this.lines
      .filter(({ context }) => context === 'HealthModule')
      .map(({ level, message }) => `${level} ${message.split('\n')[0]}`);
  }

  private keep(level: string) {
    return (message: unknown, ...rest: unknown[]) => {
      this.lines.push({ level, message: String(message), context: rest.at(-1) });
    };
  }
}
