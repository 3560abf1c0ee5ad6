import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { HealthModule } from 'nestjs-healthz';

@Module({
  imports: [
    TypeOrmModule.forRoot({ type: 'sqljs' }),
    HealthModule.forRoot(), // the only line for the probes
  ],
})
class AppModule {}

const app = await NestFactory.create(AppModule);
app.enableShutdownHooks();
await app.listen(process.env['PORT'] ?? 3000);
