import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { startDemo, type Demo, type DemoOptions } from '../../../src/demo/index.js';
import { baiWin, type Outcome } from '../../cli/support/bai-win.js';
import { makeScratchHome, type ScratchHome } from '../../cli/support/scratch-home.js';

/** What the tests of whole commands run in. */
export interface DemoAndHome {
  /** One for all tests of the file or group, without faults at the beginning of each. */
  readonly demo: Demo;
  /** A new one for each test. */
  readonly home: ScratchHome;
  /** The whole environment of a program in that home, signed in at the demo. */
  readonly env: NodeJS.ProcessEnv;
  /** Runs bai-win in that home and environment. */
  readonly run: (...args: string[]) => Promise<Outcome>;
  /** The same as on a train: nobody is signed in, and nothing is to be asked. */
  readonly runAlone: (...args: string[]) => Promise<Outcome>;
}

/** Starts a demo for a file or a group of tests, and makes a home for each of them. */
export function useDemoAndHome(options: DemoOptions = {}): DemoAndHome {
  let demo: Demo;
  let home: ScratchHome;
  beforeAll(async () => {
    demo = await startDemo(options);
  });
  afterAll(() => demo.close());
  beforeEach(async () => {
    home = await makeScratchHome();
  });
  afterEach(async () => {
    demo.clearFaults();
    await home.remove();
  });
  const world = {
    get demo() {
      return demo;
    },
    get home() {
      return home;
    },
    get env() {
      return { ...home.env, ...demo.env };
    },
    run: (...args: string[]) => baiWin(args, world.env, { cwd: home.path }),
    runAlone: (...args: string[]) => baiWin(args, home.env, { cwd: home.path }),
  };
  return world;
}
