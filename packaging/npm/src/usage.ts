// The traffic that the proxy has counted, and the words that ask for it.

/** Sums of one route. Bytes are those between the proxy and the gateway or site. */
export interface RouteUsage {
  requests: number;
  tunnels: number;
  failures: number;
  /** Requests whose client left early. */
  aborted: number;
  bytes_up: number;
  bytes_down: number;
  connects: number;
  /** Sum of the times of `connects`. */
  connect_ms: number;
}

export interface UsageSums {
  gateway: RouteUsage;
  direct: RouteUsage;
  /** Part of the gateway's bytes, from 0 to 1; null if there are none. */
  share: number | null;
  /** With a price only. */
  cost?: number;
}

export type UsageBy = 'host' | 'rule' | 'route' | 'day';

export interface Usage {
  from: string;
  until: string;
  kept: 'state_directory' | 'since_start';
  by: UsageBy;
  price?: number;
  /** A sentence, if the sums may be incomplete. */
  problem?: string;
  /** Each has its name in the field that `by` names. */
  rows: (UsageSums & Partial<Record<UsageBy, string>>)[];
  total: UsageSums;
}

export interface UsageOptions {
  /** Default: 'host'. */
  by?: UsageBy;
  /** Time back from now, such as '24h'. Default: all that is kept. */
  since?: string;
}

export function usageWords({ by, since }: UsageOptions): string[] {
  const given = Object.entries({ by, since }).filter(([, value]) => value !== undefined);
  return ['usage', ...given.map(([name, value]) => `--${name}=${value}`)];
}
