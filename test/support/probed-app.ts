import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { HealthCheckResult } from '@nestjs/terminus';
import { HealthModule, type HealthModuleOptions } from 'nestjs-healthz';
import { startApp } from './app.js';
import { RecordingLogger } from './recording-logger.js';
import { getJson, fetchText, withoutTimes } from './request.js';

/** A running app with HealthModule, tested through its readiness probe. */
export class ProbedApp {
  constructor(
    readonly app: INestApplication,
    readonly port: number,
    readonly logger: RecordingLogger,
  ) {}

  /** GETs /readiness as text: status and body, such as `503 db.default: not connected yet.` */
  fetchReadiness(): Promise<string> {
    return fetchText(this.port, '/readiness');
  }

  /** GETs /readiness as JSON, without response times. */
  async report(): Promise<{ status: number; body: HealthCheckResult }> {
    const answer = await getJson(this.port, '/readiness');
    return withoutTimes(answer) as { status: number; body: HealthCheckResult };
  }

  /** The names of all checks, sorted. */
  async names(): Promise<string[]> {
    return Object.keys((await this.report()).body.details).toSorted();
  }
}

/** Starts an app of these modules and providers with HealthModule; closed at the end of the test. */
export async function probedApp(
  { imports = [], ...metadata }: ModuleMetadata,
  options: HealthModuleOptions = {},
): Promise<ProbedApp> {
  const logger = new RecordingLogger();
  const { app, port } = await startApp(
    { ...metadata, imports: [...imports, HealthModule.forRoot({ freshMs: 0, ...options })] },
    () => new ExpressAdapter(),
    { logger },
  );
  return new ProbedApp(app, port, logger);
}
