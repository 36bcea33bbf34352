import type { TLSSocket } from "node:tls";
import type { HttpPeer, PeerCertificate } from "../http/message.ts";
import type { NodeRequest } from "./node-http.ts";

/**
 * The other end of a request's connection. A certificate counts only when TLS asked for one and verified it
 * (`requestCert`, `ca`); it is read when somebody wants to know.
 */
export function peerOf(request: NodeRequest): HttpPeer | undefined {
  const socket = request.socket as Partial<TLSSocket> | undefined;
  if (socket?.encrypted !== true) return undefined;
  return {
    get certificate() {
      return socket.authorized === true ? readCertificate(socket as TLSSocket) : undefined;
    },
  };
}

function readCertificate(socket: TLSSocket): PeerCertificate | undefined {
  const found = socket.getPeerCertificate();
  // Without a certificate the platform gives an empty object.
  if ((found as Partial<typeof found>).raw === undefined) return undefined;
  const { subject, issuer, subjectaltname, serialNumber, fingerprint256, raw } = found;
  return {
    subject: { ...subject },
    issuer: { ...issuer },
    subjectAltName: subjectaltname,
    serialNumber,
    fingerprint256,
    raw,
  };
}
