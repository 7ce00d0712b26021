import type { UpstreamAnswer, UpstreamHttp, UpstreamRequest } from '../../egress/upstream-http.ts';
import { type Tried, toProviderError } from '../diagnose.ts';

/** @throws {ProviderError} it could not be asked, and why. */
export async function sendDiagnosed(
  http: UpstreamHttp,
  request: UpstreamRequest,
  tried: Tried,
): Promise<UpstreamAnswer> {
  try {
    return await http.send(request);
  } catch (error) {
    request.signal.throwIfAborted();
    throw toProviderError(error, tried);
  }
}
