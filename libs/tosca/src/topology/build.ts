import type { TypeLibrary } from '../types/type-library.js';
import type { Problems } from '../validation/problems.js';

/** Parts of the build that its steps share. */
export interface Build {
  library: TypeLibrary;
  problems: Problems;
}
