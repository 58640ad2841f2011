import type { Exporter } from '../exporters/exporter.js';
import { EXPORTERS, exportersById } from './choose-exporters.js';
import { takeExporterSnapshot } from './exporter-snapshot.js';
import type { Workspace } from './workspace.js';

/** Come with the system, and so say nothing about which clients a person uses. */
const PART_OF_THE_SYSTEM = ['openssh', 'terminal'];

/** What most people use; written where no other client of theirs is found. */
const USUAL = ['filezilla', 'putty'];

/**
 * The clients that setup writes for unless it is told: those found on this machine. Which were found
 * or not, and why, goes to the log.
 *
 * @throws BaiError where their settings cannot be read
 */
export async function detectClients(workspace: Workspace): Promise<Exporter[]> {
  const { machine, log } = workspace;
  const now = await takeExporterSnapshot(workspace, EXPORTERS);
  const found = EXPORTERS.filter((exporter) => {
    const detection = exporter.detect(machine, now);
    log(`${exporter.title} ${detection.found ? 'found' : 'not found'}: ${detection.why}`);
    return detection.found;
  }).map(({ id }) => id);
  const others = found.filter((id) => !PART_OF_THE_SYSTEM.includes(id));
  if (others.length > 0) return exportersById(found);
  log(`no other client found, so FileZilla and PuTTY are written for all the same`);
  return exportersById([...found, ...USUAL]);
}
