import { Body, Controller, Get, Post } from '@nestjs/common';
import { NoteTextPipe } from './note-text.pipe.js';
import type { NoteView } from './note-view.js';
import { NotesService } from './notes.service.js';

@Controller('notes')
export class NotesController {
  constructor(private readonly notes: NotesService) {}

  @Get()
  newest(): Promise<NoteView[]> {
    return this.notes.newest();
  }

  @Post()
  create(@Body('text', NoteTextPipe) text: string): Promise<NoteView> {
    return this.notes.create(text);
  }
}
