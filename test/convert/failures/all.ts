import { ASN1_FAILURES } from './asn1.js';
import { FILES_FAILURES } from './files.js';
import type { Failure } from './material.js';
import { NUMBERS_FAILURES } from './numbers.js';
import { OPENSSH_FAILURES } from './openssh.js';
import { PPK_FAILURES } from './ppk.js';

/** Every failure of the module, with what brings it about. */
export const FAILURES: readonly Failure[] = [
  ...FILES_FAILURES,
  ...ASN1_FAILURES,
  ...OPENSSH_FAILURES,
  ...NUMBERS_FAILURES,
  ...PPK_FAILURES,
];
