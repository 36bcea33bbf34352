/** Gives each asker a name of its own. */
export interface Allocator {
  /** `wanted`, else with the suffix of its kind (`PetSchema`), else with a number (`Pet2`). */
  readonly take: (wanted: string, suffix: string) => string;
  readonly names: ReadonlySet<string>;
}

/** An allocator for one namespace: a module, or the members of a service. */
export function createAllocator(): Allocator {
  const names = new Set<string>();
  const take = (wanted: string, suffix: string): string => {
    let name = wanted;
    if (names.has(name) && suffix !== "") name = `${wanted}${suffix}`;
    for (let count = 2; names.has(name); count++) name = `${wanted}${count}`;
    names.add(name);
    return name;
  };
  return { take, names };
}
