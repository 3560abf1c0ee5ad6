import type { Note } from './note.entity.js';

/** A note as it is sent and cached: it survives JSON unchanged. */
export interface NoteView {
  readonly id: string;
  readonly text: string;
  readonly createdAt: string;
}

export function viewOf({ id, text, createdAt }: Note): NoteView {
  return { id, text, createdAt: createdAt.toISOString() };
}
