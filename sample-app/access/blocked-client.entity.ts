import { Entity, PrimaryColumn } from 'typeorm';

@Entity()
export class BlockedClient {
  @PrimaryColumn({ type: 'varchar', length: 45 })
  address!: string;
}
