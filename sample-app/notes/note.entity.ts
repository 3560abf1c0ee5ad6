import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity()
export class Note {
  @PrimaryColumn({ type: 'varchar', length: 36 })
  id!: string;

  @Column({ type: 'varchar', length: 1000 })
  text!: string;

  @Column({ type: Date, precision: 3 })
  createdAt!: Date;
}
