/** Steps that undo what a set-up hook has done so far, should it fail half-way or not. */
interface Cleanup {
  /** Remembers a step; steps run in the reverse order. */
  defer(undo: () => Promise<void>): void;
  /** Runs all steps, also after one that fails. */
  run(): Promise<void>;
}

export function makeCleanup(): Cleanup {
  const steps: (() => Promise<void>)[] = [];
  return {
    defer: (undo) => {
      steps.push(undo);
    },
    run: async () => {
      const failures: unknown[] = [];
      for (const undo of steps.splice(0).reverse()) {
        await undo().catch((error: unknown) => failures.push(error));
      }
      if (failures.length > 0) throw new AggregateError(failures, 'could not clean up');
    },
  };
}
