import type { DriverFields } from './driver-fields.js';

/**
 * Calls `onPool` with each pool that a driver creates while it connects, and `onConnected` once it has. A
 * driver of an unknown package creates its pools unseen.
 *
 * @returns a function that restores the driver
 */
export function watchPoolCreation(
  driver: object,
  { onPool, onConnected }: { onPool(raw: unknown): void; onConnected(): void },
): () => void {
  const fields = driver as DriverFields;
  const { postgres, mysql, connect } = fields;
  const seen = <T>(pool: T): T => {
    onPool(pool);
    return pool;
  };
  if (postgres?.Pool) {
    const construct = (Pool: new (options: unknown) => object, [options]: unknown[]) =>
      seen(new Pool(options));
    const value = new Proxy(postgres.Pool, { construct });
    fields.postgres = Object.create(postgres, { Pool: { value } }) as typeof postgres;
  }
  if (mysql?.createPool) {
    const { createPool } = mysql;
    const value = (options: object) => seen(createPool(options));
    fields.mysql = Object.create(mysql, { createPool: { value } }) as typeof mysql;
  }
  const own = Object.getOwnPropertyDescriptor(fields, 'connect');
  fields.connect = async () => {
    await connect?.call(driver);
    onConnected();
  };
  return () => {
    if (postgres) fields.postgres = postgres;
    if (mysql) fields.mysql = mysql;
    if (own) Object.defineProperty(fields, 'connect', own);
    else delete fields.connect;
  };
}
