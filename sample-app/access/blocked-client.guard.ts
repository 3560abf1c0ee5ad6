import {
  type CanActivate,
  type ExecutionContext,
  ForbiddenException,
  Injectable,
} from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { BlockedClient } from './blocked-client.entity.js';

/** Asks the database about every request. */
@Injectable()
export class BlockedClientGuard implements CanActivate {
  constructor(
    @InjectRepository(BlockedClient) private readonly blockedClients: Repository<BlockedClient>,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { ip = '' } = context.switchToHttp().getRequest<{ ip?: string }>();
    const address = ip.replace(/^::ffff:/, '');
    if (await this.blockedClients.existsBy({ address })) {
      throw new ForbiddenException(`${address} is blocked.`);
    }
    return true;
  }
}
