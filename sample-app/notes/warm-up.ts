import {
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { ProbeService } from 'nestjs-healthz';
import { NotesService } from './notes.service.js';

const RETRY_MS = 500;

/** Keeps the app out of readiness until the notes have been read once, so that no client waits for that. */
@Injectable()
export class WarmUp implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly release: () => void;
  private timer?: NodeJS.Timeout;

  constructor(
    probes: ProbeService,
    private readonly notes: NotesService,
  ) {
    this.release = probes.hold('reading the first notes.');
  }

  onApplicationBootstrap(): void {
    void this.read();
  }

  onApplicationShutdown(): void {
    clearTimeout(this.timer);
  }

  private async read(): Promise<void> {
    try {
      await this.notes.newest();
      this.release();
    } catch {
      // The database is not connected yet, which its check reports.
      this.timer = setTimeout(() => void this.read(), RETRY_MS).unref();
    }
  }
}
