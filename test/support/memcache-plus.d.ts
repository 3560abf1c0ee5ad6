/** The package has no types. */
declare module 'memcache-plus' {
  export default class Client {
    constructor(options: object);
    readonly connections: Record<string, { backoff: number; pool?: object[] }>;
    set(key: string, value: unknown, seconds: number): Promise<void>;
    disconnect(): Promise<void>;
  }
}
