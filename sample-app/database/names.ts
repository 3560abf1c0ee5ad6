/** Name of the second DataSource; the first one is TypeORM's default. */
export const REPORTING = 'reporting';
