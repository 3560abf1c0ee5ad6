import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CacheModule } from '../cache/cache.module.js';
import { ReportModule } from '../report/report.module.js';
import { Note } from './note.entity.js';
import { NotesController } from './notes.controller.js';
import { NotesService } from './notes.service.js';
import { WarmUp } from './warm-up.js';

@Module({
  imports: [TypeOrmModule.forFeature([Note]), CacheModule, ReportModule],
  controllers: [NotesController],
  providers: [NotesService, WarmUp],
})
export class NotesModule {}
