import type { AppPaths } from '../platform/app-paths.js';
import type { Registry } from '../platform/registry.js';

/** Where changes are applied, and where their history is kept. */
export interface ChangeHost {
  readonly paths: AppPaths;
  /** `null` on machines that have none. */
  readonly registry: Registry | null;
}
