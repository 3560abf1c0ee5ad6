import type { FoundResource } from '../indicators/resources.js';
import { freeName } from './names.js';

/** A resource, and the name that it gets where no other has it. */
export interface Candidate<R> extends FoundResource<R> {
  /** The same object as long as it is the same resource. */
  readonly identity: object;
  readonly wanted: string;
}

/** Names the resources of one kind: each keeps its name for as long as it is there. */
export class NameRegistry<R> {
  private named: ReadonlyMap<string, FoundResource<R>> = new Map();
  private identities: ReadonlyMap<object, string> = new Map();

  /** Returns the same map as before when nothing has come or gone. The name of one that is gone is free. */
  assign(candidates: readonly Candidate<R>[]): ReadonlyMap<string, FoundResource<R>> {
    const unique = new Map<object, Candidate<R>>();
    for (const each of candidates) {
      if (!unique.has(each.identity)) unique.set(each.identity, each);
    }
    if (this.isSame(unique)) return this.named;
    const named = new Map<string, FoundResource<R>>();
    const identities = new Map<object, string>();
    const give = ({ identity, resource, optional }: Candidate<R>, name: string) => {
      named.set(name, { resource, optional });
      identities.set(identity, name);
    };
    for (const each of unique.values()) {
      const name = this.identities.get(each.identity);
      if (name !== undefined) give(each, name);
    }
    for (const each of unique.values()) {
      if (!identities.has(each.identity)) give(each, freeName(each.wanted, named));
    }
    this.named = named;
    this.identities = identities;
    return named;
  }

  private isSame(candidates: ReadonlyMap<object, Candidate<R>>): boolean {
    return (
      candidates.size === this.identities.size &&
      [...candidates].every(([identity, { optional }]) => {
        const name = this.identities.get(identity);
        return name !== undefined && this.named.get(name)?.optional === optional;
      })
    );
  }
}
