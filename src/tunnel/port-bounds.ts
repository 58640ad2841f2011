/** The highest TCP port (RFC 9293, section 3.1: 16 bits). */
export const MAX_PORT = 65_535;

/**
 * Ports that a person may ask for. 1–1024 need rights on some systems. The manual advises
 * 10000–65000; the launcher of the desktop app takes 1025–65534 (protocol section 4.2).
 */
export const acceptedPorts = { min: 1025, max: MAX_PORT } as const;
export const advisedPorts = { min: 10_000, max: 65_000 } as const;
