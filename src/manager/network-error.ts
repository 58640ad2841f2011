import { BaiError } from '../errors.js';
import { networkTrouble } from '../platform/network-trouble.js';
import { errorCode } from '../platform/read-file.js';
import type { Endpoint } from './endpoint.js';

/** The parts of one exchange that have a time-out of their own. */
export type Phase = 'connect' | 'answer' | 'body';

/** Failures before any answer came: with several endpoints, reasons to try the next one. */
export const UNREACHABLE: ReadonlySet<string> = new Set([
  'connection-refused',
  'host-not-found',
  'network-unreachable',
  'connect-timeout',
  'connection-lost',
]);

/** The error of a phase that took longer than `milliseconds`. */
export function timeoutError(phase: Phase, endpoint: Endpoint, milliseconds: number): BaiError {
  const seconds = String(Math.round(milliseconds / 100) / 10);
  switch (phase) {
    case 'connect':
      return new BaiError(
        'connect-timeout',
        `no connection to ${endpoint.url} within ${seconds} s`,
        'check the address and that this network (VPN, firewall, proxy) reaches it, then try again',
      );
    case 'answer':
      return new BaiError(
        'answer-timeout',
        `${endpoint.url} took the connection but gave no answer within ${seconds} s`,
        'the manager may be overloaded; try again in a minute',
      );
    case 'body':
      return new BaiError(
        'transfer-timeout',
        `the answer from ${endpoint.url} stopped half-way for ${seconds} s`,
        'the network may be unstable; try again',
      );
  }
}

/** Turns what Node says about a failed connection into the error that a person sees. */
export function networkError(cause: unknown, endpoint: Endpoint): BaiError {
  if (cause instanceof BaiError) return cause;
  const { url, hostname, host, port, secure } = endpoint;
  const code = errorCode(cause) ?? '';
  const text = cause instanceof Error ? cause.message : String(cause);
  const fail = (name: string, message: string, hint: string): BaiError =>
    new BaiError(name, message, hint, { cause });
  const trouble = networkTrouble(cause);
  switch (trouble) {
    case 'refused':
      return fail(
        'connection-refused',
        `nothing listens at ${url} (port ${port} refused the connection)`,
        'check the address and the port, and that the manager is running',
      );
    case 'name-unknown':
    case 'name-service-silent':
      return fail(
        'host-not-found',
        `the name ${hostname} cannot be looked up (${code})`,
        'check the spelling of the endpoint and the network connection (a VPN may be needed)',
      );
    case 'no-route':
      return fail(
        'network-unreachable',
        `no route to ${url} from this network (${code})`,
        'check the network connection; a VPN may be needed',
      );
    case 'timed-out':
      return fail(
        'connect-timeout',
        `the operating system gave up connecting to ${url}`,
        'check the address and that this network (VPN, firewall, proxy) reaches it, then try again',
      );
    case 'cut':
      return fail(
        'connection-lost',
        `${url} closed the connection before the answer was complete`,
        'try again; if it stays so, a proxy or firewall in between may be cutting it',
      );
    case 'tls-untrusted':
      return fail(
        'tls-untrusted',
        `the certificate of ${url} is signed by an authority that this computer does not know (${code})`,
        "get your organisation's CA certificate as a PEM file and add: --ca FILE, or set NODE_EXTRA_CA_CERTS to its path",
      );
    case 'tls-wrong-name':
      return fail(
        'tls-wrong-name',
        `the certificate at ${url} is for another name than ${hostname}`,
        'use the host name that the certificate was made for, or ask the administrator',
      );
    case 'tls-expired':
    case 'tls-too-early':
      return fail(
        'tls-not-valid-now',
        `the certificate of ${url} ${trouble === 'tls-expired' ? 'has expired' : 'is not valid yet'}`,
        "check this computer's date; if it is right, the administrator must renew the certificate",
      );
    case 'tls-not-spoken':
      return fail(
        'tls-not-spoken',
        `what listens at ${url} does not speak TLS`,
        `try http://${host}, or check the port`,
      );
    case 'tls-failed':
      return fail(
        'tls-failure',
        `no secure connection to ${url}: ${text}`,
        'a proxy or firewall may be intercepting the connection; ask the administrator',
      );
    case undefined:
      return code.startsWith('HPE_')
        ? fail(
            'not-http',
            `what listens at ${url} does not speak HTTP`,
            secure ? 'check the port' : `check the port, or try https://${host}`,
          )
        : fail(
            'network-failure',
            `talking to ${url} failed: ${text}`,
            'check the network connection and try again',
          );
  }
}
