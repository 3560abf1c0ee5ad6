import { BadRequestException, Injectable, type PipeTransform } from '@nestjs/common';

const MAX_LENGTH = 1000;

@Injectable()
export class NoteTextPipe implements PipeTransform<unknown, string> {
  transform(text: unknown): string {
    if (typeof text !== 'string' || text.trim() === '') {
      throw new BadRequestException('text must be a string that is not empty.');
    }
    if (text.length > MAX_LENGTH) {
      throw new BadRequestException(`text must not be longer than ${MAX_LENGTH} characters.`);
    }
    if (text.includes('\0')) {
      // PostgreSQL cannot store it.
      throw new BadRequestException('text must not contain a NUL character.');
    }
    return text;
  }
}
