import { ADD } from '../health.messages.js';
import { addHealthModule } from './add-health-module.js';

/** The files of a schematic, as far as they are used: the Nest CLI provides them. */
interface Tree {
  exists(path: string): boolean;
  readText(path: string): string;
  overwrite(path: string, content: string): void;
}

interface Context {
  readonly logger: { info(message: string): void };
}

/**
 * `nest add nestjs-healthz`: the Nest CLI installs the package, and then runs this.
 *
 * @throws {Error} when the AppModule is not in the file that the Nest CLI generates, or cannot be read
 */
export function nestAdd({ sourceRoot = 'src' }: { sourceRoot?: string }) {
  return (tree: Tree, { logger }: Context): void => {
    const files = ['ts', 'js'].map((extension) => `${sourceRoot}/app.module.${extension}`);
    const file = files.find((path) => tree.exists(path));
    if (!file) throw new Error(ADD.notFound(files));
    const before = tree.readText(file);
    const after = addHealthModule(before);
    if (after === undefined) throw new Error(ADD.notUnderstood(file));
    if (after === before) return logger.info(ADD.alreadyThere(file));
    tree.overwrite(file, after);
  };
}
