import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { REPORTING } from '../database/names.js';
import { AuditEntry } from './audit-entry.entity.js';

export interface Report {
  readonly notes: number;
  readonly characters: number;
}

@Injectable()
export class ReportService {
  constructor(
    @InjectRepository(AuditEntry, REPORTING) private readonly entries: Repository<AuditEntry>,
  ) {}

  async record(entry: AuditEntry): Promise<void> {
    await this.entries.insert(entry);
  }

  async report(): Promise<Report> {
    const notes = await this.entries.count();
    const characters = (await this.entries.sum('characters')) ?? 0;
    return { notes, characters: Number(characters) };
  }
}
