// Judges by weights whether a page is a block or a challenge of the site.

/** A block, as it is reported to the proxy. */
export interface BlockReport {
  url: string;
  /** Status of the site's response. */
  status?: number;
  /** For people: the signs, or what the reporter saw. */
  reason?: string;
}

/** A page as it was loaded; all texts in any letter case. */
export interface LoadedPage {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  title: string;
  /** Visible text. */
  text: string;
  /** URLs of the redirects on the way, and of the page itself. */
  hops: string[];
}

export interface Verdict {
  /** From 0 to 1. */
  score: number;
  kind: 'blocked' | 'suspected' | 'fine';
  reasons: string[];
}

const BLOCKED_FROM = 0.7;
const SUSPECTED_FROM = 0.4;

// A long page is an article about a block rather than one.
const LONGEST_CHALLENGE = 3000;

const STATUS_WEIGHTS: Record<number, number> = { 403: 0.85, 429: 0.85, 503: 0.6 };

const TITLES =
  /just a moment|attention required|access denied|access to this page has been denied|are you (a )?(human|robot)|security check|pardon our interruption|request blocked/i;
const STRONG_TEXTS =
  /verify(ing)? (that )?you are (a )?human|unusual traffic from your|checking your browser|press (&|and) hold|enable javascript and cookies to continue|you have been blocked/i;
const WEAK_TEXTS = /captcha|access denied|too many requests|automated (requests|access)|bot detection/i;
const CHALLENGE_URLS =
  /\/cdn-cgi\/challenge|captcha-delivery\.com|validate\.perfdrive\.com|\/sorry\/index|[/?&]captcha/i;

/** Signs add up like independent probabilities: two of 0.6 give 0.84. */
export function judge(page: LoadedPage): Verdict {
  const found = signs(page).filter(([weight]) => weight > 0);
  const score = 1 - found.reduce((rest, [weight]) => rest * (1 - weight), 1);
  let kind: Verdict['kind'] = 'fine';
  if (score >= SUSPECTED_FROM) kind = 'suspected';
  if (score >= BLOCKED_FROM) kind = 'blocked';
  return { score: Math.round(score * 100) / 100, kind, reasons: found.map(([, reason]) => reason) };
}

function signs({ status, headers, title, text, hops }: LoadedPage): [number, string][] {
  const isShort = text.length <= LONGEST_CHALLENGE;
  return [
    [STATUS_WEIGHTS[status] ?? 0, `status ${status}`],
    [headers['cf-mitigated'] === 'challenge' ? 0.9 : 0, 'cf-mitigated: challenge'],
    [TITLES.test(title) ? 0.8 : 0, 'title of a challenge'],
    [isShort && STRONG_TEXTS.test(text) ? 0.7 : 0, 'text of a challenge'],
    [isShort && WEAK_TEXTS.test(text) ? 0.4 : 0, 'words of a block'],
    [hops.some((url) => CHALLENGE_URLS.test(url)) ? 0.7 : 0, 'redirect to a challenge'],
  ];
}
