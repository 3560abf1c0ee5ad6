import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity()
export class AuditEntry {
  @PrimaryColumn({ type: 'varchar', length: 36 })
  noteId!: string;

  @Column({ type: 'int' })
  characters!: number;
}
