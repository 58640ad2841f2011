/** A manager with two addresses, `BACKEND_ENDPOINT=A,B`: tunnels go on by the one that is left. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { startDemo, type Demo } from '../../src/demo/index.js';
import { logIn, makePerson, type Person } from '../cli/support/agent.js';

/** An address of the demo that can go away and come back. */
interface Address {
  readonly url: string;
  close(): Promise<void>;
}

let demo: Demo;
let person: Person;
let addresses: Address[];

async function openAddress(port = 0): Promise<Address> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const onward = connect(Number(new URL(demo.endpoint).port), '127.0.0.1');
    for (const end of [socket, onward]) {
      sockets.add(end);
      end.on('error', () => undefined);
      end.on('close', () => {
        sockets.delete(end);
        socket.destroy();
        onward.destroy();
      });
    }
    socket.pipe(onward).pipe(socket);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      if (server.listening) await once(server, 'close');
    },
  };
}

beforeAll(async () => {
  demo = await startDemo({ only: ['demo'] });
});
afterAll(() => demo.close());
beforeEach(async () => {
  addresses = [await openAddress(), await openAddress()];
  const endpoints = addresses.map(({ url }) => url).join(',');
  person = await makePerson({ ...demo.env, BACKEND_ENDPOINT: endpoints });
});
afterEach(async () => {
  await person.leave();
  for (const address of addresses) await address.close();
});

it('clients get in by the other address, the first one at once, and back by the one before', async () => {
  const site = await person.setup('demo');
  await person.up();
  await logIn(site);
  await addresses[0]?.close();
  await logIn(site);
  expect((await person.status()).tunnels[0]).toMatchObject({ state: 'open', failure: null });

  const port = Number(new URL(addresses[0]?.url ?? '').port);
  await addresses[1]?.close();
  addresses.push(await openAddress(port));
  await logIn(site);
  expect((await person.status()).tunnels[0]).toMatchObject({ state: 'open', failure: null });
});
