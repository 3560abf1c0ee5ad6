import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DatabaseSessionStore } from './database-session.store.js';
import { SessionRecord } from './session-record.entity.js';

@Module({
  imports: [TypeOrmModule.forFeature([SessionRecord])],
  providers: [DatabaseSessionStore],
})
export class SessionModule {}
