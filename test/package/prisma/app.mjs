import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { PrismaHealthIndicator, TerminusModule } from '@nestjs/terminus';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '@prisma/client';
import { HealthModule } from 'nestjs-healthz';

const adapter = new PrismaPg({ connectionString: process.env.DATABASE_URL });
const prisma = new PrismaClient({ adapter });

class AppModule {
  onModuleInit() {
    return prisma.$connect();
  }
}
const health = HealthModule.forRootAsync({
  imports: [TerminusModule],
  inject: [PrismaHealthIndicator],
  useFactory: (indicator) => ({
    freshMs: 0,
    readiness: {
      checks: { orders: () => indicator.pingCheck('orders', prisma, { timeout: 2_000 }) },
    },
  }),
});
Module({ imports: [health] })(AppModule);

const app = await NestFactory.create(AppModule, { logger: ['error'] });
const server = await app.listen(0, '127.0.0.1');
process.send({ port: server.address().port, node: process.versions.node });
