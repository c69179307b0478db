// Watches a page of Playwright or Puppeteer and reports the blocks that it meets.
import { type BlockReport, judge, type LoadedPage } from './blocks';

interface WatchableRequest {
  url(): string;
  isNavigationRequest(): boolean;
  frame(): unknown;
}

interface WatchableResponse {
  url(): string;
  status(): number;
  headers(): Record<string, string>;
  request(): WatchableRequest;
}

type PageEvent = 'response' | 'domcontentloaded' | 'close';

// biome-ignore lint/suspicious/noExplicitAny: each library has its own type of a response
type PageListener = (argument: any) => void;

/** The part of a Page that Playwright and Puppeteer have in common. */
export interface WatchablePage {
  on(event: PageEvent, listener: PageListener): unknown;
  off(event: PageEvent, listener: PageListener): unknown;
  mainFrame(): unknown;
  title(): Promise<string>;
  evaluate(script: string): Promise<unknown>;
  reload(): Promise<unknown>;
}

export interface WatchOptions {
  /** Loads the page again, once for each URL, if the report has moved its site from direct to the gateway. */
  reload?: boolean;
}

/** The client, as far as it is needed here. */
interface Reporter {
  reportBlocked(report: BlockReport): Promise<unknown>;
  explain(url: string): Promise<{ route: string }>;
}

const TEXT_OF_PAGE = "document.body ? document.body.innerText.slice(0, 4000) : ''";

/** Returns a function that ends the watch. A failure goes to `log`: it must not disturb the page's own program. */
export function watchPage(
  page: WatchablePage,
  options: WatchOptions,
  reporter: Reporter,
  log: (message: string) => void,
): () => void {
  let response: WatchableResponse | undefined;
  const reloaded = new Set<string>();

  const onResponse = (next: WatchableResponse) => {
    const request = next.request();
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) response = next;
  };
  const onLoaded = () => {
    const loaded = response;
    response = undefined; // one report for each navigation
    if (!loaded) return;
    handle(loaded).catch((error: Error) => log(`cannot report a block: ${error.message}`));
  };
  const handle = async (loaded: WatchableResponse) => {
    const report = reportOf(loaded, judge(await read(page, loaded)));
    if (!report) return;
    const wasDirect = options.reload === true && (await reporter.explain(report.url)).route === 'direct';
    await reporter.reportBlocked(report);
    if (!wasDirect || reloaded.has(report.url)) return;
    if ((await reporter.explain(report.url)).route !== 'gateway') return;
    reloaded.add(report.url);
    await page.reload();
  };
  const end = () => {
    page.off('response', onResponse);
    page.off('domcontentloaded', onLoaded);
    page.off('close', end);
  };

  page.on('response', onResponse);
  page.on('domcontentloaded', onLoaded);
  page.on('close', end);
  return end;
}

function reportOf(response: WatchableResponse, verdict: ReturnType<typeof judge>): BlockReport | undefined {
  if (verdict.kind === 'fine') return undefined;
  const reason = `${verdict.kind} (${verdict.score}): ${verdict.reasons.join(', ')}`;
  return { url: response.url(), status: response.status(), reason };
}

async function read(page: WatchablePage, response: WatchableResponse): Promise<LoadedPage> {
  const [title, text] = await Promise.all([page.title(), page.evaluate(TEXT_OF_PAGE)]);
  const hops = [...redirects(response.request()), response.url()];
  return { status: response.status(), headers: response.headers(), title, text: String(text), hops };
}

/** Playwright chains the requests of a redirect; Puppeteer lists them. */
function redirects(request: WatchableRequest): string[] {
  const { redirectChain, redirectedFrom } = request as {
    redirectChain?: () => WatchableRequest[];
    redirectedFrom?: () => WatchableRequest | null;
  };
  if (redirectChain) return redirectChain.call(request).map((hop) => hop.url());
  const previous = redirectedFrom?.call(request);
  return previous ? [...redirects(previous), previous.url()] : [];
}
