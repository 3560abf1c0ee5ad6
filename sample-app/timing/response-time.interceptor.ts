import type { ServerResponse } from 'node:http';
import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { type Observable, tap } from 'rxjs';

@Injectable()
export class ResponseTimeInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const start = performance.now();
    const response = context.switchToHttp().getResponse<ServerResponse>();
    const setHeader = () =>
      response.setHeader('X-Response-Time', `${(performance.now() - start).toFixed(1)}ms`);
    return next.handle().pipe(tap({ complete: setHeader, error: setHeader }));
  }
}
