/** The algorithm that an SSH public key blob begins with (RFC 4253, section 6.6), e.g. `ssh-rsa`. */
export function hostKeyType(blob: Buffer): string {
  return blob.toString('latin1', 4, 4 + blob.readUInt32BE(0));
}

/** A host key as known_hosts has it after the host's name: algorithm and base64 of the blob. */
export function hostKeyLine(blob: Buffer): string {
  return `${hostKeyType(blob)} ${blob.toString('base64')}`;
}
