import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { BlockedClient } from './blocked-client.entity.js';
import { BlockedClientGuard } from './blocked-client.guard.js';

@Module({
  imports: [TypeOrmModule.forFeature([BlockedClient])],
  providers: [{ provide: APP_GUARD, useClass: BlockedClientGuard }],
})
export class AccessModule {}
