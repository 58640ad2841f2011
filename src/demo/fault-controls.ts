import type { DemoFaults } from './demo.js';
import type { DemoSession } from './session.js';
import { rateLimit, type World } from './world.js';

/** The knobs of `DemoFaults` on a world. */
export function faultsOf(world: World, living: (name: string) => DemoSession): DemoFaults {
  const { faults } = world;
  return {
    failRequests: (answer, { target = /^/, times = Number.POSITIVE_INFINITY } = {}) => {
      faults.answers.push({ answer, target, times });
    },
    setClockSkew: (milliseconds) => {
      faults.clockSkew = milliseconds;
    },
    setUpgradeDelay: (milliseconds) => {
      faults.upgradeDelay = milliseconds;
    },
    setRemainingRequests: (count) => {
      world.remainingRequests = count;
    },
    dropTunnels: () => {
      const open = [...world.tunnels];
      for (const tunnel of open) tunnel.drop();
      return open.length;
    },
    closeTunnels: (code) => {
      const open = [...world.tunnels];
      for (const tunnel of open) tunnel.close(code);
      return open.length;
    },
    stallTunnels: () => {
      faults.stalledTunnels = true;
      for (const tunnel of world.tunnels) tunnel.stall();
    },
    refuseSshd: (name, refusing = true) => {
      living(name).refusing = refusing;
    },
    clearFaults: () => {
      faults.answers.length = 0;
      faults.clockSkew = 0;
      faults.upgradeDelay = 0;
      faults.stalledTunnels = false;
      world.remainingRequests = rateLimit;
      for (const session of world.sessions) session.refusing = false;
    },
  };
}
