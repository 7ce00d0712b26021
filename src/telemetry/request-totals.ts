/** What became of one request, for the metrics. */
export interface ObservedRequest {
  /** The endpoint's id: few values, however many paths there are. */
  readonly endpoint: string;
  readonly status: number;
  readonly seconds: number;
  /** Bytes of the request's body that were taken. */
  readonly bytesIn: number;
  /** Bytes of the reply's body. */
  readonly bytesOut: number;
}

/** Upper bounds in seconds: from a manifest out of memory, to a layer over a slow line. */
export const DURATION_BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10, 60, 300] as const;

/** The sums of one endpoint since the start. Plain numbers, because a sum is taken at every request and read twice a minute. */
export class EndpointTotals {
  readonly countByStatus = new Map<number, number>();
  /** Requests within each bound of {@link DURATION_BOUNDS} and above the one before; the last is above them all. */
  readonly countByBound = new Float64Array(DURATION_BOUNDS.length + 1);
  seconds = 0;
  bytesIn = 0;
  bytesOut = 0;

  add({ status, seconds, bytesIn, bytesOut }: ObservedRequest): void {
    this.countByStatus.set(status, (this.countByStatus.get(status) ?? 0) + 1);
    let bound = 0;
    while (bound < DURATION_BOUNDS.length && seconds > (DURATION_BOUNDS[bound] ?? 0)) bound += 1;
    this.countByBound[bound] = (this.countByBound[bound] ?? 0) + 1;
    this.seconds += seconds;
    this.bytesIn += bytesIn;
    this.bytesOut += bytesOut;
  }
}

/** The sums of every endpoint. */
export class RequestTotals {
  readonly byEndpoint = new Map<string, EndpointTotals>();

  add(request: ObservedRequest): void {
    const known = this.byEndpoint.get(request.endpoint);
    if (known !== undefined) {
      known.add(request);
      return;
    }
    const totals = new EndpointTotals();
    this.byEndpoint.set(request.endpoint, totals);
    totals.add(request);
  }
}
