export const SESSION_MS = 60 * 60 * 1000;
