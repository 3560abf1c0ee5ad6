import { callbackify } from 'node:util';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type SessionData, Store } from 'express-session';
import { LessThan, Repository } from 'typeorm';
import { SessionRecord } from './session-record.entity.js';
import { SESSION_MS } from './session-duration.js';

const SWEEP_EVERY_MS = 60_000;

/** Sessions in the database. When it fails, the session fails, and with it the request. */
@Injectable()
export class DatabaseSessionStore extends Store {
  private nextSweep = 0;

  constructor(
    @InjectRepository(SessionRecord) private readonly records: Repository<SessionRecord>,
  ) {
    super();
  }

  override get(id: string, callback: (error: unknown, session?: SessionData | null) => void): void {
    callbackify(() => this.read(id))(callback);
  }

  override set(
    id: string,
    session: SessionData,
    callback: (error?: unknown) => void = ignore,
  ): void {
    callbackify(() => this.write(id, session))(callback);
  }

  override destroy(id: string, callback: (error?: unknown) => void = ignore): void {
    callbackify(() => this.records.delete(id))(callback);
  }

  private async read(id: string): Promise<SessionData | null> {
    const record = await this.records.findOneBy({ id });
    if (record === null || record.expiresAt.getTime() <= Date.now()) {
      return null;
    }
    return JSON.parse(record.data) as SessionData;
  }

  private async write(id: string, session: SessionData): Promise<void> {
    const expiresAt = new Date(Date.now() + (session.cookie.maxAge ?? SESSION_MS));
    await this.records.upsert({ id, data: JSON.stringify(session), expiresAt }, ['id']);
    await this.sweep();
  }

  private async sweep(): Promise<void> {
    const now = Date.now();
    if (now >= this.nextSweep) {
      this.nextSweep = now + SWEEP_EVERY_MS;
      await this.records.delete({ expiresAt: LessThan(new Date(now)) });
    }
  }
}

function ignore(): void {}
