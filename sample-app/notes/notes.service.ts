import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { BestEffortCache } from '../cache/best-effort-cache.js';
import { ReportService } from '../report/report.service.js';
import { Note } from './note.entity.js';
import { type NoteView, viewOf } from './note-view.js';

const NEWEST = 'notes:newest';
const NEWEST_COUNT = 50;
const CACHED_S = 5;

@Injectable()
export class NotesService {
  constructor(
    @InjectRepository(Note) private readonly notes: Repository<Note>,
    private readonly reports: ReportService,
    private readonly cache: BestEffortCache,
  ) {}

  async newest(): Promise<NoteView[]> {
    const cached = await this.cache.get<NoteView[]>(NEWEST);
    if (cached !== undefined) {
      return cached;
    }
    const notes = await this.notes.find({
      order: { createdAt: 'DESC', id: 'DESC' },
      take: NEWEST_COUNT,
    });
    const views = notes.map(viewOf);
    await this.cache.set(NEWEST, views, CACHED_S);
    return views;
  }

  async create(text: string): Promise<NoteView> {
    const note = { id: randomUUID(), text, createdAt: new Date() };
    // First, because there must be no note without its audit entry.
    await this.reports.record({ noteId: note.id, characters: text.length });
    await this.notes.insert(note);
    await this.cache.delete(NEWEST);
    return viewOf(note);
  }
}
